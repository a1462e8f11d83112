//! The reference interpreter: plain kernels, running whole graphs, and comparing two models.
//!
//! Invariant: a kernel computes the plain definition in f32, or refuses. Numbers that stand for others, by a scale and
//! a zero point, reach a kernel only as its operator's description says ([`Quantized`](crate::op::Quantized)); on those
//! results are TFLite's reference results bit for bit, fixed-point rounding and lookup tables included.
//! Where the runtimes differ from the plain definition, kernels do not follow them: LiteRT turns infinite results of
//! operators with a fused activation into the largest finite numbers, and ignores the fused activation `Tanh`.

mod call;
mod compare;
pub(crate) mod elements;
pub(crate) mod fixed;
mod fold;
mod inputs;
mod machine;
pub(crate) mod products;
pub(crate) mod quantization;
mod run;
pub(crate) mod stored;
mod tensor;

pub use call::{Call, ELEMENT, KernelError, KernelResult, LARGEST_RESULT, evaluate};
pub(crate) use compare::place;
pub use compare::{Comparison, compare, compare_on, compare_within, difference};
pub use fold::{fold, is_foldable};
pub use inputs::{Inputs, Kind, random_data};
pub use machine::{Limits, Machine, Routine, Scope};
pub use quantization::{Affine, Meaning, Meanings, Quantization};
pub use run::{RunError, run};
pub use tensor::{Tensor, Word};
pub(crate) use tensor::{by_dtype, by_width};
