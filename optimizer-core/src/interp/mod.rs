//! The reference interpreter: plain kernels, running whole graphs, and comparing two models.
//!
//! Invariant: a kernel computes the plain definition in f32, or refuses; it never computes on quantized numbers.
//! Where the runtimes differ from the plain definition, kernels do not follow them: LiteRT turns infinite results of
//! operators with a fused activation into the largest finite numbers, and ignores the fused activation `Tanh`.

mod call;
mod compare;
pub(crate) mod elements;
mod fold;
mod inputs;
mod machine;
pub(crate) mod products;
mod run;
mod sparse;
mod tensor;

pub use call::{Call, KernelError, KernelResult, LARGEST_RESULT, evaluate};
pub(crate) use compare::place;
pub use compare::{Comparison, compare, compare_on, difference};
pub use fold::{fold, is_foldable};
pub use inputs::{Inputs, Kind, random_data};
pub use machine::{Limits, Machine, Routine, Scope};
pub use run::{RunError, run};
pub use tensor::{Tensor, Word};
pub(crate) use tensor::{by_dtype, by_width};
