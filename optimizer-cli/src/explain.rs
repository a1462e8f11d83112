//! `circle-opt explain`.
//!
//! Invariant: tries the rule on the model as the file has it, and changes nothing.

use crate::{Verdict, select};
use optimizer_core::circle;
use optimizer_core::ir::Graph;
use optimizer_core::rewrite::cost::Holders;
use optimizer_core::rewrite::{Reject, Rule, Why, attempt};
use std::io::Write;
use std::path::PathBuf;

/// Shows where a rule fires, where it nearly fires, and what refused it there.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The model
    file: PathBuf,
    /// The rule
    rule: String,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Verdict> {
    let rules = select::select(None, std::slice::from_ref(&args.rule), &[])?.rules;
    let model = circle::load(&args.file)?;
    let mut out = std::io::stdout().lock();
    let holders = Holders::of(&model);
    for rule in rules {
        for graph in &model.graphs {
            explain(graph, rule, &holders).iter().try_for_each(|line| writeln!(out, "{line}"))?;
        }
    }
    Ok(Verdict::Good)
}

/// One line for each operator the rule could be anchored at, the nearest misses first.
fn explain(graph: &Graph, rule: &Rule, holders: &Holders) -> Vec<String> {
    let anchors = graph.ops().filter(|(_, op)| rule.roots.iter().any(|root| root.code == op.code));
    let mut tries: Vec<(u32, String)> = anchors
        .map(|(id, op)| {
            let place = op.results().first().map_or("", |&v| graph.value(v).name.as_str());
            match attempt(rule, graph, id, holders) {
                Ok(delta) => (u32::MAX, format!("{place}: {} fires: {delta}", rule.name)),
                Err(reject) => (reject.depth, miss(place, rule, &reject)),
            }
        })
        .collect();
    tries.sort_by_key(|(depth, _)| std::cmp::Reverse(*depth));
    tries.into_iter().map(|(_, line)| line).collect()
}

fn miss(place: &str, rule: &Rule, reject: &Reject) -> String {
    let line = format!("{place}: {}:{reject}", rule.file);
    match reject.why {
        Why::Cost(_) if rule.provisional => {
            format!("{line}; it stands only where the rules after it give that back")
        }
        Why::Cost(_) => line,
        _ => format!("{line} ({} operators matched)", reject.depth),
    }
}
