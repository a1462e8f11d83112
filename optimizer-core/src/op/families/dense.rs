//! Matrix products.
//!
//! Invariant: dot products are summed in f64 and rounded to f32 once.

use crate::circle::schema::*;
use crate::op::operators;

operators! {
    /// `input * weights^T + bias`.
    FullyConnected = FULLY_CONNECTED(input, weights, bias) FullyConnectedOptionsT {}
    /// The product of matrices, batches being broadcast.
    BatchMatMul = BATCH_MATMUL(a, b) BatchMatMulOptionsT {}
}
