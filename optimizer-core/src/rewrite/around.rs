//! The operators that a rewrite may matter to.
//!
//! Invariant: none is named that has left the graph.

use crate::ir::{Graph, OpId};
use crate::rewrite::cost::Dead;
use crate::rewrite::worklist::Item;
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

/// The operators and what reads them, `reach` steps on.
pub(super) fn downstream(graph: &Graph, from: impl Iterator<Item = OpId>, reach: u32) -> Vec<Item> {
    let mut seen = FxHashSet::default();
    let mut edge: Vec<OpId> = from.filter(|&op| graph.find_op(op).is_some() && seen.insert(op)).collect();
    let mut found = edge.clone();
    for _ in 0..reach {
        let results = edge.iter().flat_map(|&op| graph.op(op).results());
        let uses = results.map(|&v| graph.value(v).uses()).filter(|uses| uses.len() <= FAN_OUT);
        edge = uses.flatten().map(|at| at.op).filter(|&op| seen.insert(op)).collect();
        found.extend(&edge);
    }
    found.into_iter().map(|op| (graph.op(op).position, op)).collect()
}
