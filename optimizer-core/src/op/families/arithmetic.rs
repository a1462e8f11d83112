//! Element-wise arithmetic of two operands with broadcasting.
//!
//! Invariant: results have the broadcast shape of both operands.

use crate::circle::schema::*;
use crate::op::operators;

operators! {
    /// `a + b`.
    Add = ADD(a, b) AddOptionsT { commutative: true }
    /// `a - b`.
    Sub = SUB(a, b) SubOptionsT {}
    /// `a * b`.
    Mul = MUL(a, b) MulOptionsT { commutative: true }
    /// `a / b`; integers round towards zero.
    Div = DIV(a, b) DivOptionsT {}
    /// `floor(a / b)`.
    FloorDiv = FLOOR_DIV(a, b) FloorDivOptionsT {}
    /// The remainder of [`FloorDiv`], with the sign of `b`.
    FloorMod = FLOOR_MOD(a, b) FloorModOptionsT {}
    /// `base` to the power of `exponent`.
    Pow = POW(base, exponent) PowOptionsT {}
    /// The larger of both.
    Maximum = MAXIMUM(a, b) MaximumMinimumOptionsT { commutative: true }
    /// The smaller of both.
    Minimum = MINIMUM(a, b) MaximumMinimumOptionsT { commutative: true }
    /// `(a - b) * (a - b)`.
    SquaredDifference = SQUARED_DIFFERENCE(a, b) SquaredDifferenceOptionsT { commutative: true }
    /// The angle of the point `(x, y)`.
    ATan2 = ATAN2(y, x) ATan2OptionsT {}
    /// The sum of any number of operands of one shape.
    AddN = ADD_N(..) AddNOptionsT {}
}
