//! The names that expressions in patterns see without importing them.
//!
//! Invariant: nothing here hides a name that an author would bind.

#![allow(non_upper_case_globals)]

pub use crate::circle::schema::{Activation, DType, MirrorPadMode, Padding, RoPEMode, WeightsFormat};
pub use crate::rewrite::evidence::{ShowArray as _, ShowDebug as _, ShowNothing as _};
pub use ndarray::{
    Array, Array0, Array1, Array2, Array3, Array4, ArrayD, ArrayView, ArrayView1, ArrayView2, ArrayViewD,
    Axis, Ix0, Ix1, Ix2, Ix3, Ix4, Ix5, Ix6, IxDyn, concatenate, s, stack,
};

pub const Relu: Activation = Activation::Relu;
pub const ReluN1To1: Activation = Activation::ReluN1To1;
pub const Relu6: Activation = Activation::Relu6;
pub const Tanh: Activation = Activation::Tanh;
