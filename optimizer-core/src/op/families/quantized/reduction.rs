//! Sums, means and products of quantized numbers.
//!
//! Invariant: elements are reduced in row-major order, without their zero point.

use crate::interp::fixed::Multiplier;
use crate::interp::stored::{Stored, Target};
use crate::interp::{Call, KernelError, KernelResult};
use crate::ir::DType;
use crate::op::families::reduction::rows;

/// Of signed numbers LiteRT's result is what happens to be in memory.
pub(crate) fn sum(call: &Call) -> KernelResult {
    let (x, target) = call.stored_to_target(&[DType::U8])?;
    let back = Multiplier::of(x.scale() / target.scale())?;
    reduce(call, &x, &target, |row| back.times(total(row)))
}

/// The divisor is in the multiplier.
pub(crate) fn mean(call: &Call) -> KernelResult {
    let (x, target) = call.stored_to_target(&[DType::I8, DType::U8, DType::I16])?;
    let back = Multiplier::of(x.scale() / target.scale())?;
    reduce(call, &x, &target, |row| divided(back, row.len()).times(total(row)))
}

fn divided(multiplier: Multiplier, count: usize) -> Multiplier {
    let bits = (count.max(1).ilog2() as i32).min(32).min(31 + multiplier.shift);
    let mantissa = (i64::from(multiplier.mantissa) << bits) / count.max(1) as i64;
    Multiplier { mantissa: mantissa as i32, shift: multiplier.shift - bits }
}

fn total(row: &[i32]) -> i32 {
    row.iter().fold(0, |sum, &n| sum.wrapping_add(n))
}

/// Each factor is scaled by itself, so that products stay small.
pub(crate) fn product(call: &Call) -> KernelResult {
    let (x, target) = call.stored_to_target(&[DType::I8, DType::I16])?;
    let results: usize = call.dims(0)?.iter().product();
    let factors = x.numbers.len().checked_div(results).ok_or_else(|| KernelError::invalid("no product"))?;
    let scale = x.scale() / target.scale().powf(1.0 / factors.max(1) as f64);
    let each = Multiplier::of(scale)?;
    reduce(call, &x, &target, |row| {
        let product =
            row.iter().copied().reduce(|product, n| each.times_wide(i64::from(product) * i64::from(n)));
        product.map_or(0, |product| each.times_wide(product.into()))
    })
}

fn reduce(call: &Call, x: &Stored, target: &Target, f: impl Fn(&[i32]) -> i32) -> KernelResult {
    if x.numbers.is_empty() {
        return Err(KernelError::invalid("nothing to reduce"));
    }
    let rows = rows(call, x.numbers.map(|&n| n.wrapping_sub(x.affine.zero_point)).view())?;
    let results: Vec<_> = rows.rows().into_iter().map(|row| target.stored(f(&row.to_vec()))).collect();
    Ok(vec![target.tensor(call.dims(0)?, &results)?])
}
