//! Convolutions of quantized feature maps.
//!
//! Invariant: positions in the padding stand for zero; only unsigned filters have a zero point.

use super::products::{Layout, operands};
use crate::circle::schema::*;
use crate::interp::{Call, KernelError, KernelResult};
use crate::op::families::convolution::{conv_sums, depthwise_sums};
use crate::op::families::transpose_conv::transpose_conv_sums;

pub(crate) fn conv(call: &Call) -> KernelResult {
    let at = Layout { input: 0, filter: 1, bias: 2, axis: 0 };
    signed_filters_are_symmetric(call, at.filter)?;
    let (factors, rescale) = operands(call, at, call.options::<Conv2DOptionsT>().act)?;
    let sums = conv_sums(call, &factors, |channel, sum| rescale.stored(channel, sum))?;
    rescale.finish(call, &sums)
}

pub(crate) fn depthwise(call: &Call) -> KernelResult {
    let at = Layout { input: 0, filter: 1, bias: 2, axis: 3 };
    signed_filters_are_symmetric(call, at.filter)?;
    let (factors, rescale) = operands(call, at, call.options::<DepthwiseConv2DOptionsT>().act)?;
    let sums = depthwise_sums(call, &factors, |channel, sum| rescale.stored(channel, sum))?;
    rescale.finish(call, &sums)
}

pub(crate) fn transpose_conv(call: &Call) -> KernelResult {
    let at = Layout { input: 2, filter: 1, bias: 3, axis: 0 };
    signed_filters_are_symmetric(call, at.filter)?;
    let (factors, rescale) = operands(call, at, call.options::<TransposeConvOptionsT>().act)?;
    let sums = transpose_conv_sums(call, &factors, |channel, sum| rescale.stored(channel, sum))?;
    rescale.finish(call, &sums)
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
