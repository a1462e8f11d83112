//! Operators that relate each element to its neighbours.
//!
//! Invariant: results have the type of the input.

use crate::circle::schema::*;
use crate::op::operators;

operators! {
    /// `exp(beta * x)` along the last axis, divided by its sum.
    Softmax = SOFTMAX(input) SoftmaxOptionsT {}
    /// The logarithm of [`Softmax`].
    LogSoftmax = LOG_SOFTMAX(input) LogSoftmaxOptionsT {}
    /// Along the last axis divided by its Euclidean norm.
    L2Normalization = L2_NORMALIZATION(input) L2NormOptionsT {}
    /// Divided by a power of the squares of neighbouring channels.
    LocalResponseNormalization = LOCAL_RESPONSE_NORMALIZATION(input) LocalResponseNormalizationOptionsT {}
}
