//! Layout: which values are stored with their axes permuted, so that the least is transposed.
//!
//! A [`region`] is made of operators that can follow a permutation, joined by the values between them and by
//! transposes. Each operator of a region keeps its layout or takes the other one; a minimum [`cut`] decides for all of
//! them at once, and [`emit`] carries that out.
//!
//! Invariant: a region changes only if that saves operators or traffic, and costs neither, nor time; no weights grow.

mod cost;
mod cut;
mod emit;
mod flow;
mod interface;
mod nhwc;
mod region;
#[cfg(test)]
mod tests;
mod value;

pub use interface::{convert_inputs_to_nhwc, convert_outputs_to_nhwc};
pub use nhwc::convert_nchw_to_nhwc;

use crate::ir::{Clock, Graph, Model, OpCode, OpId};
use crate::op::Permutation;
use region::Region;
use std::collections::{BTreeMap, BTreeSet};

/// Moves and cancels transposes; gives how many operators went, and counts a region that only saved traffic as one.
/// Regions in which nothing was edited `since` an earlier call began, by graph, are as good as they can be.
pub fn settle_layouts(model: &mut Model, since: &[Clock]) -> usize {
    let since = since.iter().copied().chain(std::iter::repeat(Clock::default()));
    model.graphs.iter_mut().zip(since).map(|(graph, since)| settle(graph, since)).sum()
}

fn settle(graph: &mut Graph, since: Clock) -> usize {
    let permutations: BTreeSet<_> = transposes(graph).into_values().map(Permutation::direction).collect();
    permutations.into_iter().map(|perm| settle_along(graph, &perm, since)).sum()
}

/// Settles each region that transposes by `perm` or its inverse join.
fn settle_along(graph: &mut Graph, perm: &Permutation, since: Clock) -> usize {
    let (mut seen, mut saved) = (BTreeSet::new(), 0);
    for (op, order) in transposes(graph) {
        if order.direction() != *perm || seen.contains(&op) {
            continue;
        }
        let region = Region::around(graph, op, perm);
        seen.extend(region.transposes.iter().copied());
        if !region.is_edited(graph, since) {
            continue;
        }
        if let Some((plan, gain)) = cut::best(graph, &region) {
            emit::carry_out(graph, &region, &plan);
            saved += gain;
        }
    }
    saved
}

/// All transposes by constants, in arena order.
fn transposes(graph: &Graph) -> BTreeMap<OpId, Permutation> {
    let transposes = graph.ops_of(OpCode::TRANSPOSE).into_iter();
    transposes.filter_map(|id| Some((id, value::permutation(graph, id)?))).collect()
}
