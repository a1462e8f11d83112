//! Element-wise arithmetic of two operands with broadcasting.
//!
//! Invariant: results have the broadcast shape of both operands.

use super::quantized;
use crate::circle::schema::*;
use crate::interp::elements::{Number, fused_kernel, zip, zip_kernel};
use crate::interp::{Call, KernelError, KernelResult, Tensor, by_dtype};
use crate::ir::Type;
use crate::op::layout::elementwise;
use crate::op::pieces::BROADCAST;
use crate::op::shapes::broadcast;
use half::f16;
use ndarray::ArrayD;
use crate::op::{Options, OptionsTable, Quantized, Site, operators};

operators! {
    all { layout: Some(elementwise), pieces: Some(BROADCAST) }
    /// `a + b`.
    Add = ADD(a, b) AddOptionsT {
        commutative: true, shape: Some(broadcast), kernel: Some(add), canonical: Some(add_canonical),
        quantized: Quantized::By(quantized::arithmetic::add)
    }
    /// `a - b`.
    Sub = SUB(a, b) SubOptionsT {
        shape: Some(broadcast), kernel: Some(sub), canonical: Some(sub_canonical),
        quantized: Quantized::By(quantized::arithmetic::sub)
    }
    /// `a * b`.
    Mul = MUL(a, b) MulOptionsT {
        commutative: true, shape: Some(broadcast), kernel: Some(mul),
        quantized: Quantized::By(quantized::arithmetic::mul)
    }
    /// `a / b`; integers round towards zero.
    Div = DIV(a, b) DivOptionsT {
        shape: Some(broadcast), kernel: Some(div), quantized: Quantized::By(quantized::arithmetic::div)
    }
    /// `floor(a / b)`.
    FloorDiv = FLOOR_DIV(a, b) FloorDivOptionsT { shape: Some(broadcast), kernel: Some(floor_div) }
    /// The remainder of [`FloorDiv`], with the sign of `b`.
    FloorMod = FLOOR_MOD(a, b) FloorModOptionsT { shape: Some(broadcast), kernel: Some(floor_mod) }
    /// `base` to the power of `exponent`.
    Pow = POW(base, exponent) PowOptionsT { shape: Some(broadcast), kernel: Some(pow) }
    /// The larger of both; the second if one is not a number.
    Maximum = MAXIMUM(a, b) MaximumMinimumOptionsT {
        commutative: true, shape: Some(broadcast), kernel: Some(maximum), quantized: Quantized::AsStored
    }
    /// The smaller of both; the second if one is not a number.
    Minimum = MINIMUM(a, b) MaximumMinimumOptionsT {
        commutative: true, shape: Some(broadcast), kernel: Some(minimum), quantized: Quantized::AsStored
    }
    /// `(a - b) * (a - b)`.
    SquaredDifference = SQUARED_DIFFERENCE(a, b) SquaredDifferenceOptionsT {
        commutative: true, shape: Some(broadcast), kernel: Some(squared_difference),
        quantized: Quantized::By(quantized::arithmetic::squared_difference)
    }
    /// The angle of the point `(x, y)`.
    ATan2 = ATAN2(y, x) ATan2OptionsT { shape: Some(broadcast), kernel: Some(atan2) }
    /// The sum of any number of operands of one shape.
    AddN = ADD_N(..) AddNOptionsT { shape: Some(all_equal), kernel: Some(add_n) }
}

/// `pot_scale_int16` means something for i16 only; elsewhere it is spelled as by default.
fn add_canonical(site: &Site, options: &mut Options) {
    if site.operand(0).is_some_and(|a| a.dtype != DType::I16) {
        *options = AddOptionsT { pot_scale_int16: true, ..options.table() }.wrap();
    }
}

/// See [`add_canonical`].
fn sub_canonical(site: &Site, options: &mut Options) {
    if site.operand(0).is_some_and(|a| a.dtype != DType::I16) {
        *options = SubOptionsT { pot_scale_int16: true, ..options.table() }.wrap();
    }
}

pub(super) fn add(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype, T: f32 | f16 | i16 | i32 | i64 => fused_kernel::<AddOptionsT, T>(call, T::plus))
}

fn sub(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype, T: f32 | i32 | i64 => fused_kernel::<SubOptionsT, T>(call, T::minus))
}

fn mul(call: &Call) -> KernelResult {
    if call.operand(0)?.dtype == DType::Complex64 {
        return complex_product(call);
    }
    by_dtype!(call.operand(0)?.dtype, T: f32 | f16 | i16 | i32 | u32 | i64 => fused_kernel::<MulOptionsT, T>(call, T::times))
}

fn complex_product(call: &Call) -> KernelResult {
    let product = zip(call.words::<u64>(0)?, call.words::<u64>(1)?, call.dims(0)?, |a, b| {
        let [[a, b], [c, d]] = [a, b].map(bytemuck::cast::<u64, [f32; 2]>);
        bytemuck::cast::<_, u64>([a * c - b * d, a * d + b * c])
    })?;
    let plain = call.options::<MulOptionsT>().act == Activation::None;
    plain.then_some(()).ok_or_else(|| KernelError::dtype(DType::Complex64))?;
    Ok(vec![Tensor::of_words(DType::Complex64, product)])
}

fn div(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype, T: f32 | i32 => {
        if T::INTEGER {
            divisors_are_not_zero::<T>(call)?;
        }
        fused_kernel::<DivOptionsT, T>(call, T::over)
    })
}

/// Computed in f64, as LiteRT does.
fn floor_div(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype, T: f32 | i8 | i16 | i32 => {
        divisors_are_not_zero::<T>(call)?;
        zip_kernel::<T, T>(call, |a, b| (f64::from(a) / f64::from(b)).floor() as T)
    })
}

fn floor_mod(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype, T: f32 | i8 | i16 | i32 | i64 => {
        divisors_are_not_zero::<T>(call)?;
        zip_kernel::<T, T>(call, T::floor_mod)
    })
}

fn divisors_are_not_zero<T: Number>(call: &Call) -> Result<(), KernelError> {
    match call.view::<T>(1)?.iter().any(|&n| n == T::ZERO) {
        true => Err(KernelError::invalid("division by zero")),
        false => Ok(()),
    }
}

fn pow(call: &Call) -> KernelResult {
    match call.operand(0)?.dtype {
        DType::F32 => zip_kernel(call, f32::powf),
        DType::I32 if call.view::<i32>(1)?.iter().any(|&n| n < 0) => {
            Err(KernelError::invalid("integers have no negative powers"))
        }
        DType::I32 => zip_kernel(call, |a: i32, b: i32| f64::from(a).powi(b) as i32),
        other => Err(KernelError::dtype(other)),
    }
}

fn maximum(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype,
        T: f32 | f16 | i32 | i64 | i8 | u8 | i16 => zip_kernel::<T, T>(call, T::larger))
}

fn minimum(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype,
        T: f32 | f16 | i32 | i64 | i8 | u8 | i16 => zip_kernel::<T, T>(call, T::smaller))
}

fn squared_difference(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype, T: f32 | i32 => zip_kernel::<T, T>(call, |a, b| {
        let difference = a.minus(b);
        difference.times(difference)
    }))
}

fn atan2(call: &Call) -> KernelResult {
    match call.operand(0)?.dtype {
        DType::F16 => zip_kernel(call, |y: f16, x: f16| f16::from_f32(y.to_f32().atan2(x.into()))),
        dtype => by_dtype!(dtype, T: f32 | f64 => zip_kernel::<T, T>(call, T::atan2)),
    }
}

fn add_n(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype, T: f32 | i32 => {
        let first = call.view::<T>(0)?.to_owned();
        let sum = (1..call.operands.len()).try_fold(first, |sum, i| plus::<T>(sum, call, i))?;
        Ok(vec![Tensor::of(sum)])
    })
}

fn plus<T: Number>(mut sum: ArrayD<T>, call: &Call, i: usize) -> Result<ArrayD<T>, KernelError> {
    let operand = call.view::<T>(i)?;
    sum.zip_mut_with(&operand, |sum, &x| *sum = sum.plus(x));
    Ok(sum)
}

/// The type of the first operand, which all others must have.
fn all_equal(site: &Site) -> Option<Vec<Type>> {
    let first = site.operand(0)?.ty();
    site.operands().all(|o| o.ty() == first).then(|| vec![first])
}
