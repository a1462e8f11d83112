//! Computing one operator before the model runs.
//!
//! Invariant: only pure operators on known tensors are folded, to numbers that stand for themselves, and never to more
//! bytes than the caller allows.

use crate::interp::call::{Call, evaluate_within};
use crate::interp::run::constant;
use crate::interp::{Meaning, Meanings, Tensor};
use crate::ir::{Data, Graph, OpCode, Operator, Type, Value, ValueId};
use crate::op;
use std::collections::HashMap;

/// Whether everything that the operator reads is known, so that [`fold`] may be asked.
pub fn is_foldable(graph: &Graph, op: &Operator, known: &HashMap<ValueId, Tensor>) -> bool {
    let mut operands = op.operands().iter().flatten();
    reads_shape(op.code) || operands.all(|id| known.contains_key(id) || constant(graph.value(*id)).is_some())
}

/// The results of an operator whose operands are all constants or `known`, or of one that reads nothing but a known
/// shape.
///
/// `None` if that cannot be said, if results are quantized, or if they take more than `budget` bytes or more than is left
/// of `work`: bytes read and written, and multiply-accumulates.
pub fn fold(
    graph: &Graph,
    op: &Operator,
    budget: usize,
    work: &mut u64,
    known: &HashMap<ValueId, Tensor>,
) -> Option<Vec<Tensor>> {
    let description = op::describe(op).filter(|_| op::is_pure(graph, op))?;
    let meanings = Meanings::of(graph, op);
    let is_plain = meanings.results.iter().all(|meaning| *meaning == Meaning::Plain);
    (is_plain && !op.operands().iter().flatten().any(|&id| is_noted(graph.value(id)))).then_some(())?;
    let read = |id: &ValueId| match reads_shape(op.code) {
        true => shape_of(graph.value(*id)),
        false => known.get(id).cloned().or_else(|| constant(graph.value(*id))),
    };
    let operands = op.operands().iter().map(|id| match id {
        Some(id) => read(id).map(Some),
        None => Some(None),
    });
    let operands = operands.collect::<Option<Vec<_>>>()?;
    let call = Call {
        options: &op.options,
        operands: operands.iter().map(Option::as_ref).collect(),
        results: op.results().iter().map(|&id| graph.value(id).ty.clone()).collect(),
        meanings,
    };
    let computed = evaluate_within(description, call, budget, work).ok()?;
    let mut pairs = computed.iter().zip(op.results());
    pairs.all(|(tensor, &id)| agrees(tensor, &graph.value(id).ty)).then_some(computed)
}

/// Floats that a scale is noted beside stay for those who read the note.
fn is_noted(value: &Value) -> bool {
    value.is_quantized() && Meaning::of(value) == Meaning::Plain
}

fn reads_shape(code: OpCode) -> bool {
    matches!(code, OpCode::SHAPE | OpCode::RANK)
}

/// A stand-in of a value's dims, without content.
fn shape_of(value: &Value) -> Option<Tensor> {
    let dims = value.shape()?.known()?;
    Some(Tensor { dtype: value.ty.dtype, dims, data: Data::of(Vec::<u8>::new()) })
}

fn agrees(tensor: &Tensor, declared: &Type) -> bool {
    tensor.dtype == declared.dtype
        && declared.shape.as_ref().is_none_or(|s| s.known() == Some(tensor.dims.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circle::schema::{QuantizationParametersT, ShapeOptionsT};
    use crate::ir::{DType, ValueId};
    use crate::op::{Options, OptionsTable};

    fn folded(code: OpCode, options: Options, operand: Value, result: Type) -> Option<Vec<Tensor>> {
        let mut graph = Graph::default();
        let operand: ValueId = graph.add_value(operand);
        let result = graph.add_value(Value::new("y", result));
        let op = graph.add_op(Operator::new(code, options, vec![Some(operand)], vec![result]));
        fold(&graph, graph.op(op), 8, &mut 1000, &HashMap::new())
    }

    #[test]
    fn constants_fold_within_the_budget() {
        let of = |n: usize| Value::constant("x", Type::fixed(DType::F32, &[n]), Data::of(vec![-1.0f32; n]));
        let relu = |n| folded(OpCode::RELU, Options::default(), of(n), Type::fixed(DType::F32, &[n]));
        assert_eq!(relu(2).unwrap()[0].data.bytes(), [0; 8]);
        assert!(relu(3).is_none());
        let input = Value::new("x", Type::fixed(DType::F32, &[2]));
        assert!(folded(OpCode::RELU, Options::default(), input, Type::fixed(DType::F32, &[2])).is_none());
    }

    #[test]
    fn quantized_numbers_fold_only_to_plain_ones() {
        let scaled = |result: DType| {
            let quant = QuantizationParametersT { scale: Some(vec![0.5]), ..Default::default() };
            let mut x = Value::constant("x", Type::fixed(DType::I8, &[2]), Data::of(vec![-4i8, 6]));
            x.quant = Some(Box::new(quant));
            let code = if result == DType::F32 { OpCode::DEQUANTIZE } else { OpCode::ABS };
            folded(code, Options::default(), x, Type::fixed(result, &[2]))
        };
        let floats = scaled(DType::F32).unwrap();
        assert_eq!(floats[0].view::<f32>().unwrap().as_slice(), Some(&[-2.0, 3.0][..]));
        assert!(scaled(DType::I8).is_none());
    }

    #[test]
    fn a_known_shape_folds_without_content() {
        let options = ShapeOptionsT { out_type: DType::I32 }.wrap();
        let input = Value::new("x", Type::fixed(DType::F32, &[7, 9]));
        let shape = folded(OpCode::SHAPE, options, input, Type::fixed(DType::I32, &[2])).unwrap();
        assert_eq!(shape[0].ints(), Some(vec![7, 9]));
    }
}
