//! The reference interpreter.

mod tensor;

pub use tensor::{Call, KernelError, Tensor};
