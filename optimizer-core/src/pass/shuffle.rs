//! Weights of dense layers in the order that some runtimes read them: sixteen rows side by side.
//!
//! Invariant: weights are stored anew only where all their readers are dense layers that then know the order.

use crate::circle::schema::{FullyConnectedOptionsT, WeightsFormat};
use crate::ir::{DType, Data, Graph, Model, OpCode, Use, Value, ValueId};
use crate::op::OptionsTable;

/// How many rows stand side by side.
const ROWS: usize = 16;

/// Stores all such weights anew; gives how many.
pub fn shuffle_weights(model: &mut Model) -> usize {
    model.graphs.iter_mut().map(shuffle_all).sum()
}

fn shuffle_all(graph: &mut Graph) -> usize {
    let found: Vec<(ValueId, Data)> =
        graph.values().filter_map(|(id, value)| Some((id, shuffled(graph, value)?))).collect();
    let count = found.len();
    found.into_iter().for_each(|(id, data)| store(graph, id, data));
    count
}

/// The weights in their new order, if they can have it.
fn shuffled(graph: &Graph, value: &Value) -> Option<Data> {
    let dims = value.shape()?.known()?;
    let &[rows, columns] = dims.as_slice() else { return None };
    let plain =
        value.is_const() && !value.is_output() && !value.is_quantized() && value.ty.dtype == DType::F32;
    let fits = rows > 0 && rows % ROWS == 0 && !value.uses().is_empty();
    (plain && fits && value.uses().iter().all(|at| is_dense_layer(graph, at))).then_some(())?;
    let elements = value.data.as_ref()?.elements::<f32>()?;
    let order = (0..rows * columns).map(|i| {
        let (block, within) = (i / (ROWS * columns), i % (ROWS * columns));
        elements[(block * ROWS + within % ROWS) * columns + within / ROWS]
    });
    Some(Data::of(order.collect::<Vec<f32>>()))
}

/// Whether the place is the weights of a dense layer of numbers that are what they say.
fn is_dense_layer(graph: &Graph, at: &Use) -> bool {
    let op = graph.op(at.op);
    let options = op.options.table::<FullyConnectedOptionsT>();
    op.code == OpCode::FULLY_CONNECTED
        && at.operand == 1
        && options.weights_format == WeightsFormat::Default
        && !graph.is_quantized(op)
}

fn store(graph: &mut Graph, id: ValueId, data: Data) {
    let (name, ty) =
        (graph.unique_name(&format!("{}/shuffled", graph.value(id).name)), graph.value(id).ty.clone());
    let new = graph.add_value(Value::constant(name, ty, data));
    for at in graph.value(id).uses().clone().iter() {
        let weights_format = WeightsFormat::Shuffled16x1Float32;
        let options: FullyConnectedOptionsT = graph.op(at.op).options.table();
        graph.set_options(at.op, FullyConnectedOptionsT { weights_format, ..options }.wrap());
    }
    graph.redirect(id, new);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Operator, Type};
    use crate::op::{FullyConnected, Neg, Op};

    /// Two dense layers of one weight of `rows` x 2, and whatever else reads it.
    fn model(rows: usize) -> (Model, ValueId) {
        let mut graph = Graph::default();
        let ty = Type::fixed(DType::F32, &[rows, 2]);
        let elements: Vec<f32> = (0..2 * rows).map(|i| i as f32).collect();
        let w = graph.add_value(Value::constant("w", ty, Data::of(elements)));
        for i in 0..2 {
            let x = graph.add_input(Value::new(format!("x{i}"), Type::fixed(DType::F32, &[1, 2])));
            let y = graph.add_value(Value::new(format!("y{i}"), Type::fixed(DType::F32, &[1, rows])));
            let options = (FullyConnected::DESCRIPTION.options)();
            graph.add_op(Operator::of(
                FullyConnected::DESCRIPTION,
                options,
                vec![Some(x), Some(w), None],
                vec![y],
            ));
            graph.add_output(y);
        }
        (Model { graphs: vec![graph], ..Model::default() }, w)
    }

    #[test]
    fn sixteen_rows_stand_side_by_side() {
        let (mut model, w) = model(32);
        assert_eq!((shuffle_weights(&mut model), shuffle_weights(&mut model)), (1, 0));
        let graph = &model.graphs[0];
        assert!(graph.value(w).is_unused());
        for (_, op) in graph.ops() {
            assert_eq!(
                op.options.table::<FullyConnectedOptionsT>().weights_format,
                WeightsFormat::Shuffled16x1Float32
            );
            let data = graph.value(op.operands()[1].unwrap()).data.as_ref().unwrap();
            let elements = data.elements::<f32>().unwrap();
            assert_eq!((&elements[..3], &elements[15..18]), (&[0.0, 2.0, 4.0][..], &[30.0, 1.0, 3.0][..]));
            assert_eq!(elements[32], 32.0);
        }
    }

    #[test]
    fn another_reader_or_other_rows_keep_the_order() {
        assert_eq!(shuffle_weights(&mut model(24).0), 0);
        let (mut other, w) = model(16);
        let graph = &mut other.graphs[0];
        let y = graph.add_value(Value::new("n", graph.value(w).ty.clone()));
        let options = (Neg::DESCRIPTION.options)();
        graph.add_op(Operator::of(Neg::DESCRIPTION, options, vec![Some(w)], vec![y]));
        assert_eq!(shuffle_weights(&mut other), 0);
    }
}
