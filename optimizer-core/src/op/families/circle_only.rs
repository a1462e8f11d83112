//! Operators that only circle has.
//!
//! Invariant: their codes are negative, so tflite files cannot hold them.

use crate::circle::schema::*;
use crate::op::{Effect, operators};

operators! {
    /// Each channel of each batch normalized over height and width, scaled and shifted.
    InstanceNorm = INSTANCE_NORM(input, gamma, beta) InstanceNormOptionsT {}
    /// Along the last axis divided by the root mean square, scaled by `gamma`.
    RmsNorm = RMS_NORM(input, gamma) RmsNormOptionsT {}
    /// Rotary position embedding.
    RoPE = ROPE(input, sin, cos) RoPEOptionsT {}
    /// [`Gather`](super::Gather) from binary-coded weights.
    BCQGather = BCQ_GATHER(scales, binary, indices, clusters) BCQGatherOptionsT {}
    /// [`FullyConnected`](super::FullyConnected) with binary-coded weights.
    BCQFullyConnected = BCQ_FULLY_CONNECTED(
        input, scales, binary, bias, clusters
    ) BCQFullyConnectedOptionsT {}
    /// A gated recurrent layer over a sequence.
    GRU = GRU(
        input, hidden_hidden, hidden_hidden_bias, hidden_input, hidden_input_bias, state
    ) GRUOptionsT { effect: Effect::Opaque }
    /// A whole attention layer; its cache makes it impure.
    Attention = ATTENTION(..) AttentionOptionsT { effect: Effect::Opaque }
    /// Runs another model.
    RunModel = RUN_MODEL(..) RunModelOptionsT { effect: Effect::Opaque }
}
