//! The operators that a graph optimizer must not take for arithmetic.
//!
//! Invariant: an operator that calls a graph, or that keeps something from run to run, is listed or said to be left out.

use optimizer_core::circle::schema::{BuiltinOperator as Op, ModelT};

/// What calls graphs, what keeps state, and what nobody but its author knows. The operators of StableHLO that call
/// graphs have recordings in `tests/goldens`; RUN_MODEL and CALL are in `tests/laws`.
pub(crate) const SPECIAL: [Op; 12] = [
    Op::IF,
    Op::WHILE,
    Op::CALL_ONCE,
    Op::STABLEHLO_COMPOSITE,
    Op::VAR_HANDLE,
    Op::READ_VARIABLE,
    Op::ASSIGN_VARIABLE,
    Op::HASHTABLE,
    Op::HASHTABLE_IMPORT,
    Op::HASHTABLE_FIND,
    Op::UNIDIRECTIONAL_SEQUENCE_LSTM,
    Op::CUSTOM,
];

/// The codes of all operators of a file.
pub(crate) fn codes(model: &ModelT) -> Vec<Op> {
    model.operator_codes.iter().flatten().map(|code| code.builtin_code).collect()
}
