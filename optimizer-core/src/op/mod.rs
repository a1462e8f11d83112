//! The operators of circle, each described once.
//!
//! Invariant: reading, writing, patterns, shape inference, folding, interpretation and cost know an operator only
//! through its [`Description`].

mod describe;
pub mod families;
mod options;
pub(crate) mod shapes;
mod site;

pub(crate) use describe::operators;
pub use describe::{Description, Effect, Fixed, Kernel, Op, ShapeRule, Takes, TakesAny};
pub use families::*;
pub use options::{NoOptions, Options, OptionsTable};
pub use site::{Operand, Site, axis};

use crate::ir::{Graph, OpCode, Operator};
use std::sync::LazyLock;

/// Every description, by operator code.
static BY_CODE: LazyLock<Vec<&'static Description>> = LazyLock::new(|| {
    let mut all: Vec<_> = families::ALL.iter().flat_map(|family| family.iter().copied()).collect();
    all.sort_unstable_by_key(|d| d.code.0);
    all
});

/// The description of an operator code, if circle 0.10 has the operator.
pub fn describe(code: OpCode) -> Option<&'static Description> {
    let at = BY_CODE.binary_search_by_key(&code.0, |d| d.code.0).ok()?;
    Some(BY_CODE[at])
}

/// All descriptions, by ascending operator code.
pub fn all() -> &'static [&'static Description] {
    &BY_CODE
}

/// Whether the operator may be removed, merged or moved: it computes its results from its operands alone.
pub fn is_pure(graph: &Graph, op: &Operator) -> bool {
    let values = || op.operands().iter().flatten().chain(op.results());
    let touches_variable = || values().any(|&v| graph.value(v).variable);
    computes(op) && !touches_variable()
}

/// Whether all that the operator does is to compute its results from the content of its operands.
pub(crate) fn computes(op: &Operator) -> bool {
    describe(op.code).is_some_and(|d| d.effect == Effect::Pure) && op.stored_is_plain()
}
