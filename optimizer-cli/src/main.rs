//! `circle-opt`: the command line over the engine and its rules.
//!
//! Invariant: data goes to stdout and words to stderr; exit 0 is done, 1 a bad input or differing outputs, 2 usage.

mod explain;
mod inspect;
mod optimize;
mod rules;
mod select;
mod table;
mod verify;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Optimizes Samsung ONE's circle models by rules that prove themselves legal.
#[derive(Parser)]
#[command(name = "circle-opt", version, propagate_version = true)]
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
}

/// What a command that ran to its end found.
pub(crate) enum Verdict {
    Good,
    Bad,
}

fn main() -> ExitCode {
    let verdict = match Cli::parse().command {
        Command::Optimize(args) => optimize::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Rules(args) => rules::run(&args),
    };
    match verdict {
        Ok(Verdict::Good) => ExitCode::SUCCESS,
        Ok(Verdict::Bad) => ExitCode::from(1),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("circle-opt: {error:#}");
            ExitCode::from(if error.is::<select::Usage>() { 2 } else { 1 })
        }
    }
}

/// Whether the reader of our output went away, which is no failure of ours.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}
