//! Functions of quantized numbers that are looked up in tables made with floats.
//!
//! Invariant: a table has an entry for each number of 8 bits, and 513 entries for those of 16, between which lines are
//! drawn.

use crate::circle::schema::*;
use crate::interp::stored::Target;
use crate::interp::{Affine, Call, KernelResult};
use crate::op::families::activation as plain;
use std::f32::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

pub(crate) fn elu(call: &Call) -> KernelResult {
    look_up(call, &[DType::I8], plain::elu)
}

pub(crate) fn gelu(call: &Call) -> KernelResult {
    let dtypes = [DType::I8, DType::U8, DType::I16];
    // In f32 as LiteRT does it, since a table shows the last bit.
    match call.options::<GeluOptionsT>().approximate {
        true => look_up(call, &dtypes, |x| {
            let inner = FRAC_2_SQRT_PI * FRAC_1_SQRT_2 * (x + 0.044715 * x * x * x);
            0.5 * x * (1.0 + inner.tanh())
        }),
        false => look_up(call, &dtypes, |x| 0.5 * x * libm::erfcf(x * -FRAC_1_SQRT_2)),
    }
}

pub(crate) fn exp(call: &Call) -> KernelResult {
    look_up(call, &[DType::I8, DType::I16], f32::exp)
}

/// Numbers without a logarithm give the least result.
pub(crate) fn log(call: &Call) -> KernelResult {
    let target = call.target(0)?;
    let least = (target.low - target.affine.zero_point) as f32 * target.affine.scale;
    look_up(call, &[DType::I8, DType::I16], |x| if x <= 0.0 { least } else { x.ln() })
}

/// `f` of the real numbers.
pub(super) fn look_up(call: &Call, dtypes: &[DType], f: impl Fn(f32) -> f32) -> KernelResult {
    let (x, target) = call.stored_to_target(dtypes)?;
    let dims = x.numbers.shape().to_vec();
    let numbers: Vec<_> = match x.dtype {
        DType::I16 => {
            let table = Table::of(range(x.affine), range(target.affine), f);
            x.numbers.iter().map(|&n| table.at(n as i16).into()).collect()
        }
        _ => x.numbers.iter().map(|&n| entry(n, x.affine, &target, &f)).collect(),
    };
    Ok(vec![target.tensor(dims, &numbers)?])
}

/// What a number of 8 bits becomes.
fn entry(n: i32, from: Affine, target: &Target, f: impl Fn(f32) -> f32) -> i32 {
    let real = from.scale * (n - from.zero_point) as f32;
    let number = (f(real) * (1.0 / target.affine.scale)).round() + target.affine.zero_point as f32;
    (number as i32).clamp(target.low, target.high)
}

/// The real numbers that the least and the largest of 16 bits stand for.
fn range(affine: Affine) -> [f32; 2] {
    [i16::MIN, i16::MAX].map(|n| affine.scale * (i32::from(n) - affine.zero_point) as f32)
}

/// A function of numbers of 16 bits.
pub(super) struct Table([i16; 513]);

/// Makes the table of `f` with floats of one width; each entry moves by half of the error in the middle of its line.
macro_rules! table_of {
    ($name:ident, $float:ty) => {
        pub(super) fn $name(from: [$float; 2], to: [$float; 2], f: impl Fn($float) -> $float) -> Table {
            let step = (from[1] - from[0]) / 512.0;
            let scale = 65536.0 / (to[1] - to[0]);
            let at = |i: usize| f(from[0] + i as $float * step);
            let stored = |x: $float| x.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
            let entry = |i: usize| {
                let middle = (f(from[0] + i as $float * step + step / 2.0) * scale).round();
                let line = ((at(i + 1) * scale + (at(i) * scale).round()) / 2.0).round();
                stored((at(i) * scale).round() - ((line - middle) / 2.0).round())
            };
            let last = (f(from[1]) * scale).round();
            Table(std::array::from_fn(|i| if i < 512 { entry(i) } else { stored(last) }))
        }
    };
}

impl Table {
    table_of!(of, f32);
    table_of!(of_doubles, f64);

    pub(super) fn at(&self, n: i16) -> i16 {
        let index = (256 + (n >> 7)) as usize;
        let [start, end] = [self.0[index], self.0[index + 1]];
        let slope = i32::from(end.wrapping_sub(start));
        start.wrapping_add(((slope * i32::from(n & 0x7f) + 64) >> 7) as i16)
    }
}
