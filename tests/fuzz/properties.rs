//! What must hold of any bytes: called by the fuzz targets and, on damaged fixtures, by `tests/laws`.
//!
//! Invariant: a property panics if it is broken, and says whether the bytes were good enough to try it.

#![allow(dead_code)]

#[path = "../../optimizer-core/tests/circle/meaning.rs"]
mod meaning;

use optimizer_core::circle;
use optimizer_core::interp::{Inputs, Limits};
use optimizer_core::ir::{Graph, Input, Model};
use optimizer_core::pass;
use optimizer_core::rewrite::{Options, Outcome, Rule, Target, optimize};
use optimizer_core::testing::{Agreement, agreement};
use std::sync::Arc;

/// Bytes that are read are written with the same meaning, and what was written reads and writes as itself.
pub(crate) fn round_trips(bytes: &[u8]) -> bool {
    let Some(model) = read(bytes) else { return false };
    let written = write(&model);
    if model.graphs.iter().all(is_in_order) {
        assert_meaning(bytes, &written);
    }
    let again = read(&written).expect("what was written reads back");
    assert!(write(&again) == written, "writing again gives other bytes");
    true
}

/// Whether operators stand after those they read, as the writer puts them.
fn is_in_order(graph: &Graph) -> bool {
    graph.order().is_ok_and(|order| order.is_sorted())
}

fn assert_meaning(bytes: &[u8], written: &[u8]) {
    let meanings = [bytes, written].map(|file| format!("{:?}", meaning::meaning(file)));
    assert!(meanings[0] == meanings[1], "reading and writing changed {}", changed(&meanings));
}

/// Where two texts part.
fn changed([a, b]: &[String; 2]) -> String {
    let same = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
    let from = |text: &str| text.chars().skip(same.saturating_sub(80)).take(160).collect::<String>();
    format!("...{}... to ...{}...", from(a), from(b))
}

/// Bytes that are read are optimized, the result writes and reads back, and it computes the same where it can be run.
pub(crate) fn optimizes(bytes: &[u8]) -> bool {
    let Some(model) = read(bytes) else { return false };
    let rules: Vec<&Rule> = optimizer_patterns::rules().filter(|rule| rule.level().is_in(3)).collect();
    let mut after = model.clone();
    let options = Options { fuel: Some(500), passes: pass::at(3), ..Options::new(Target::circle()) };
    let outcome = optimize(&mut after, &rules, &options);
    let written = write(&after);
    let again = read(&written).expect("an optimized model reads back");
    assert!(write(&again) == written, "writing again gives other bytes");
    if outcome.before.macs.max(outcome.before.traffic) < LARGEST_RUN {
        assert_same(&model, &again, &outcome, &rules);
    }
    true
}

/// Models that take more multiplications or bytes are not run.
const LARGEST_RUN: i64 = 1 << 22;
const LIMITS: Limits = Limits { bytes: 1 << 20, work: 1 << 28, calls: 100, depth: 8 };

fn assert_same(before: &Model, after: &Model, outcome: &Outcome, rules: &[&Rule]) {
    let fired = |rule: &&&Rule| outcome.kept().any(|entry| entry.rule == rule.name);
    let tolerance = rules.iter().filter(fired).map(|rule| rule.exactness.limit()).fold(0.0, f64::max);
    for (number, graph) in before.graphs.iter().enumerate() {
        for dim in [1, 3] {
            let small = graph.inputs().iter().all(|&id| graph.value(id).ty.bytes(dim) < LIMITS.bytes);
            let Some(given) = small.then(|| Inputs::seeded(1).with_dim(dim).of(graph).ok()).flatten() else {
                continue;
            };
            let agreed = agreement(before, after, number, &given, tolerance, LIMITS);
            assert!(!matches!(agreed, Agreement::Differ(_)), "graph {number}: {agreed:?}");
        }
    }
}

fn read(bytes: &[u8]) -> Option<Model> {
    circle::read(Arc::new(Input::owned(bytes.to_vec()))).ok()
}

fn write(model: &Model) -> Vec<u8> {
    let mut out = Vec::new();
    circle::write(model, &mut out).expect("a model that was read can be written");
    out
}
