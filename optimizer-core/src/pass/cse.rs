//! Common subexpressions: equal operators on equal operands are one.
//!
//! Invariant: only pure operators merge, and the earlier one stays.

use crate::ir::{Graph, Model, OpId, Operator, ValueId};
use crate::op;
use std::collections::HashMap;

/// What two operators must share before they are compared in full.
type Key = (i32, Vec<Option<ValueId>>);

/// Lets readers of a repeated computation read the first one; gives how many operators went.
pub fn merge_common_subexpressions(model: &mut Model) -> usize {
    model.graphs.iter_mut().map(merge).sum()
}

fn merge(graph: &mut Graph) -> usize {
    let mut first: HashMap<Key, Vec<OpId>> = HashMap::new();
    let mut merged = 0;
    for id in graph.order().expect("graphs stay acyclic") {
        let op = graph.op(id);
        if !op::is_pure(graph, op) {
            continue;
        }
        let seen = first.entry((op.code.0, op.operands().to_vec())).or_default();
        match seen.iter().find(|&&earlier| is_equal(graph, graph.op(earlier), op)) {
            Some(&earlier) => {
                replace(graph, id, earlier);
                merged += 1;
            }
            None => seen.push(id),
        }
    }
    merged
}

fn is_equal(graph: &Graph, a: &Operator, b: &Operator) -> bool {
    let same_results = || {
        a.results().iter().zip(b.results()).all(|(&x, &y)| {
            let (x, y) = (graph.value(x), graph.value(y));
            x.ty == y.ty && x.quant == y.quant && !y.is_output()
        })
    };
    a.custom == b.custom
        && a.version == b.version
        && a.options == b.options
        && a.results().len() == b.results().len()
        && same_results()
}

fn replace(graph: &mut Graph, op: OpId, by: OpId) {
    let pairs: Vec<_> =
        graph.op(op).results().iter().copied().zip(graph.op(by).results().iter().copied()).collect();
    graph.remove_op(op);
    for (old, new) in pairs {
        graph.redirect(old, new);
    }
}
