//! Pooling of feature maps.
//!
//! Invariant: feature maps are batch, height, width, channels; padding does not count.

use super::convolution::{elements, four, indices, taps, unfit};
use super::quantized;
use super::window::{Window, Windowed, visited};
use crate::circle::schema::*;
use crate::interp::elements::{Number, activate, array};
use crate::interp::products::in_parallel;
use crate::interp::{Call, KernelError, KernelResult, Tensor};
use crate::ir::Type;
use crate::op::{Quantized, Site, operators};

operators! {
    /// The mean of each window.
    AveragePool2D = AVERAGE_POOL_2D(input) Pool2DOptionsT {
        shape: Some(pool_shape), kernel: Some(average), steps: Some(window_steps),
        quantized: Quantized::By(quantized::pooling::average)
    }
    /// The largest element of each window.
    MaxPool2D = MAX_POOL_2D(input) Pool2DOptionsT {
        shape: Some(pool_shape), kernel: Some(largest), steps: Some(window_steps),
        quantized: Quantized::By(quantized::pooling::largest)
    }
    /// The root mean square of each window.
    L2Pool2D = L2_POOL_2D(input) Pool2DOptionsT {
        shape: Some(pool_shape), kernel: Some(root_mean_square), steps: Some(window_steps)
    }
}

impl Windowed for Pool2DOptionsT {
    fn windows(&self, height: usize, width: usize) -> Option<[Window; 2]> {
        let vertical = Window::new(height, self.stride_h, 1, self.padding)?;
        Some([vertical, Window::new(width, self.stride_w, 1, self.padding)?])
    }
}

impl Pool2DOptionsT {
    /// The windows of the filter's own extents.
    pub(crate) fn pooling_windows(&self) -> Option<[Window; 2]> {
        self.windows(self.filter_height.try_into().ok()?, self.filter_width.try_into().ok()?)
    }
}

pub(super) fn pool_shape(site: &Site) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let &[batch, h, w, channels] = input.shape.dims() else { return None };
    let [vertical, horizontal] = site.options::<Pool2DOptionsT>().pooling_windows()?;
    let dims = [batch, vertical.positions_of(site, h)?, horizontal.positions_of(site, w)?, channels];
    Some(vec![Type::new(input.dtype, dims.into_iter().collect())])
}

fn window_steps(site: &Site) -> u64 {
    let options = site.options::<Pool2DOptionsT>();
    let window = [options.filter_height, options.filter_width].map(i64::from);
    visited(site.count_first(pool_shape(site)), window)
}

fn average(call: &Call) -> KernelResult {
    pool(call, |elements| {
        let (sum, count) = elements.fold((0.0, 0u32), |(sum, n), x| (sum + f64::from(x), n + 1));
        (sum / f64::from(count)) as f32
    })
}

fn largest(call: &Call) -> KernelResult {
    pool(call, |elements| elements.fold(f32::MIN, |best, x| x.larger(best)))
}

fn root_mean_square(call: &Call) -> KernelResult {
    pool(call, |elements| {
        let square = |x| f64::from(x) * f64::from(x);
        let (sum, count) = elements.fold((0.0, 0u32), |(sum, n), x| (sum + square(x), n + 1));
        (sum / f64::from(count)).sqrt() as f32
    })
}

fn pool(call: &Call, f: impl Fn(&mut dyn Iterator<Item = f32>) -> f32 + Sync) -> KernelResult {
    let results = array(call.dims(0)?, windowed(call, elements(call, 0)?, f)?)?;
    Ok(vec![Tensor::of(activate(call.options::<Pool2DOptionsT>().act, results)?)])
}

/// `f` of the elements under each position of the window.
pub(super) fn windowed<T: Copy + Sync, R: Send>(
    call: &Call,
    input: &[T],
    f: impl Fn(&mut dyn Iterator<Item = T>) -> R + Sync,
) -> Result<Vec<R>, KernelError> {
    let [vertical, horizontal] = call.options::<Pool2DOptionsT>().pooling_windows().ok_or_else(unfit)?;
    let [_, height, width, channels] = four(&call.operand(0)?.dims)?;
    let dims = four(&call.dims(0)?)?;
    let [_, rows, columns, _] = dims;
    let result = |i: usize| {
        let [batch, y, x, channel] = indices(i, [rows, columns, channels]);
        let taps = taps(vertical.taps(height, y), horizontal.taps(width, x));
        f(&mut taps.map(|(ky, kx)| {
            let (iy, ix) = (vertical.element(height, y, ky), horizontal.element(width, x, kx));
            input[((batch * height + iy) * width + ix) * channels + channel]
        }))
    };
    Ok(in_parallel(dims.iter().product(), vertical.size.saturating_mul(horizontal.size), result))
}
