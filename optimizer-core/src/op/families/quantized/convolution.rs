//! Convolutions of quantized feature maps, and of floats with quantized filters.
//!
//! Invariant: positions in the padding stand for zero; only unsigned filters have a zero point.

use super::hybrid::{Hybrid, Weights};
use super::products::{Layout, operands};
use crate::circle::schema::*;
use crate::interp::{Call, KernelError, KernelResult};
use crate::op::families::convolution::{Factors, conv_sums, depthwise_sums, elements, unfit};
use crate::op::families::dense::bias;
use crate::op::families::transpose_conv::transpose_conv_sums;

/// One of the convolutions.
struct Kind {
    at: Layout,
    act: Activation,
    sums: fn(&Call, &Factors) -> Result<Vec<f64>, KernelError>,
}

pub(crate) fn conv(call: &Call) -> KernelResult {
    let at = Layout { input: 0, filter: 1, bias: 2, axis: 0, exact: false };
    let kind = Kind { at, act: call.options::<Conv2DOptionsT>().act, sums: conv_sums };
    kind.computed(call, Weights::differ)
}

/// Filters for floats have a scale for each channel.
pub(crate) fn depthwise(call: &Call) -> KernelResult {
    let at = Layout { input: 0, filter: 1, bias: 2, axis: 3, exact: false };
    let kind = Kind { at, act: call.options::<DepthwiseConv2DOptionsT>().act, sums: depthwise_sums };
    kind.computed(call, |_| true)
}

pub(crate) fn transpose_conv(call: &Call) -> KernelResult {
    let at = Layout { input: 2, filter: 1, bias: 3, axis: 0, exact: false };
    let kind = Kind { at, act: call.options::<TransposeConvOptionsT>().act, sums: transpose_conv_sums };
    kind.computed(call, |_| true)
}

impl Kind {
    /// Floats are spread asymmetrically over 8 bits where `asymmetric` says so of the filter.
    fn computed(&self, call: &Call, asymmetric: fn(&Weights) -> bool) -> KernelResult {
        match call.operand(self.at.input)?.dtype {
            DType::F32 => self.hybrid(call, asymmetric),
            _ => self.integers(call),
        }
    }

    fn integers(&self, call: &Call) -> KernelResult {
        signed_filters_are_symmetric(call, self.at.filter)?;
        let (factors, rescale) = operands(call, self.at, self.act)?;
        rescale.finish(call, &(self.sums)(call, &factors)?)
    }

    /// The map of each batch is quantized by itself.
    fn hybrid(&self, call: &Call, asymmetric: fn(&Weights) -> bool) -> KernelResult {
        let (at, input) = (self.at, elements(call, self.at.input)?);
        let channels = *call.operand(at.filter)?.dims.get(at.axis).ok_or_else(unfit)?;
        let batches = *call.operand(at.input)?.dims.first().ok_or_else(unfit)?;
        let weights = Weights::of(call, at.filter, at.axis, channels)?;
        let part = input.len().checked_div(batches).unwrap_or(0);
        let hybrid = Hybrid::of(input, part, asymmetric(&weights), &weights, bias(call, at.bias, channels)?);
        let starts = vec![0.0; channels];
        let factors =
            Factors { input: (&hybrid.numbers).into(), filter: (&weights.numbers).into(), bias: starts };
        hybrid.finish(call, self.act, &(self.sums)(call, &factors)?)
    }
}

/// LiteRT does not read the zero point of a signed filter.
fn signed_filters_are_symmetric(call: &Call, filter: usize) -> Result<(), KernelError> {
    let is_unsigned = call.operand(filter)?.dtype == DType::U8;
    let zeros = call.quantization(filter)?.steps.iter().all(|step| step.zero_point == 0);
    match is_unsigned || zeros {
        true => Ok(()),
        false => Err(KernelError::Unsupported("a signed filter with a zero point".to_owned())),
    }
}
