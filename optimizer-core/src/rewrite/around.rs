//! The operators that a rewrite may matter to.
//!
//! Invariant: none is named that has left the graph.

use crate::ir::{Graph, OpId};
use crate::rewrite::cost::Dead;
use crate::rewrite::worklist::{Distance, Item};
use rustc_hash::FxHashSet;
use std::collections::HashSet;

/// The operators around the dead ones: those that compute what they read, and those that read what they computed.
pub(super) fn neighbours(graph: &Graph, dead: &Dead) -> Vec<OpId> {
    let around = dead.ops.iter().flat_map(|&op| {
        let op = graph.op(op);
        let producers = op.operands().iter().flatten().filter_map(|&v| graph.producer(v).map(|(op, _)| op));
        let readers = op.results().iter().flat_map(|&v| graph.value(v).uses().iter().map(|at| at.op));
        producers.chain(readers)
    });
    let dead: HashSet<OpId> = dead.ops.iter().copied().collect();
    around.filter(|op| !dead.contains(op)).collect()
}

/// Values with more readers than this are not followed; the final sweep looks at all operators anyway.
const FAN_OUT: usize = 64;

/// The operators and what reads them, `reach` steps on, each with the number of steps.
pub(super) fn downstream(
    graph: &Graph,
    from: impl Iterator<Item = OpId>,
    reach: Distance,
) -> Vec<(Item, Distance)> {
    let mut seen = FxHashSet::default();
    let mut found: Vec<(OpId, Distance)> = Vec::new();
    found.extend(from.filter(|&op| graph.find_op(op).is_some() && seen.insert(op)).map(|op| (op, 0)));
    let mut next = 0;
    while let Some(&(op, distance)) = found.get(next).filter(|(_, distance)| *distance < reach) {
        let uses = graph.op(op).results().iter().map(|&v| graph.value(v).uses());
        let readers = uses.filter(|uses| uses.len() <= FAN_OUT).flatten().map(|at| at.op);
        found.extend(readers.filter(|&op| seen.insert(op)).map(|op| (op, distance + 1)));
        next += 1;
    }
    found.into_iter().map(|(op, distance)| ((graph.op(op).position, op), distance)).collect()
}
