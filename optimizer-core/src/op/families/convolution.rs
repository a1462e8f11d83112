//! Convolutions.
//!
//! Invariant: feature maps are batch, height, width, channels; products are summed in f64.

use super::dense::bias;
use super::window::{Window, Windowed};
use super::quantized;
use crate::circle::schema::*;
use crate::interp::elements::{activate, array};
use crate::interp::products::{dot_slices, in_parallel};
use crate::interp::{Call, KernelError, KernelResult, Tensor};
use crate::ir::{Dim, Type};
use std::borrow::Cow;
use crate::op::{Quantized, Site, operators};

operators! {
    /// A convolution over height and width; filters are output, height, width, input. Fewer input channels in the
    /// filter than in the input make groups.
    Conv2D = CONV_2D(input, filter, bias) Conv2DOptionsT {
        shape: Some(conv_shape), kernel: Some(conv), macs: Some(conv_macs),
        quantized: Quantized::By(quantized::convolution::conv)
    }
    /// A convolution of each channel on its own; filters are 1, height, width, output.
    DepthwiseConv2D = DEPTHWISE_CONV_2D(input, filter, bias) DepthwiseConv2DOptionsT {
        shape: Some(depthwise_shape), kernel: Some(depthwise), macs: Some(depthwise_macs),
        quantized: Quantized::By(quantized::convolution::depthwise)
    }
}

impl Windowed for Conv2DOptionsT {
    fn windows(&self, height: usize, width: usize) -> Option<[Window; 2]> {
        let vertical = Window::new(height, self.stride_h, self.dilation_h_factor, self.padding)?;
        Some([vertical, Window::new(width, self.stride_w, self.dilation_w_factor, self.padding)?])
    }
}

impl Windowed for DepthwiseConv2DOptionsT {
    fn windows(&self, height: usize, width: usize) -> Option<[Window; 2]> {
        let vertical = Window::new(height, self.stride_h, self.dilation_h_factor, self.padding)?;
        Some([vertical, Window::new(width, self.stride_w, self.dilation_w_factor, self.padding)?])
    }
}

fn conv_shape(site: &Site) -> Option<Vec<Type>> {
    let (&[.., channels], &[out, _, _, depth]) = (site.shape(0)?.dims(), site.shape(1)?.dims()) else {
        return None;
    };
    if let (Some(channels), Some(depth), Some(out)) = (channels.known(), depth.known(), out.known()) {
        groups(channels, depth, out)?;
    }
    mapped(site, &site.options::<Conv2DOptionsT>(), out)
}

/// How many groups of channels there are.
fn groups(channels: usize, depth: usize, out: usize) -> Option<usize> {
    let groups = channels.checked_div(depth).filter(|&g| g > 0)?;
    (channels.is_multiple_of(depth) && out.is_multiple_of(groups)).then_some(groups)
}

fn depthwise_shape(site: &Site) -> Option<Vec<Type>> {
    let (&[.., channels], &[one, .., out]) = (site.shape(0)?.dims(), site.shape(1)?.dims()) else {
        return None;
    };
    let fits = match (channels.known(), out.known()) {
        (Some(channels), Some(out)) => channels > 0 && out % channels == 0,
        _ => true,
    };
    mapped(site, &site.options::<DepthwiseConv2DOptionsT>(), out).filter(|_| fits && one == 1)
}

/// The map of `out` channels where the filter moves over the input.
fn mapped(site: &Site, options: &impl Windowed, out: Dim) -> Option<Vec<Type>> {
    let (input, filter) = (site.operand(0)?, site.operand(1)?);
    let (&[batch, h, w, _], &[_, fh, fw, _]) = (input.shape.dims(), filter.shape.dims()) else { return None };
    let [vertical, horizontal] = options.windows(fh.known()?, fw.known()?)?;
    let dims = [batch, vertical.positions_of(site, h)?, horizontal.positions_of(site, w)?, out];
    Some(vec![Type::new(input.dtype, dims.into_iter().collect())])
}

fn conv_macs(site: &Site) -> u64 {
    macs(site, conv_shape(site), &[1, 2, 3])
}

fn depthwise_macs(site: &Site) -> u64 {
    macs(site, depthwise_shape(site), &[1, 2])
}

/// The results times the extents of these axes of the filter.
fn macs(site: &Site, results: Option<Vec<Type>>, filter: &[isize]) -> u64 {
    let taps = filter.iter().map(|&axis| site.axis_extent(1, axis));
    taps.fold(site.count_first(results), u64::saturating_mul)
}

/// Dims of a feature map or a filter.
pub(super) fn four(dims: &[usize]) -> Result<[usize; 4], KernelError> {
    dims.try_into().map_err(|_| unfit())
}

/// What is multiplied and what is added before: the elements of an input and a filter, and a start for each channel.
/// Stored integers fit as well, since their sums are exact in f64.
pub(super) struct Factors<'a> {
    pub input: Cow<'a, [f32]>,
    pub filter: Cow<'a, [f32]>,
    pub bias: Vec<f64>,
}

impl<'a> Factors<'a> {
    /// The plain operands of these numbers.
    pub(super) fn plain(
        call: &Call<'a>,
        [input, filter, at]: [usize; 3],
        channels: usize,
    ) -> Result<Factors<'a>, KernelError> {
        let bias = bias(call, at, channels)?.into_iter().map(f64::from).collect();
        let (input, filter) = (elements(call, input)?, elements(call, filter)?);
        Ok(Factors { input: input.into(), filter: filter.into(), bias })
    }
}

/// A filter over a feature map.
struct Frame {
    input: [usize; 4],
    filter: [usize; 4],
    result: [usize; 4],
    windows: [Window; 2],
}

impl Frame {
    fn of(call: &Call, options: &impl Windowed) -> Result<Frame, KernelError> {
        let (input, filter) = (four(&call.operand(0)?.dims)?, four(&call.operand(1)?.dims)?);
        let windows = options.windows(filter[1], filter[2]).ok_or_else(unfit)?;
        Ok(Frame { input, filter, result: four(&call.dims(0)?)?, windows })
    }

    /// For each element of the result, the start of its channel and `product` of the channel with each pixel of the
    /// input, numbered through all batches, and the tap of the filter that lies on it. A product takes `work`
    /// multiplications.
    fn sums(
        &self,
        starts: &[f64],
        work: usize,
        product: impl Fn(usize, usize, usize) -> f64 + Sync,
    ) -> Vec<f64> {
        let ([_, height, width, _], [_, rows, columns, out]) = (self.input, self.result);
        let ([vertical, horizontal], [_, fh, fw, _]) = (self.windows, self.filter);
        in_parallel(self.result.iter().product(), fh * fw * work, |i| {
            let [batch, y, x, channel] = indices(i, [rows, columns, out]);
            taps(vertical.taps(height, y), horizontal.taps(width, x)).fold(starts[channel], |sum, (ky, kx)| {
                let (iy, ix) = (vertical.element(height, y, ky), horizontal.element(width, x, kx));
                sum + product(channel, (batch * height + iy) * width + ix, ky * fw + kx)
            })
        })
    }
}

fn conv(call: &Call) -> KernelResult {
    let factors = Factors::plain(call, [0, 1, 2], call.operand(1)?.dims[0])?;
    finish(call, &conv_sums(call, &factors)?, call.options::<Conv2DOptionsT>().act)
}

/// The sum of each element of the result.
pub(super) fn conv_sums(call: &Call, factors: &Factors) -> Result<Vec<f64>, KernelError> {
    let Factors { input, filter, bias } = factors;
    let frame = Frame::of(call, &call.options::<Conv2DOptionsT>())?;
    let ([.., channels], [out, fh, fw, depth]) = (frame.input, frame.filter);
    let per_group = out / groups(channels, depth, out).ok_or_else(unfit)?;
    Ok(frame.sums(bias, depth, |channel, pixel, tap| {
        let from = pixel * channels + channel / per_group * depth;
        let with = (channel * fh * fw + tap) * depth;
        dot_slices(&input[from..from + depth], &filter[with..with + depth])
    }))
}

fn depthwise(call: &Call) -> KernelResult {
    let [_, _, _, out] = four(&call.operand(1)?.dims)?;
    let sums = depthwise_sums(call, &Factors::plain(call, [0, 1, 2], out)?)?;
    finish(call, &sums, call.options::<DepthwiseConv2DOptionsT>().act)
}

/// See [`conv_sums`].
pub(super) fn depthwise_sums(call: &Call, factors: &Factors) -> Result<Vec<f64>, KernelError> {
    let Factors { input, filter, bias } = factors;
    let frame = Frame::of(call, &call.options::<DepthwiseConv2DOptionsT>())?;
    let ([.., channels], [.., out]) = (frame.input, frame.filter);
    let multiplier = out.checked_div(channels).filter(|&m| m > 0).ok_or_else(unfit)?;
    Ok(frame.sums(bias, 1, |channel, pixel, tap| {
        let element = input[pixel * channels + channel / multiplier];
        f64::from(element) * f64::from(filter[tap * out + channel])
    }))
}

/// All pairs of two ranges.
pub(super) fn taps(
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
) -> impl Iterator<Item = (usize, usize)> {
    rows.flat_map(move |y| columns.clone().map(move |x| (y, x)))
}

/// Batch, row, column and channel of the `i`-th element of a feature map.
pub(super) fn indices(i: usize, [rows, columns, channels]: [usize; 3]) -> [usize; 4] {
    [i / channels / columns / rows, i / channels / columns % rows, i / channels % columns, i % channels]
}

pub(super) fn elements<'a>(call: &Call<'a>, i: usize) -> Result<&'a [f32], KernelError> {
    call.view::<f32>(i)?.to_slice().ok_or_else(unfit)
}

pub(super) fn finish(call: &Call, sums: &[f64], act: Activation) -> KernelResult {
    let sums = sums.iter().map(|&sum| sum as f32).collect();
    Ok(vec![Tensor::of(activate(act, array(call.dims(0)?, sums)?)?)])
}

pub(super) fn unfit() -> KernelError {
    KernelError::invalid("the filter does not fit the input")
}
