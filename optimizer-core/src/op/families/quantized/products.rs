//! What matrix products and convolutions of quantized numbers have in common.
//!
//! Invariant: sums of products of stored integers are exact, whatever their order, and wrap around to the width that
//! TFLite sums in before they are rescaled.

use crate::circle::schema::Activation;
use crate::interp::fixed::Multiplier;
use crate::interp::stored::{Stored, Target, narrow, symmetric};
use crate::interp::{Affine, Call, KernelError, KernelResult, Quantization};
use crate::ir::DType;
use crate::op::families::convolution::Factors;

/// Where an operator has its operands, and along which axis the filter has its channels.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    pub input: usize,
    pub filter: usize,
    pub bias: usize,
    pub axis: usize,
    /// Whether sums are multiplied exactly and rounded once.
    pub exact: bool,
}

/// How a sum is multiplied.
#[derive(Clone, Copy)]
enum Rounding {
    /// In 32 bits, the product being rounded and then its shift.
    Twice,
    /// In 64 bits, by half of the mantissa.
    Wide,
    /// Exactly, and rounded once.
    Once,
}

/// What the sums of one operator become.
pub(super) struct Rescale {
    each: Vec<Multiplier>,
    rounding: Rounding,
    target: Target,
}

impl Rescale {
    /// All sums multiplied by one real number, wide ones by fewer bits of it.
    pub(super) fn of_all(real: f64, wide: bool, target: Target) -> Result<Rescale, KernelError> {
        let rounding = if wide { Rounding::Wide } else { Rounding::Twice };
        Ok(Rescale { each: vec![Multiplier::of(real)?], rounding, target })
    }

    fn stored(&self, channel: usize, sum: f64) -> i32 {
        let multiplier = self.each[channel % self.each.len()];
        self.target.stored(match self.rounding {
            Rounding::Wide => multiplier.times_wide(sum as i64),
            Rounding::Twice => multiplier.times(sum as i64 as i32),
            Rounding::Once => multiplier.times_once(sum as i64),
        })
    }

    /// The result of sums whose channels are last.
    pub(super) fn finish(&self, call: &Call, sums: &[f64]) -> KernelResult {
        let stored: Vec<_> = sums.iter().enumerate().map(|(i, &sum)| self.stored(i, sum)).collect();
        Ok(vec![narrow(self.target.dtype, call.dims(0)?, &stored)?])
    }
}

/// The factors without their zero points, and how their sums are rescaled. LiteRT multiplies the scales of unsigned
/// maps as floats, others as doubles.
pub(super) fn operands(
    call: &Call,
    at: Layout,
    act: Activation,
) -> Result<(Factors<'static>, Rescale), KernelError> {
    let x = call.stored(at.input, &[DType::I8, DType::U8, DType::I16])?;
    let filter = call.quantization(at.filter)?;
    let target = call.target(0)?.activated(act)?;
    fits(call, at, &x, filter, &target)?;
    let channels = call.operand(at.filter)?.dims.get(at.axis).copied().unwrap_or(0);
    let (bias, wide) = bias(call, at.bias, channels, x.dtype)?;
    let real = |step: &Affine| match x.dtype == DType::U8 && !at.exact {
        true => f64::from(x.affine.scale * step.scale) / target.scale(),
        false => x.scale() * f64::from(step.scale) / target.scale(),
    };
    let each = filter.steps.iter().map(|step| Multiplier::of(real(step))).collect::<Result<_, _>>()?;
    let rounding = match wide {
        _ if at.exact => Rounding::Once,
        true => Rounding::Wide,
        false => Rounding::Twice,
    };
    let input: Vec<f32> = x.numbers.iter().map(|&n| n.wrapping_sub(x.affine.zero_point) as f32).collect();
    let filter = centred(call, at.filter, filter)?;
    Ok((Factors { input: input.into(), filter: filter.into(), bias }, Rescale { each, rounding, target }))
}

/// Types that LiteRT multiplies, and channels that fit the filter.
fn fits(
    call: &Call,
    at: Layout,
    x: &Stored,
    filter: &Quantization,
    target: &Target,
) -> Result<(), KernelError> {
    let weights = call.operand(at.filter)?;
    let known = match x.dtype {
        DType::U8 => weights.dtype == DType::U8,
        _ => matches!(weights.dtype, DType::I8 | DType::I4),
    };
    let channels = filter.whole().is_some()
        || filter.axis == at.axis
            && weights.dims.get(at.axis) == Some(&filter.steps.len())
            && x.dtype != DType::U8;
    if x.dtype == DType::I16 {
        symmetric(&[x.affine, target.affine])?;
    }
    match known && channels && target.dtype == x.dtype && !filter.steps.is_empty() {
        true => Ok(()),
        false => Err(KernelError::Unsupported("a product of such types or channels".to_owned())),
    }
}

/// A filter without its zero points.
fn centred(call: &Call, i: usize, quantization: &Quantization) -> Result<Vec<f32>, KernelError> {
    let zero = match quantization.whole() {
        Some(affine) => affine.zero_point,
        None => {
            symmetric(&quantization.steps)?;
            0
        }
    };
    Ok(call.numbers(i)?.iter().map(|&n| n.wrapping_sub(zero) as f32).collect())
}

/// The bias and whether sums have 64 bits, as those of 16-bit numbers have, and their bias. LiteRT reads one of 32 bits
/// wrongly there unless an option that circle lacks says so.
fn bias(call: &Call, i: usize, channels: usize, dtype: DType) -> Result<(Vec<f64>, bool), KernelError> {
    let Ok(tensor) = call.operand(i) else {
        return Ok((vec![0.0; channels], dtype == DType::I16));
    };
    let numbers: Vec<f64> = match tensor.dtype {
        DType::I32 if dtype != DType::I16 => call.view::<i32>(i)?.iter().map(|&n| n.into()).collect(),
        DType::I64 if dtype == DType::I16 => call.view::<i64>(i)?.iter().map(|&n| n as f64).collect(),
        other => return Err(KernelError::dtype(other)),
    };
    match numbers.len() == channels {
        true => Ok((numbers, tensor.dtype == DType::I64)),
        false => Err(KernelError::invalid("the bias does not fit")),
    }
}
