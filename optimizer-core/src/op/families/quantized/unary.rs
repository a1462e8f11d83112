//! Element-wise functions of one quantized operand in fixed point.
//!
//! Invariant: results have the shape of the operand.

use super::table::look_up;
use crate::interp::fixed::{Multiplier, reciprocal_root};
use crate::interp::stored::{Target, map_stored, symmetric};
use crate::interp::{Call, KernelError, KernelResult};
use crate::ir::DType;

pub(crate) fn abs(call: &Call) -> KernelResult {
    let (x, target) = call.stored_to_target(&[DType::I8, DType::I16])?;
    match x.affine.scale == target.affine.scale {
        true => map_stored(&x, &target, i32::abs),
        false => {
            let back = Multiplier::of((x.affine.scale / target.affine.scale).into())?;
            map_stored(&x, &target, |n| back.times(n.abs()))
        }
    }
}

/// LiteRT negates the numbers as they are stored, which means what it should only on one scale without zero point.
pub(crate) fn neg(call: &Call) -> KernelResult {
    let (x, target) = (call.stored(0, &[DType::I8, DType::I16])?, call.target(0)?);
    symmetric(&[x.affine, target.affine])?;
    match x.affine == target.affine {
        true => map_stored(&x, &Target { high: i32::MAX, ..target }, |n| -n),
        false => Err(KernelError::Unsupported("a negation on another scale".to_owned())),
    }
}

/// `1 / sqrt(0)` is the largest number.
pub(crate) fn rsqrt(call: &Call) -> KernelResult {
    const BITS: i32 = 20;
    let (x, target) = (call.stored(0, &[DType::I8, DType::I16])?, call.target(0)?);
    if x.numbers.iter().any(|&n| n < x.affine.zero_point) {
        return Err(KernelError::invalid("the root of a negative number"));
    }
    if x.dtype == DType::I16 {
        let most = f32::from(i16::MAX) * target.affine.scale;
        return look_up(call, &[DType::I16], |x| if x <= 0.0 { most } else { 1.0 / x.sqrt() });
    }
    let scale = 1.0 / f64::from(x.affine.scale.sqrt() * target.affine.scale);
    let back = Multiplier::of(scale)?;
    let back = Multiplier { shift: back.shift - BITS, ..back };
    map_stored(&x, &target, |n| match n {
        0 => i32::from(i8::MAX) - target.affine.zero_point,
        n => {
            let root = reciprocal_root(n);
            back.times(Multiplier { shift: root.shift + BITS, ..root }.times(1))
        }
    })
}
