//! `circle-opt explain`.
//!
//! Invariant: what fired is what a run of `optimize` with the same flags does; the file is not changed.

pub(crate) mod misses;
mod text;

use crate::plan::PlanArgs;
use crate::progress::Watched;
use crate::select::Usage;
use crate::{Verdict, input, paint, select};
use anyhow::bail;
use misses::{Miss, misses};
use optimizer_core::ir::Model;
use optimizer_core::rewrite::cost::Holders;
use optimizer_core::rewrite::{self, Entry, Outcome, Rule, Target};
use std::io::Write;
use std::path::PathBuf;

/// Shows where rules fire, where they nearly fire, and what refused them there.
#[derive(clap::Args)]
#[command(
    after_help = "With the name of a rule in place of FILE: the rule as written, and drawn before and after. A rule that \
                  the flags leave out joins the run if it is named."
)]
pub(crate) struct Args {
    /// The model; or a rule alone
    file: PathBuf,
    /// Only this rule, or the rules of this group
    rule: Option<String>,
    #[command(flatten)]
    plan: PlanArgs,
    /// All misses, and the rules that found nothing
    #[arg(long)]
    all: bool,
}

/// What became of one rule.
pub(crate) struct Finding {
    pub(crate) rule: &'static Rule,
    /// Its rewrites in the run, those taken back included.
    pub(crate) entries: Vec<Entry>,
    /// Roots where it would fire in the file as it is, and others came first.
    pub(crate) overtaken: Vec<String>,
    /// Where it did not fire in what the run left, the nearest miss first.
    pub(crate) misses: Vec<Miss>,
    /// An operator that it makes and the target lacks.
    pub(crate) lacking: Option<&'static str>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Verdict> {
    let mut out = paint::out();
    if let Some(rule) = rule_alone(args) {
        write!(out, "{}", text::drawing(rule))?;
        return Ok(Verdict::Good);
    }
    let named = args.rule.as_slice();
    if let Some(rule) = meant_rule(args) {
        bail!(Usage(format!(
            "{0} is no file and no rule; did you mean the rule `{rule}`?",
            args.file.display()
        )));
    }
    let run = args.plan.selection(named)?;
    let shown = match named {
        [] => run.rules.clone(),
        named => select::select(None, named, &[])?.rules,
    };
    let before = input::load(&args.file)?;
    let mut after = before.clone();
    let options = args.plan.options(&before, &run)?;
    let outcome = rewrite::optimize_watched(&mut after, &run.rules, &options, &mut Watched::progress());
    let holders = [&before, &after].map(Holders::of);
    let models = [(&before, &holders[0]), (&after, &holders[1])];
    let findings = shown.iter().map(|rule| finding(rule, models, &outcome, &options.target));
    let findings: Vec<Finding> = findings.collect();
    match named {
        [] => write!(out, "{}", text::summary(&findings, args.all))?,
        _ => findings.iter().try_for_each(|finding| write!(out, "{}", text::finding(finding, args.all)))?,
    }
    Ok(Verdict::Good)
}

/// The rule that the only word names, where there is no file of that name.
fn rule_alone(args: &Args) -> Option<&'static Rule> {
    let word = args.file.to_str().filter(|_| args.rule.is_none() && !args.file.exists())?;
    select::all().rules.into_iter().find(|rule| rule.name == word)
}

/// The rule that a lone word was meant to be which is neither a file nor looks like one.
fn meant_rule(args: &Args) -> Option<&'static str> {
    let word = args.file.to_str().filter(|word| args.rule.is_none() && !word.contains(['/', '.', '-']))?;
    if args.file.exists() { None } else { select::nearest(&select::known(), word) }
}

fn finding(
    rule: &'static Rule,
    [(before, held_before), (after, held_after)]: [(&Model, &Holders); 2],
    outcome: &Outcome,
    target: &Target,
) -> Finding {
    let entries: Vec<Entry> = outcome.entries.iter().filter(|e| e.rule == rule.name).cloned().collect();
    let fired = |root: &String| entries.iter().any(|entry| entry.root == *root);
    let mut overtaken = misses::matches(rule, before, held_before, target);
    overtaken.retain(|root| !fired(root));
    let lacking = rule.emits.iter().find(|op| !target.has(op)).map(|op| op.name);
    Finding { rule, overtaken, misses: misses(rule, after, held_after, target), lacking, entries }
}
