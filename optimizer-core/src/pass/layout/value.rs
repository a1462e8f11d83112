//! What a permutation does to a single value: its type, its quantization, its content.
//!
//! Invariant: a value whose meaning depends on its layout in a way that is not known here is never permuted.

use crate::circle::schema::QuantizationDetailsT;
use crate::interp::Tensor;
use crate::ir::{Data, Dim, Graph, OpCode, OpId, Shape, Type, Value};
use crate::op::{Permutation, Site};
use std::cell::Cell;

/// The constant permutation of a TRANSPOSE; `None` for any other operator.
pub(super) fn permutation(graph: &Graph, op: OpId) -> Option<Permutation> {
    let op = graph.op(op);
    (op.code == OpCode::TRANSPOSE).then_some(())?;
    Permutation::of(&Site::of(graph, op, &Cell::new(0))?.ints(1)?)
}

/// Whether an operator transposes by `perm`: a TRANSPOSE, or a RESHAPE that moves axes of extent 1 as `perm` does.
pub(super) fn transposes_by(graph: &Graph, op: OpId, perm: &Permutation) -> bool {
    let operator = graph.op(op);
    let (Some(&Some(from)), &[to]) = (operator.operands().first(), operator.results()) else { return false };
    let (from, to) = (graph.value(from), graph.value(to));
    let same = || permuted(from, perm).is_some_and(|value| value.ty == to.ty && value.quant == to.quant);
    let in_order = || from.shape().is_some_and(|shape| perm.keeps_order(shape.dims()));
    let moves = || match operator.code {
        OpCode::TRANSPOSE => permutation(graph, op).as_ref() == Some(perm),
        OpCode::RESHAPE => in_order() && !from.has_unknown_dims(),
        _ => false,
    };
    can_move(from, perm) && moves() && same()
}

/// The value permuted, without its content; `None` if it cannot be. Axes of extent 1 come before too few.
pub(super) fn permuted(value: &Value, perm: &Permutation) -> Option<Value> {
    let dims = dims(value, perm)?;
    let quantized_dimension = quantized_dimension(value, perm)?;
    let mut quant = value.quant.clone();
    quant.iter_mut().zip(quantized_dimension).for_each(|(quant, axis)| quant.quantized_dimension = axis);
    let ty = Type::new(value.ty.dtype, perm.apply(&dims).into());
    let mut permuted = Value::new(value.name.clone(), ty);
    permuted.quant = quant;
    Some(permuted)
}

/// Where the axis goes along which a value is quantized, if it has one; `None` if that cannot be said.
fn quantized_dimension(value: &Value, perm: &Permutation) -> Option<Option<i32>> {
    let Some(quant) = &value.quant else { return Some(None) };
    (quant.details == QuantizationDetailsT::NONE).then_some(())?;
    if quant.scale.as_ref().is_none_or(|scale| scale.len() <= 1) {
        return Some(None);
    }
    let missing = perm.rank().checked_sub(value.shape()?.rank())?;
    let axis = missing + usize::try_from(quant.quantized_dimension).ok()?;
    (axis < perm.rank()).then(|| Some(perm.place_of(axis) as i32))
}

/// Whether a value can be permuted, once axes of extent 1 come before too few.
fn is_permutable(value: &Value, perm: &Permutation) -> bool {
    let fits = value.shape().is_some_and(|shape| shape.rank() <= perm.rank());
    fits && !value.variable && !value.is_packed() && quantized_dimension(value, perm).is_some()
}

/// The dims of a value, with axes of extent 1 before them if there are too few.
pub(super) fn dims(value: &Value, perm: &Permutation) -> Option<Vec<Dim>> {
    let dims = value.shape()?.dims();
    let missing = perm.rank().checked_sub(dims.len())?;
    (!value.variable && !value.is_packed()).then_some(())?;
    Some(std::iter::repeat_n(Dim::Known(1), missing).chain(dims.iter().copied()).collect())
}

/// Whether a value that is computed or comes from outside can be permuted.
pub(super) fn can_move(value: &Value, perm: &Permutation) -> bool {
    value.data.is_none()
        && value.shape().is_some_and(|s| s.rank() == perm.rank())
        && is_permutable(value, perm)
}

/// A constant permuted; `None` if it cannot be. Its bytes are shared if they stay in order.
pub(super) fn permuted_constant(value: &Value, perm: &Permutation) -> Option<Value> {
    let data = value.data.as_ref().filter(|_| value.is_const())?;
    let data = match keeps_bytes(value, perm)? {
        true => data.clone(),
        false => elements(value, data, perm)?,
    };
    let mut permuted = permuted(value, perm)?;
    permuted.data = Some(data);
    Some(permuted)
}

/// Whether the bytes of a constant are the same once it is permuted.
pub(super) fn keeps_bytes(value: &Value, perm: &Permutation) -> Option<bool> {
    Some(perm.keeps_order(&dims(value, perm)?))
}

fn elements(value: &Value, data: &Data, perm: &Permutation) -> Option<Data> {
    let dims = Shape::from(dims(value, perm)?).known()?;
    Some(Tensor::new(value.ty.dtype, &dims, data).ok()?.permuted(perm).ok()?.data)
}

/// Whether a constant can be permuted.
pub(super) fn constant_can_move(value: &Value, perm: &Permutation) -> bool {
    let whole_bytes = value.ty.dtype.bytes().is_some() || keeps_bytes(value, perm) == Some(true);
    value.is_const() && whole_bytes && !value.has_unknown_dims() && is_permutable(value, perm)
}
