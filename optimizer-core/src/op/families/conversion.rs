//! Operators that change how numbers are stored.
//!
//! Invariant: results have the shape of the input.

use crate::circle::schema::*;
use crate::op::operators;

operators! {
    /// The same numbers in another dtype.
    Cast = CAST(input) CastOptionsT {}
    /// The same bits in another dtype.
    Bitcast = BITCAST(input) BitcastOptionsT {}
    /// From floats, or from another quantization.
    Quantize = QUANTIZE(input) QuantizeOptionsT {}
    /// From quantized or half floats to f32.
    Dequantize = DEQUANTIZE(input) DequantizeOptionsT {}
    /// Floats rounded as if they were quantized.
    FakeQuant = FAKE_QUANT(input) FakeQuantOptionsT {}
    /// A sparse constant made dense.
    Densify = DENSIFY(input) DensifyOptionsT {}
}
