//! The order in which operators run.
//!
//! Invariant: topological, stable against the operators' positions, and operators with effects keep their order.

use crate::ir::{Graph, OpId};
use crate::op;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The operators of a graph lie on a cycle; names one of them.
#[derive(Debug, thiserror::Error)]
#[error("{0} depends on its own result")]
pub struct Cycle(pub OpId);

impl Graph {
    /// All operators, operands before readers.
    ///
    /// # Errors
    /// [`Cycle`] if there is no such order.
    pub fn order(&self) -> Result<Vec<OpId>, Cycle> {
        match self.by_position() {
            Some(order) => Ok(order),
            None => self.sorted(),
        }
    }

    /// The operators as they stand, if no operand is computed after it is read. Operators with effects stand in their
    /// order then.
    fn by_position(&self) -> Option<Vec<OpId>> {
        let mut order: Vec<(u32, OpId)> = self.ops().map(|(id, op)| (op.position, id)).collect();
        if !order.is_sorted() {
            order.sort_unstable();
        }
        let mut done = vec![false; self.ops.len()];
        for &(_, id) in &order {
            let mut operands = self.op(id).operands().iter().flatten();
            let ready = operands.all(|&v| self.producer(v).is_none_or(|(op, _)| done[op.0 as usize]));
            ready.then_some(())?;
            done[id.0 as usize] = true;
        }
        Some(order.into_iter().map(|(_, id)| id).collect())
    }

    /// The same where the operators have to be rearranged.
    fn sorted(&self) -> Result<Vec<OpId>, Cycle> {
        let mut waiting = self.waiting();
        let mut ready: BinaryHeap<_> = self
            .ops()
            .filter(|(id, _)| waiting[id.0 as usize] == 0)
            .map(|(id, op)| Reverse((op.position, id)))
            .collect();
        let chain = self.effect_chain();
        let mut order = Vec::with_capacity(self.ops.len());
        while let Some(Reverse((_, id))) = ready.pop() {
            order.push(id);
            let readers = self.op(id).results().iter().flat_map(|&v| self.value(v).uses()).map(|at| at.op);
            for reader in readers.chain(chain.get(&id).copied()) {
                waiting[reader.0 as usize] -= 1;
                if waiting[reader.0 as usize] == 0 {
                    ready.push(Reverse((self.op(reader).position, reader)));
                }
            }
        }
        match self.ops().find(|(id, _)| waiting[id.0 as usize] > 0) {
            Some((id, _)) => Err(Cycle(id)),
            None => Ok(order),
        }
    }

    /// For each operator, how many of its operands (and effects before it) are still to be computed.
    fn waiting(&self) -> Vec<u32> {
        let mut waiting = vec![0; self.ops.len()];
        for (id, op) in self.ops() {
            let operands = op.operands().iter().flatten();
            waiting[id.0 as usize] = operands.filter(|&&v| self.producer(v).is_some()).count() as u32;
        }
        for after in self.effect_chain().into_values() {
            waiting[after.0 as usize] += 1;
        }
        waiting
    }

    fn effect_chain(&self) -> std::collections::HashMap<OpId, OpId> {
        let mut effects: Vec<_> =
            self.ops().filter(|(_, op)| !op::is_pure(self, op)).map(|(id, op)| (op.position, id)).collect();
        effects.sort_unstable();
        effects.windows(2).map(|pair| (pair[0].1, pair[1].1)).collect()
    }
}
