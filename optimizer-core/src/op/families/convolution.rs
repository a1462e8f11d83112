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
use crate::ir::Type;
use crate::op::shapes::count;
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
    let (input, filter) = (site.operand(0)?, site.operand(1)?);
    let (&[batch, h, w, channels], &[out, fh, fw, depth]) = (input.shape.dims(), filter.shape.dims()) else {
        return None;
    };
    if let (Some(channels), Some(depth), Some(out)) = (channels.known(), depth.known(), out.known()) {
        groups(channels, depth, out)?;
    }
    let [vertical, horizontal] = site.options::<Conv2DOptionsT>().windows(fh.known()?, fw.known()?)?;
    let dims = [batch, vertical.positions_of(site, h)?, horizontal.positions_of(site, w)?, out];
    Some(vec![Type::new(input.dtype, dims.into_iter().collect())])
}

/// How many groups of channels there are.
fn groups(channels: usize, depth: usize, out: usize) -> Option<usize> {
    let groups = channels.checked_div(depth).filter(|&g| g > 0)?;
    (channels.is_multiple_of(depth) && out.is_multiple_of(groups)).then_some(groups)
}

fn depthwise_shape(site: &Site) -> Option<Vec<Type>> {
    let (input, filter) = (site.operand(0)?, site.operand(1)?);
    let (&[batch, h, w, channels], &[one, fh, fw, out]) = (input.shape.dims(), filter.shape.dims()) else {
        return None;
    };
    let fits = match (channels.known(), out.known()) {
        (Some(channels), Some(out)) => channels > 0 && out % channels == 0,
        _ => true,
    };
    let [vertical, horizontal] =
        site.options::<DepthwiseConv2DOptionsT>().windows(fh.known()?, fw.known()?)?;
    let dims = [batch, vertical.positions_of(site, h)?, horizontal.positions_of(site, w)?, out];
    (fits && one == 1).then(|| vec![Type::new(input.dtype, dims.into_iter().collect())])
}

fn conv_macs(site: &Site) -> u64 {
    macs(site, conv_shape(site), &[1, 2, 3])
}

fn depthwise_macs(site: &Site) -> u64 {
    macs(site, depthwise_shape(site), &[1, 2])
}

/// The results times the extents of these axes of the filter.
fn macs(site: &Site, results: Option<Vec<Type>>, filter: &[isize]) -> u64 {
    let results = results.and_then(|types| Some(count(types.first()?.shape.as_ref()?))).unwrap_or(0);
    let taps = filter.iter().map(|&axis| site.shape(1).and_then(|f| f.dim(axis)?.known()).unwrap_or(1));
    taps.fold(results, |n, extent| n.saturating_mul(extent as u64))
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

fn conv(call: &Call) -> KernelResult {
    let factors = Factors::plain(call, [0, 1, 2], call.operand(1)?.dims[0])?;
    let sums = conv_sums(call, &factors, |_, sum| sum as f32)?;
    finish(call, sums, call.options::<Conv2DOptionsT>().act)
}

/// `f` of the channel and the sum of each element of the result.
pub(super) fn conv_sums<R: Send>(
    call: &Call,
    factors: &Factors,
    f: impl Fn(usize, f64) -> R + Sync,
) -> Result<Vec<R>, KernelError> {
    let Factors { input, filter, bias } = factors;
    let [_, height, width, channels] = four(&call.operand(0)?.dims)?;
    let [out, fh, fw, depth] = four(&call.operand(1)?.dims)?;
    let dims = four(&call.dims(0)?)?;
    let [_, rows, columns, _] = dims;
    let [vertical, horizontal] = call.options::<Conv2DOptionsT>().windows(fh, fw).ok_or_else(unfit)?;
    let per_group = out / groups(channels, depth, out).ok_or_else(unfit)?;
    let sum = |i: usize| {
        let [batch, y, x, channel] = indices(i, [rows, columns, out]);
        let mut sum = bias[channel];
        for (ky, kx) in taps(vertical.taps(height, y), horizontal.taps(width, x)) {
            let (iy, ix) = (vertical.element(height, y, ky), horizontal.element(width, x, kx));
            let from = ((batch * height + iy) * width + ix) * channels + channel / per_group * depth;
            let with = ((channel * fh + ky) * fw + kx) * depth;
            sum += dot_slices(&input[from..from + depth], &filter[with..with + depth]);
        }
        f(channel, sum)
    };
    Ok(in_parallel(dims.iter().product(), fh * fw * depth, sum))
}

fn depthwise(call: &Call) -> KernelResult {
    let [_, _, _, out] = four(&call.operand(1)?.dims)?;
    let sums = depthwise_sums(call, &Factors::plain(call, [0, 1, 2], out)?, |_, sum| sum as f32)?;
    finish(call, sums, call.options::<DepthwiseConv2DOptionsT>().act)
}

/// See [`conv_sums`].
pub(super) fn depthwise_sums<R: Send>(
    call: &Call,
    factors: &Factors,
    f: impl Fn(usize, f64) -> R + Sync,
) -> Result<Vec<R>, KernelError> {
    let Factors { input, filter, bias } = factors;
    let [_, height, width, channels] = four(&call.operand(0)?.dims)?;
    let [_, fh, fw, out] = four(&call.operand(1)?.dims)?;
    let dims = four(&call.dims(0)?)?;
    let [_, rows, columns, _] = dims;
    let windows = call.options::<DepthwiseConv2DOptionsT>().windows(fh, fw);
    let [vertical, horizontal] = windows.ok_or_else(unfit)?;
    let multiplier = out.checked_div(channels).filter(|&m| m > 0).ok_or_else(unfit)?;
    let sum = |i: usize| {
        let [batch, y, x, channel] = indices(i, [rows, columns, out]);
        let mut sum = bias[channel];
        for (ky, kx) in taps(vertical.taps(height, y), horizontal.taps(width, x)) {
            let (iy, ix) = (vertical.element(height, y, ky), horizontal.element(width, x, kx));
            let element = input[((batch * height + iy) * width + ix) * channels + channel / multiplier];
            sum += f64::from(element) * f64::from(filter[(ky * fw + kx) * out + channel]);
        }
        f(channel, sum)
    };
    Ok(in_parallel(dims.iter().product(), fh * fw, sum))
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

pub(super) fn finish(call: &Call, sums: Vec<f32>, act: Activation) -> KernelResult {
    Ok(vec![Tensor::of(activate(act, array(call.dims(0)?, sums)?)?)])
}

pub(super) fn unfit() -> KernelError {
    KernelError::invalid("the filter does not fit the input")
}
