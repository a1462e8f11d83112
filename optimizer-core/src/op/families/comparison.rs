//! Comparison, logic, bits and selection.
//!
//! Invariant: comparisons give Bool; selections give the dtype of what they select.

use crate::circle::schema::*;
use crate::op::operators;

operators! {
    /// `a == b`.
    Equal = EQUAL(a, b) EqualOptionsT { commutative: true }
    /// `a != b`.
    NotEqual = NOT_EQUAL(a, b) NotEqualOptionsT { commutative: true }
    /// `a < b`.
    Less = LESS(a, b) LessOptionsT {}
    /// `a <= b`.
    LessEqual = LESS_EQUAL(a, b) LessEqualOptionsT {}
    /// `a > b`.
    Greater = GREATER(a, b) GreaterOptionsT {}
    /// `a >= b`.
    GreaterEqual = GREATER_EQUAL(a, b) GreaterEqualOptionsT {}
    /// Whether both hold.
    LogicalAnd = LOGICAL_AND(a, b) LogicalAndOptionsT { commutative: true }
    /// Whether one holds.
    LogicalOr = LOGICAL_OR(a, b) LogicalOrOptionsT { commutative: true }
    /// Whether it does not hold.
    LogicalNot = LOGICAL_NOT(x) LogicalNotOptionsT {}
    /// Bits that differ.
    BitwiseXor = BITWISE_XOR(a, b) BitwiseXorOptionsT { commutative: true }
    /// `a` shifted right by `b` bits.
    RightShift = RIGHT_SHIFT(a, b) RightShiftOptionsT {}
    /// `a` where the condition holds, else `b`; a condition of rank 1 chooses whole rows.
    Select = SELECT(condition, a, b) SelectOptionsT {}
    /// `a` where the condition holds, else `b`, all being broadcast.
    SelectV2 = SELECT_V2(condition, a, b) SelectV2OptionsT {}
}
