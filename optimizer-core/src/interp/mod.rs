//! The reference interpreter: plain kernels, running whole graphs, and comparing two models.
//!
//! Invariant: a kernel computes the plain definition in f32, or refuses; it never computes on quantized numbers.

mod call;
mod compare;
pub(crate) mod elements;
pub(crate) mod products;
mod tensor;

pub use call::{Call, KernelError, KernelResult, LARGEST_RESULT, evaluate};
pub use compare::{Comparison, Inputs, compare, random_data};
pub use tensor::{Tensor, Word};
pub(crate) use tensor::{by_dtype, by_width};
