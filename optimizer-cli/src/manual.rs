//! `circle-opt completions` and `circle-opt man`: what the command line says of itself.
//!
//! Invariant: both are made from the flags as they are parsed, so they cannot say anything else.

use crate::{Cli, Verdict};
use anyhow::Context;
use clap::CommandFactory;
use std::path::PathBuf;

/// Prints what a shell needs to complete commands and flags.
#[derive(clap::Args)]
pub(crate) struct Completions {
    /// The shell
    shell: clap_complete::Shell,
}

/// Prints the manual page.
#[derive(clap::Args)]
pub(crate) struct Man {
    /// Write one page for each command into this folder instead
    folder: Option<PathBuf>,
}

pub(crate) fn completions(args: &Completions) -> anyhow::Result<Verdict> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "circle-opt", &mut text);
    print(&text)
}

pub(crate) fn man(args: &Man) -> anyhow::Result<Verdict> {
    if let Some(folder) = &args.folder {
        let written = clap_mangen::generate_to(Cli::command(), folder);
        written.with_context(|| format!("cannot write into {}", folder.display()))?;
        return Ok(Verdict::Good);
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut text)?;
    print(&text)
}

fn print(text: &[u8]) -> anyhow::Result<Verdict> {
    std::io::Write::write_all(&mut std::io::stdout(), text)?;
    Ok(Verdict::Good)
}
