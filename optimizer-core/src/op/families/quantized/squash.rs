//! The hyperbolic tangent and the logistic function of quantized numbers.
//!
//! Invariant: numbers of 8 bits are looked up in a table made with floats, those of 16 bits in one of 256 entries of the
//! logistic function, between which lines are drawn.

use super::arithmetic::exponent;
use super::table::look_up;
use crate::interp::stored::map_stored;
use crate::interp::{Affine, Call, KernelError, KernelResult};
use crate::ir::DType;
use crate::op::families::activation as plain;

pub(crate) fn tanh(call: &Call) -> KernelResult {
    let refused = || KernelError::Unsupported("a tanh with a scale other than 2^-15".to_owned());
    match call.operand(0)?.dtype {
        DType::I16 => {
            let (x, target) = call.stored_to_target(&[DType::I16])?;
            (exponent(target.affine.scale) == Some(-15)).then_some(()).ok_or_else(refused)?;
            let input = Input::of(x.affine, 1);
            map_stored(&x, &target, |n| tanh_16(n, input))
        }
        _ => look_up(call, &[DType::I8, DType::U8], f32::tanh),
    }
}

pub(crate) fn logistic(call: &Call) -> KernelResult {
    let is_16 = call.operand(0)?.dtype == DType::I16;
    let only = if is_16 { 1.0 / 32768.0 } else { 1.0 / 256.0 };
    if call.target(0)?.affine.scale != only {
        return Err(KernelError::Unsupported(format!("a logistic function with a scale other than {only}")));
    }
    match is_16 {
        true => {
            let (x, target) = call.stored_to_target(&[DType::I16])?;
            let input = Input::of(x.affine, 0);
            map_stored(&x, &target, |n| logistic_16(n, input))
        }
        false => look_up(call, &[DType::I8, DType::U8], plain::logistic),
    }
}

/// What brings an input to the table's scale: a factor and a shift to the right, or a power of two.
#[derive(Clone, Copy)]
struct Input {
    factor: i32,
    bits: u32,
}

impl Input {
    /// A factor of 0 is a scale of 2^-12, to be shifted to the left by `bits`, at most `most`.
    fn of(affine: Affine, most: i32) -> Input {
        let left = exponent(affine.scale).map(|exponent| exponent + 12).filter(|n| (0..=most).contains(n));
        if let Some(bits) = left {
            return Input { factor: 0, bits: bits as u32 };
        }
        let (mut factor, mut bits) = (f64::from(affine.scale) * 4096.0 * 3.0, 0);
        while factor <= 32767.0 / 2.0 && bits <= 30 {
            factor *= 2.0;
            bits += 1;
        }
        Input { factor: factor as i32, bits }
    }

    /// Three times the input on the table's scale.
    fn scaled(self, n: i32) -> i32 {
        match self.factor {
            0 => n.wrapping_mul(3 << self.bits),
            factor => {
                let round = if self.bits > 0 { 1 << (self.bits - 1) } else { 0 };
                n.wrapping_mul(factor).wrapping_add(round) >> self.bits
            }
        }
    }
}

fn tanh_16(n: i32, input: Input) -> i32 {
    let x = input.scaled(n);
    let result = interpolated(x, 8).unwrap_or(0xffff << 8);
    let half = 1 << (14 + 9);
    let rounded = if x >= 0 { result - half + (1 << 7) } else { half - result + (1 << 7) - 1 };
    rounded >> 8
}

fn logistic_16(n: i32, input: Input) -> i32 {
    let x = input.scaled(n);
    let result = interpolated(x, 9).unwrap_or(0x7fff << 10);
    let rounded = if x >= 0 { result + (1 << 9) } else { (1 << 25) - result + (1 << 9) - 1 };
    rounded >> 10
}

/// The table's value at the magnitude of `x`, whose lower `bits` lie between two entries; `None` past its end.
fn interpolated(x: i32, bits: u32) -> Option<i32> {
    let magnitude = x.unsigned_abs();
    let index = (magnitude >> bits) as usize;
    let (start, end) = (*LOGISTIC.get(index)?, *LOGISTIC.get(index + 1)?);
    let between = magnitude & ((1 << bits) - 1);
    Some((i32::from(start) << bits) + between as i32 * i32::from(end - start))
}

/// The logistic function at multiples of 1/24, with 16 bits of a fraction, as TFLite has it.
#[rustfmt::skip]
const LOGISTIC: [u16; 256] = [
    32768, 33451, 34133, 34813, 35493, 36169, 36843, 37513, 38180, 38841, 39498, 40149, 40794, 41432, 42064, 42688,
    43304, 43912, 44511, 45102, 45683, 46255, 46817, 47369, 47911, 48443, 48964, 49475, 49975, 50464, 50942, 51409,
    51865, 52311, 52745, 53169, 53581, 53983, 54374, 54755, 55125, 55485, 55834, 56174, 56503, 56823, 57133, 57433,
    57724, 58007, 58280, 58544, 58800, 59048, 59288, 59519, 59743, 59959, 60168, 60370, 60565, 60753, 60935, 61110,
    61279, 61441, 61599, 61750, 61896, 62036, 62172, 62302, 62428, 62549, 62666, 62778, 62886, 62990, 63090, 63186,
    63279, 63368, 63454, 63536, 63615, 63691, 63765, 63835, 63903, 63968, 64030, 64090, 64148, 64204, 64257, 64308,
    64357, 64405, 64450, 64494, 64536, 64576, 64614, 64652, 64687, 64721, 64754, 64786, 64816, 64845, 64873, 64900,
    64926, 64950, 64974, 64997, 65019, 65039, 65060, 65079, 65097, 65115, 65132, 65149, 65164, 65179, 65194, 65208,
    65221, 65234, 65246, 65258, 65269, 65280, 65291, 65301, 65310, 65319, 65328, 65337, 65345, 65352, 65360, 65367,
    65374, 65381, 65387, 65393, 65399, 65404, 65410, 65415, 65420, 65425, 65429, 65433, 65438, 65442, 65445, 65449,
    65453, 65456, 65459, 65462, 65465, 65468, 65471, 65474, 65476, 65479, 65481, 65483, 65485, 65488, 65489, 65491,
    65493, 65495, 65497, 65498, 65500, 65501, 65503, 65504, 65505, 65507, 65508, 65509, 65510, 65511, 65512, 65513,
    65514, 65515, 65516, 65517, 65517, 65518, 65519, 65520, 65520, 65521, 65522, 65522, 65523, 65523, 65524, 65524,
    65525, 65525, 65526, 65526, 65526, 65527, 65527, 65528, 65528, 65528, 65529, 65529, 65529, 65529, 65530, 65530,
    65530, 65530, 65531, 65531, 65531, 65531, 65531, 65532, 65532, 65532, 65532, 65532, 65532, 65533, 65533, 65533,
    65533, 65533, 65533, 65533, 65533, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65535,
];
