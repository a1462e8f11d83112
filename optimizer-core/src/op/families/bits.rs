//! Numbers as their bits.
//!
//! Invariant: nothing here reads floats as numbers.

use crate::circle::schema::*;
use crate::interp::elements::zip_kernel;
use crate::interp::{Call, KernelError, KernelResult, Tensor, by_dtype};
use crate::ir::{Data, Dim, Type};
use crate::op::layout::elementwise;
use crate::op::shapes::broadcast;
use crate::op::{Site, operators};

operators! {
    /// Bits that differ.
    BitwiseXor = BITWISE_XOR(a, b) BitwiseXorOptionsT {
        commutative: true, shape: Some(broadcast), kernel: Some(bitwise_xor), layout: Some(elementwise)
    }
    /// `a` shifted right by `b` bits, by none if negative and by all but one if more; the sign is kept.
    RightShift = RIGHT_SHIFT(a, b) RightShiftOptionsT {
        shape: Some(broadcast), kernel: Some(right_shift), layout: Some(elementwise)
    }
    /// The same bits in another dtype; where its width differs, the last axis goes or comes.
    Bitcast = BITCAST(input) BitcastOptionsT { shape: Some(bitcast_shape), kernel: Some(bitcast) }
}

fn bitwise_xor(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype, T: i8 | i16 | i32 | u8 | u16 | u32 => {
        zip_kernel::<T, T>(call, |a, b| a ^ b)
    })
}

fn right_shift(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype, T: i8 | i16 | i32 | u8 | u16 | u32 => {
        zip_kernel::<T, T>(call, |a, b| a >> i64::from(b).clamp(0, i64::from(T::BITS) - 1))
    })
}

/// The dtype is said by the declared result alone.
fn bitcast_shape(site: &Site) -> Option<Vec<Type>> {
    let (input, dtype) = (site.operand(0)?, site.results.first()?.dtype);
    let (from, to) = (input.dtype.bytes()?, dtype.bytes()?);
    let mut dims = input.shape.dims().to_vec();
    if from > to {
        dims.push(Dim::Known(from / to));
    } else if from < to {
        let last = dims.pop()?;
        last.known().is_none_or(|n| n == to / from).then_some(())?;
    }
    Some(vec![Type::new(dtype, dims.into())])
}

fn bitcast(call: &Call) -> KernelResult {
    let ty = call.results.first().ok_or_else(|| KernelError::invalid("no result"))?;
    let bytes = Data::of(call.operand(0)?.data.bytes().to_vec());
    Ok(vec![Tensor::new(ty.dtype, &call.dims(0)?, &bytes)?])
}
