//! Constant folding: what reads only constants, or only a known shape, is computed now.
//!
//! Invariant: a constant takes an operator's place only if the file does not outgrow its budget, everything counted
//! that dies with the operator.

use crate::interp::{self, Tensor};
use crate::ir::{Data, Graph, Model, OpId, ValueId};
use crate::pass::settle_shapes;
use crate::rewrite::cost::{Dead, Delta, Holders};
use crate::rewrite::patch::{NewConstant, Patch, Source};
use crate::rewrite::{At, Wire};
use std::collections::HashMap;

/// Results that are too large to be stored are still computed up to so many bytes, since what is made of them may be
/// small again.
const PASSING: usize = 1 << 20;

/// No folded constant takes more bytes, whatever the budget.
const LARGEST: usize = 1 << 28;

/// Results that were computed and not stored.
type Passing = HashMap<ValueId, Tensor>;

/// Folds operators into constants; takes what the model grows by from `growth` and gives how many operators went.
pub fn fold_constants(model: &mut Model, growth: &mut i64) -> usize {
    let mut holders = Holders::of(model);
    let folded = model.graphs.iter_mut().map(|graph| fold_graph(graph, &mut holders, growth)).sum();
    if folded > 0 {
        settle_shapes(model);
    }
    folded
}

fn fold_graph(graph: &mut Graph, holders: &mut Holders, growth: &mut i64) -> usize {
    let mut passing = Passing::new();
    let mut folded = 0;
    for id in graph.order().expect("a model that was read has no cycle") {
        if graph.find_op(id).is_none_or(|op| !interp::is_foldable(graph, op, &passing)) {
            continue;
        }
        let patch = patch(graph, id);
        let dead = Dead::of(&patch, graph);
        let bytes = Delta::of(&patch, graph, &dead, holders).settled().bytes;
        let stored = bytes <= *growth && patch.roots.iter().all(|&op| may_be_constant(graph, op));
        let largest = if stored { LARGEST } else { PASSING };
        let Some(results) = interp::fold(graph, graph.op(id), largest, &passing) else { continue };
        match stored {
            true => {
                *growth -= bytes.max(0);
                folded += store(graph, id, results, &dead, holders);
            }
            false => passing.extend(graph.op(id).results().iter().copied().zip(results)),
        }
    }
    folded
}

/// The patch that puts a constant in place of each result that is read.
fn patch(graph: &Graph, id: OpId) -> Patch<'static> {
    let read = graph.op(id).results().iter().filter(|&&v| !graph.value(v).is_unused());
    let constant = |(i, &v): (usize, &ValueId)| {
        let source = Source::Ready(Data::of(Vec::<u8>::new()));
        (NewConstant { ty: graph.value(v).ty.clone(), source }, (v, Wire::Constant(i as u32)))
    };
    let (constants, replaced) = read.enumerate().map(constant).unzip();
    Patch { ops: Vec::new(), constants, replaced, roots: vec![id], at: At::default() }
}

/// Graph outputs stay computed: not every runtime hands out a constant.
fn may_be_constant(graph: &Graph, id: OpId) -> bool {
    graph.op(id).results().iter().all(|&v| !graph.value(v).is_output())
}

/// Lets the results be constants and removes what is dead; gives how many operators went.
fn store(graph: &mut Graph, id: OpId, results: Vec<Tensor>, dead: &Dead, holders: &mut Holders) -> usize {
    let values = graph.op(id).results().to_vec();
    dead.constants.iter().for_each(|&v| holders.remove(graph.value(v)));
    dead.ops.iter().for_each(|&op| graph.remove_op(op));
    for (v, tensor) in values.into_iter().zip(results) {
        if graph.value(v).is_unused() {
            continue;
        }
        graph.value_mut(v).data = Some(tensor.data);
        holders.add(graph.value(v));
    }
    dead.ops.len()
}
