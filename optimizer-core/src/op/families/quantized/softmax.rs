//! Softmax and its logarithm of quantized rows, in fixed point.
//!
//! Invariant: a row's results depend on differences from its largest number, of which those too small to count are
//! left out.

use super::table::Table;
use crate::circle::schema::*;
use crate::interp::fixed::{Multiplier, exp_negative, halve, high_product, log, reciprocal};
use crate::interp::stored::{Stored, Target};
use crate::interp::{Call, KernelError, KernelResult};

/// Bits of the differences' fractions: they have 5 integer bits.
const FRACTION: i32 = 26;

/// How differences of stored numbers are scaled, and the least that counts.
struct Differences {
    scale: Multiplier,
    least: i32,
}

impl Differences {
    fn of(beta: f64, scale: f64) -> Result<Differences, KernelError> {
        let real = (beta * scale * f64::from(1 << FRACTION)).min(f64::from(i32::MAX));
        if real.is_nan() || real <= 1.0 {
            return Err(KernelError::Unsupported(format!("a softmax of scale {scale:e}")));
        }
        let scale = Multiplier::of(real)?;
        let radius = f64::from((1 << 5) - 1) * f64::from(1 << FRACTION) / (1i64 << scale.shift) as f64;
        Ok(Differences { scale, least: -(radius.floor() as i32) })
    }
}

pub(crate) fn softmax(call: &Call) -> KernelResult {
    match call.operand(0)?.dtype {
        DType::I16 => softmax_16(call),
        _ => softmax_8(call),
    }
}

fn softmax_8(call: &Call) -> KernelResult {
    let (x, target) = (call.stored(0, &[DType::I8, DType::U8])?, call.target(0)?);
    let is_unit = target.affine.zero_point == -128 && is_near(target.affine.scale, 1.0 / 256.0);
    if x.dtype == DType::I8 && !is_unit {
        return Err(KernelError::Unsupported("a softmax with results other than 0 to 1".to_owned()));
    }
    let beta = call.options::<SoftmaxOptionsT>().beta;
    let differences = Differences::of(beta.into(), x.scale())?;
    by_row(&x, &target, |row, largest| {
        let exps: Vec<_> = row
            .iter()
            .map(|&n| n - largest)
            .map(|n| (n >= differences.least).then(|| exp_negative(differences.scale.times(n))))
            .collect();
        let sum = exps.iter().flatten().fold(0i32, |sum, &exp| sum.wrapping_add(halve(exp, 12)));
        let (inverse, bits) = reciprocal(sum, 12);
        let right = u32::try_from(bits + 31 - 8).ok().filter(|&right| right < 32)?;
        let result = |exp: i32| halve(high_product(inverse, exp), right).wrapping_add(target.low);
        Some(exps.into_iter().map(|exp| exp.map_or(target.low, result)).collect())
    })
}

/// By tables of the exponential function from -10 to 0 and of `1 / (1 + x)` from 0 to 1.
fn softmax_16(call: &Call) -> KernelResult {
    let (x, target) = call.stored_to_target(&[DType::I16])?;
    if !is_near(target.affine.scale, 1.0 / 32768.0) {
        return Err(KernelError::Unsupported("a softmax with results other than -1 to 1".to_owned()));
    }
    const RANGE: f64 = 65535.0;
    let unit = [2.0 / RANGE * -32768.0, 2.0 / RANGE * 32767.0];
    let exp = Table::of_doubles([10.0 / RANGE * -RANGE, 0.0], unit, f64::exp);
    let inverse = Table::of_doubles([0.0, 1.0 / RANGE * RANGE], unit, |x| 1.0 / (1.0 + x));
    let beta = call.options::<SoftmaxOptionsT>().beta;
    let scale = Multiplier::of(f64::from(x.affine.scale * beta) / (10.0 / RANGE))?;
    by_row(&x, &target, |row, largest| {
        let at = |table: &Table, n: i32| table.at(n.clamp(i16::MIN.into(), i16::MAX.into()) as i16);
        let exps: Vec<i64> =
            row.iter().map(|&n| at(&exp, scale.times(n - largest).saturating_add(32767)).into()).collect();
        let sum = exps.iter().sum::<i64>() as i32;
        let right = 31u32.checked_sub(sum.leading_zeros()).filter(|&right| right > 0)?;
        let shifted = ((i64::from(sum) << (30 - right)) + (1 << 13)) >> 14;
        let factor = i64::from(at(&inverse, shifted as i32 - (1 << 15) - (1 << 16)));
        let result = |exp: i64| (exp * factor + (1 << (right - 1))) >> right;
        Some(exps.into_iter().map(|exp| result(exp).clamp(0, 32767) as i32).collect())
    })
}

pub(crate) fn log_softmax(call: &Call) -> KernelResult {
    let (x, target) = (call.stored(0, &[DType::I8, DType::U8])?, call.target(0)?);
    if target.affine.scale != 16.0 / 256.0 || target.affine.zero_point != target.high {
        return Err(KernelError::Unsupported(
            "a logarithm of softmax with results other than -16 to 0".to_owned(),
        ));
    }
    let differences = Differences::of(1.0, x.scale())?;
    let back = f64::from(1u32 << (31 - differences.scale.shift)) / f64::from(differences.scale.mantissa);
    let back = Multiplier::below_one(back)?;
    by_row(&x, &target, |row, largest| {
        let counted = row.iter().map(|&n| n - largest).filter(|&n| n >= differences.least);
        let exps = counted.map(|n| halve(exp_negative(differences.scale.times(n)), 12));
        let log_sum = log(exps.fold(0i32, i32::wrapping_add));
        let least = (differences.least - 1).max(back.times(log_sum.wrapping_add(i32::MIN)));
        let result = |n: i32| match n > least {
            true => {
                let difference = differences.scale.times(n).wrapping_sub(log_sum);
                halve(difference, 31 - 5 - 4).saturating_add(target.high)
            }
            false => target.low,
        };
        Some(row.iter().map(|&n| result(n - largest)).collect())
    })
}

fn is_near(scale: f32, wanted: f32) -> bool {
    (scale - wanted).abs() <= 0.001 * wanted
}

/// The results of `f` of each row and its largest number, clamped; `None` is a row that is refused.
fn by_row(x: &Stored, target: &Target, f: impl Fn(&[i32], i32) -> Option<Vec<i32>>) -> KernelResult {
    let dims = x.numbers.shape().to_vec();
    let depth = *dims.last().ok_or_else(|| KernelError::invalid("a scalar has no rows"))?;
    let numbers: Vec<i32> = x.numbers.iter().copied().collect();
    let mut results = Vec::with_capacity(numbers.len());
    for row in numbers.chunks(depth.max(1)) {
        let largest = row.iter().copied().max().unwrap_or(0);
        let row = f(row, largest).ok_or_else(|| KernelError::invalid("a row's sum is out of range"))?;
        results.extend(row.into_iter().map(|n| n.clamp(target.low, target.high)));
    }
    Ok(vec![target.tensor(dims, &results)?])
}
