//! Changes of what callers see, made only when asked for.
//!
//! Invariant: the number of inputs and outputs stays, and signatures name the new outputs in place of the old ones.

use crate::ir::{Dim, Graph, Model, Symbol, ValueId};
use crate::pass::shapes::settle_interface;
use std::collections::HashMap;
use thiserror::Error;

/// Why values cannot be the outputs.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum OutputsError {
    #[error("no operator of the first graph computes a value named `{0}`")]
    Missing(String),
    #[error("the first graph has {has} outputs, not {asked}")]
    Count { has: usize, asked: usize },
}

/// Makes the values of these names the outputs of the first graph.
///
/// # Errors
/// A name that no operator's result has, or another number of outputs than there are.
pub fn change_outputs(model: &mut Model, names: &[&str]) -> Result<(), OutputsError> {
    let Some(graph) = model.graphs.first_mut() else {
        return Err(OutputsError::Count { has: 0, asked: names.len() });
    };
    if graph.outputs().len() != names.len() {
        return Err(OutputsError::Count { has: graph.outputs().len(), asked: names.len() });
    }
    let new = names.iter().map(|name| named(graph, name)).collect::<Result<Vec<_>, _>>()?;
    let old = graph.take_outputs();
    new.iter().for_each(|&id| graph.add_output(id));
    for output in model.signature_outputs(0) {
        if let Some(i) = old.iter().position(|id| id == output) {
            *output = new[i];
        }
    }
    Ok(())
}

fn named(graph: &Graph, name: &str) -> Result<ValueId, OutputsError> {
    let mut results = graph.ops().flat_map(|(_, op)| op.results().iter().copied());
    let found = results.find(|&id| graph.value(id).name == name);
    found.ok_or_else(|| OutputsError::Missing(name.to_owned()))
}

/// Sets the first dim of each input to 1 where it is unknown, and with it every dim that is the same one.
/// Gives how many inputs had one.
pub fn set_batch_to_one(model: &mut Model) -> usize {
    let Some(graph) = model.graphs.first_mut() else { return 0 };
    let batch = |&id: &ValueId| match graph.value(id).shape()?.dims().first() {
        Some(Dim::Unknown(symbol)) => Some(*symbol),
        _ => None,
    };
    let batches: Vec<Symbol> = graph.inputs().iter().filter_map(batch).collect();
    if batches.is_empty() {
        return 0;
    }
    set_dims(graph, &batches.iter().map(|&symbol| (symbol, 1)).collect());
    batches.len()
}

/// Gives unknown dims these extents, everywhere, and infers what follows from them, also of the outputs.
pub(crate) fn set_dims(graph: &mut Graph, extents: &HashMap<Symbol, usize>) {
    let set = |dim: &Dim| match dim {
        Dim::Unknown(symbol) => extents.get(symbol).map_or(*dim, |&extent| Dim::Known(extent)),
        Dim::Known(_) => *dim,
    };
    let ids: Vec<ValueId> = graph.values().map(|(id, _)| id).collect();
    for id in ids {
        let value = graph.value_mut(id);
        value.ty.shape = value.ty.shape.take().map(|shape| shape.dims().iter().map(set).collect());
    }
    settle_interface(graph);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{DType, OpCode, Operator, Shape, Signature, Type, Value};
    use crate::op::Options;

    /// Two negations of `x[?, 2, ?]`.
    fn model() -> (Model, [ValueId; 3]) {
        let mut graph = Graph::default();
        let ids = ["x", "y", "z"].map(|name| {
            let dims = [graph.unknown_dim(), Dim::Known(2), graph.unknown_dim()];
            graph.add_value(Value::new(name, Type::new(DType::F32, dims.into_iter().collect::<Shape>())))
        });
        graph.mark_input(ids[0]);
        for pair in ids.windows(2) {
            graph.add_op(Operator::new(OpCode::NEG, Options::default(), vec![Some(pair[0])], vec![pair[1]]));
        }
        graph.add_output(ids[2]);
        let outputs = Some(vec![(Some("out".into()), ids[2])]);
        let signature = Signature { key: None, tag: None, graph: 0, inputs: None, outputs };
        (Model { graphs: vec![graph], signatures: Some(vec![signature]), ..Model::default() }, ids)
    }

    #[test]
    fn signatures_follow_the_outputs() {
        let (mut model, [_, y, _]) = model();
        change_outputs(&mut model, &["y"]).expect("it is a result");
        assert_eq!(model.graphs[0].outputs(), [y]);
        assert_eq!(model.signatures.expect("one")[0].outputs, Some(vec![(Some("out".into()), y)]));
    }

    #[test]
    fn only_results_can_be_outputs_and_as_many_as_before() {
        let (mut model, [_, _, z]) = model();
        assert_eq!(change_outputs(&mut model, &["x"]), Err(OutputsError::Missing("x".into())));
        assert_eq!(change_outputs(&mut model, &["y", "z"]), Err(OutputsError::Count { has: 1, asked: 2 }));
        assert_eq!(model.graphs[0].outputs(), [z]);
    }

    #[test]
    fn the_batch_is_one_everywhere_and_other_dims_stay_unknown() {
        let (mut model, ids) = model();
        assert_eq!(set_batch_to_one(&mut model), 1);
        for id in ids {
            let dims = model.graphs[0].value(id).shape().expect("a shape").dims();
            assert_eq!(dims[..2], [Dim::Known(1), Dim::Known(2)]);
            assert!(dims[2].known().is_none());
        }
        assert_eq!(set_batch_to_one(&mut model), 0);
    }
}
