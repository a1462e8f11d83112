//! Activation functions.
//!
//! Invariant: results have the shape and dtype of the first operand.

use crate::circle::schema::*;
use crate::op::{NoOptions, operators};

operators! {
    /// `max(x, 0)`.
    Relu = RELU(x) NoOptions {}
    /// `x` clamped to 0 and 6.
    Relu6 = RELU6(x) NoOptions {}
    /// `x` clamped to -1 and 1.
    ReluN1To1 = RELU_N1_TO_1(x) NoOptions {}
    /// `x` clamped to 0 and 1.
    Relu0To1 = RELU_0_TO_1(x) NoOptions {}
    /// The hyperbolic tangent.
    Tanh = TANH(x) NoOptions {}
    /// `1 / (1 + exp(-x))`.
    Logistic = LOGISTIC(x) NoOptions {}
    /// `x`, or `alpha * x` where negative.
    LeakyRelu = LEAKY_RELU(x) LeakyReluOptionsT {}
    /// `x`, or `alpha * x` where negative, `alpha` being broadcast.
    PRelu = PRELU(x, alpha) NoOptions {}
    /// `x`, or `exp(x) - 1` where negative.
    Elu = ELU(x) NoOptions {}
    /// `x * relu6(x + 3) / 6`.
    HardSwish = HARD_SWISH(x) HardSwishOptionsT {}
    /// `x` times the normal distribution's probability below `x`; by tanh if `approximate`.
    Gelu = GELU(x) GeluOptionsT {}
}
