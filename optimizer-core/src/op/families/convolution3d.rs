//! Convolutions over depth, height and width.
//!
//! Invariant: volumes are batch, depth, height, width, channels; products are summed in f64.

use super::convolution::{elements, unfit};
use super::dense::bias;
use super::fill::held_shape;
use super::window::Window;
use crate::circle::schema::*;
use crate::interp::elements::{activate, array};
use crate::interp::{Call, KernelError, KernelResult, Tensor};
use crate::ir::Type;
use crate::op::{Site, operators};

operators! {
    /// A convolution over depth, height and width; filters are depth, height, width, input, output.
    Conv3D = CONV_3D(input, filter, bias) Conv3DOptionsT {
        shape: Some(conv_shape), kernel: Some(conv), macs: Some(conv_macs)
    }
    /// The gradient of [`Conv3D`] towards its input; filters are depth, height, width, output, input.
    Conv3DTranspose = CONV_3D_TRANSPOSE(output_shape, filter, input, bias) Conv3DOptionsT {
        shape: Some(transpose_shape), kernel: Some(transpose), macs: Some(transpose_macs)
    }
}

/// The windows of depth, height and width.
fn windows(o: &Conv3DOptionsT, taps: [usize; 3]) -> Option<[Window; 3]> {
    let deep = Window::new(taps[0], o.stride_d, o.dilation_d_factor, o.padding)?;
    let high = Window::new(taps[1], o.stride_h, o.dilation_h_factor, o.padding)?;
    Some([deep, high, Window::new(taps[2], o.stride_w, o.dilation_w_factor, o.padding)?])
}

fn conv_shape(site: &Site) -> Option<Vec<Type>> {
    let (input, filter) = (site.operand(0)?, site.operand(1)?);
    let &[batch, d, h, w, channels] = input.shape.dims() else { return None };
    let &[fd, fh, fw, depth, out] = filter.shape.dims() else { return None };
    let [deep, high, wide] = windows(&site.options(), [fd.known()?, fh.known()?, fw.known()?])?;
    let places = [deep.positions_of(site, d)?, high.positions_of(site, h)?, wide.positions_of(site, w)?];
    let dims = [batch].into_iter().chain(places).chain([out]);
    (channels.agrees(depth)).then(|| vec![Type::new(input.dtype, dims.collect())])
}

fn transpose_shape(site: &Site) -> Option<Vec<Type>> {
    let (filter, input, shape) = (site.operand(1)?, site.operand(2)?, held_shape(site, 0)?);
    let &[batch, _, _, _, channels] = input.shape.dims() else { return None };
    let &[.., out, depth] = filter.shape.dims() else { return None };
    let &[batches, _, _, _, outs] = shape.dims() else { return None };
    let fits =
        filter.shape.rank() == 5 && channels.agrees(depth) && out.agrees(outs) && batch.agrees(batches);
    fits.then(|| vec![Type::new(input.dtype, shape)])
}

fn conv_macs(site: &Site) -> u64 {
    taps(site, [0, 1, 2, 3], site.count_first(conv_shape(site)))
}

fn transpose_macs(site: &Site) -> u64 {
    taps(site, [0, 1, 2, 3], site.shape(2).map_or(0, |shape| site.count(shape)))
}

/// `elements` times these extents of the filter.
fn taps(site: &Site, axes: [isize; 4], elements: u64) -> u64 {
    axes.into_iter().fold(elements, |n, axis| n.saturating_mul(site.axis_extent(1, axis)))
}

/// One output element and one input element that meet under one tap of the filter.
struct Meeting {
    wide: usize,
    narrow: usize,
    tap: usize,
}

/// All meetings of places of `wide`, over which windows move, and of `narrow`, the windows' positions.
fn meetings(windows: [Window; 3], wide: [usize; 3], narrow: [usize; 3]) -> Vec<Meeting> {
    let along = |axis: usize| {
        let (window, extent) = (windows[axis], wide[axis]);
        (0..narrow[axis]).flat_map(move |at| {
            window.taps(extent, at).map(move |tap| [at, window.element(extent, at, tap), tap])
        })
    };
    let sizes = windows.map(|w| w.size);
    let flat = |extents: [usize; 3], at: [usize; 3]| (at[0] * extents[1] + at[1]) * extents[2] + at[2];
    let mut all = Vec::new();
    for z in along(0) {
        for y in along(1) {
            all.extend(along(2).map(|x| Meeting {
                narrow: flat(narrow, [z[0], y[0], x[0]]),
                wide: flat(wide, [z[1], y[1], x[1]]),
                tap: flat(sizes, [z[2], y[2], x[2]]),
            }));
        }
    }
    all
}

fn conv(call: &Call) -> KernelResult {
    let [_, d, h, w, channels] = five(&call.operand(0)?.dims)?;
    let [fd, fh, fw, _, out] = five(&call.operand(1)?.dims)?;
    let [batches, rd, rh, rw, _] = five(&call.dims(0)?)?;
    let windows = windows(&call.options(), [fd, fh, fw]).ok_or_else(unfit)?;
    let (input, filter) = (elements(call, 0)?, elements(call, 1)?);
    let met = meetings(windows, [d, h, w], [rd, rh, rw]);
    let mut sums = Sums::new(call, 2, batches * rd * rh * rw, out)?;
    for batch in 0..batches {
        for Meeting { wide, narrow, tap } in &met {
            let (from, to) = (batch * d * h * w + wide, batch * rd * rh * rw + narrow);
            sums.add(to, &input[from * channels..][..channels], |o, c| {
                filter[(tap * channels + c) * out + o]
            });
        }
    }
    sums.finish(call)
}

fn transpose(call: &Call) -> KernelResult {
    let [_, d, h, w, channels] = five(&call.operand(2)?.dims)?;
    let [fd, fh, fw, out, _] = five(&call.operand(1)?.dims)?;
    let [batches, rd, rh, rw, _] = five(&call.dims(0)?)?;
    let windows = windows(&call.options(), [fd, fh, fw]).ok_or_else(unfit)?;
    let reached = windows.iter().zip([rd, rh, rw]).zip([d, h, w]);
    reached.into_iter().all(|((w, r), n)| w.positions(r) == Some(n)).then_some(()).ok_or_else(unfit)?;
    let (filter, input) = (elements(call, 1)?, elements(call, 2)?);
    let met = meetings(windows, [rd, rh, rw], [d, h, w]);
    let mut sums = Sums::new(call, 3, batches * rd * rh * rw, out)?;
    for batch in 0..batches {
        for Meeting { wide, narrow, tap } in &met {
            let (from, to) = (batch * d * h * w + narrow, batch * rd * rh * rw + wide);
            sums.add(to, &input[from * channels..][..channels], |o, c| {
                filter[(tap * out + o) * channels + c]
            });
        }
    }
    sums.finish(call)
}

/// Sums in the making, `channels` for each place.
struct Sums {
    sums: Vec<f64>,
    channels: usize,
}

impl Sums {
    /// Each begins with the bias of its channel.
    fn new(call: &Call, operand: usize, places: usize, channels: usize) -> Result<Sums, KernelError> {
        let bias = bias(call, operand, channels)?;
        let sums = bias.iter().copied().map(f64::from).cycle().take(places * channels);
        Ok(Sums { sums: sums.collect(), channels })
    }

    fn add(&mut self, place: usize, input: &[f32], filter: impl Fn(usize, usize) -> f32) {
        for (o, sum) in self.sums[place * self.channels..][..self.channels].iter_mut().enumerate() {
            let products = input.iter().enumerate().map(|(c, &x)| f64::from(x) * f64::from(filter(o, c)));
            *sum += products.sum::<f64>();
        }
    }

    fn finish(self, call: &Call) -> KernelResult {
        let sums = self.sums.into_iter().map(|sum| sum as f32).collect();
        let act = call.options::<Conv3DOptionsT>().act;
        Ok(vec![Tensor::of(activate(act, array(call.dims(0)?, sums)?)?)])
    }
}

fn five(dims: &[usize]) -> Result<[usize; 5], KernelError> {
    dims.try_into().map_err(|_| unfit())
}
