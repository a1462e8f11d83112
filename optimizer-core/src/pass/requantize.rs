//! Quantizing twice in a row, which no pattern can state: only the graph says what a quantization results in.
//!
//! Invariant: lossy, so only by request: what the first quantization rounds off or cuts off comes back.

use crate::ir::{Graph, Model, OpCode, OpId, ValueId};

/// Lets each quantization of a quantization read what the first one reads; gives how many did.
pub fn skip_first_quantization(model: &mut Model) -> usize {
    model.graphs.iter_mut().map(skip).sum()
}

fn skip(graph: &mut Graph) -> usize {
    let mut skipped = 0;
    for op in graph.ops_of(OpCode::QUANTIZE) {
        if let Some(first) = quantized_from(graph, op) {
            graph.set_operand(op, 0, Some(first));
            skipped += 1;
        }
    }
    skipped
}

/// What the quantization before `op` reads.
fn quantized_from(graph: &Graph, op: OpId) -> Option<ValueId> {
    let operand = (*graph.op(op).operands().first()?)?;
    let first = graph.op(graph.producer(operand)?.0);
    (first.code == OpCode::QUANTIZE).then(|| *first.operands().first()?).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{DType, Operator, Type, Value};
    use crate::op::Options;

    #[test]
    fn the_last_quantization_reads_the_floats() {
        let mut graph = Graph::default();
        let values = [("x", DType::F32), ("y", DType::U8), ("z", DType::I16), ("w", DType::U8)]
            .map(|(name, dtype)| graph.add_value(Value::new(name, Type::fixed(dtype, &[2]))));
        graph.mark_input(values[0]);
        let ops: Vec<OpId> = values
            .windows(2)
            .map(|pair| {
                let (from, to) = (vec![Some(pair[0])], vec![pair[1]]);
                graph.add_op(Operator::new(OpCode::QUANTIZE, Options::default(), from, to))
            })
            .collect();
        let mut model = Model { graphs: vec![graph], ..Model::default() };
        assert_eq!(skip_first_quantization(&mut model), 2);
        assert!(ops.iter().all(|&op| model.graphs[0].op(op).operands() == [Some(values[0])]));
        assert_eq!(skip_first_quantization(&mut model), 0);
    }
}
