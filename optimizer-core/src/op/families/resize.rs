//! Resizing of feature maps.
//!
//! Invariant: feature maps are batch, height, width, channels; batch and channels stay.

use super::convolution::{elements, four, indices, unfit};
use super::quantized;
use crate::circle::schema::*;
use crate::interp::elements::array;
use crate::interp::products::in_parallel;
use crate::interp::{Call, KernelError, KernelResult, Tensor, Word, by_width};
use crate::ir::{Dim, Type};
use crate::op::{Quantized, Site, operators};

operators! {
    /// Another height and width by linear interpolation.
    ResizeBilinear = RESIZE_BILINEAR(input, size) ResizeBilinearOptionsT {
        shape: Some(resized_shape), kernel: Some(resize_bilinear),
        quantized: Quantized::By(quantized::resize::resize_bilinear)
    }
    /// Another height and width by the nearest element.
    ResizeNearestNeighbor = RESIZE_NEAREST_NEIGHBOR(input, size) ResizeNearestNeighborOptionsT {
        shape: Some(resized_shape), kernel: Some(resize_nearest), quantized: Quantized::AsStored
    }
}

/// How positions of one axis of the result lie on the input's.
#[derive(Clone, Copy)]
struct Scale {
    ratio: f32,
    extent: usize,
    align_corners: bool,
    half_pixel: bool,
}

fn resized_shape(site: &Site) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let &[batch, _, _, channels] = input.shape.dims() else { return None };
    let [h, w] = match site.ints(1) {
        Some(size) => match size[..] {
            [h, w] => [Dim::Known(usize::try_from(h).ok()?), Dim::Known(usize::try_from(w).ok()?)],
            _ => return None,
        },
        None => [site.unknown(), site.unknown()],
    };
    Some(vec![Type::new(input.dtype, [batch, h, w, channels].into_iter().collect())])
}

impl Scale {
    fn new(extent: usize, result: usize, align_corners: bool, half_pixel: bool) -> Scale {
        let ratio = match align_corners && result > 1 {
            true => (extent as f32 - 1.0) / (result as f32 - 1.0),
            false => extent as f32 / result as f32,
        };
        Scale { ratio, extent, align_corners, half_pixel }
    }

    /// The two neighbours of a position and the weight of the second.
    fn between(self, at: usize) -> (usize, usize, f32) {
        let at = match self.half_pixel {
            true => (at as f32 + 0.5) * self.ratio - 0.5,
            false => at as f32 * self.ratio,
        };
        let last = self.extent.saturating_sub(1);
        let low = at.floor().max(0.0) as usize;
        let high = at.ceil().max(0.0) as usize;
        (low.min(last), high.min(last), at - at.floor().max(0.0))
    }

    fn nearest(self, at: usize) -> usize {
        let offset = if self.half_pixel { 0.5 } else { 0.0 };
        let at = (at as f32 + offset) * self.ratio;
        let nearest = if self.align_corners { at.round() } else { at.floor() };
        (nearest as usize).min(self.extent.saturating_sub(1))
    }
}

fn resize_bilinear(call: &Call) -> KernelResult {
    let resized = interpolated(call, elements(call, 0)?, |x| x)?;
    Ok(vec![Tensor::of(array(call.dims(0)?, resized)?)])
}

/// `f` of each interpolated element.
pub(super) fn interpolated<R: Send>(
    call: &Call,
    input: &[f32],
    f: impl Fn(f32) -> R + Sync,
) -> Result<Vec<R>, KernelError> {
    let options = call.options::<ResizeBilinearOptionsT>();
    let [_, height, width, channels] = four(&call.operand(0)?.dims)?;
    let dims = four(&call.dims(0)?)?;
    let [_, rows, columns, _] = dims;
    has_enough(input, dims)?;
    let scale =
        |extent, result| Scale::new(extent, result, options.align_corners, options.half_pixel_centers);
    let (vertical, horizontal) = (scale(height, rows), scale(width, columns));
    let interpolated = |i: usize| {
        let [batch, y, x, channel] = indices(i, [rows, columns, channels]);
        let at = |y: usize, x: usize| input[((batch * height + y) * width + x) * channels + channel];
        let ((y0, y1, dy), (x0, x1, dx)) = (vertical.between(y), horizontal.between(x));
        f(at(y0, x0) * (1.0 - dy) * (1.0 - dx)
            + at(y1, x0) * dy * (1.0 - dx)
            + at(y0, x1) * (1.0 - dy) * dx
            + at(y1, x1) * dy * dx)
    };
    Ok(in_parallel(dims.iter().product(), 4, interpolated))
}

fn resize_nearest(call: &Call) -> KernelResult {
    by_width!(call.operand(0)?.dtype, W => pick_nearest::<W>(call))
}

fn pick_nearest<W: Word>(call: &Call) -> KernelResult {
    let options = call.options::<ResizeNearestNeighborOptionsT>();
    let [_, height, width, channels] = four(&call.operand(0)?.dims)?;
    let dims = four(&call.dims(0)?)?;
    let [batches, rows, columns, _] = dims;
    let input = call.words::<W>(0)?.to_slice().ok_or_else(unfit)?;
    has_enough(input, dims)?;
    let scale =
        |extent, result| Scale::new(extent, result, options.align_corners, options.half_pixel_centers);
    let (vertical, horizontal) = (scale(height, rows), scale(width, columns));
    let nearest = |i: usize| {
        let [batch, y, x, channel] = indices(i, [rows, columns, channels]);
        input[((batch * height + vertical.nearest(y)) * width + horizontal.nearest(x)) * channels + channel]
    };
    let picked = (0..batches * rows * columns * channels).map(nearest).collect();
    Ok(vec![Tensor::of_words(call.operand(0)?.dtype, array(call.dims(0)?, picked)?)])
}

/// Whether there is an element to take, or none to give.
fn has_enough<T>(elements: &[T], result: [usize; 4]) -> Result<(), KernelError> {
    let enough = !elements.is_empty() || result.contains(&0);
    if enough { Ok(()) } else { Err(KernelError::invalid("nothing to resize")) }
}
