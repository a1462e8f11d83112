//! The reference interpreter.

mod compare;
mod tensor;

pub use compare::{Comparison, Inputs, compare, random_data};
pub use tensor::{Call, KernelError, Tensor};
