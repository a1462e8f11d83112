//! `circle-opt verify`.
//!
//! Invariant: exit 0 means that every output was computed by both models and agreed within the tolerance.

use crate::{Verdict, table};
use anyhow::Context;
use optimizer_core::circle;
use optimizer_core::interp::{self, Inputs};
use std::io::Write;
use std::path::PathBuf;

/// Runs two models on the same seeded inputs and compares their outputs.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The reference
    a: PathBuf,
    /// The model to hold against it
    b: PathBuf,
    /// How many sets of inputs to try
    #[arg(long, default_value_t = 2)]
    runs: u64,
    /// The seed of the first set
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The largest difference to accept, relative to the largest element of the reference
    #[arg(long, default_value_t = 1e-4)]
    tolerance: f64,
    /// What unknown dims are taken for
    #[arg(long, value_name = "N", default_value_t = 1)]
    dim: usize,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Verdict> {
    let (a, b) = (circle::load(&args.a)?, circle::load(&args.b)?);
    let mut rows = Vec::new();
    let mut good = true;
    for seed in args.seed..args.seed + args.runs {
        let inputs = Inputs::seeded(seed).with_dim(args.dim);
        let comparisons = interp::compare(&a, &b, &inputs).context("cannot compare the models")?;
        for c in comparisons {
            good &= c.within(args.tolerance);
            let verdict = if c.within(args.tolerance) { "same" } else { "DIFFERS" };
            let place = format!("{:?}", c.place);
            let numbers = [seed.to_string(), format!("{:.1e}", c.absolute), format!("{:.1e}", c.relative)];
            rows.push([vec![c.output, verdict.into(), place], numbers.to_vec()].concat());
        }
    }
    let text = table::plain(&["output", "", "worst at", "seed", "absolute", "relative"], 3, rows);
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(if good { Verdict::Good } else { Verdict::Bad })
}
