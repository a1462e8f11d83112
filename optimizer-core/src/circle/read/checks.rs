//! What a graph must be once all its operators are known.
//!
//! Invariant: a checked graph has an order, and its constants of no elements have data like any other.

use super::Result;
use crate::circle::error::{Fault, Place};
use crate::ir::{Data, Graph, Value, ValueId};

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

/// Gives constants of no elements their data.
pub(super) fn settle_values(graph: &mut Graph) {
    let ids: Vec<ValueId> = graph.values().map(|(id, _)| id).collect();
    for id in ids {
        let value = graph.value_mut(id);
        if is_empty_constant(value) {
            value.data = Some(Data::aligned(&[]));
        }
    }
}

fn is_empty_constant(value: &Value) -> bool {
    let free = value.producer().is_none() && !value.is_input() && !value.variable;
    free && value.data.is_none() && value.shape().is_some_and(|shape| shape.elements() == Some(0))
}
