//! Comparison of quantized operands.
//!
//! Invariant: both come to real numbers, 8 bits fine, before they are compared; what rounds to the same is equal.

use crate::interp::elements::array;
use crate::interp::fixed::Multiplier;
use crate::interp::{Call, KernelError, KernelResult, Tensor};
use crate::ir::DType;

pub(crate) fn equal(call: &Call) -> KernelResult {
    compare(call, &[DType::I8, DType::U8, DType::I16], |a, b| a == b)
}

pub(crate) fn not_equal(call: &Call) -> KernelResult {
    compare(call, &[DType::I8, DType::U8, DType::I16], |a, b| a != b)
}

pub(crate) fn less(call: &Call) -> KernelResult {
    order(call, |a, b| a < b)
}

pub(crate) fn less_equal(call: &Call) -> KernelResult {
    order(call, |a, b| a <= b)
}

pub(crate) fn greater(call: &Call) -> KernelResult {
    order(call, |a, b| a > b)
}

pub(crate) fn greater_equal(call: &Call) -> KernelResult {
    order(call, |a, b| a >= b)
}

/// LiteRT orders numbers of 16 bits as they are stored, whatever they stand for.
fn order(call: &Call, holds: fn(i32, i32) -> bool) -> KernelResult {
    match call.operand(0)?.dtype {
        DType::I16 if call.meanings.agree() => {
            let (a, b) = (call.stored(0, &[DType::I16])?, call.stored(1, &[DType::I16])?);
            pairs(call, &a.centred(&call.dims(0)?)?, &b.centred(&call.dims(0)?)?, holds)
        }
        _ => compare(call, &[DType::I8, DType::U8], holds),
    }
}

fn compare(call: &Call, dtypes: &[DType], holds: fn(i32, i32) -> bool) -> KernelResult {
    let dims = call.dims(0)?;
    let fine = |i: usize| {
        let operand = call.stored(i, dtypes)?;
        let scale = Multiplier::below_one(operand.scale())?;
        Ok(operand.centred(&dims)?.into_iter().map(|n| scale.times(n << 8)).collect::<Vec<_>>())
    };
    let (a, b) = (fine(0)?, fine(1)?);
    pairs(call, &a, &b, holds)
}

fn pairs(call: &Call, a: &[i32], b: &[i32], holds: fn(i32, i32) -> bool) -> KernelResult {
    let results = a.iter().zip(b).map(|(&a, &b)| holds(a, b)).collect();
    Ok::<_, KernelError>(vec![Tensor::of_bools(array(call.dims(0)?, results)?)])
}
