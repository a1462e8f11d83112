//! `circle-opt`: the command line over the engine and its rules.
//!
//! Invariant: data goes to stdout and words to stderr; exit 0 is done, 1 a bad input or differing outputs, 2 usage.

mod circle2circle;
mod counts;
mod depfile;
mod dim;
mod explain;
mod front;
mod input;
mod inspect;
mod limits;
mod manual;
mod npz;
mod one_optimize;
mod optimize;
mod paint;
mod plan;
mod progress;
mod report;
mod rules;
mod select;
mod signals;
mod table;
mod verify;

use anyhow::Error;
use clap::{Parser, Subcommand};
use optimizer_core::circle::FORMATS;
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::LazyLock;

static VERSION: LazyLock<String> = LazyLock::new(|| format!("{} ({FORMATS})", env!("CARGO_PKG_VERSION")));

/// Optimizes Samsung ONE's circle models by rules that prove themselves legal.
#[derive(Parser)]
#[command(name = "circle-opt", version = VERSION.as_str(), propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Optimize(optimize::Args),
    Verify(verify::Args),
    Inspect(inspect::Args),
    Explain(explain::Args),
    Rules(rules::Args),
    #[command(name = "circle2circle")]
    Circle2circle(circle2circle::Args),
    OneOptimize(one_optimize::Args),
    Completions(manual::Completions),
    Man(manual::Man),
}

/// The commands that the program is when it is installed under their names.
const LINKS: [&str; 2] = ["circle2circle", "one-optimize"];

/// What a command that ran to its end found.
pub(crate) enum Verdict {
    Good,
    Bad,
}

fn main() -> ExitCode {
    signals::settle();
    let verdict = match Cli::parse_from(words()).command {
        Command::Optimize(args) => optimize::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Circle2circle(args) => circle2circle::run(&args),
        Command::OneOptimize(args) => one_optimize::run(&args),
        Command::Completions(args) => manual::completions(&args),
        Command::Man(args) => manual::man(&args),
    };
    match verdict {
        Ok(Verdict::Good) => ExitCode::SUCCESS,
        Ok(Verdict::Bad) => ExitCode::from(1),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            say(told(&error));
            ExitCode::from(if error.is::<select::Usage>() { 2 } else { 1 })
        }
    }
}

/// Words go to standard error, and nowhere if nobody reads there.
pub(crate) fn say(words: impl Display) {
    let _ = writeln!(anstream::stderr(), "{} {words}", paint::bad("circle-opt:"));
}

/// An error in one line. Whatever writes to a file says to which; standard output has no name of its own.
fn told(error: &Error) -> String {
    match error.chain().count() == 1 && error.is::<io::Error>() {
        true => format!("cannot write standard output: {error}"),
        false => format!("{error:#}"),
    }
}

/// The command line; called by the name of an old front end, the program is that.
fn words() -> Vec<OsString> {
    let mut words: Vec<OsString> = std::env::args_os().collect();
    let called = words.first().and_then(|program| Path::new(program).file_stem()?.to_str());
    if let Some(link) = LINKS.into_iter().find(|&link| called == Some(link)) {
        words.insert(1, link.into());
    }
    words
}

/// Whether the reader of our output went away, which is no failure of ours.
fn is_closed_pipe(error: &Error) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
}
