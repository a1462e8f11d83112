//! The convolution that spreads each input element over a window of the result.
//!
//! Invariant: the result's extents are what the first operand holds; windows that leave it are cut off.

use super::convolution::{Factors, finish, four, indices, taps, unfit};
use super::quantized;
use super::window::{Window, Windowed};
use crate::circle::schema::*;
use crate::interp::products::{dot_slices, in_parallel};
use crate::interp::{Call, KernelError, KernelResult};
use crate::ir::{Dim, Type};
use crate::op::shapes::unknown_dims;
use crate::op::{Quantized, Site, operators};

operators! {
    /// The gradient of [`Conv2D`](super::Conv2D) towards its input; filters are output, height, width, input.
    TransposeConv = TRANSPOSE_CONV(output_shape, filter, input, bias) TransposeConvOptionsT {
        shape: Some(transpose_conv_shape), kernel: Some(transpose_conv), macs: Some(transpose_conv_macs),
        quantized: Quantized::By(quantized::convolution::transpose_conv)
    }
}

impl Windowed for TransposeConvOptionsT {
    fn windows(&self, height: usize, width: usize) -> Option<[Window; 2]> {
        let vertical = Window::new(height, self.stride_h, 1, self.padding)?;
        Some([vertical, Window::new(width, self.stride_w, 1, self.padding)?])
    }
}

fn transpose_conv_shape(site: &Site) -> Option<Vec<Type>> {
    let (filter, input) = (site.operand(1)?, site.operand(2)?);
    let (&[out, _, _, depth], &[.., channels]) = (filter.shape.dims(), input.shape.dims()) else {
        return None;
    };
    let shape = match site.ints(0) {
        Some(dims) => {
            dims.into_iter().map(|n| usize::try_from(n).ok().map(Dim::Known)).collect::<Option<_>>()?
        }
        None => unknown_dims(site, 4),
    };
    let clash = |a: Dim, b: Dim| matches!((a, b), (Dim::Known(a), Dim::Known(b)) if a != b);
    let fits = shape.rank() == 4
        && input.shape.rank() == 4
        && !clash(depth, channels)
        && !clash(out, shape.dim(3)?)
        && !clash(input.shape.dim(0)?, shape.dim(0)?);
    fits.then(|| vec![Type::new(input.dtype, shape)])
}

/// Every input element meets every tap of every filter.
fn transpose_conv_macs(site: &Site) -> u64 {
    let elements = site.shape(2).map_or(0, |shape| site.count(shape));
    [0, 1, 2].into_iter().fold(elements, |n, axis| n.saturating_mul(site.axis_extent(1, axis)))
}

fn transpose_conv(call: &Call) -> KernelResult {
    let [out, ..] = four(&call.operand(1)?.dims)?;
    let sums = transpose_conv_sums(call, &Factors::plain(call, [2, 1, 3], out)?)?;
    finish(call, &sums, call.options::<TransposeConvOptionsT>().act)
}

/// The sum of each element of the result.
pub(super) fn transpose_conv_sums(call: &Call, factors: &Factors) -> Result<Vec<f64>, KernelError> {
    let (Factors { input, filter, bias }, options) = (factors, call.options::<TransposeConvOptionsT>());
    let [out, fh, fw, depth] = four(&call.operand(1)?.dims)?;
    let [_, height, width, _] = four(&call.operand(2)?.dims)?;
    let dims = four(&call.dims(0)?)?;
    let [_, rows, columns, _] = dims;
    let [vertical, horizontal] = options.windows(fh, fw).ok_or_else(unfit)?;
    let sum = |i: usize| {
        let [batch, y, x, channel] = indices(i, [rows, columns, out]);
        let mut sum = bias[channel];
        for (ky, kx) in taps(0..fh, 0..fw) {
            let (iy, ix) = (source(vertical, rows, y, ky, height), source(horizontal, columns, x, kx, width));
            if let (Some(iy), Some(ix)) = (iy, ix) {
                let from = ((batch * height + iy) * width + ix) * depth;
                let with = ((channel * fh + ky) * fw + kx) * depth;
                sum += dot_slices(&input[from..from + depth], &filter[with..with + depth]);
            }
        }
        sum
    };
    Ok(in_parallel(dims.iter().product(), fh * fw * depth, sum))
}

/// The input element that reaches position `at` of the result through `tap`.
fn source(window: Window, extent: usize, at: usize, tap: usize, inputs: usize) -> Option<usize> {
    let spread = (at + window.before(extent)).checked_sub(tap)?;
    (spread % window.stride == 0).then_some(spread / window.stride).filter(|&i| i < inputs)
}
