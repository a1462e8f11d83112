//! Operators that repeat or make elements.
//!
//! Invariant: result shapes come from the content of operands.

use crate::circle::schema::*;
use crate::op::{NoOptions, operators};

operators! {
    /// The input broadcast to a shape.
    BroadcastTo = BROADCAST_TO(input, shape) BroadcastToOptionsT {}
    /// The broadcast of two shapes.
    BroadcastArgs = BROADCAST_ARGS(a, b) NoOptions {}
    /// Each axis repeated.
    Tile = TILE(input, multiples) TileOptionsT {}
    /// One value everywhere.
    Fill = FILL(dims, value) FillOptionsT {}
    /// From `start` to before `limit` by steps of `delta`.
    Range = RANGE(start, limit, delta) RangeOptionsT {}
    /// Matrices with a given diagonal, else zero.
    MatrixDiag = MATRIX_DIAG(diagonal) MatrixDiagOptionsT {}
    /// The input with another diagonal.
    MatrixSetDiag = MATRIX_SET_DIAG(input, diagonal) MatrixSetDiagOptionsT {}
}
