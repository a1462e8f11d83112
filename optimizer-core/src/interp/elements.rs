//! Element-wise computing: numbers, activations, and maps over one, two or three tensors.
//!
//! Invariant: integers wrap around as the runtimes' do; nothing here panics on any number.

use crate::circle::schema::Activation;
use crate::interp::{Call, KernelError, KernelResult, Tensor};
use crate::ir::{DType, Element};
use crate::op::OptionsTable;
use half::f16;
use ndarray::{ArrayD, ArrayViewD, IxDyn};
use std::borrow::Cow;

/// An element that arithmetic works on.
pub(crate) trait Number: Element + PartialOrd {
    const ZERO: Self;
    const ONE: Self;
    const INTEGER: bool;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    /// Integers round towards zero; their divisor is not zero.
    fn over(self, other: Self) -> Self;
    /// The remainder with the sign of `other`, which is not zero.
    fn floor_mod(self, other: Self) -> Self;
    fn from_small(n: i8) -> Self;
    fn tanh(self) -> Option<Self>;

    fn negated(self) -> Self {
        Self::ZERO.minus(self)
    }

    /// The first unless the second is larger.
    fn larger(self, other: Self) -> Self {
        if self > other { self } else { other }
    }

    fn smaller(self, other: Self) -> Self {
        if self < other { self } else { other }
    }

    /// What is not a number stays as it is.
    fn within(self, low: Self, high: Self) -> Self {
        match self {
            x if x < low => low,
            x if x > high => high,
            x => x,
        }
    }
}

macro_rules! float_numbers {
    ($($float:ty)*) => {$(
        impl Number for $float {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const INTEGER: bool = false;
            fn plus(self, other: Self) -> Self { self + other }
            fn minus(self, other: Self) -> Self { self - other }
            fn times(self, other: Self) -> Self { self * other }
            fn over(self, other: Self) -> Self { self / other }
            fn negated(self) -> Self { -self }
            fn floor_mod(self, other: Self) -> Self {
                let remainder = self % other;
                if remainder != 0.0 && (other < 0.0) != (remainder < 0.0) { remainder + other } else { remainder }
            }
            fn from_small(n: i8) -> Self { n.into() }
            fn tanh(self) -> Option<Self> { Some(self.tanh()) }
        }
    )*};
}

macro_rules! integer_numbers {
    ($($integer:ty)*) => {$(
        impl Number for $integer {
            const ZERO: Self = 0;
            const ONE: Self = 1;
            const INTEGER: bool = true;
            fn plus(self, other: Self) -> Self { self.wrapping_add(other) }
            fn minus(self, other: Self) -> Self { self.wrapping_sub(other) }
            fn times(self, other: Self) -> Self { self.wrapping_mul(other) }
            fn over(self, other: Self) -> Self { self.wrapping_div(other) }
            fn floor_mod(self, other: Self) -> Self {
                let remainder = self.wrapping_rem(other);
                let signs_differ = (other < Self::ZERO) != (remainder < Self::ZERO);
                if remainder != 0 && signs_differ { remainder.wrapping_add(other) } else { remainder }
            }
            fn from_small(n: i8) -> Self { n as $integer }
            fn tanh(self) -> Option<Self> { None }
        }
    )*};
}

/// Computed in f32 and rounded after each step.
impl Number for f16 {
    const ZERO: Self = f16::ZERO;
    const ONE: Self = f16::ONE;
    const INTEGER: bool = false;

    fn plus(self, other: Self) -> Self {
        f16::from_f32(self.to_f32() + other.to_f32())
    }

    fn minus(self, other: Self) -> Self {
        f16::from_f32(self.to_f32() - other.to_f32())
    }

    fn times(self, other: Self) -> Self {
        f16::from_f32(self.to_f32() * other.to_f32())
    }

    fn over(self, other: Self) -> Self {
        f16::from_f32(self.to_f32() / other.to_f32())
    }

    fn negated(self) -> Self {
        f16::from_bits(self.to_bits() ^ 0x8000)
    }

    fn floor_mod(self, other: Self) -> Self {
        f16::from_f32(self.to_f32().floor_mod(other.to_f32()))
    }

    fn from_small(n: i8) -> Self {
        f16::from_f32(n.into())
    }

    fn tanh(self) -> Option<Self> {
        Some(f16::from_f32(self.to_f32().tanh()))
    }
}

float_numbers! { f32 f64 }
integer_numbers! { i8 i16 i32 i64 u8 u16 u32 u64 }

/// `f` of each element.
pub(crate) fn map<A: Copy, R>(view: ArrayViewD<A>, f: impl Fn(A) -> R) -> Result<ArrayD<R>, KernelError> {
    let dims = view.shape().to_vec();
    array(dims.clone(), wide(view, &dims)?.iter().map(|&x| f(x)).collect())
}

/// `f` of each pair of elements, broadcast to `dims`.
pub(crate) fn zip<A: Copy, B: Copy, R>(
    a: ArrayViewD<A>,
    b: ArrayViewD<B>,
    dims: Vec<usize>,
    f: impl Fn(A, B) -> R,
) -> Result<ArrayD<R>, KernelError> {
    let (a, b) = (wide(a, &dims)?, wide(b, &dims)?);
    array(dims, a.iter().zip(b.iter()).map(|(&a, &b)| f(a, b)).collect())
}

/// The elements broadcast to `dims`, copied only where needed.
pub(crate) fn wide<'a, A: Copy>(
    view: ArrayViewD<'a, A>,
    dims: &[usize],
) -> Result<Cow<'a, [A]>, KernelError> {
    if view.shape() == dims
        && let Some(elements) = view.to_slice()
    {
        return Ok(Cow::Borrowed(elements));
    }
    let wide =
        view.broadcast(IxDyn(dims)).ok_or_else(|| KernelError::invalid("operands do not broadcast"))?;
    Ok(Cow::Owned(wide.iter().copied().collect()))
}

/// Elements under dims that they must fit.
pub(crate) fn array<T>(dims: Vec<usize>, elements: Vec<T>) -> Result<ArrayD<T>, KernelError> {
    ArrayD::from_shape_vec(dims, elements).map_err(|e| KernelError::invalid(e.to_string()))
}

/// The fused activation. `Tanh` is computed, as the schema has it; LiteRT ignores it.
pub(crate) fn activate<T: Number>(
    activation: Activation,
    array: ArrayD<T>,
) -> Result<ArrayD<T>, KernelError> {
    let clamp = |low: i8, high: i8| {
        let (low, high) = (T::from_small(low), T::from_small(high));
        move |x: T| x.within(low, high)
    };
    let relu = |x: T| if x < T::ZERO { T::ZERO } else { x };
    match activation {
        Activation::None => Ok(array),
        Activation::Relu => Ok(array.mapv_into(relu)),
        Activation::Relu6 => Ok(array.mapv_into(clamp(0, 6))),
        Activation::ReluN1To1 => Ok(array.mapv_into(clamp(-1, 1))),
        Activation::Tanh if T::ZERO.tanh().is_some() => Ok(array.mapv_into(|x| x.tanh().unwrap_or(x))),
        other => {
            Err(KernelError::Unsupported(format!("activation {}", other.variant_name().unwrap_or("unknown"))))
        }
    }
}

/// `f` of each element of the first operand, as a whole kernel.
pub(crate) fn map_kernel<A: Element, R: Element>(call: &Call, f: impl Fn(A) -> R) -> KernelResult {
    Ok(vec![Tensor::of(map(call.view(0)?, f)?)])
}

/// `f` of each float of the first operand; half floats are rounded once.
pub(crate) fn float_kernel(call: &Call, f: impl Fn(f32) -> f32) -> KernelResult {
    match call.operand(0)?.dtype {
        DType::F16 => map_kernel(call, |x: f16| f16::from_f32(f(x.into()))),
        _ => map_kernel(call, f),
    }
}

/// `f` of each pair of elements of the first two operands, as a whole kernel.
pub(crate) fn zip_kernel<A: Element, R: Element>(call: &Call, f: impl Fn(A, A) -> R) -> KernelResult {
    Ok(vec![Tensor::of(zip(call.view(0)?, call.view(1)?, call.dims(0)?, f)?)])
}

/// The same and then the fused activation.
pub(crate) fn fused_kernel<O: OptionsTable, T: Number>(call: &Call, f: impl Fn(T, T) -> T) -> KernelResult {
    let array = zip(call.view(0)?, call.view(1)?, call.dims(0)?, f)?;
    Ok(vec![Tensor::of(activate(call.options::<O>().activation(), array)?)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr1;

    #[test]
    fn activations_keep_what_is_not_a_number() {
        let x = arr1(&[-2.0f32, 0.5, 7.0, f32::NAN]).into_dyn();
        let relu6 = activate(Activation::Relu6, x.clone()).unwrap();
        assert_eq!(relu6.as_slice().unwrap()[..3], [0.0, 0.5, 6.0]);
        assert!(relu6[3].is_nan());
        let unit = activate(Activation::ReluN1To1, x.clone()).unwrap();
        assert_eq!(unit.as_slice().unwrap()[..3], [-1.0, 0.5, 1.0]);
        assert!(activate(Activation::SignBit, x).is_err());
    }

    #[test]
    fn integers_wrap_around() {
        assert_eq!(i32::MAX.plus(1), i32::MIN);
        assert_eq!(i32::MIN.over(-1), i32::MIN);
        assert!(activate(Activation::Tanh, arr1(&[1i32]).into_dyn()).is_err());
    }
}
