//! Numbers that exporters write with as many digits as they please.
//!
//! Invariant: a number is taken for another only within what their product with a result could show.

use crate::rewrite::{Builder, ConstantEq, IntoOperand, Val, Wire};
use ndarray::{ArrayView, Dimension};

/// A number of one element that is written with at least six digits.
#[derive(Clone, Copy, Debug)]
pub struct Near(pub f32);

/// `sqrt(1 / 2)`.
pub const ROOT_HALF: Near = Near(std::f32::consts::FRAC_1_SQRT_2);
/// `sqrt(2)`.
pub const ROOT_TWO: Near = Near(std::f32::consts::SQRT_2);
/// The factor of the cube in the approximation of GELU by tanh.
pub const GELU_CUBIC: Near = Near(0.044715);
/// `sqrt(2 / pi)`, the slope of the approximation of GELU by tanh.
pub const GELU_SLOPE: Near = Near(0.797_884_6);

impl Near {
    const TOLERANCE: f32 = 1e-6;

    fn is(self, x: f32) -> bool {
        (x - self.0).abs() <= Near::TOLERANCE * self.0.abs()
    }
}

impl ConstantEq for Near {
    fn is_equal(&self, v: Val<'_>) -> bool {
        let array = v.array::<f32, ndarray::IxDyn>();
        array.is_some_and(|a| a.len() == 1 && a.iter().all(|&x| self.is(x)))
    }
}

impl<'g> IntoOperand<'g> for Near {
    fn into_wire(self, b: &mut Builder<'g>) -> Wire {
        self.0.into_wire(b)
    }
}

/// Whether `a` is `factor` times `b`, element by element, to six digits of the largest one.
pub fn is_multiple<D: Dimension>(a: &ArrayView<f32, D>, b: &ArrayView<f32, D>, factor: Near) -> bool {
    let largest = b.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    let near = |(a, b): (&f32, &f32)| (a - b * factor.0).abs() <= Near::TOLERANCE * largest;
    a.shape() == b.shape() && largest.is_finite() && a.iter().zip(b).all(near)
}
