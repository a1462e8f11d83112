//! What a graph must be once all its operators are known.
//!
//! Invariant: a checked graph has an order, its constants of no elements have data like any other, and computed values
//! that the file names in places of their own stay.

use super::Result;
use crate::circle::error::{Fault, Place};
use crate::ir::{Data, Graph, Signature, Value, ValueId};

/// Refuses graphs whose operators lie on a cycle, and quantization by tensors that do not exist.
pub(super) fn check_graph(graph: &Graph, index: usize) -> Result<()> {
    if let Err(cycle) = graph.order() {
        let op = graph.op(cycle.0);
        let place = Place::Operator { graph: index, index: op.position as usize, kind: op.name().to_owned() };
        return Err(place.error(Fault::Cycle));
    }
    let count = graph.value_count();
    for (id, value) in graph.values() {
        let missing = value.scale_tensors().into_iter().find(|&at| at >= count as i32 || at < -1);
        if let Some(missing) = missing {
            let place = Place::Tensor { graph: index, index: id.0 as usize, name: value.name.clone() };
            return Err(place.error(Fault::Index {
                what: "quantization tensor",
                index: missing.into(),
                count,
            }));
        }
    }
    Ok(())
}

/// Pins the computed values that intermediates, quantization or signatures name.
pub(super) fn pin_named(graphs: &mut [Graph], signatures: &[Signature]) {
    for graph in &mut *graphs {
        let scales = graph.values().flat_map(|(_, value)| value.scale_tensors());
        let scales = scales.filter_map(|at| u32::try_from(at).ok().map(ValueId));
        let named = scales.chain(graph.intermediates()).collect();
        pin_computed(graph, named);
    }
    for signature in signatures {
        let maps = signature.inputs.iter().chain(&signature.outputs).flatten();
        pin_computed(&mut graphs[signature.graph], maps.map(|(_, id)| *id).collect());
    }
}

fn pin_computed(graph: &mut Graph, named: Vec<ValueId>) {
    for id in named {
        if graph.producer(id).is_some() && !graph.value(id).is_output() {
            graph.pin(id);
        }
    }
}

/// Gives constants of no elements their data.
pub(super) fn settle_values(graph: &mut Graph) {
    let ids: Vec<ValueId> = graph.values().map(|(id, _)| id).collect();
    for id in ids {
        if is_empty_constant(graph.value(id)) {
            graph.value_mut(id).data = Some(Data::aligned(&[]));
        }
    }
}

fn is_empty_constant(value: &Value) -> bool {
    let free = value.producer().is_none() && !value.is_input() && !value.variable;
    free && value.data.is_none() && value.shape().is_some_and(|shape| shape.elements() == Some(0))
}
