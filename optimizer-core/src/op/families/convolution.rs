//! Convolutions.
//!
//! Invariant: feature maps are batch, height, width, channels; products are summed in f64.

use super::dense::bias;
use super::window::{Window, Windowed};
use crate::circle::schema::*;
use crate::interp::elements::{activate, array};
use crate::interp::products::{dot_slices, in_parallel};
use crate::interp::{Call, KernelError, KernelResult, Tensor};
use crate::ir::Type;
use crate::op::shapes::count;
use crate::op::{Site, operators};

operators! {
    /// A convolution over height and width; filters are output, height, width, input. Fewer input channels in the
    /// filter than in the input make groups.
    Conv2D = CONV_2D(input, filter, bias) Conv2DOptionsT {
        shape: Some(conv_shape), kernel: Some(conv), macs: Some(conv_macs)
    }
    /// A convolution of each channel on its own; filters are 1, height, width, output.
    DepthwiseConv2D = DEPTHWISE_CONV_2D(input, filter, bias) DepthwiseConv2DOptionsT {
        shape: Some(depthwise_shape), kernel: Some(depthwise), macs: Some(depthwise_macs)
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

fn conv(call: &Call) -> KernelResult {
    let options = call.options::<Conv2DOptionsT>();
    let [_, height, width, channels] = four(&call.operand(0)?.dims)?;
    let [out, fh, fw, depth] = four(&call.operand(1)?.dims)?;
    let [_, rows, columns, _] = four(&call.dims(0)?)?;
    let [vertical, horizontal] = options.windows(fh, fw).ok_or_else(unfit)?;
    let per_group = out / groups(channels, depth, out).ok_or_else(unfit)?;
    let (input, filter, bias) = (elements(call, 0)?, elements(call, 1)?, bias(call, 2, out)?);
    let sum = |i: usize| {
        let [batch, y, x, channel] = indices(i, [rows, columns, out]);
        let mut sum = f64::from(bias[channel]);
        for (ky, kx) in taps(vertical.taps(height, y), horizontal.taps(width, x)) {
            let (iy, ix) = (vertical.element(height, y, ky), horizontal.element(width, x, kx));
            let from = ((batch * height + iy) * width + ix) * channels + channel / per_group * depth;
            let with = ((channel * fh + ky) * fw + kx) * depth;
            sum += dot_slices(&input[from..from + depth], &filter[with..with + depth]);
        }
        sum as f32
    };
    finish(call, sum, fh * fw * depth, options.act)
}

fn depthwise(call: &Call) -> KernelResult {
    let options = call.options::<DepthwiseConv2DOptionsT>();
    let [_, height, width, channels] = four(&call.operand(0)?.dims)?;
    let [_, fh, fw, out] = four(&call.operand(1)?.dims)?;
    let [_, rows, columns, _] = four(&call.dims(0)?)?;
    let [vertical, horizontal] = options.windows(fh, fw).ok_or_else(unfit)?;
    let multiplier = out.checked_div(channels).filter(|&m| m > 0).ok_or_else(unfit)?;
    let (input, filter, bias) = (elements(call, 0)?, elements(call, 1)?, bias(call, 2, out)?);
    let sum = |i: usize| {
        let [batch, y, x, channel] = indices(i, [rows, columns, out]);
        let mut sum = f64::from(bias[channel]);
        for (ky, kx) in taps(vertical.taps(height, y), horizontal.taps(width, x)) {
            let (iy, ix) = (vertical.element(height, y, ky), horizontal.element(width, x, kx));
            let element = input[((batch * height + iy) * width + ix) * channels + channel / multiplier];
            sum += f64::from(element) * f64::from(filter[(ky * fw + kx) * out + channel]);
        }
        sum as f32
    };
    finish(call, sum, fh * fw, options.act)
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

pub(super) fn finish(
    call: &Call,
    sum: impl Fn(usize) -> f32 + Sync,
    work: usize,
    act: Activation,
) -> KernelResult {
    let dims = call.dims(0)?;
    let sums = in_parallel(dims.iter().product(), work, sum);
    Ok(vec![Tensor::of(activate(act, array(dims, sums)?)?)])
}

pub(super) fn unfit() -> KernelError {
    KernelError::invalid("the filter does not fit the input")
}
