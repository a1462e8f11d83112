//! Element-wise functions of one operand.
//!
//! Invariant: results have the shape of the operand.

use crate::circle::schema::*;
use crate::op::{NoOptions, operators};

operators! {
    /// `-x`.
    Neg = NEG(x) NegOptionsT {}
    /// The absolute value.
    Abs = ABS(x) AbsOptionsT {}
    /// -1, 0 or 1.
    Sign = SIGN(x) SignOptionsT {}
    /// `x * x`.
    Square = SQUARE(x) SquareOptionsT {}
    /// The square root.
    Sqrt = SQRT(x) NoOptions {}
    /// `1 / sqrt(x)`.
    Rsqrt = RSQRT(x) NoOptions {}
    /// `e` to the power of `x`.
    Exp = EXP(x) ExpOptionsT {}
    /// The natural logarithm.
    Log = LOG(x) NoOptions {}
    /// The sine.
    Sin = SIN(x) NoOptions {}
    /// The cosine.
    Cos = COS(x) CosOptionsT {}
    /// The next integer towards minus infinity.
    Floor = FLOOR(x) NoOptions {}
    /// The next integer towards infinity.
    Ceil = CEIL(x) NoOptions {}
    /// The nearest integer, ties to the even one.
    Round = ROUND(x) NoOptions {}
    /// Zeros of the operand's shape.
    ZerosLike = ZEROS_LIKE(x) ZerosLikeOptionsT {}
}
