//! Element-wise arithmetic of two quantized operands with broadcasting.
//!
//! Invariant: both operands come to one scale before they are added, with bits to spare below the point.

use crate::circle::schema::*;
use crate::interp::fixed::{Multiplier, halve, high_product, reciprocal};
use crate::interp::stored::{Stored, Target, symmetric, zip_stored};
use crate::interp::{Call, KernelError, KernelResult};
use std::cell::Cell;

const ALL: [DType; 3] = [DType::I8, DType::U8, DType::I16];

/// The operands and the result, all of one of `dtypes`; numbers of 16 bits without zero point.
pub(super) fn operands(
    call: &Call,
    dtypes: &[DType],
    act: Activation,
) -> Result<(Stored, Stored, Target), KernelError> {
    let (a, b) = (call.stored(0, dtypes)?, call.stored(1, dtypes)?);
    let target = call.target(0)?.activated(act)?;
    if a.dtype == DType::I16 {
        symmetric(&[a.affine, b.affine, target.affine])?;
    }
    Ok((a, b, target))
}

pub(crate) fn add(call: &Call) -> KernelResult {
    let options = call.options::<AddOptionsT>();
    let (a, b, target) = operands(call, &ALL, options.act)?;
    let pot = options.pot_scale_int16;
    if a.dtype == DType::I16 && pot && a.numbers.shape() != b.numbers.shape() {
        return Err(KernelError::Unsupported(
            "a sum with broadcasting on scales of powers of two".to_owned(),
        ));
    }
    sum(call, &a, &b, &target, pot, i32::wrapping_add)
}

pub(crate) fn sub(call: &Call) -> KernelResult {
    let options = call.options::<SubOptionsT>();
    let (a, b, target) = operands(call, &ALL, options.act)?;
    sum(call, &a, &b, &target, options.pot_scale_int16, i32::wrapping_sub)
}

/// `f` of both, by shifts alone where the option says so for numbers of 16 bits and scales are powers of two.
fn sum(
    call: &Call,
    a: &Stored,
    b: &Stored,
    target: &Target,
    pot: bool,
    f: fn(i32, i32) -> i32,
) -> KernelResult {
    let scales = [a.affine.scale, b.affine.scale, target.affine.scale].map(exponent);
    match scales {
        [Some(a_power), Some(b_power), Some(power)] if pot && a.dtype == DType::I16 => {
            let [a_bits, b_bits] = shifts(power - a_power, power - b_power)?;
            zip_stored(call, [a, b], target, |a, b| f(halve(a, a_bits), halve(b, b_bits)))
        }
        _ => rescaled(call, a, b, target, f),
    }
}

/// Shifts to the right, one of which must be none.
fn shifts(a: i32, b: i32) -> Result<[u32; 2], KernelError> {
    match (u32::try_from(a), u32::try_from(b)) {
        (Ok(a), Ok(b)) if a.min(b) == 0 => Ok([a, b]),
        _ => Err(KernelError::Unsupported("scales that no operand shares with the result".to_owned())),
    }
}

/// `f` of both on twice the larger scale, 20 bits finer (15 for numbers of 16 bits).
fn rescaled(call: &Call, a: &Stored, b: &Stored, target: &Target, f: fn(i32, i32) -> i32) -> KernelResult {
    let bits = if a.dtype == DType::I16 { 15 } else { 20 };
    let twice = 2.0 * a.scale().max(b.scale());
    let (from_a, from_b) =
        (Multiplier::below_one(a.scale() / twice)?, Multiplier::below_one(b.scale() / twice)?);
    let back = Multiplier::below_one(twice / (f64::from(1 << bits) * target.scale()))?;
    let fine = |from: Multiplier, x: i32| from.times(x.wrapping_shl(bits));
    zip_stored(call, [a, b], target, |a, b| back.times(f(fine(from_a, a), fine(from_b, b))))
}

/// The whole logarithm of a power of two, within a thousandth.
pub(super) fn exponent(scale: f32) -> Option<i32> {
    let exponent = scale.ln() * (1.0 / 2f32.ln());
    ((exponent - exponent.round()).abs() < 1e-3).then_some(exponent.round() as i32)
}

pub(crate) fn mul(call: &Call) -> KernelResult {
    let (a, b, target) = operands(call, &ALL, call.options::<MulOptionsT>().act)?;
    let scale = a.affine.scale * b.affine.scale / target.affine.scale;
    let back = Multiplier::of(scale.into())?;
    zip_stored(call, [&a, &b], &target, |a, b| back.times(a.wrapping_mul(b)))
}

pub(crate) fn div(call: &Call) -> KernelResult {
    let (a, b, target) =
        operands(call, &[DType::I8, DType::U8, DType::I16], call.options::<DivOptionsT>().act)?;
    if b.numbers.iter().any(|&n| n == b.affine.zero_point) {
        return Err(KernelError::invalid("division by zero"));
    }
    let scale = a.affine.scale / (b.affine.scale * target.affine.scale);
    let back = Multiplier::of(scale.into())?;
    let is_defined = Cell::new(true);
    let result = zip_stored(call, [&a, &b], &target, |a, b| {
        quotient(a, b, back).unwrap_or_else(|| {
            is_defined.set(false);
            0
        })
    });
    match is_defined.get() {
        true => result,
        false => Err(KernelError::Unsupported("quotients that are small on the result's scale".to_owned())),
    }
}

/// `a / b` on the result's scale, by the reciprocal of `b`; `None` where TFLite shifts by more bits than there are.
fn quotient(a: i32, b: i32, back: Multiplier) -> Option<i32> {
    let (a, b) = if b < 0 { (-a, -b) } else { (a, b) };
    let (inverse, bits) = reciprocal(b, 31);
    let headroom = (if a < 0 { !a } else { a }).leading_zeros() - 1;
    let product = high_product(a.wrapping_shl(headroom), inverse);
    match u32::try_from(bits + headroom as i32 - back.shift) {
        Ok(right @ ..32) => Some(halve(high_product(product, back.mantissa), right)),
        _ => (a == 0).then_some(0),
    }
}

pub(crate) fn squared_difference(call: &Call) -> KernelResult {
    const BITS: u32 = 7;
    let (a, b, target) = operands(call, &[DType::I8], Activation::None)?;
    let twice = 2.0 * a.scale().max(b.scale());
    let (from_a, from_b) =
        (Multiplier::below_one(a.scale() / twice)?, Multiplier::below_one(b.scale() / twice)?);
    let back = Multiplier::below_one(twice * twice / (f64::from(1 << (2 * BITS)) * target.scale()))?;
    let fine = |from: Multiplier, x: i32| from.times(x.wrapping_shl(BITS));
    zip_stored(call, [&a, &b], &target, |a, b| {
        let difference = fine(from_a, a) - fine(from_b, b);
        back.times(difference.wrapping_mul(difference))
    })
}
