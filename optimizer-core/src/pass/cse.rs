//! Common subexpressions: equal operators on equal operands are one.
//!
//! Invariant: only pure operators merge, and the earlier one stays.

use crate::ir::buckets::Buckets;
use crate::ir::{Graph, Model, OpId, Operator, ValueId};
use crate::op;
use crate::pass::constants::equal_constants;
use rustc_hash::FxHashMap;

/// Lets readers of a repeated computation read the first one; gives how many operators went.
pub fn merge_common_subexpressions(model: &mut Model) -> usize {
    model.graphs.iter_mut().map(|graph| merge(graph, false).len()).sum()
}

/// The same for results that callers see: the name of all but the first goes.
pub fn merge_equal_outputs(model: &mut Model) -> usize {
    let mut merged = 0;
    for i in 0..model.graphs.len() {
        let graph = &mut model.graphs[i];
        let pairs = merge(graph, true);
        merged += pairs.len();
        let kept = |id: ValueId| pairs.iter().find(|(old, _)| *old == id).map_or(id, |(_, new)| *new);
        let outputs = graph.take_outputs();
        outputs.into_iter().for_each(|id| graph.add_output(kept(id)));
        model.signature_outputs(i).for_each(|id| *id = kept(*id));
    }
    merged
}

/// Merges repeated operators, with `outputs` also those whose results callers see; gives their results, each with the
/// one that stays.
fn merge(graph: &mut Graph, outputs: bool) -> Vec<(ValueId, ValueId)> {
    let constants: FxHashMap<ValueId, ValueId> = equal_constants(graph).into_iter().collect();
    let kept = |v: &Option<ValueId>| v.map(|v| *constants.get(&v).unwrap_or(&v));
    let mut first = Buckets::new();
    let mut merged = Vec::new();
    let mut operands: Vec<Option<ValueId>> = Vec::new();
    for id in graph.order().expect("graphs stay acyclic") {
        let op = graph.op(id);
        if !op::is_pure(graph, op) {
            continue;
        }
        operands.clear();
        operands.extend(op.operands().iter().map(kept));
        let hash = first.hash((op.code.0, &operands));
        let is_seen = |op: &Operator| op.results().iter().any(|&v| graph.value(v).is_output());
        let is_pinned = |op: &Operator| op.results().iter().any(|&v| graph.value(v).is_pinned());
        let same_operands = |other: &Operator| other.operands().iter().map(kept).eq(operands.iter().copied());
        let is_earlier = |other: OpId| {
            let other = graph.op(other);
            other.code == op.code && same_operands(other) && is_equal(graph, other, op)
        };
        match first.find(hash, is_earlier) {
            Some(earlier) if !is_pinned(op) && (outputs || !is_seen(op)) => {
                merged.extend(replace(graph, id, earlier))
            }
            _ => first.add(hash, id),
        }
    }
    merged
}

fn is_equal(graph: &Graph, a: &Operator, b: &Operator) -> bool {
    let same_results = || {
        a.results().iter().zip(b.results()).all(|(&x, &y)| {
            let (x, y) = (graph.value(x), graph.value(y));
            x.ty == y.ty && x.quant == y.quant
        })
    };
    a.custom == b.custom
        && a.version == b.version
        && op::canonical_options(graph, a) == op::canonical_options(graph, b)
        && a.results().len() == b.results().len()
        && same_results()
}

/// Lets the results of `by` stand for those of `op`; gives each with the one that stays.
fn replace(graph: &mut Graph, op: OpId, by: OpId) -> Vec<(ValueId, ValueId)> {
    let pairs: Vec<_> =
        graph.op(op).results().iter().copied().zip(graph.op(by).results().iter().copied()).collect();
    graph.remove_op(op);
    pairs.iter().for_each(|&(old, new)| graph.redirect(old, new));
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{DType, Data, OpCode, Type, Value};
    use crate::op::Options;

    /// Two transposes of `x`, by constants of their own; the second is an output, and so is the first if asked.
    fn model(both: bool) -> Model {
        let mut graph = Graph::default();
        let x = graph.add_input(Value::new("x", Type::fixed(DType::F32, &[2, 3])));
        for name in ["y", "z"] {
            let perm = Value::constant("perm", Type::fixed(DType::I32, &[2]), Data::of(vec![1i32, 0]));
            let perm = graph.add_value(perm);
            let y = graph.add_value(Value::new(name, Type::fixed(DType::F32, &[3, 2])));
            let operands = vec![Some(x), Some(perm)];
            graph.add_op(Operator::new(OpCode::TRANSPOSE, Options::default(), operands, vec![y]));
            if both || name == "y" {
                graph.add_output(y);
            }
        }
        Model { graphs: vec![graph], ..Model::default() }
    }

    #[test]
    fn constants_are_compared_by_value() {
        let mut model = model(false);
        assert_eq!(merge_common_subexpressions(&mut model), 1);
        assert_eq!(merge_common_subexpressions(&mut model), 0);
    }

    #[test]
    fn outputs_keep_their_names_unless_asked() {
        let mut model = model(true);
        assert_eq!(merge_common_subexpressions(&mut model), 0);
        assert_eq!((merge_equal_outputs(&mut model), model.graphs[0].op_count()), (1, 1));
        let outputs = model.graphs[0].outputs();
        assert!(outputs.len() == 2 && outputs[0] == outputs[1]);
        assert_eq!(merge_equal_outputs(&mut model), 0);
    }
}
