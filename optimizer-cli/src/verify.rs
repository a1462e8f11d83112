//! `circle-opt verify`.
//!
//! Invariant: exit 0 means that every output was computed by both models and agreed within the tolerance.

use crate::limits::{RunLimits, check_inputs};
use crate::progress::Progress;
use crate::{Verdict, input, npz, paint, table};
use anyhow::Context;
use optimizer_core::interp::{self, Comparison, Inputs, Kind, Limits, Tensor};
use optimizer_core::ir::Model;
use std::io::Write;
use std::path::PathBuf;

/// Runs two models on the same inputs and compares their outputs.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The reference
    a: PathBuf,
    /// The model to hold against it
    b: PathBuf,
    /// How many sets of inputs to try: signed, wide and edge values in turn
    #[arg(long, default_value_t = 3, conflicts_with = "inputs")]
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
    /// Inputs of your own: arrays by the names of the inputs, or arr_0, arr_1, .. in their order
    #[arg(long, value_name = "FILE.npz")]
    inputs: Option<PathBuf>,
    #[command(flatten)]
    limits: RunLimits,
    /// Print nothing but errors; the exit code tells
    #[arg(short, long)]
    quiet: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Verdict> {
    let (a, b) = (input::load(&args.a)?, input::load(&args.b)?);
    let limits = args.limits.of(&a);
    let progress = Progress::start("comparing");
    let mut rows = Vec::new();
    let mut good = true;
    for (set, given) in sets(args, &a, &limits)? {
        let comparisons =
            interp::compare_within(&a, &b, &given, limits).context("cannot compare the models")?;
        for c in comparisons {
            good &= c.within(args.tolerance);
            let verdict = if c.within(args.tolerance) { "same" } else { "DIFFERS" };
            let place = format!("{:?}", c.place);
            let numbers = [format!("{:.1e}", c.absolute), format!("{:.1e}", c.relative)];
            let output = c.output.chars().take(100).collect();
            rows.push([vec![output, set.clone(), verdict.into(), place], numbers.to_vec()].concat());
        }
    }
    progress.stop();
    let text = table::plain(&["output", "inputs", "", "worst at", "absolute", "relative"], 4, rows);
    if !args.quiet {
        paint::out().write_all(painted(&text).as_bytes())?;
    }
    Ok(if good { Verdict::Good } else { Verdict::Bad })
}

/// The table with its verdicts in colours, which are put in last so that no column counts them.
fn painted(text: &str) -> String {
    let text = text.replace("  same ", &format!("  {} ", paint::good("same")));
    paint::table(&text.replace("  DIFFERS ", &format!("  {} ", paint::bad("DIFFERS"))))
}

/// Every set of inputs to try, and what to call it.
fn sets(args: &Args, model: &Model, limits: &Limits) -> anyhow::Result<Vec<(String, Vec<Tensor>)>> {
    let graph = model.graphs.first().context("the model has no graph")?;
    if let Some(path) = &args.inputs {
        return Ok(vec![("given".into(), npz::inputs(path, graph)?)]);
    }
    check_inputs(graph, args.dim, limits)?;
    let kinds = Kind::FINITE.iter().cycle().zip(args.seed..args.seed.saturating_add(args.runs));
    let set = |(&kind, seed): (&Kind, u64)| {
        let given = Inputs::seeded(seed).with_dim(args.dim).of_kind(kind).of(graph);
        let name = format!("{kind:?} {seed}").to_lowercase();
        Ok((name, given.context("cannot compare the models")?))
    };
    kinds.map(set).collect()
}

/// Compares on every kind of seeded inputs; gives the first comparison past the tolerance.
///
/// # Errors
/// A model cannot be run.
pub(crate) fn worst(
    a: &Model,
    b: &Model,
    tolerance: f64,
    limits: Limits,
) -> anyhow::Result<Option<Comparison>> {
    let graph = a.graphs.first().context("the model has no graph")?;
    check_inputs(graph, 1, &limits)?;
    let progress = Progress::start("verifying");
    for (kind, seed) in Kind::FINITE.into_iter().zip(0..) {
        let given = Inputs::seeded(seed).of_kind(kind).of(graph)?;
        let comparisons = interp::compare_within(a, b, &given, limits)?;
        if let Some(worst) = comparisons.into_iter().find(|c| !c.within(tolerance)) {
            return Ok(Some(worst));
        }
    }
    progress.stop();
    Ok(None)
}
