//! How many bytes of activations are alive while each operator runs.
//!
//! Invariant: values live as in LiteRT's planner: inputs and variables all the time, outputs from their operator to the
//! end, other results from their operator to their last reader. Nothing is computed in place, and constants do not count.

use crate::ir::{Graph, Model, OpId, Value, ValueId};
use std::collections::HashMap;

/// The memory of one run of each graph of a model, in bytes.
pub(super) struct Memory {
    /// For each graph: its operators in running order and what is alive while each runs, called graphs included.
    pub(super) live: Vec<Vec<(OpId, i64)>>,
    /// The most that is alive at once.
    pub(super) peak: i64,
}

impl Memory {
    /// Unknown dims count as `unknown` elements.
    pub(super) fn of(model: &Model, unknown: usize) -> Memory {
        let mut walk = Walk { model, unknown, live: vec![None; model.graphs.len()] };
        let peaks = (0..model.graphs.len()).map(|graph| walk.peak(graph));
        let peak = peaks.max().unwrap_or(0);
        Memory { live: walk.live.into_iter().map(Option::unwrap_or_default).collect(), peak }
    }
}

struct Walk<'m> {
    model: &'m Model,
    unknown: usize,
    /// Of the graphs that were walked; one that is being walked is empty.
    live: Vec<Option<Vec<(OpId, i64)>>>,
}

impl Walk<'_> {
    fn peak(&mut self, graph: usize) -> i64 {
        if self.live[graph].is_none() {
            self.live[graph] = Some(Vec::new());
            self.live[graph] = Some(self.walk(graph));
        }
        let kept = self.kept(&self.model.graphs[graph]);
        let live = self.live[graph].iter().flatten().map(|(_, bytes)| *bytes);
        live.max().unwrap_or(0).max(kept)
    }

    fn walk(&mut self, graph: usize) -> Vec<(OpId, i64)> {
        let graph = &self.model.graphs[graph];
        let order = graph.order().unwrap_or_default();
        let last = last_readers(graph, &order);
        let mut alive = self.kept(graph);
        let mut live = Vec::with_capacity(order.len());
        for (step, &id) in order.iter().enumerate() {
            let op = graph.op(id);
            let results = op.results().iter().copied().filter(|&v| comes_and_goes(graph.value(v)));
            let made: i64 = results.clone().map(|v| self.bytes(graph.value(v))).sum();
            alive += made;
            let called = op.options.subgraphs().into_iter().filter_map(|i| usize::try_from(i).ok());
            let called = called.filter(|&i| i < self.model.graphs.len()).collect::<Vec<_>>();
            let inner = called.into_iter().map(|i| self.peak(i)).max().unwrap_or(0);
            live.push((id, alive + inner));
            let unread = results.filter(|v| !last.contains_key(v) && !graph.value(*v).is_output());
            let unread: i64 = unread.map(|v| self.bytes(graph.value(v))).sum();
            alive -= unread + self.ending(graph, id, step, &last);
        }
        live
    }

    /// What the operator is the last to read.
    fn ending(&self, graph: &Graph, id: OpId, step: usize, last: &HashMap<ValueId, usize>) -> i64 {
        let mut read: Vec<ValueId> = graph.op(id).operands().iter().flatten().copied().collect();
        read.sort_unstable();
        read.dedup();
        let ends = |v: &ValueId| {
            let value = graph.value(*v);
            last.get(v) == Some(&step) && comes_and_goes(value) && !value.is_output()
        };
        read.into_iter().filter(ends).map(|v| self.bytes(graph.value(v))).sum()
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

/// The step of the last operator that reads each value.
fn last_readers(graph: &Graph, order: &[OpId]) -> HashMap<ValueId, usize> {
    let reads = order.iter().enumerate();
    reads.flat_map(|(step, &id)| graph.op(id).operands().iter().flatten().map(move |&v| (v, step))).collect()
}

/// Whether the value takes memory only for a part of the run.
fn comes_and_goes(value: &Value) -> bool {
    value.producer().is_some() && !value.is_input() && !value.variable
}
