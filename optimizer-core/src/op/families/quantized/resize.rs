//! Resizing of quantized feature maps.
//!
//! Invariant: input and result are quantized alike. Signed numbers have positions with 10 bits of a fraction, unsigned
//! ones float positions.

use crate::circle::schema::*;
use crate::interp::stored::{Stored, narrow};
use crate::interp::{Call, KernelError, KernelResult};
use crate::op::families::convolution::{four, indices};
use crate::op::families::resize::interpolated;

/// How positions of one axis of the result lie on the input's.
#[derive(Clone, Copy)]
struct Scale {
    ratio: i64,
    extent: i64,
    half_pixel: bool,
}

const ONE: i64 = 1 << 10;

impl Scale {
    fn new(extent: usize, result: usize, options: &ResizeBilinearOptionsT) -> Scale {
        let (extent, result) = (extent as i64, result as i64);
        let ratio = match options.align_corners && result > 1 {
            true => (ONE * (extent - 1) + (result - 1) / 2) / (result - 1),
            false => (ONE * extent + result / 2) / result.max(1),
        };
        Scale { ratio, extent, half_pixel: options.half_pixel_centers }
    }

    /// The two neighbours of a position and the weight of the second.
    fn between(self, at: usize) -> (usize, usize, i64) {
        let at = at as i64 * self.ratio + if self.half_pixel { self.ratio / 2 - ONE / 2 } else { 0 };
        let low = (at / ONE).max(0);
        let high = ((at + ONE - 1) / ONE).min(self.extent - 1);
        let last = self.extent - 1;
        (low.min(last) as usize, high.max(0) as usize, at - ONE * low)
    }
}

pub(crate) fn resize_bilinear(call: &Call) -> KernelResult {
    let x = call.stored(0, &[DType::I8, DType::U8, DType::I16])?;
    if !call.meanings.agree() || x.numbers.is_empty() {
        return Err(KernelError::Unsupported("resizing of nothing, or to another scale".to_owned()));
    }
    match x.dtype {
        DType::U8 => unsigned(call, &x),
        _ => signed(call, &x),
    }
}

fn unsigned(call: &Call, x: &Stored) -> KernelResult {
    let floats: Vec<f32> = x.numbers.iter().map(|&n| n as f32).collect();
    let results = interpolated(call, &floats, |x| (x + 0.5) as i32)?;
    Ok(vec![narrow(x.dtype, call.dims(0)?, &results)?])
}

fn signed(call: &Call, x: &Stored) -> KernelResult {
    let options = call.options::<ResizeBilinearOptionsT>();
    let [_, height, width, channels] = four(&call.operand(0)?.dims)?;
    let [_, rows, columns, _] = four(&call.dims(0)?)?;
    let (vertical, horizontal) = (Scale::new(height, rows, &options), Scale::new(width, columns, &options));
    let numbers: Vec<i32> = x.numbers.iter().copied().collect();
    let between = |i: usize| {
        let [batch, y, x, channel] = indices(i, [rows, columns, channels]);
        let at =
            |y: usize, x: usize| i64::from(numbers[((batch * height + y) * width + x) * channels + channel]);
        let ((y0, y1, dy), (x0, x1, dx)) = (vertical.between(y), horizontal.between(x));
        let sum = at(y0, x0) * (ONE - dy) * (ONE - dx)
            + at(y1, x0) * dy * (ONE - dx)
            + at(y0, x1) * (ONE - dy) * dx
            + at(y1, x1) * dy * dx;
        let half = if sum > 0 { 1 << 19 } else { -(1 << 19) };
        ((sum + half) / (1 << 20)) as i32
    };
    let dims = call.dims(0)?;
    let results: Vec<_> = (0..dims.iter().product()).map(between).collect();
    Ok(vec![narrow(x.dtype, dims, &results)?])
}
