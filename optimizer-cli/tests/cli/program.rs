//! Running the program and looking at what it left.

use serde_json::Value;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What a run printed, and its exit code.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Run {
    /// Runs the command, which may have its standard output elsewhere.
    pub(crate) fn of(command: &mut Command) -> Run {
        let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
        Run::ended(child.wait_with_output().expect("the program ends"))
    }

    pub(crate) fn ended(output: Output) -> Run {
        let code = output.status.code().expect("the program was not killed");
        Run { code, stdout: output.stdout, stderr: text(output.stderr) }
    }

    /// Standard output as text, of a run that must have gone well.
    #[track_caller]
    pub(crate) fn good(self) -> String {
        let out = text(self.stdout);
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{out}");
        out
    }

    /// The one line of standard error, of a run that must have failed with `code`.
    #[track_caller]
    pub(crate) fn fault(self, code: i32) -> String {
        assert_eq!(self.code, code, "{}", self.stderr);
        assert_eq!(text(self.stdout), "");
        let line = self.stderr.strip_suffix('\n').expect("a line");
        assert!(!line.contains('\n'), "more than one line: {line}");
        line.strip_prefix("circle-opt: ").expect("the program's name").to_owned()
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("text is UTF-8")
}

/// Runs the program with these words and paths.
macro_rules! circle_opt {
    ($($arg:expr),+ $(,)?) => {
        $crate::program::run(&[$(std::ffi::OsStr::new($arg)),+], b"")
    };
}

/// Runs the program with `input` on its standard input.
pub(crate) fn run(args: &[&OsStr], input: &[u8]) -> Run {
    run_as(program(), args, input)
}

pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_circle-opt"))
}

/// Runs the program by the name of a link to it.
pub(crate) fn run_as(program: &Path, args: &[&OsStr], input: &[u8]) -> Run {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    std::thread::scope(|scope| {
        scope.spawn(move || drop(stdin.write_all(input)));
        Run::ended(child.wait_with_output().expect("the program ends"))
    })
}

/// A fixture of `tests/models`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    fixtures().join(name).with_extension("circle")
}

pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/models")
}

/// The fixtures of this test that every rule may touch, sorted: attention heads and parts of them.
pub(crate) fn attention_names() -> Vec<String> {
    let mut names = fixture_names();
    names.retain(|name| name.starts_with("attention") || name.starts_with("rotary"));
    names
}

/// The names of all fixtures, sorted.
pub(crate) fn fixture_names() -> Vec<String> {
    let files =
        fixtures().read_dir().expect("the folder of fixtures").map(|file| file.expect("an entry").path());
    let models = files.filter(|path| path.extension().is_some_and(|extension| extension == "circle"));
    let mut names: Vec<String> =
        models.map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// A folder for the files of one test.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A file of the folder with this content.
    pub(crate) fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        std::fs::write(self.path(name), content).expect("a writable folder");
        self.path(name)
    }

    /// The names of the files that are there.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = self.0.path().read_dir().expect("a readable folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

pub(crate) fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("a readable file")
}

/// The text with `LINE` for the lines of pattern files, and columns after them apart by two blanks.
pub(crate) fn without_lines(text: &str) -> String {
    let mut parts = text.split(".pat:");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let blank = if rest.starts_with("  ") { "  " } else { "" };
        out + ".pat:LINE" + blank + if blank.is_empty() { rest } else { rest.trim_start_matches(' ') }
    })
}

/// Optimizes a model with `flags`; gives the bytes of the result.
#[track_caller]
pub(crate) fn optimized(model: &Path, flags: &[&str]) -> Vec<u8> {
    let folder = Folder::new();
    let out = folder.path("out.circle");
    let mut args =
        vec!["optimize".as_ref(), "--quiet".as_ref(), model.as_os_str(), "-o".as_ref(), out.as_os_str()];
    args.extend(flags.iter().map(OsStr::new));
    assert_eq!(run(&args, b"").good(), "");
    bytes(&out)
}

/// What `inspect --json` says of a model.
#[track_caller]
pub(crate) fn inspected(model: &[u8]) -> Value {
    let args = ["inspect", "--json", "-"].map(OsStr::new);
    serde_json::from_str(&run(&args, model).good()).expect("JSON")
}

/// The operators of a model's first graph, by kind, in running order.
#[track_caller]
pub(crate) fn kinds(model: &[u8]) -> Vec<String> {
    let model = inspected(model);
    let operators = model["graphs"][0]["operators"].as_array().expect("a list").iter();
    operators.map(|op| op["kind"].as_str().expect("a name").to_owned()).collect()
}

/// The bytes of a model's constants.
#[track_caller]
pub(crate) fn constant_bytes(model: &[u8]) -> i64 {
    inspected(model)["constant_bytes"].as_i64().expect("a number")
}
