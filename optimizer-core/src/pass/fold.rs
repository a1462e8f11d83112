//! Constant folding: what reads only constants, or only a known shape, is computed now.
//!
//! Invariant: a constant takes an operator's place only if the file does not outgrow its budget, everything counted
//! that dies with the operator; and all of a run's folding takes no more memory and time than its own budget has.

use crate::interp::{self, Tensor};
use crate::ir::{Data, Graph, Model, OpId, ValueId};
use crate::pass::settle_shapes;
use crate::rewrite::cost::{Dead, Delta, Holders};
use crate::rewrite::patch::{NewConstant, Patch, Source};
use crate::rewrite::{At, Cost, Wire};
use std::collections::HashMap;

/// Results that are too large to be stored are still computed up to so many bytes, since what is made of them may be
/// small again.
const PASSING: usize = 1 << 20;

/// No folded constant takes more bytes, whatever the budget.
const LARGEST: usize = 1 << 28;

/// What the constant folding of a run may still take.
#[derive(Clone, Copy, Debug)]
pub struct FoldBudget {
    /// Bytes that constants add to those they replace, and of results that are computed on the way.
    pub bytes: u64,
    /// What kernels may take, as in [`Limits::work`](crate::interp::Limits::work).
    pub work: u64,
}

impl Default for FoldBudget {
    fn default() -> FoldBudget {
        FoldBudget::of(&Cost::default(), None)
    }
}

impl FoldBudget {
    /// For a model of this cost: 32 MB and three times its constants, unless `bytes` are given. Integers of one byte
    /// that become floats need as much.
    pub fn of(cost: &Cost, bytes: Option<u64>) -> FoldBudget {
        let constants = cost.bytes.max(0) as u64;
        let bytes = bytes.unwrap_or(constants.saturating_mul(3).saturating_add(32 << 20));
        FoldBudget { bytes, work: constants.saturating_add(bytes).saturating_mul(16) }
    }

    /// The most bytes that a result on the way may take.
    fn passing(&self) -> usize {
        usize::try_from(self.bytes).unwrap_or(usize::MAX).min(PASSING)
    }
}

/// Results that were computed and not stored.
type Passing = HashMap<ValueId, Tensor>;

/// Folds operators into constants; takes what the model grows by from `growth`, what that takes from `budget`, and gives
/// how many operators went.
pub fn fold_constants(model: &mut Model, growth: &mut i64, budget: &mut FoldBudget) -> usize {
    let mut holders = Holders::of(model);
    let folded = model.graphs.iter_mut().map(|graph| fold_graph(graph, &mut holders, growth, budget)).sum();
    if folded > 0 {
        settle_shapes(model);
    }
    folded
}

fn fold_graph(graph: &mut Graph, holders: &mut Holders, growth: &mut i64, budget: &mut FoldBudget) -> usize {
    let mut passing = Passing::new();
    let mut folded = 0;
    for id in graph.order().expect("a model that was read has no cycle") {
        if graph.find_op(id).is_none_or(|op| !interp::is_foldable(graph, op, &passing)) {
            continue;
        }
        let patch = patch(graph, id);
        let dead = Dead::of(&patch, graph);
        let bytes = Delta::of(&patch, graph, &dead, holders).settled().bytes;
        let added = bytes.max(0) as u64;
        let stored = bytes <= *growth
            && added <= budget.bytes
            && patch.roots.iter().all(|&op| may_be_constant(graph, op));
        let largest = if stored { LARGEST } else { budget.passing() };
        let Some(results) = interp::fold(graph, graph.op(id), largest, &mut budget.work, &passing) else {
            continue;
        };
        let taken = results.iter().map(|tensor| tensor.data.len() as u64).sum();
        budget.bytes = budget.bytes.saturating_sub(if stored { added } else { taken });
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
