//! The operators of circle, each described once.
//!
//! Invariant: reading, writing, patterns, shape inference, folding, interpretation and cost know an operator only
//! through its [`Description`].

mod attributes;
mod describe;
pub mod families;
mod layout;
mod options;
mod pieces;
pub(crate) mod shapes;
mod site;

pub use attributes::attributes;
pub(crate) use describe::operators;
pub use describe::{
    Description, Effect, Fixed, Foreign, Kernel, Op, Quantized, Reads, ShapeRule, Takes, TakesAny,
};
pub use families::*;
pub use layout::{Follow, LayoutRule, Permutation, Place, Relayout};
pub use options::{NoOptions, Options, OptionsTable};
pub use pieces::Pieces;
pub use site::{Operand, Site, axes, axis};

use crate::ir::{Graph, OpCode, Operator};
use std::cell::Cell;
use std::sync::LazyLock;

/// Every description, by operator code.
static BUILTIN: LazyLock<Vec<&'static Description>> = LazyLock::new(|| {
    let mut all: Vec<_> = families::ALL.iter().flat_map(|family| family.iter().copied()).collect();
    all.sort_unstable_by_key(|d| d.code.0);
    all
});

/// The description of each code, from the least code on.
static BY_CODE: LazyLock<Vec<Option<&'static Description>>> = LazyLock::new(|| {
    let mut by_code =
        vec![None; place(OpCode(BUILTIN.last().map_or(0, |d| d.code.0))).map_or(0, |last| last + 1)];
    BUILTIN.iter().for_each(|&d| by_code[place(d.code).expect("no code is less than the least")] = Some(d));
    by_code
});

fn place(code: OpCode) -> Option<usize> {
    usize::try_from(code.0.checked_sub(BUILTIN.first()?.code.0)?).ok()
}

/// The description of an operator: its own if it is a known custom one, else that of its code if circle 0.10 has it.
pub fn describe(op: &Operator) -> Option<&'static Description> {
    op.known.or_else(|| *BY_CODE.get(place(op.code)?)?)
}

/// All descriptions of circle's operators, by ascending operator code; known custom ones are in [`custom::ALL`].
pub fn all() -> &'static [&'static Description] {
    &BUILTIN
}

/// The options in their one spelling, such as axes counted from the front.
pub(crate) fn canonical_options(graph: &Graph, op: &Operator) -> Options {
    let (mut options, fresh) = (op.options.clone(), Cell::new(0));
    let canonical = describe(op).and_then(|description| description.canonical);
    if let Some((canonical, site)) = canonical.zip(Site::of(graph, op, &fresh)) {
        canonical(&site, &mut options);
    }
    options
}

/// Whether the operator may be removed, merged or moved: it computes its results from its operands alone.
pub fn is_pure(graph: &Graph, op: &Operator) -> bool {
    let values = || op.operands().iter().flatten().chain(op.results());
    let touches_variable = || values().any(|&v| graph.value(v).variable);
    computes(op) && !touches_variable()
}

/// Whether all that the operator does is to compute its results from the content of its operands.
pub(crate) fn computes(op: &Operator) -> bool {
    describe(op).is_some_and(|d| d.effect == Effect::Pure) && op.stored_is_plain()
}
