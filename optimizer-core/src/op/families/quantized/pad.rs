//! Padding of quantized tensors.
//!
//! Invariant: what is padded with stands for zero, and input and result are quantized alike.

use crate::interp::{Call, KernelError, KernelResult};
use crate::ir::DType;
use crate::op::families::pad::surround;
use crate::op::families::space::into_batches;

pub(crate) fn pad(call: &Call) -> KernelResult {
    match zero(call)? {
        Zero::Byte(zero) => surround(call, zero),
        Zero::Word(zero) => surround(call, zero),
    }
}

pub(crate) fn space_to_batch(call: &Call) -> KernelResult {
    match zero(call)? {
        Zero::Byte(zero) => into_batches(call, zero),
        Zero::Word(zero) => into_batches(call, zero),
    }
}

/// The bits of what stands for zero.
enum Zero {
    Byte(u8),
    Word(u16),
}

fn zero(call: &Call) -> Result<Zero, KernelError> {
    let x = call.stored(0, &[DType::I8, DType::U8, DType::I16])?;
    match (call.meanings.agree(), x.dtype) {
        (true, DType::I16) => Ok(Zero::Word(x.affine.zero_point as u16)),
        (true, _) => Ok(Zero::Byte(x.affine.zero_point as u8)),
        (false, _) => Err(KernelError::Unsupported("padding to another scale".to_owned())),
    }
}
