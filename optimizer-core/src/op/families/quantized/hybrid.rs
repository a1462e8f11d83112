//! Floats that meet quantized weights.
//!
//! Invariant: the floats are quantized to 8 bits first, each part of the input by itself: a row, or the map of a batch.
//! LiteRT reads no zero point of such weights, so one other than 0 is refused.

use crate::circle::schema::Activation;
use crate::interp::elements::{activate, array};
use crate::interp::stored::symmetric;
use crate::interp::{Call, KernelError, KernelResult, Tensor};
use crate::ir::DType;

/// Weights as LiteRT reads them, and the scale of each channel, or one for all.
pub(in crate::op::families) struct Weights {
    pub numbers: Vec<f32>,
    scales: Vec<f32>,
}

/// An input in 8 bits, without zero points, and what the sums of its products are multiplied by.
pub(super) struct Hybrid {
    pub numbers: Vec<f32>,
    parts: Vec<f32>,
    channels: Vec<f32>,
    bias: Vec<f32>,
}

impl Weights {
    /// Operand `i`, quantized as a whole or for each of the `channels` along `axis`. Unsigned weights are read as
    /// signed ones.
    ///
    /// # Errors
    /// Other types and channels.
    pub(in crate::op::families) fn of(
        call: &Call,
        i: usize,
        axis: usize,
        channels: usize,
    ) -> Result<Weights, KernelError> {
        let (tensor, quantization) = (call.operand(i)?, call.quantization(i)?);
        symmetric(&quantization.steps)?;
        let each = quantization.steps.len() == channels && quantization.axis == axis;
        let numbers = match tensor.dtype {
            DType::U8 if quantization.whole().is_some() => {
                call.view::<u8>(i)?.iter().map(|&n| (n as i8).into()).collect()
            }
            DType::I8 | DType::I4 if each || quantization.whole().is_some() => {
                call.numbers(i)?.iter().map(|&n| n as f32).collect()
            }
            _ => return Err(KernelError::Unsupported("weights of such a type or channels".to_owned())),
        };
        Ok(Weights { numbers, scales: quantization.steps.iter().map(|step| step.scale).collect() })
    }

    pub(in crate::op::families) fn scale(&self, channel: usize) -> f32 {
        self.scales[channel.min(self.scales.len() - 1)]
    }

    /// What they stand for, all of them by the scale of the first channel.
    pub(in crate::op::families) fn reals(&self) -> Vec<f32> {
        self.numbers.iter().map(|&n| n * self.scale(0)).collect()
    }

    /// Whether the channels are of several scales.
    pub(super) fn differ(&self) -> bool {
        self.scales.iter().any(|&scale| scale != self.scales[0])
    }
}

impl Hybrid {
    /// An input of which every `part` elements are quantized by themselves.
    pub(super) fn of(
        input: &[f32],
        part: usize,
        asymmetric: bool,
        weights: &Weights,
        bias: Vec<f32>,
    ) -> Hybrid {
        let (mut numbers, mut parts) = (Vec::with_capacity(input.len()), Vec::new());
        parts.extend(input.chunks(part.max(1)).map(|part| in_bytes(part, asymmetric, &mut numbers)));
        Hybrid { numbers, parts, channels: weights.scales.clone(), bias }
    }

    /// The results of `sums`, which stand in the order of parts with channels last.
    pub(super) fn finish(&self, call: &Call, act: Activation, sums: &[f64]) -> KernelResult {
        let (each, channels) = (sums.len() / self.parts.len().max(1), self.bias.len());
        let real = |(i, &sum): (usize, &f64)| {
            let channel = i % channels;
            let scale = self.parts[i / each] * self.channels[channel.min(self.channels.len() - 1)];
            self.bias[channel] + sum as f32 * scale
        };
        let reals = sums.iter().enumerate().map(real).collect();
        Ok(vec![Tensor::of(activate(act, array(call.dims(0)?, reals)?)?)])
    }
}

/// Adds the part in 8 bits, without its zero point; gives its scale.
pub(in crate::op::families) fn in_bytes(part: &[f32], asymmetric: bool, numbers: &mut Vec<f32>) -> f32 {
    if asymmetric { spread(part, numbers) } else { around_zero(part, numbers) }
}

/// The scale that brings the largest magnitude to 127.
fn around_zero(part: &[f32], numbers: &mut Vec<f32>) -> f32 {
    let range = part.iter().fold(0.0f32, |most, x| most.max(x.abs()));
    if range == 0.0 {
        numbers.extend(part.iter().map(|_| 0.0));
        return 1.0;
    }
    let inverse = 127.0 / range;
    numbers.extend(part.iter().map(|&x| (x * inverse).round().clamp(-127.0, 127.0)));
    range / 127.0
}

/// The scale that spreads the part, and zero, over all numbers of 8 bits.
fn spread(part: &[f32], numbers: &mut Vec<f32>) -> f32 {
    let least = f64::from(part.iter().copied().fold(0.0, f32::min));
    let most = f64::from(part.iter().copied().fold(0.0, f32::max));
    if least == most {
        numbers.extend(part.iter().map(|_| 0.0));
        return 1.0;
    }
    let scale = (most - least) / 255.0;
    let (from_least, from_most) = (-128.0 - least / scale, 127.0 - most / scale);
    let is_better = 128.0 + (least / scale).abs() < 127.0 + (most / scale).abs();
    let zero = if is_better { from_least } else { from_most }.clamp(-128.0, 127.0).round() as f32;
    let scale = scale as f32;
    numbers.extend(part.iter().map(|&x| (zero + x * (1.0 / scale)).round().clamp(-128.0, 127.0) - zero));
    scale
}
