//! Fixed-point arithmetic: multiplying an integer by a real number, and the functions of Google's gemmlowp.
//!
//! Invariant: everything is as TFLite defines it (`kernels/internal/common.h`, gemmlowp's `fixedpoint.h`), with a
//! product rounded before its shift is ("double rounding"); sums wrap around and nothing panics on any number.

use crate::interp::KernelError;

/// A positive or negative real number as `mantissa * 2^(shift - 31)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Multiplier {
    pub mantissa: i32,
    pub shift: i32,
}

impl Multiplier {
    /// The nearest one; numbers below 2^-32 are zero.
    ///
    /// # Errors
    /// Numbers that are not finite, and those past 2^30, for which TFLite has no meaning.
    pub(crate) fn of(real: f64) -> Result<Multiplier, KernelError> {
        let (fraction, exponent) = libm::frexp(real);
        let mantissa = (fraction * f64::from(1u32 << 31)).round() as i64;
        let (mantissa, shift) = match mantissa.unsigned_abs() == 1 << 31 {
            true => (mantissa / 2, exponent + 1),
            false => (mantissa, exponent),
        };
        match shift {
            _ if !real.is_finite() => Err(KernelError::invalid("scales do not relate")),
            31.. => Err(KernelError::Unsupported(format!("scales whose ratio is {real:e}"))),
            ..-31 => Ok(Multiplier { mantissa: 0, shift: 0 }),
            _ => Ok(Multiplier { mantissa: mantissa as i32, shift }),
        }
    }

    /// The nearest one to a number from 0 to below 1.
    ///
    /// # Errors
    /// Other numbers, which TFLite aborts on.
    pub(crate) fn below_one(real: f64) -> Result<Multiplier, KernelError> {
        let multiplier = Multiplier::of(real)?;
        match (0.0..1.0).contains(&real) && multiplier.shift <= 0 {
            true => Ok(multiplier),
            false => Err(KernelError::Unsupported(format!("scales whose ratio is {real:e}"))),
        }
    }

    /// The product, rounded.
    pub(crate) fn times(self, x: i32) -> i32 {
        let left = x.wrapping_shl(self.shift.max(0) as u32);
        halve(high_product(left, self.mantissa), (-self.shift).max(0) as u32)
    }

    /// The product, rounded once, ties up.
    pub(crate) fn times_once(self, x: i64) -> i32 {
        let shift = (31 - self.shift).clamp(1, 126) as u32;
        ((i128::from(x) * i128::from(self.mantissa) + (1 << (shift - 1))) >> shift) as i32
    }

    /// The product of a wide number, with 16 bits of the mantissa.
    pub(crate) fn times_wide(self, x: i64) -> i32 {
        let mantissa = if self.mantissa < 0x7fff_0000 { (self.mantissa + (1 << 15)) >> 16 } else { 0x7fff };
        let shift = (15 - self.shift).clamp(1, 63) as u32;
        (x.wrapping_mul(mantissa.into()).wrapping_add(1 << (shift - 1)) >> shift) as i32
    }
}

/// `a * b / 2^31`, rounded and saturating.
pub(crate) fn high_product(a: i32, b: i32) -> i32 {
    if a == i32::MIN && b == i32::MIN {
        return i32::MAX;
    }
    let product = i64::from(a) * i64::from(b);
    let nudge = if product >= 0 { 1 << 30 } else { 1 - (1 << 30) };
    ((product + nudge) / (1 << 31)) as i32
}

/// `a * b / 2^15` of 16-bit numbers, rounded and saturating.
pub(crate) fn high_product_16(a: i16, b: i16) -> i16 {
    if a == i16::MIN && b == i16::MIN {
        return i16::MAX;
    }
    let product = i32::from(a) * i32::from(b);
    let nudge = if product >= 0 { 1 << 14 } else { 1 - (1 << 14) };
    ((product + nudge) / (1 << 15)) as i16
}

/// `x / 2^times`, rounded to the nearest, ties away from zero.
pub(crate) fn halve(x: i32, times: u32) -> i32 {
    let times = times.min(31);
    let mask = ((1i64 << times) - 1) as i32;
    let threshold = (mask >> 1) + i32::from(x < 0);
    (x >> times) + i32::from(x & mask > threshold)
}

/// `x * 2^times`, saturating.
pub(crate) fn double(x: i32, times: u32) -> i32 {
    let wide = i64::from(x) << times.min(31);
    let threshold = (1i64 << (31 - times.min(31))) - 1;
    match i64::from(x) {
        _ if times == 0 => x,
        x if x > threshold => i32::MAX,
        x if x < -threshold => i32::MIN,
        _ => wide as i32,
    }
}

/// The average, rounded away from zero.
fn half_sum(a: i32, b: i32) -> i32 {
    let sum = i64::from(a) + i64::from(b);
    ((sum + if sum >= 0 { 1 } else { -1 }) / 2) as i32
}

/// `e^x` for `x <= 0` with 5 integer bits (26 of a fraction); the result has none.
pub(crate) fn exp_negative(x: i32) -> i32 {
    const FRACTION: u32 = 26;
    /// `e^-(2^k)` for k from -2 to 4.
    const POWERS: [(i32, i32); 7] = [
        (-2, 1_672_461_947),
        (-1, 1_302_514_674),
        (0, 790_015_084),
        (1, 290_630_308),
        (2, 39_332_535),
        (3, 720_401),
        (4, 242),
    ];
    let quarter = 1 << (FRACTION - 2);
    let low = (x & (quarter - 1)).wrapping_sub(quarter);
    let remainder = low.wrapping_sub(x);
    let mut result = exp_small(double(low, 5));
    for (exponent, power) in POWERS {
        let bit = 1i32 << (FRACTION as i32 + exponent);
        if remainder & bit != 0 {
            result = high_product(result, power);
        }
    }
    if x == 0 { i32::MAX } else { result }
}

/// `e^x` for `x` from -1/4 to 0, without integer bits: a Taylor series around -1/8.
fn exp_small(x: i32) -> i32 {
    const CENTRE: i32 = 1_895_147_668;
    const THIRD: i32 = 715_827_883;
    let x = x.wrapping_add(1 << 28);
    let squared = high_product(x, x);
    let cubed = high_product(squared, x);
    let fourth = high_product(squared, squared);
    let higher = halve(high_product(halve(fourth, 2).wrapping_add(cubed), THIRD).wrapping_add(squared), 1);
    CENTRE.wrapping_add(high_product(CENTRE, x.wrapping_add(higher)))
}

/// `1 / (1 + x)` for `x` from 0 to 1, without integer bits: three steps of Newton's.
pub(crate) fn reciprocal_of_one_plus(x: i32) -> i32 {
    const SLOPE: i32 = -1_010_580_540;
    const START: i32 = 1_515_870_810;
    let half = half_sum(x, i32::MAX);
    // With two integer bits from here on.
    let mut guess = START.wrapping_add(high_product(half, SLOPE));
    for _ in 0..3 {
        let error = (1i32 << 29).wrapping_sub(high_product(half, guess));
        guess = guess.wrapping_add(double(high_product(guess, error), 2));
    }
    double(guess, 1)
}

/// `1 / x` without integer bits, and how many bits `x` has above 1 where `integer_bits` of it are whole.
pub(crate) fn reciprocal(x: i32, integer_bits: i32) -> (i32, i32) {
    let headroom = x.leading_zeros();
    let fraction = (x as u32).wrapping_shl(headroom).wrapping_sub(1 << 31) as i32;
    (reciprocal_of_one_plus(fraction), integer_bits - headroom as i32)
}

/// The natural logarithm of `x >= 1` with 12 integer bits; the result has 5.
pub(crate) fn log(x: i32) -> i32 {
    const LOG_2: i32 = 1_488_522_236;
    const FOURTH_ROOT_OF_HALF: i32 = 1_805_811_301;
    const ROOT_OF_HALF: i32 = 1_518_500_250;
    const QUARTER: i32 = 1 << 23;
    const N: i32 = 117_049_297;
    const D: i32 = 127_690_142;
    const I: i32 = 1_057_819_769;
    const F: i32 = 638_450_708;
    let power = |bits: i32| double(bits, 25);

    let zeros = x.leading_zeros() as i32;
    let from_a = double(high_product(double(x, (zeros - 1).max(0) as u32), ROOT_OF_HALF), 1);
    let power_a = power(12 - zeros).saturating_add(QUARTER);
    let headroom = high_product(x, ROOT_OF_HALF).leading_zeros() as i32 - 1;
    let from_b = double(x, headroom.max(0) as u32);
    let power_b = power(12 - headroom).saturating_sub(QUARTER);
    let (r, power) = (from_a.min(from_b), power_a.max(power_b));

    let p = half_sum(r, FOURTH_ROOT_OF_HALF);
    let q = r.wrapping_sub(FOURTH_ROOT_OF_HALF).wrapping_mul(2);
    let squared = high_product(q, q);
    let above = high_product(q, r).wrapping_add(high_product(high_product(q, squared), N));
    let inner = I.wrapping_add(q).wrapping_add(high_product(D, squared));
    let below = high_product(p, inner).wrapping_add(high_product(F, q));
    let fraction = high_product(halve(above, 6), reciprocal_of_one_plus(below));
    double(high_product(power, LOG_2).wrapping_add(fraction), 1)
}

/// `1 / sqrt(x)` as a multiplier, for `x >= 0`; that of 0 is that of 1.
pub(crate) fn reciprocal_root(x: i32) -> Multiplier {
    if x <= 1 {
        return Multiplier { mantissa: i32::MAX, shift: 0 };
    }
    let (mut x, mut right) = (x, 11);
    while x >= 1 << 29 {
        x /= 4;
        right += 1;
    }
    let pairs = (x.leading_zeros() as i32 - 1) / 2 - 1;
    right -= pairs;
    x <<= 2 * pairs;
    // With three integer bits; a product of two has six, and one of three nine.
    let half = halve(x >> 1, 1);
    let mut root = 1i32 << 28;
    for _ in 0..5 {
        let cubed = double(high_product(high_product(root, root), root), 6);
        let next = high_product((1 << 28) + (1 << 27), root).wrapping_sub(high_product(half, cubed));
        root = double(next, 3);
    }
    let mantissa = high_product(root, 1_518_500_250);
    match right < 0 {
        true => Multiplier { mantissa: mantissa << -right, shift: 0 },
        false => Multiplier { mantissa, shift: -right },
    }
}
