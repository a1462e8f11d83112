//! Element-wise functions of one operand.
//!
//! Invariant: results have the shape of the operand.

use super::quantized;
use crate::circle::schema::*;
use crate::interp::elements::{Number, float_kernel, map_kernel};
use crate::interp::{Call, KernelResult, Tensor, by_dtype};
use crate::ir::Data;
use crate::op::layout::elementwise;
use crate::op::shapes::same;
use half::f16;
use crate::op::{NoOptions, Quantized, Reads, operators};

operators! {
    all { layout: Some(elementwise) }
    /// `-x`.
    Neg = NEG(x) NegOptionsT {
        shape: Some(same), kernel: Some(neg),
        quantized: Quantized::By(quantized::unary::neg)
    }
    /// The absolute value.
    Abs = ABS(x) AbsOptionsT {
        shape: Some(same), kernel: Some(abs),
        quantized: Quantized::By(quantized::unary::abs)
    }
    /// -1, 0 or 1, or what is not a number.
    Sign = SIGN(x) SignOptionsT { shape: Some(same), kernel: Some(sign) }
    /// `x * x`.
    Square = SQUARE(x) SquareOptionsT { shape: Some(same), kernel: Some(|c| map_kernel(c, |x: f32| x * x)) }
    /// The square root.
    Sqrt = SQRT(x) NoOptions { shape: Some(same), kernel: Some(|c| map_kernel(c, f32::sqrt)) }
    /// `1 / sqrt(x)`.
    Rsqrt = RSQRT(x) NoOptions {
        shape: Some(same), kernel: Some(|c| map_kernel(c, |x: f32| 1.0 / x.sqrt())),
        quantized: Quantized::By(quantized::unary::rsqrt)
    }
    /// `e` to the power of `x`.
    Exp = EXP(x) ExpOptionsT {
        shape: Some(same), kernel: Some(|c| map_kernel(c, f32::exp)),
        quantized: Quantized::By(quantized::table::exp)
    }
    /// The natural logarithm.
    Log = LOG(x) NoOptions {
        shape: Some(same), kernel: Some(|c| map_kernel(c, f32::ln)),
        quantized: Quantized::By(quantized::table::log)
    }
    /// The sine.
    Sin = SIN(x) NoOptions { shape: Some(same), kernel: Some(|c| float_kernel(c, f32::sin)) }
    /// The cosine.
    Cos = COS(x) CosOptionsT { shape: Some(same), kernel: Some(|c| float_kernel(c, f32::cos)) }
    /// The next integer towards minus infinity.
    Floor = FLOOR(x) NoOptions { shape: Some(same), kernel: Some(|c| float_kernel(c, f32::floor)) }
    /// The next integer towards infinity.
    Ceil = CEIL(x) NoOptions { shape: Some(same), kernel: Some(|c| map_kernel(c, f32::ceil)) }
    /// The nearest integer, ties to the even one.
    Round = ROUND(x) NoOptions { shape: Some(same), kernel: Some(|c| float_kernel(c, f32::round_ties_even)) }
    /// Zeros of the operand's shape.
    ZerosLike = ZEROS_LIKE(x) ZerosLikeOptionsT {
        shape: Some(same), kernel: Some(zeros_like), reads: Reads::Shapes
    }
}

fn neg(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype, T: f32 | f16 | i8 | i16 | i32 | i64 => map_kernel::<T, T>(call, T::negated))
}

fn abs(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype, T: f32 | i16 | i32 => {
        map_kernel::<T, T>(call, |x| if x < T::ZERO { x.negated() } else { x.plus(T::ZERO) })
    })
}

fn sign(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype, T: f32 | f64 | i32 => map_kernel::<T, T>(call, |x| match x {
        x if x > T::ZERO => T::ONE,
        x if x < T::ZERO => T::ONE.negated(),
        x if x == T::ZERO => T::ZERO,
        not_a_number => not_a_number,
    }))
}

fn zeros_like(call: &Call) -> KernelResult {
    let x = call.operand(0)?;
    by_dtype!(x.dtype, T: f32 | i32 | i64 | i8 | u8 => {
        let zeros = Data::of(vec![T::ZERO; x.dims.iter().product()]);
        Ok(vec![Tensor::new(x.dtype, &x.dims, &zeros)?])
    })
}
