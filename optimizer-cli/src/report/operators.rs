//! What became of each operator: those of the file, those of the result, and those that came and went in between.
//!
//! Invariant: an operator is named by its graph and its number there; rewrites that were taken back leave no trace.

use crate::report::Run;
use optimizer_core::ir::{Model, OpId, Piece};
use optimizer_core::rewrite::{Cost, Profile};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
pub(super) struct OperatorFacts {
    pub(super) graph: usize,
    pub(super) id: u32,
    #[serde(skip)]
    pub(super) op: OpId,
    pub(super) kind: String,
    /// The name of its first result when it was first there.
    pub(super) name: String,
    /// In the file.
    pub(super) before: Option<OperatorState>,
    /// In the result.
    pub(super) after: Option<OperatorState>,
    /// The rewrite that made it, by number.
    pub(super) made_by: Option<usize>,
    /// The rewrite that took it away, by number.
    pub(super) removed_by: Option<usize>,
    pub(super) removed_by_pass: Option<&'static str>,
}

#[derive(Serialize)]
pub(super) struct OperatorState {
    /// The name of its first result: an operator may come to compute a graph's output.
    pub(super) name: String,
    pub(super) constant_bytes: i64,
    pub(super) traffic: i64,
    pub(super) macs: i64,
    pub(super) live_bytes: i64,
}

type Found = BTreeMap<(usize, OpId), OperatorFacts>;

pub(super) fn of(run: &Run, before: &Profile, after: &Profile) -> Vec<OperatorFacts> {
    let mut found = Found::new();
    add_model(&mut found, before, run.original, |op| &mut op.before);
    add_model(&mut found, after, run.model, |op| &mut op.after);
    for (i, entry) in run.outcome.entries.iter().enumerate().filter(|(_, entry)| entry.rolled_back.is_none())
    {
        let Some(scene) = &entry.scene else { continue };
        add_piece(&mut found, entry.graph, &scene.before, |op| op.removed_by = Some(i));
        add_piece(&mut found, entry.graph, &scene.after, |op| op.made_by = Some(i));
    }
    for pass in &run.outcome.passes {
        for key in pass.change.iter().flat_map(|change| &change.removed) {
            if let Some(op) = found.get_mut(key) {
                op.removed_by_pass = Some(pass.pass);
            }
        }
    }
    found.into_values().collect()
}

fn add_model(
    found: &mut Found,
    profile: &Profile,
    model: &Model,
    state: fn(&mut OperatorFacts) -> &mut Option<OperatorState>,
) {
    for cost in &profile.ops {
        let graph = &model.graphs[cost.graph];
        let name = graph.root_name(cost.op);
        let facts = entry(found, cost.graph, cost.op, graph.op(cost.op).name(), name);
        let Cost { bytes, traffic, macs, peak, .. } = cost.cost;
        let name = name.to_owned();
        *state(facts) = Some(OperatorState { name, constant_bytes: bytes, traffic, macs, live_bytes: peak });
    }
}

fn add_piece(found: &mut Found, graph: usize, piece: &Piece, set: impl Fn(&mut OperatorFacts)) {
    for op in &piece.ops {
        let name = op.results.first().map_or("", |&value| piece.values[value].name.as_str());
        set(entry(found, graph, op.id, &op.kind, name));
    }
}

fn entry<'f>(found: &'f mut Found, graph: usize, id: OpId, kind: &str, name: &str) -> &'f mut OperatorFacts {
    found.entry((graph, id)).or_insert_with(|| OperatorFacts {
        graph,
        id: id.number(),
        op: id,
        kind: kind.to_owned(),
        name: name.to_owned(),
        before: None,
        after: None,
        made_by: None,
        removed_by: None,
        removed_by_pass: None,
    })
}
