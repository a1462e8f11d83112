//! What operators compute on quantized numbers, by family.
//!
//! Invariant: results are those of TFLite's reference kernels, bit for bit; what these abort on or give no meaning to is
//! refused. Sources are `kernels/internal/reference` and the `Prepare` functions of `kernels/*.cc`.

pub(crate) mod activation;
pub(crate) mod arithmetic;
pub(crate) mod comparison;
pub(crate) mod conversion;
pub(crate) mod convolution;
pub(crate) mod dense;
pub(super) mod hybrid;
pub(crate) mod join;
pub(crate) mod normalization;
pub(crate) mod pad;
pub(crate) mod pooling;
mod products;
pub(crate) mod reduction;
pub(crate) mod resize;
pub(crate) mod softmax;
pub(crate) mod squash;
pub(crate) mod table;
pub(crate) mod unary;
