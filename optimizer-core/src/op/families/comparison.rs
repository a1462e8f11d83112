//! Comparison, logic, bits and selection.
//!
//! Invariant: comparisons give Bool; selections give the dtype of what they select.

use super::quantized;
use crate::circle::schema::*;
use crate::interp::elements::{Number, array, wide, zip};
use crate::interp::{Call, KernelError, KernelResult, Tensor, by_dtype, by_width};
use crate::ir::Type;
use crate::op::layout::elementwise;
use crate::op::pieces::BROADCAST;
use crate::op::shapes::{broadcast_bool, broadcast_shapes, same};
use half::f16;
use ndarray::{ArrayViewD, Axis};
use crate::op::{Permutation, Place, Quantized, Relayout, Site, operators};

operators! {
    all { layout: Some(elementwise), pieces: Some(BROADCAST) }
    /// `a == b`.
    Equal = EQUAL(a, b) EqualOptionsT {
        commutative: true, shape: Some(broadcast_bool), kernel: Some(equal),
        quantized: Quantized::By(quantized::comparison::equal)
    }
    /// `a != b`.
    NotEqual = NOT_EQUAL(a, b) NotEqualOptionsT {
        commutative: true, shape: Some(broadcast_bool), kernel: Some(not_equal),
        quantized: Quantized::By(quantized::comparison::not_equal)
    }
    /// `a < b`.
    Less = LESS(a, b) LessOptionsT {
        shape: Some(broadcast_bool), kernel: Some(less), quantized: Quantized::By(quantized::comparison::less)
    }
    /// `a <= b`.
    LessEqual = LESS_EQUAL(a, b) LessEqualOptionsT {
        shape: Some(broadcast_bool), kernel: Some(less_equal),
        quantized: Quantized::By(quantized::comparison::less_equal)
    }
    /// `a > b`.
    Greater = GREATER(a, b) GreaterOptionsT {
        shape: Some(broadcast_bool), kernel: Some(greater),
        quantized: Quantized::By(quantized::comparison::greater)
    }
    /// `a >= b`.
    GreaterEqual = GREATER_EQUAL(a, b) GreaterEqualOptionsT {
        shape: Some(broadcast_bool), kernel: Some(greater_equal),
        quantized: Quantized::By(quantized::comparison::greater_equal)
    }
    /// Whether both hold.
    LogicalAnd = LOGICAL_AND(a, b) LogicalAndOptionsT {
        commutative: true, shape: Some(logical), kernel: Some(|c| compare_bools(c, |a, b| a && b))
    }
    /// Whether one holds.
    LogicalOr = LOGICAL_OR(a, b) LogicalOrOptionsT {
        commutative: true, shape: Some(logical), kernel: Some(|c| compare_bools(c, |a, b| a || b))
    }
    /// Whether it does not hold.
    LogicalNot = LOGICAL_NOT(x) LogicalNotOptionsT { shape: Some(same), kernel: Some(logical_not) }
    /// `a` where the condition holds, else `b`; a condition of rank 1 chooses whole rows.
    Select = SELECT(condition, a, b) SelectOptionsT {
        shape: Some(select_shape), kernel: Some(select), layout: Some(select_layout),
        quantized: Quantized::AsStored
    }
    /// `a` where the condition holds, else `b`, all being broadcast.
    SelectV2 = SELECT_V2(condition, a, b) SelectV2OptionsT {
        shape: Some(select_v2_shape), kernel: Some(select_v2), quantized: Quantized::AsStored
    }
}

/// A condition of rank 1 belongs to the first axis wherever that goes, so it cannot follow.
fn select_layout(site: &Site, perm: &Permutation, place: Place) -> Option<Relayout> {
    site.movable(0, perm).and_then(|_| elementwise(site, perm, place))
}

fn equal(call: &Call) -> KernelResult {
    match call.operand(0)?.dtype {
        DType::Bool => compare_bools(call, |a, b| a == b),
        dtype => {
            by_dtype!(dtype, T: f32 | f16 | i32 | i64 | i8 | u8 | i16 => compare::<T>(call, |a, b| a == b))
        }
    }
}

fn not_equal(call: &Call) -> KernelResult {
    match call.operand(0)?.dtype {
        DType::Bool => compare_bools(call, |a, b| a != b),
        dtype => {
            by_dtype!(dtype, T: f32 | f16 | i32 | i64 | i8 | u8 | i16 => compare::<T>(call, |a, b| a != b))
        }
    }
}

fn less(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype, T: f32 | f16 | i16 | i32 | i64 => compare::<T>(call, |a, b| a < b))
}

fn less_equal(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype, T: f32 | f16 | i16 | i32 | i64 => compare::<T>(call, |a, b| a <= b))
}

fn greater(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype, T: f32 | f16 | i16 | i32 | i64 => compare::<T>(call, |a, b| a > b))
}

fn greater_equal(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype, T: f32 | f16 | i16 | i32 | i64 => compare::<T>(call, |a, b| a >= b))
}

fn compare<T: Number>(call: &Call, holds: impl Fn(T, T) -> bool) -> KernelResult {
    let (a, b) = (call.view::<T>(0)?, call.view::<T>(1)?);
    Ok(vec![Tensor::of_bools(zip(a, b, call.dims(0)?, holds)?)])
}

fn compare_bools(call: &Call, holds: impl Fn(bool, bool) -> bool) -> KernelResult {
    let (a, b) = (bools(call, 0)?, bools(call, 1)?);
    Ok(vec![Tensor::of_bools(zip(a, b, call.dims(0)?, |a, b| holds(a != 0, b != 0))?)])
}

fn logical_not(call: &Call) -> KernelResult {
    Ok(vec![Tensor::of_bools(bools(call, 0)?.mapv(|x| x == 0))])
}

fn bools<'a>(call: &Call<'a>, i: usize) -> Result<ArrayViewD<'a, u8>, KernelError> {
    let tensor = call.operand(i)?;
    tensor.bools().ok_or_else(|| KernelError::dtype(tensor.dtype))
}

fn select(call: &Call) -> KernelResult {
    let rank = call.dims(0)?.len();
    let condition = bools(call, 0)?;
    let rows = condition.ndim() == 1 && rank > 1;
    let missing = if rows { rank - 1 } else { 0 };
    let aligned = (0..missing).fold(condition, |view, _| {
        let rank = view.ndim();
        view.insert_axis(Axis(rank))
    });
    choose(call, aligned)
}

fn select_v2(call: &Call) -> KernelResult {
    choose(call, bools(call, 0)?)
}

fn choose(call: &Call, condition: ArrayViewD<u8>) -> KernelResult {
    let (dims, dtype) = (call.dims(0)?, call.operand(1)?.dtype);
    let condition = wide(condition, &dims)?;
    by_width!(dtype, W => {
        let (a, b) = (wide(call.words::<W>(1)?, &dims)?, wide(call.words::<W>(2)?, &dims)?);
        let pairs = a.iter().zip(b.iter()).zip(condition.iter());
        let chosen = pairs.map(|((&a, &b), &c)| if c != 0 { a } else { b }).collect();
        Ok(vec![Tensor::of_words(dtype, array(dims, chosen)?)])
    })
}

fn logical(site: &Site) -> Option<Vec<Type>> {
    let are_bools = site.operands().all(|o| o.dtype == DType::Bool);
    broadcast_bool(site).filter(|_| are_bools)
}

/// Both alternatives have one shape; the condition has it too, or is a scalar or one row.
fn select_shape(site: &Site) -> Option<Vec<Type>> {
    let (condition, a, b) = (site.operand(0)?, site.operand(1)?, site.operand(2)?);
    let rows = condition.shape.rank() == 1 && condition.shape.dim(0) == a.shape.dim(0);
    let fits = condition.shape.rank() == 0 || rows || condition.shape == a.shape;
    (fits && a.ty() == b.ty() && condition.dtype == DType::Bool).then(|| vec![a.ty()])
}

fn select_v2_shape(site: &Site) -> Option<Vec<Type>> {
    let (condition, a, b) = (site.operand(0)?, site.operand(1)?, site.operand(2)?);
    let shape = broadcast_shapes(site, condition.shape, &broadcast_shapes(site, a.shape, b.shape)?)?;
    (a.dtype == b.dtype && condition.dtype == DType::Bool).then(|| vec![Type::new(a.dtype, shape)])
}
