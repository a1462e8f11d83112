//! Dead code: operators whose results nobody reads, and values that nothing touches.
//!
//! Invariant: operators with effects, graph inputs, outputs, variables, and what quantizes a value that stays, stay.

use crate::ir::{Graph, Model, OpId, Value, ValueId};
use crate::op;

/// Removes pure operators without readers, transitively, and drops the values left over.
pub fn remove_dead_code(model: &mut Model) -> usize {
    model.graphs.iter_mut().map(|graph| remove_ops(graph) + drop_values(graph)).sum()
}

fn remove_ops(graph: &mut Graph) -> usize {
    let mut pending: Vec<OpId> = graph.ops().map(|(id, _)| id).collect();
    let mut removed = 0;
    while let Some(id) = pending.pop() {
        if graph.find_op(id).is_none() || !is_dead(graph, id) {
            continue;
        }
        let operands = graph.op(id).operands().iter().flatten();
        let producers: Vec<OpId> = operands.filter_map(|&v| Some(graph.producer(v)?.0)).collect();
        graph.remove_op(id);
        pending.extend(producers);
        removed += 1;
    }
    removed
}

fn is_dead(graph: &Graph, id: OpId) -> bool {
    let op = graph.op(id);
    op::is_pure(graph, op) && op.results().iter().all(|&v| graph.value(v).is_unused())
}

fn drop_values(graph: &mut Graph) -> usize {
    let is_kept =
        |v: &Value| !v.is_unused() || v.producer().is_some() || v.is_input() || v.variable || v.is_dropped();
    let mut kept: Vec<bool> = graph.values().map(|(_, value)| is_kept(value)).collect();
    graph.intermediates().for_each(|id| kept[id.0 as usize] = true);
    graph.add_scales(&mut kept);
    let dead: Vec<ValueId> = graph.values().map(|(id, _)| id).filter(|id| !kept[id.0 as usize]).collect();
    dead.iter().for_each(|&id| graph.drop_value(id));
    dead.len()
}
