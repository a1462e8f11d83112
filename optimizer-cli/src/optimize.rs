//! `circle-opt optimize`.
//!
//! Invariant: OUT is put in place last, whole, and only if everything before it went well.

use crate::dim;
use crate::limits::RunLimits;
use crate::plan::PlanArgs;
use crate::progress::Watched;
use crate::report::{self, Form, Run};
use crate::select::Usage;
use crate::{Verdict, depfile, input, paint, say, table};
use anyhow::{Context, bail};
use optimizer_core::circle::{self, Pending};
use optimizer_core::ir::Model;
use optimizer_core::rewrite::{self, Dims, Options, Outcome, Rule};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Rewrites a model into a smaller, faster one that computes the same.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The model, .circle or .tflite; `-` is standard input
    input: PathBuf,
    /// Where to write; may be IN itself, `-` is standard output. Without it nothing is written
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    #[command(flatten)]
    plan: PlanArgs,
    #[command(flatten)]
    limits: RunLimits,
    /// Make graph inputs of rank 4 channels last: callers have to follow
    #[arg(long, conflicts_with = "verify")]
    nchw_to_nhwc_input: bool,
    /// Make graph outputs of rank 4 channels last: callers have to follow
    #[arg(long, conflicts_with = "verify")]
    nchw_to_nhwc_output: bool,
    /// Run both models on seeded inputs and write nothing if they differ
    #[arg(long)]
    verify: bool,
    /// The largest relative difference that --verify accepts
    #[arg(long, default_value_t = 1e-4)]
    tolerance: f64,
    /// Write what was done as a page or as JSON
    #[arg(long, value_name = "FILE.{html,json}")]
    report: Option<PathBuf>,
    /// Write what OUT depends on, in the syntax of Make
    #[arg(long, value_name = "FILE", requires = "output")]
    depfile: Option<PathBuf>,
    /// Print every rewrite as it happens, also those taken back
    #[arg(long)]
    trace: bool,
    /// With the trace, also why rules do not fire whose operators are all there
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,
    /// Have OUT on the disk before the run ends
    #[arg(long)]
    fsync: bool,
    /// Print nothing but errors
    #[arg(short, long)]
    quiet: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Verdict> {
    check(args)?;
    let also = also(args);
    let selection = args.plan.selection(&also)?;
    let mut model = input::load(&args.input)?;
    let original = (args.verify || args.report.is_some()).then(|| model.clone());
    let options = Options { record: args.report.is_some(), ..args.plan.options(&model, &selection)? };
    let outcome = match args.plan.is_empty() && also.is_empty() {
        true => untouched(&model, &options.dims),
        false => rewrite::optimize_watched(&mut model, &selection.rules, &options, &mut watched(args)),
    };
    if let Some(original) = original.as_ref().filter(|_| args.verify) {
        verify(args, original, &model)?;
    }
    let report = match form(args)?.zip(original.as_ref()) {
        Some(((path, form), original)) => {
            let (input, target_name) = (args.input.as_path(), args.plan.target.name());
            let (options, outcome, rules) = (&options, &outcome, &selection.rules);
            let run = Run { input, target_name, options, original, model: &model, outcome, rules };
            Some(circle::stage(&report::text(form, &run)?, path)?)
        }
        None => None,
    };
    let depfile = args.depfile.as_ref().zip(args.output.as_ref());
    let depfile = depfile.map(|(path, output)| circle::stage(&depfile::rule(output, &args.input), path));
    let depfile = depfile.transpose()?;
    if let Some(path) = &args.output {
        circle::save(&model, path, args.fsync)?;
    }
    [report, depfile].into_iter().flatten().try_for_each(Pending::put)?;
    tell(args, &selection.rules, &outcome, &options.dims)?;
    // The process ends: giving the memory back piece by piece would take longer than writing the model.
    std::mem::forget(model);
    Ok(Verdict::Good)
}

/// Who looks on: a trace goes where the table goes.
fn watched(args: &Args) -> Watched {
    match (args.trace || args.verbose, to_stdout(args)) {
        (false, _) => Watched::progress(),
        (true, true) => Watched::trace(std::io::stderr(), args.verbose),
        (true, false) => Watched::trace(std::io::stdout(), args.verbose),
    }
}

/// Whether the model goes to standard output, and words have to keep away from it.
fn to_stdout(args: &Args) -> bool {
    args.output.as_deref() == Some(Path::new("-"))
}

/// What the interface flags stand for.
fn also(args: &Args) -> Vec<String> {
    let flags = [
        (args.nchw_to_nhwc_input, "nchw_to_nhwc_input_shape"),
        (args.nchw_to_nhwc_output, "nchw_to_nhwc_output_shape"),
    ];
    flags.into_iter().filter(|(asked, _)| *asked).map(|(_, group)| group.to_owned()).collect()
}

fn check(args: &Args) -> anyhow::Result<()> {
    if args.depfile.is_some() && (to_stdout(args) || args.input == Path::new("-")) {
        bail!(Usage("--depfile is about files; give IN and OUT by name".into()));
    }
    form(args)?;
    if args.report.is_some() && args.report == args.output {
        bail!(Usage("--report and -o name the same file; give the report another name".into()));
    }
    Ok(())
}

/// Where the report goes, and what it is to be.
fn form(args: &Args) -> anyhow::Result<Option<(&Path, Form)>> {
    let unfit = || Usage("--report writes a page or JSON; give it a name that ends in .html or .json".into());
    let report = args.report.as_deref().map(|path| Ok((path, Form::of(path).ok_or_else(unfit)?)));
    report.transpose()
}

fn untouched(model: &Model, dims: &Dims) -> Outcome {
    let cost = rewrite::Cost::of(model, dims);
    Outcome { before: cost, after: cost, assumed: dims.assumed(model), ..Outcome::default() }
}

fn verify(args: &Args, before: &Model, after: &Model) -> anyhow::Result<()> {
    match crate::verify::worst(before, after, args.tolerance, args.limits.of(before))
        .context("--verify cannot run the model; leave it out, or compare in LiteRT")?
    {
        Some(worst) => bail!("--verify: outputs differ, nothing was written: {worst}; please report this"),
        None => Ok(()),
    }
}

/// Names the rules that had to be stopped.
pub(crate) fn complain(outcome: &Outcome) {
    for name in &outcome.out_of_fuel {
        say(format_args!(
            "rule {name} ran without end and was stopped; the model is valid, please report this"
        ));
    }
}

fn tell(args: &Args, rules: &[&Rule], outcome: &Outcome, dims: &Dims) -> anyhow::Result<()> {
    complain(outcome);
    if args.quiet {
        return Ok(());
    }
    let gap = if args.trace || args.verbose { "\n" } else { "" };
    let text = gap.to_owned() + &text(rules, outcome) + &dim::said(outcome.assumed, dims);
    // Once OUT is in its place, the run has done what was asked.
    let _ = match args.output {
        None => {
            paint::out().write_all(text.as_bytes())?;
            say("nothing was written; give -o OUT to keep the result");
            Ok(())
        }
        Some(_) if to_stdout(args) => anstream::stderr().write_all(text.as_bytes()),
        Some(_) => paint::out().write_all(text.as_bytes()),
    };
    Ok(())
}

/// What was done: a table of the rules and one of the costs.
pub(crate) fn text(rules: &[&Rule], outcome: &Outcome) -> String {
    let mut text = String::new();
    let fired = fired(rules, outcome);
    if !fired.is_empty() {
        text += &paint::table(&table::plain(
            &["rule", "place", "times", "operators", "bytes", "traffic", "MACs"],
            5,
            fired,
        ));
        text.push('\n');
    }
    text + &paint::table(&table::costs(&outcome.before, &outcome.after))
}

/// One row for each rule that fired, in the order of the rule files, then one for each pass that changed something.
fn fired(rules: &[&Rule], outcome: &Outcome) -> Vec<Vec<String>> {
    let tallies = outcome.by_rule();
    let row = |rule: &&Rule| {
        let tally = tallies.get(rule.name).filter(|tally| tally.times > 0)?;
        let d = tally.change;
        let numbers = [tally.times as i64, d.ops, d.bytes, d.traffic, d.macs].map(table::grouped);
        Some([vec![rule.name.into(), rule.place()], numbers.to_vec()].concat())
    };
    let passes = outcome.changes_by_pass().into_iter().map(|(pass, changes)| {
        let numbers = [changes.to_string(), String::new(), String::new(), String::new(), String::new()];
        [vec![pass.to_owned(), "pass".to_owned()], numbers.to_vec()].concat()
    });
    rules.iter().filter_map(row).chain(passes).collect()
}
