//! Running the program within bounds, and telling what it took.

use crate::net::Net;
use crate::pack::pack;
use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use wait4::Wait4;

/// Processor time that a run may take.
const SECONDS: u32 = 10;
/// Memory that a run may take beside four times its file.
const MEGABYTES: u64 = 200;

/// A folder for one file and what is made of it.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new() -> Bench {
        Bench { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command on the file, whose path follows its words, within the bounds; gives the exit code.
    ///
    /// # Errors
    /// What was out of bounds.
    pub(crate) fn run(&self, words: &[&str], file: &Path) -> Result<i32, String> {
        let size = std::fs::metadata(file).map_err(|error| error.to_string())?.len();
        let script = format!("ulimit -t {SECONDS}; ulimit -c 0; exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_circle-opt")]).args(self.words(words, file));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        let mut told = Vec::new();
        child.stderr.take().expect("a pipe").read_to_end(&mut told).map_err(|error| error.to_string())?;
        let ended = child.wait4().map_err(|error| error.to_string())?;
        let told = String::from_utf8_lossy(&told[..told.len().min(2000)]).into_owned();
        let taken = ended.rusage.maxrss;
        match ended.status.code() {
            _ if told.contains("panicked") => Err(told),
            _ if taken > 4 * size + (MEGABYTES << 20) => {
                Err(format!("{} MB for a file of {} kB: {told}", taken >> 20, size >> 10))
            }
            Some(code @ (0 | 1)) => Ok(code),
            Some(code) => Err(format!("exit code {code}: {told}")),
            None => Err(format!("ended by signal {:?}: {told}", ended.status.signal())),
        }
    }

    /// The words with `FILE` for the file and `OUT` for a file of the folder.
    fn words<'a>(&self, words: &[&'a str], file: &Path) -> Vec<std::ffi::OsString> {
        let word = |word: &&'a str| match *word {
            "FILE" => file.into(),
            "OUT" => self.path("out.circle").into(),
            other => OsStr::new(other).to_owned(),
        };
        words.iter().map(word).collect()
    }
}

/// What is run on hostile files.
pub(crate) const COMMANDS: [&[&str]; 5] = [
    &["optimize", "-q", "FILE", "-o", "OUT"],
    &["optimize", "-q", "-O3", "--target", "circle", "--verify", "FILE", "-o", "OUT"],
    &["inspect", "FILE"],
    &["verify", "FILE", "FILE", "--runs", "1"],
    &["circle2circle", "--fold_dequantize", "--fold_gather", "--convert_nchw_to_nhwc", "FILE", "OUT"],
];

/// Every command on the file that `net` is.
#[track_caller]
pub(crate) fn stays_within_bounds(net: &Net) {
    let bench = Bench::new();
    let file = bench.path("in.circle");
    std::fs::write(&file, pack(&net.0)).expect("there is room");
    let broken: Vec<String> = COMMANDS
        .iter()
        .filter_map(|command| Some(format!("{command:?}: {}", bench.run(command, &file).err()?)))
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
