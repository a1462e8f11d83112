//! Feature maps that are kept channels first are stored channels last, asked for or not worth it.
//!
//! Invariant: only operators that can follow are changed, and none that is known to be channels last already.

use super::cut::Plan;
use super::emit::carry_out;
use super::region::{Frame, Region};
use super::transposes;
use crate::ir::{Graph, Model, OpId, ValueId};
use crate::op::{self, Permutation};
use std::collections::BTreeSet;

/// From channels first to channels last.
const TO_NHWC: [i64; 4] = [0, 2, 3, 1];

/// Lets every operator of rank 4 that can follow compute its results channels last, with transposes around it; gives
/// how many operators changed.
pub fn convert_nchw_to_nhwc(model: &mut Model) -> usize {
    model.graphs.iter_mut().map(convert).sum()
}

/// The permutation from channels first to channels last.
pub(super) fn to_nhwc() -> Permutation {
    Permutation::of(&TO_NHWC).expect("each axis once")
}

fn convert(graph: &mut Graph) -> usize {
    let (perm, mut seen, mut changed) = (to_nhwc(), BTreeSet::new(), 0);
    let known_last: BTreeSet<ValueId> = graph.ops().flat_map(|(id, _)| channels_last(graph, id)).collect();
    let transposed = transposes(graph)
        .into_iter()
        .filter(|(_, order)| order.clone().direction() == perm.clone().direction());
    let transposed: Vec<OpId> = transposed.map(|(op, _)| op).collect();
    for op in transposed {
        if graph.find_op(op).is_some() && !is_seen(graph, &seen, op) {
            let region = Region::around(graph, op, &perm);
            changed += convert_region(graph, region, &known_last, &mut seen);
        }
    }
    let ops: Vec<OpId> = graph.order().expect("graphs stay acyclic");
    for value in ops.into_iter().flat_map(|op| graph.op(op).results().to_vec()).collect::<Vec<_>>() {
        if !seen.contains(&value) && !known_last.contains(&value) {
            let region = Region::of(graph, value, Frame::First, &perm);
            changed += convert_region(graph, region, &known_last, &mut seen);
        }
    }
    changed
}

fn is_seen(graph: &Graph, seen: &BTreeSet<ValueId>, op: OpId) -> bool {
    graph.op(op).results().iter().any(|v| seen.contains(v))
}

/// The values of rank 4 that an operator reads or computes which is described but cannot follow: such operators, like
/// convolutions, have their channels last.
fn channels_last(graph: &Graph, id: OpId) -> Vec<ValueId> {
    let op = graph.op(id);
    if op::describe(op).is_none_or(|description| description.layout.is_some()) {
        return Vec::new();
    }
    let values = op.operands().iter().flatten().chain(op.results()).copied();
    values.filter(|&v| graph.value(v).shape().is_some_and(|shape| shape.rank() == 4)).collect()
}

fn convert_region(
    graph: &mut Graph,
    region: Region,
    known_last: &BTreeSet<ValueId>,
    seen: &mut BTreeSet<ValueId>,
) -> usize {
    seen.extend(region.frames.keys().copied());
    let first = region.followers.values().filter(|follower| follower.frame == Frame::First).count();
    let contradicted =
        region.frames.iter().any(|(v, &frame)| frame == Frame::First && known_last.contains(v));
    if first == 0 || contradicted {
        return 0;
    }
    carry_out(graph, &region, &Plan::all(graph, &region, Frame::Second));
    first
}
