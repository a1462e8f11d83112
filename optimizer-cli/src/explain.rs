//! `circle-opt explain`.
//!
//! Invariant: tries the rule on the model as the file has it, and changes nothing.

use crate::{Verdict, select};
use optimizer_core::circle;
use optimizer_core::ir::Graph;
use optimizer_core::rewrite::{Match, Reject, Rule};
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
    let rules = select::select(u8::MAX, std::slice::from_ref(&args.rule), &[])?;
    let model = circle::load(&args.file)?;
    let mut out = std::io::stdout().lock();
    for rule in rules {
        for graph in &model.graphs {
            explain(graph, rule).iter().try_for_each(|line| writeln!(out, "{line}"))?;
        }
    }
    Ok(Verdict::Good)
}

/// One line for each operator the rule could be anchored at, the nearest misses first.
fn explain(graph: &Graph, rule: &Rule) -> Vec<String> {
    let anchors = graph.ops().filter(|(_, op)| rule.roots.iter().any(|root| root.code == op.code));
    let mut tries: Vec<(u32, String)> = anchors
        .map(|(id, op)| {
            let place = op.results().first().map_or("", |&v| graph.value(v).name.as_str());
            let mut m = Match::new(graph, id);
            match (rule.apply)(&mut m) {
                Some(_) => (u32::MAX, format!("{place}: {} matches", rule.name)),
                None => miss(place, rule, m.reject()),
            }
        })
        .collect();
    tries.sort_by_key(|(depth, _)| std::cmp::Reverse(*depth));
    tries.into_iter().map(|(_, line)| line).collect()
}

fn miss(place: &str, rule: &Rule, reject: Option<Reject>) -> (u32, String) {
    match reject {
        Some(reject) => {
            let line = format!("{place}: {}:{reject} ({} operators matched)", rule.file, reject.depth);
            (reject.depth, line)
        }
        None => (0, format!("{place}: no reason was recorded")),
    }
}
