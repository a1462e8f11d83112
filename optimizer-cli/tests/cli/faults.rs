//! Files, folders, pipes and disks that do not play along: OUT is whole or untouched, and nothing is left beside it.

use crate::program::{Folder, Run, bytes, fixture, optimized, program, run};
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const MODEL: &str = "attention_head";

/// A folder with a model and an older OUT.
struct Place {
    folder: Folder,
    model: PathBuf,
    out: PathBuf,
}

impl Place {
    fn new() -> Place {
        let folder = Folder::new();
        let model = folder.file("in.circle", &bytes(&fixture(MODEL)));
        let out = folder.file("out.circle", b"as it was");
        Place { folder, model, out }
    }

    fn optimize(&self) -> Command {
        let mut command = Command::new(program());
        command.args(["optimize", "-q"]).arg(&self.model).arg("-o").arg(&self.out);
        command
    }

    /// OUT is as it was, and nothing else is there but `others`.
    #[track_caller]
    fn assert_untouched(&self, others: &[&str]) {
        assert_eq!(bytes(&self.out), b"as it was");
        let mut names = [&["in.circle", "out.circle"], others].concat();
        names.sort_unstable();
        assert_eq!(self.folder.names(), names);
    }
}

#[test]
fn an_error_is_told_once_with_what_to_do() {
    let Place { folder, model, .. } = Place::new();
    let path = folder.path("no/out.circle");
    let fault = circle_opt!("optimize", &model, "-o", &path).fault(1);
    let path = path.display();
    let want = format!(
        "cannot write {path}: No such file or directory (os error 2); correct the path, or make its folder first"
    );
    assert_eq!(fault, want);
    let fault = circle_opt!("optimize", &model, "-o", &folder.path("")).fault(1);
    assert!(fault.ends_with("Is a directory (os error 21); give the name of a file"), "{fault}");
    let fault = circle_opt!("inspect", "no.circle").fault(1);
    assert_eq!(fault.matches("os error").count(), 1, "{fault}");
}

#[test]
fn a_full_disk_leaves_the_old_file() {
    let place = Place::new();
    let mut limited = Command::new("sh");
    limited.args(["-c", r#"ulimit -f 16; exec "$0" "$@""#]).arg(program());
    let fault = Run::of(limited.args(place.optimize().get_args())).fault(1);
    assert!(fault.starts_with(&format!("cannot write {}: File too large", place.out.display())), "{fault}");
    place.assert_untouched(&[]);
    for out in ["/dev/full", "-"] {
        let full = OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
        let mut command = Command::new(program());
        command.args(["optimize", "-q", "-o", out]).arg(&place.model).stdout(full);
        let fault = Run::of(&mut command).fault(1);
        assert!(fault.starts_with(&format!("cannot write {out}: No space left on device")), "{fault}");
        assert!(fault.ends_with("; free some space and run again"), "{fault}");
    }
}

/// The program runs as nobody where the tests run as root, for whom no folder is closed.
#[test]
fn a_folder_that_is_closed_is_named() {
    let place = Place::new();
    let root = std::os::unix::fs::MetadataExt::uid(&fs::metadata(&place.out).expect("it is there")) == 0;
    let copy = place.folder.path("program");
    fs::copy(program(), &copy).expect("there is room");
    let close =
        |mode| fs::set_permissions(place.folder.path(""), Permissions::from_mode(mode)).expect("it is ours");
    close(0o555);
    let mut command = Command::new(&copy);
    command.args(place.optimize().get_args());
    if root {
        std::os::unix::process::CommandExt::uid(&mut command, 65534);
    }
    let fault = Run::of(&mut command).fault(1);
    close(0o755);
    let want = "Permission denied (os error 13); change its permissions or those of its folder";
    assert_eq!(fault, format!("cannot write {}: {want}", place.out.display()));
    place.assert_untouched(&["program"]);
}

#[test]
fn links_stay_links() {
    let Place { folder, model, out } = Place::new();
    let (hard, soft, new) = (folder.path("hard"), folder.path("soft"), folder.path("new"));
    fs::hard_link(&out, &hard).expect("the file system has links");
    symlink("out.circle", &soft).expect("it has symbolic ones too");
    symlink("not yet", &new).expect("they may lead nowhere");
    symlink("loop", folder.path("loop")).expect("or in a circle");
    let want = optimized(&model, &[]);
    for link in [&soft, &new] {
        circle_opt!("optimize", "-q", &model, "-o", link).good();
        assert!(link.is_symlink() && bytes(link) == want);
    }
    assert!(bytes(&out) == want && bytes(&folder.path("not yet")) == want);
    assert_eq!(bytes(&hard), b"as it was", "another name of the old file keeps the old file");
    let fault = circle_opt!("optimize", "-q", &model, "-o", &folder.path("loop")).fault(1);
    assert!(fault.contains("loop: "), "{fault}");
}

#[test]
fn the_mode_of_the_old_file_stays() {
    let Place { folder, model, out } = Place::new();
    fs::set_permissions(&out, Permissions::from_mode(0o604)).expect("it is ours");
    let new = folder.path("new.circle");
    for path in [&out, &new] {
        circle_opt!("optimize", "-q", &model, "-o", path).good();
    }
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    let usual = mode(&folder.file("usual", b""));
    assert_eq!((mode(&out), mode(&new)), (0o604, usual));
}

#[test]
fn other_hard_links_keep_the_old_file() {
    let place = Place::new();
    let other = place.folder.path("other.circle");
    fs::hard_link(&place.out, &other).expect("the folder can be written to");
    assert!(place.optimize().status().expect("the program starts").success());
    assert_eq!(bytes(&other), b"as it was");
    assert_eq!(bytes(&place.out), optimized(&place.model, &[]));
}

/// Whoever may not give files away has none to keep the owner of but their own.
#[test]
fn the_owner_of_the_old_file_stays() {
    use std::os::unix::fs::{MetadataExt, chown};
    let place = Place::new();
    let _ = chown(&place.out, Some(12345), Some(54321));
    let owner = |path: &Path| fs::metadata(path).map(|data| (data.uid(), data.gid())).expect("it is there");
    let before = owner(&place.out);
    assert!(place.optimize().status().expect("the program starts").success());
    assert_eq!(owner(&place.out), before);
}

#[test]
fn the_old_front_ends_leave_the_old_file_too() {
    let place = Place::new();
    for words in [&["circle2circle"][..], &["one-optimize", "-i"]] {
        let mut limited = Command::new("sh");
        limited.args(["-c", r#"ulimit -f 16; exec "$0" "$@""#]).arg(program()).args(words).arg(&place.model);
        limited.args(words.get(1).map(|_| "-o")).arg(&place.out);
        let fault = Run::of(&mut limited).fault(1);
        assert!(
            fault.starts_with(&format!("cannot write {}: File too large", place.out.display())),
            "{fault}"
        );
        place.assert_untouched(&[]);
    }
}

#[test]
fn pipes_and_devices_are_written_into() {
    let Place { folder, model, .. } = Place::new();
    circle_opt!("optimize", "-q", &model, "-o", "/dev/null").good();
    let pipe = pipe(&folder, "pipe");
    let written = std::thread::scope(|scope| {
        let reader = scope.spawn(|| bytes(&pipe));
        circle_opt!("optimize", "-q", &model, "-o", &pipe).good();
        reader.join().expect("it ends with the program")
    });
    assert!(written == optimized(&model, &[]));
    let read = std::thread::scope(|scope| {
        let writer = scope.spawn(|| fs::write(&pipe, bytes(&model)).expect("the program reads"));
        let text = circle_opt!("inspect", &pipe).good();
        writer.join().expect("it ends with the program");
        text
    });
    assert_eq!(read, circle_opt!("inspect", &model).good());
}

/// Waits for the program to open the file, which it does when everything is computed.
fn wait_until_open(program: u32, path: &Path) {
    let open = || {
        let files = fs::read_dir(format!("/proc/{program}/fd")).into_iter().flatten().flatten();
        files.filter_map(|file| fs::read_link(file.path()).ok()).any(|file| file == path)
    };
    let waited = (0..60_000).find(|_| {
        std::thread::sleep(std::time::Duration::from_millis(1));
        open()
    });
    assert!(waited.is_some(), "the program never opened {}", path.display());
}

/// `meanwhile` happens to IN after it was read and before its constants are copied: the program cannot go on as its
/// report goes into a full pipe.
#[track_caller]
fn interrupted(meanwhile: impl FnOnce(&Path)) -> String {
    let place = Place::new();
    let report = pipe(&place.folder, "report.json");
    let mut full = OpenOptions::new().read(true).write(true).open(&report).expect("both ends at once");
    full.write_all(&[0; 1 << 16]).expect("so much is room in a pipe");
    let mut reader = File::open(&report).expect("it has a writer");
    let child = place.optimize().arg("--report").arg(&report).stderr(Stdio::piped()).spawn();
    let child = child.expect("the program starts");
    wait_until_open(child.id(), &report);
    meanwhile(&place.model);
    drop(full);
    reader.read_to_end(&mut Vec::new()).expect("the report ends");
    let fault = Run::ended(child.wait_with_output().expect("the program ends")).fault(1);
    place.assert_untouched(&["report.json"]);
    fault
}

#[test]
fn an_input_that_is_cut_off_is_an_error() {
    let fault = interrupted(|model| {
        OpenOptions::new().write(true).open(model).and_then(|file| file.set_len(0)).expect("it is ours");
    });
    let (path, what) = fault.split_once(": ").expect("a place and what happened");
    assert!(path.ends_with("in.circle"), "{fault}");
    assert_eq!(what, "the input file was cut off while it was read, so nothing was written; run again");
}

#[test]
fn an_input_that_changes_is_an_error() {
    let fault = interrupted(|model| {
        let mut file = OpenOptions::new().write(true).open(model).expect("it is ours");
        file.write_all(b"this").expect("it is so long");
    });
    assert!(fault.ends_with("the input file was changed while it was read; run again"), "{fault}");
    let fault = interrupted(|model| {
        let mut file = OpenOptions::new().append(true).open(model).expect("it is ours");
        file.write_all(b"and more").expect("there is room");
    });
    assert!(fault.ends_with("the input file was changed while it was read; run again"), "{fault}");
}

#[test]
fn runs_on_one_output_do_not_mix() {
    let place = Place::new();
    let want = [b"as it was".to_vec(), optimized(&place.model, &["-O0"]), optimized(&place.model, &["-O1"])];
    let children: Vec<_> = (0..8)
        .map(|turn| place.optimize().arg(["-O0", "-O1"][turn % 2]).spawn().expect("the program starts"))
        .collect();
    for mut child in children {
        while child.try_wait().expect("it can be asked").is_none() {
            assert!(want.contains(&bytes(&place.out)));
        }
        assert!(child.wait().expect("it has ended").success());
    }
    assert!(want[1..].contains(&bytes(&place.out)));
    assert_eq!(place.folder.names(), ["in.circle", "out.circle"]);
}

/// Closes the pipes it is asked for, as `head` does.
fn without_reader(args: &[&OsStr], stdout: bool, stderr: bool) -> (i32, String) {
    let mut command = Command::new(program());
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    drop(child.stdout.take_if(|_| stdout));
    drop(child.stderr.take_if(|_| stderr));
    let output = child.wait_with_output().expect("the program ends");
    (output.status.code().expect("no signal ended it"), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn readers_may_go_away() {
    let Place { folder, model, out } = Place::new();
    for args in [&["rules".as_ref()][..], &["--help".as_ref()], &["inspect".as_ref(), model.as_os_str()]] {
        assert_eq!(without_reader(args, true, false), (0, String::new()), "{args:?}");
    }
    let optimize = [OsStr::new("optimize"), model.as_os_str(), OsStr::new("-o"), out.as_os_str()];
    assert_eq!(without_reader(&optimize, true, true), (0, String::new()));
    assert!(bytes(&out) == optimized(&model, &[]));
    let missing = folder.path("no.circle");
    assert_eq!(without_reader(&[OsStr::new("inspect"), missing.as_os_str()], true, true), (1, String::new()));
    let streamed =
        [OsStr::new("optimize"), OsStr::new("-q"), model.as_os_str(), OsStr::new("-o"), OsStr::new("-")];
    let (code, words) = without_reader(&streamed, true, false);
    assert_eq!(code, 1);
    assert_eq!(
        words,
        "circle-opt: cannot write -: Broken pipe (os error 32); its reader went away too early\n"
    );
}

#[test]
fn standard_output_that_is_full_is_an_error() {
    let model = fixture(MODEL);
    let full = || OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    for command in ["inspect", "optimize"] {
        let fault = Run::of(Command::new(program()).arg(command).arg(&model).stdout(full())).fault(1);
        assert_eq!(fault, "cannot write standard output: No space left on device (os error 28)");
    }
}

#[test]
fn a_report_may_not_be_the_output() {
    let path = OsStr::new("both.json");
    let model = fixture(MODEL);
    let args =
        [OsStr::new("optimize"), model.as_os_str(), OsStr::new("-o"), path, OsStr::new("--report"), path];
    assert_eq!(run(&args, b"").code, 2);
}

/// A named pipe in the folder.
fn pipe(folder: &Folder, name: &str) -> PathBuf {
    let path = folder.path(name);
    assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo is there").success());
    path
}
