//! Operators that call graphs, or that only their runtime knows.
//!
//! Invariant: none of them is pure.

use crate::circle::schema::*;
use crate::interp::{self, KernelError, KernelResult, Scope, Tensor};
use crate::op::{Effect, NoOptions, operators};

operators! {
    /// An operator known by its name.
    Custom = CUSTOM(..) NoOptions { effect: Effect::Opaque }
    /// A part of the graph that a delegate runs.
    Delegate = DELEGATE(..) NoOptions { effect: Effect::Opaque }
    /// Runs a graph.
    Call = CALL(..) CallOptionsT { effect: Effect::Opaque, routine: Some(call_graph) }
    /// Runs a graph if it has not run yet.
    CallOnce = CALL_ONCE(..) CallOnceOptionsT { effect: Effect::Opaque, routine: Some(call_once) }
    /// Runs one of two graphs; the condition comes first.
    If = IF(..) IfOptionsT { effect: Effect::Opaque, routine: Some(choose) }
    /// Runs a graph as long as another one says so.
    While = WHILE(..) WhileOptionsT { effect: Effect::Opaque, routine: Some(repeat) }
    /// Stands in old files for a code past 127.
    PlaceholderForGreaterOpCodes = PLACEHOLDER_FOR_GREATER_OP_CODES(..) NoOptions { effect: Effect::Opaque }
}

fn call_graph(call: &interp::Call, scope: &mut Scope) -> KernelResult {
    scope.run(call.options::<CallOptionsT>().subgraph.into(), &operands(call, 0)?)
}

fn call_once(call: &interp::Call, scope: &mut Scope) -> KernelResult {
    scope.run_once(call.options::<CallOnceOptionsT>().init_subgraph_index.into())?;
    Ok(Vec::new())
}

fn choose(call: &interp::Call, scope: &mut Scope) -> KernelResult {
    let options = call.options::<IfOptionsT>();
    let graph = match holds(call.operand(0)?)? {
        true => options.then_subgraph_index,
        false => options.else_subgraph_index,
    };
    scope.run(graph.into(), &operands(call, 1)?)
}

fn repeat(call: &interp::Call, scope: &mut Scope) -> KernelResult {
    let options = call.options::<WhileOptionsT>();
    let mut state = operands(call, 0)?;
    while goes_on(&scope.run(options.cond_subgraph_index.into(), &state)?)? {
        state = scope.run(options.body_subgraph_index.into(), &state)?;
    }
    Ok(state)
}

/// Runs the graph that says what the operator does, for a runtime that does not know its name.
pub(super) fn decompose(call: &interp::Call, scope: &mut Scope) -> KernelResult {
    let options = call.options::<StableHLOCompositeOptionsT>();
    scope.run(options.decomposition_subgraph_index.into(), &operands(call, 0)?)
}

/// Runs the graph of a number; the last one if there is no such number.
pub(super) fn case(call: &interp::Call, scope: &mut Scope) -> KernelResult {
    let branches = call.options::<StablehloCaseOptionsT>().branch_subgraph_indices.unwrap_or_default();
    let number = call.ints(0)?.first().and_then(|&n| usize::try_from(n).ok());
    let graph = number.and_then(|n| branches.get(n)).or(branches.last());
    let graph = *graph.ok_or_else(|| KernelError::invalid("no branch to run"))?;
    scope.run(graph.into(), &operands(call, 1)?)
}

/// The operands from `first` on.
pub(super) fn operands(call: &interp::Call, first: usize) -> Result<Vec<Tensor>, KernelError> {
    (first..call.operands.len()).map(|i| call.operand(i).cloned()).collect()
}

fn goes_on(outputs: &[Tensor]) -> Result<bool, KernelError> {
    holds(outputs.first().ok_or_else(|| KernelError::invalid("a condition without a result"))?)
}

/// The truth of a Bool of one element.
fn holds(condition: &Tensor) -> Result<bool, KernelError> {
    let truth = condition.bools().filter(|c| c.len() == 1).and_then(|c| c.first().copied());
    truth.map(|c| c != 0).ok_or_else(|| KernelError::invalid("the condition is not one Bool"))
}
