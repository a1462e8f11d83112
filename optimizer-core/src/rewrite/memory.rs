//! How many bytes of activations are alive while each operator runs.
//!
//! Invariant: values live as in LiteRT's planner: inputs and variables all the time, outputs from their operator to the
//! end, other results from their operator to their last reader. Nothing is computed in place, and constants do not count.

use crate::ir::{Graph, Model, OpId, Operator, Value};

/// The memory of one run of each graph of a model, in bytes.
pub(super) struct Memory {
    /// For each graph: its operators in running order and what is alive while each runs, called graphs included.
    pub(super) live: Vec<Vec<(OpId, i64)>>,
    /// The most that is alive at once.
    pub(super) peak: i64,
}

impl Memory {
    /// Unknown dims count as `unknown` elements. Within a graph that calls itself in the end, the inner run counts as
    /// nothing but its inputs and variables.
    pub(super) fn of(model: &Model, unknown: usize) -> Memory {
        let mut walk = Walk { model, unknown, peaks: Vec::new() };
        walk.peaks = model.graphs.iter().map(|graph| walk.kept(graph)).collect();
        let mut live = vec![Vec::new(); model.graphs.len()];
        for graph in called_first(model) {
            live[graph] = walk.walk(&model.graphs[graph]);
            let most = live[graph].iter().map(|(_, bytes)| *bytes).max();
            walk.peaks[graph] = most.unwrap_or(0).max(walk.peaks[graph]);
        }
        Memory { live, peak: walk.peaks.into_iter().max().unwrap_or(0) }
    }
}

struct Walk<'m> {
    model: &'m Model,
    unknown: usize,
    /// The most that is alive in each graph; of those that were not walked yet, what is alive all the time.
    peaks: Vec<i64>,
}

impl Walk<'_> {
    fn walk(&self, graph: &Graph) -> Vec<(OpId, i64)> {
        let order = graph.order().unwrap_or_default();
        let mut last = last_readers(graph, &order);
        let mut alive = self.kept(graph);
        let mut live = Vec::with_capacity(order.len());
        for (step, &id) in order.iter().enumerate() {
            let op = graph.op(id);
            let results = op.results().iter().copied().filter(|&v| comes_and_goes(graph.value(v)));
            let made: i64 = results.clone().map(|v| self.bytes(graph.value(v))).sum();
            alive += made;
            let inner = called(self.model, op).map(|graph| self.peaks[graph]).max().unwrap_or(0);
            live.push((id, alive + inner));
            let unread = results.filter(|v| last[v.0 as usize] == NEVER && !graph.value(*v).is_output());
            let unread: i64 = unread.map(|v| self.bytes(graph.value(v))).sum();
            alive -= unread + self.ending(graph, id, step, &mut last);
        }
        live
    }

    /// What the operator is the last to read.
    fn ending(&self, graph: &Graph, id: OpId, step: usize, last: &mut [u32]) -> i64 {
        let mut ending = 0;
        for &v in graph.op(id).operands().iter().flatten() {
            let value = graph.value(v);
            let ends = last[v.0 as usize] == step as u32 && comes_and_goes(value) && !value.is_output();
            if ends {
                ending += self.bytes(value);
                last[v.0 as usize] = ENDED;
            }
        }
        ending
    }

    /// Bytes of inputs and variables.
    fn kept(&self, graph: &Graph) -> i64 {
        let stays = |value: &Value| value.is_input() || value.variable;
        graph
            .values()
            .filter(|(_, value)| stays(value) && !value.is_dropped())
            .map(|(_, v)| self.bytes(v))
            .sum()
    }

    fn bytes(&self, value: &Value) -> i64 {
        value.ty.bytes(self.unknown).min(i64::MAX as usize >> 24) as i64
    }
}

/// All graphs, those that others call before these. Calls may be as deep as there are graphs, so nothing recurses.
fn called_first(model: &Model) -> Vec<usize> {
    let (mut seen, mut order) = (vec![false; model.graphs.len()], Vec::new());
    let mut pending: Vec<(usize, bool)> = (0..model.graphs.len()).rev().map(|graph| (graph, false)).collect();
    while let Some((graph, calls_are_done)) = pending.pop() {
        if calls_are_done {
            order.push(graph);
        } else if !std::mem::replace(&mut seen[graph], true) {
            pending.push((graph, true));
            let calls = model.graphs[graph].ops().flat_map(|(_, op)| called(model, op));
            pending.extend(calls.filter(|&callee| !seen[callee]).map(|callee| (callee, false)));
        }
    }
    order
}

/// The graphs that an operator calls.
fn called(model: &Model, op: &Operator) -> impl Iterator<Item = usize> {
    let graphs = op.options.subgraphs().into_iter().filter_map(|graph| usize::try_from(graph).ok());
    graphs.filter(|&graph| graph < model.graphs.len())
}

/// Stands for a step: of a value that nothing reads, and of one whose last reader has run.
const NEVER: u32 = u32::MAX;
const ENDED: u32 = u32::MAX - 1;

/// For each value the step of the last operator that reads it.
fn last_readers(graph: &Graph, order: &[OpId]) -> Vec<u32> {
    let mut last = vec![NEVER; graph.value_count()];
    for (step, &id) in order.iter().enumerate() {
        graph.op(id).operands().iter().flatten().for_each(|v| last[v.0 as usize] = step as u32);
    }
    last
}

/// Whether the value takes memory only for a part of the run.
fn comes_and_goes(value: &Value) -> bool {
    value.producer().is_some() && !value.is_input() && !value.variable
}
