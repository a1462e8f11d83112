//! Activation functions of quantized numbers that are made of straight lines.
//!
//! Invariant: results are rescaled in fixed point and clamped to the activation's bounds.

use super::arithmetic::operands;
use crate::circle::schema::*;
use crate::interp::fixed::{Multiplier, halve, high_product_16};
use crate::interp::stored::{map_stored, zip_stored};
use crate::interp::{Call, KernelError, KernelResult};

pub(crate) fn relu(call: &Call) -> KernelResult {
    between(call, &[DType::I8, DType::U8, DType::I16], 0.0, None)
}

pub(crate) fn relu6(call: &Call) -> KernelResult {
    between(call, &[DType::I8, DType::U8, DType::I16], 0.0, Some(6.0))
}

pub(crate) fn relu_n1_to_1(call: &Call) -> KernelResult {
    between(call, &[DType::I8, DType::U8], -1.0, Some(1.0))
}

pub(crate) fn relu_0_to_1(call: &Call) -> KernelResult {
    between(call, &[DType::I8, DType::U8], 0.0, Some(1.0))
}

/// The real number clamped to `low` and `high`.
fn between(call: &Call, dtypes: &[DType], low: f32, high: Option<f32>) -> KernelResult {
    let (x, target) = call.stored_to_target(dtypes)?;
    let back = Multiplier::of((x.affine.scale / target.affine.scale).into())?;
    map_stored(&x, &target.between(low, high), |n| back.times(n))
}

pub(crate) fn leaky_relu(call: &Call) -> KernelResult {
    let alpha = call.options::<LeakyReluOptionsT>().alpha;
    let (x, target) = call.stored_to_target(&[DType::I8, DType::U8, DType::I16])?;
    let negative = Multiplier::of((x.affine.scale * alpha / target.affine.scale).abs().into())?;
    let sign = if alpha < 0.0 { -1 } else { 1 };
    let positive = Multiplier::of((x.affine.scale / target.affine.scale).into())?;
    map_stored(&x, &target, |n| if n >= 0 { positive.times(n) } else { sign * negative.times(n) })
}

pub(crate) fn prelu(call: &Call) -> KernelResult {
    let (x, alpha, target) = operands(call, &[DType::I8, DType::U8], Activation::None)?;
    let positive = Multiplier::of((x.affine.scale / target.affine.scale).into())?;
    let negative = Multiplier::of((x.affine.scale * alpha.affine.scale / target.affine.scale).into())?;
    zip_stored(call, [&x, &alpha], &target, |x, alpha| match x >= 0 {
        true => positive.times(x),
        false => negative.times(x * alpha),
    })
}

/// In 16 bits: `x`, 7 bits finer, times a factor from 0 to 1 that is cut off outside of -3 and 3.
pub(crate) fn hard_swish(call: &Call) -> KernelResult {
    let (x, target) = (call.stored(0, &[DType::I8, DType::U8])?, call.target(0)?);
    let fine_scale = 1.0 / 128.0 * x.affine.scale;
    let back = Multiplier::of((fine_scale / target.affine.scale).into())?;
    let factor = Multiplier::of((fine_scale / (3.0 / 32768.0)).into())?;
    if back.shift > 0 {
        return Err(KernelError::Unsupported("a result's scale below a 128th of the input's".to_owned()));
    }
    map_stored(&x, &target, |n| {
        let fine = (n << 7) as i16;
        let product = high_product_16(fine, upper_half(back.mantissa));
        let factor = ((i32::from(clipped(fine, factor)) + (1 << 15)) >> 1) as i16;
        let cut_off = (i32::from(factor) * i32::from(product) / (1 << 15)) as i16;
        halve(cut_off.into(), -back.shift as u32)
    })
}

/// `x` times the multiplier in 16 bits, saturating.
fn clipped(x: i16, multiplier: Multiplier) -> i16 {
    let left = |x: i16, bits: i32| {
        let wide = i64::from(x) << bits;
        wide.clamp(i16::MIN.into(), i16::MAX.into()) as i16
    };
    let mantissa = upper_half(multiplier.mantissa);
    match multiplier.shift {
        shift @ 1.. => left(high_product_16(left(x, shift - 1), mantissa), 1),
        shift => halve(high_product_16(x, mantissa).into(), -shift as u32) as i16,
    }
}

/// The upper 16 bits, rounded.
fn upper_half(mantissa: i32) -> i16 {
    match mantissa >= i32::MAX - (1 << 15) {
        true => i16::MAX,
        false => ((mantissa + (1 << 15)) >> 16) as i16,
    }
}
