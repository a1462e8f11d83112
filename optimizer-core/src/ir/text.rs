//! Graphs as text, for people and snapshots.
//!
//! Invariant: one line an operator, in running order; equal graphs give equal text.

use crate::ir::{Graph, Operator, ValueId};
use std::fmt::Write;

/// Inputs, operators and outputs of a graph.
pub fn graph(graph: &Graph) -> String {
    lines(graph).flat_map(|line| [line, "\n".to_owned()]).collect()
}

/// The lines of [`graph`]; each is made when it is asked for, as there may be a million.
pub fn lines(graph: &Graph) -> impl Iterator<Item = String> {
    let list = |ids: &[ValueId]| ids.iter().map(|&v| value(graph, v)).collect::<Vec<_>>().join(", ");
    let operators = graph.order().unwrap_or_default().into_iter().map(|id| operator(graph, graph.op(id)));
    let outputs = move || format!("outputs {}", list(graph.outputs()));
    let inputs = format!("inputs {}", list(graph.inputs()));
    [inputs].into_iter().chain(operators).chain(std::iter::once_with(outputs))
}

/// `y: f32[2,3] = MUL(x, c) AddOptionsT { .. }`.
pub fn operator(graph: &Graph, op: &Operator) -> String {
    let results: Vec<String> = op.results().iter().map(|&v| value(graph, v)).collect();
    let operands: Vec<&str> =
        op.operands().iter().map(|v| v.map_or("-", |v| graph.value(v).name.as_str())).collect();
    let constants = op.operands().iter().flatten().filter(|&&v| graph.value(v).data.is_some());
    let constants: Vec<String> = constants.map(|&v| value(graph, v)).collect();
    let mut line = format!("{} = {}({})", results.join(", "), op.name(), operands.join(", "));
    if !op.options.is_none() {
        let _ = write!(line, " {}", op.options);
    }
    if !constants.is_empty() {
        let _ = write!(line, " with {}", constants.join(", "));
    }
    line
}

fn value(graph: &Graph, id: ValueId) -> String {
    let value = graph.value(id);
    format!("{}: {}", value.name, value.ty)
}
