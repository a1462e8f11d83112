//! Activation functions.
//!
//! Invariant: results have the dtype of the first operand.

use super::quantized;
use crate::circle::schema::*;
use crate::interp::elements::{Number, float_kernel, map_kernel, zip_kernel};
use crate::interp::{Call, KernelResult};
use crate::ir::OpCode;
use crate::op::layout::elementwise;
use crate::op::shapes::{broadcast, same};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, SQRT_2};
use crate::op::{Description, NoOptions, Op, Quantized, operators};

operators! {
    all { layout: Some(elementwise) }
    /// `max(x, 0)`.
    Relu = RELU(x) NoOptions {
        shape: Some(same), kernel: Some(|c| map_kernel(c, relu)),
        quantized: Quantized::By(quantized::activation::relu)
    }
    /// `x` clamped to 0 and 6.
    Relu6 = RELU6(x) NoOptions {
        shape: Some(same), kernel: Some(|c| map_kernel(c, |x: f32| x.within(0.0, 6.0))),
        quantized: Quantized::By(quantized::activation::relu6)
    }
    /// `x` clamped to -1 and 1.
    ReluN1To1 = RELU_N1_TO_1(x) NoOptions {
        shape: Some(same), kernel: Some(|c| map_kernel(c, |x: f32| x.within(-1.0, 1.0))),
        quantized: Quantized::By(quantized::activation::relu_n1_to_1)
    }
    /// `x` clamped to 0 and 1.
    Relu0To1 = RELU_0_TO_1(x) NoOptions {
        shape: Some(same), kernel: Some(|c| map_kernel(c, |x: f32| x.within(0.0, 1.0))),
        quantized: Quantized::By(quantized::activation::relu_0_to_1)
    }
    /// The hyperbolic tangent.
    Tanh = TANH(x) NoOptions {
        shape: Some(same), kernel: Some(|c| float_kernel(c, f32::tanh)),
        quantized: Quantized::By(quantized::squash::tanh)
    }
    /// `1 / (1 + exp(-x))`.
    Logistic = LOGISTIC(x) NoOptions {
        shape: Some(same), kernel: Some(|c| float_kernel(c, logistic)),
        quantized: Quantized::By(quantized::squash::logistic)
    }
    /// `x`, or `alpha * x` where negative.
    LeakyRelu = LEAKY_RELU(x) LeakyReluOptionsT {
        shape: Some(same), kernel: Some(leaky_relu),
        quantized: Quantized::By(quantized::activation::leaky_relu)
    }
    /// `x`, or `alpha * x` where negative, `alpha` being broadcast.
    PRelu = PRELU(x, alpha) NoOptions {
        shape: Some(broadcast), kernel: Some(|c| zip_kernel(c, prelu)),
        quantized: Quantized::By(quantized::activation::prelu)
    }
    /// `x`, or `exp(x) - 1` where negative.
    Elu = ELU(x) NoOptions {
        shape: Some(same), kernel: Some(|c| map_kernel(c, elu)),
        quantized: Quantized::By(quantized::table::elu)
    }
    /// `x * relu6(x + 3) / 6`.
    HardSwish = HARD_SWISH(x) HardSwishOptionsT {
        shape: Some(same), kernel: Some(|c| map_kernel(c, hard_swish)),
        quantized: Quantized::By(quantized::activation::hard_swish)
    }
    /// `x` times the normal distribution's probability below `x`; by tanh if `approximate`.
    Gelu = GELU(x) GeluOptionsT {
        shape: Some(same), kernel: Some(gelu), quantized: Quantized::By(quantized::table::gelu)
    }
}

/// The operators that do what a fused activation does. SIGN_BIT has none, and RELU_0_TO_1 is never fused.
const FUSED: [(Activation, &Description); 4] = [
    (Activation::Relu, Relu::DESCRIPTION),
    (Activation::ReluN1To1, ReluN1To1::DESCRIPTION),
    (Activation::Relu6, Relu6::DESCRIPTION),
    (Activation::Tanh, Tanh::DESCRIPTION),
];

/// The operator that does what the fused activation does.
pub fn activation_operator(act: Activation) -> Option<&'static Description> {
    FUSED.iter().find(|(fused, _)| *fused == act).map(|(_, op)| *op)
}

/// The fused activation that does what the operator does.
pub fn fused_activation(code: OpCode) -> Option<Activation> {
    FUSED.iter().find(|(_, op)| op.code == code).map(|(act, _)| *act)
}

/// Whether no result of the operator is below zero.
pub fn never_negative(code: OpCode) -> bool {
    let clamps = matches!(code, OpCode::RELU | OpCode::RELU6 | OpCode::RELU_0_TO_1 | OpCode::ABS);
    clamps || matches!(code, OpCode::LOGISTIC | OpCode::SOFTMAX | OpCode::EXP | OpCode::SQUARE)
}

/// Whether every runtime runs the operator with a fused activation on its result. Left out though they have the
/// option: CONCATENATION and L2_NORMALIZATION, which TFLite refuses with one; TRANSPOSE_CONV, where backends lack it;
/// recurrent operators, whose activation is inside of the cell; and what has no kernel here to try it on.
#[rustfmt::skip]
pub fn takes_activation(code: OpCode) -> bool {
    let arithmetic = matches!(code, OpCode::ADD | OpCode::SUB | OpCode::MUL | OpCode::DIV);
    let pooling = matches!(code, OpCode::AVERAGE_POOL_2D | OpCode::MAX_POOL_2D | OpCode::L2_POOL_2D);
    let layer = matches!(code, OpCode::CONV_2D | OpCode::DEPTHWISE_CONV_2D | OpCode::FULLY_CONNECTED);
    arithmetic || pooling || layer || code == OpCode::INSTANCE_NORM
}

fn relu(x: f32) -> f32 {
    if x < 0.0 { 0.0 } else { x }
}

pub(super) fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

fn leaky_relu(call: &Call) -> KernelResult {
    let alpha = call.options::<LeakyReluOptionsT>().alpha;
    map_kernel(call, |x: f32| if x > 0.0 { x } else { x * alpha })
}

fn prelu(x: f32, alpha: f32) -> f32 {
    if x >= 0.0 { x } else { x * alpha }
}

pub(super) fn elu(x: f32) -> f32 {
    if x < 0.0 { x.exp_m1() } else { x }
}

fn hard_swish(x: f32) -> f32 {
    x * (x + 3.0).within(0.0, 6.0) / 6.0
}

fn gelu(call: &Call) -> KernelResult {
    match call.options::<GeluOptionsT>().approximate {
        true => float_kernel(call, gelu_by_tanh),
        false => float_kernel(call, gelu_by_erf),
    }
}

pub(super) fn gelu_by_erf(x: f32) -> f32 {
    let x = f64::from(x);
    (0.5 * x * libm::erfc(-x * FRAC_1_SQRT_2)) as f32
}

pub(super) fn gelu_by_tanh(x: f32) -> f32 {
    let x = f64::from(x);
    let inner = FRAC_2_SQRT_PI / SQRT_2 * (x + 0.044715 * x * x * x);
    (0.5 * x * (1.0 + inner.tanh())) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_gelus_agree_roughly_and_in_the_limits() {
        for x in [-20.0f32, -3.0, -0.5, 0.0, 0.5, 3.0, 20.0] {
            assert!((gelu_by_erf(x) - gelu_by_tanh(x)).abs() < 1e-3, "{x}");
        }
        assert_eq!(gelu_by_erf(1e30), 1e30);
        assert!(gelu_by_tanh(f32::NAN).is_nan());
    }
}
