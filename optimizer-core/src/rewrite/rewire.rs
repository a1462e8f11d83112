//! Changing where the wires of a patch lead.
//!
//! Invariant: what the patch computes stays the same.

use crate::rewrite::patch::{NewOp, Patch, Wire};
use std::collections::HashMap;

impl Patch<'_> {
    /// The patch with every wire led elsewhere.
    pub(super) fn rewired(self, to: impl Fn(Wire) -> Wire) -> Self {
        let ops = self.ops.into_iter().map(|op| {
            let operands = op.operands.iter().map(|&wire| to(wire)).collect();
            NewOp { operands, ..op }
        });
        let replaced = self.replaced.into_iter().map(|(old, wire)| (old, to(wire)));
        Patch { ops: ops.collect(), replaced: replaced.collect(), ..self }
    }

    /// The patch without the operators and constants that no replaced value depends on.
    pub(super) fn pruned(self) -> Self {
        let (live, read) = self.needed();
        let (op_ids, constant_ids) = (renumber(&live), renumber(&read));
        let ops = self.ops.into_iter().zip(&live).filter(|(_, live)| **live).map(|(op, _)| op).collect();
        let read = self.constants.into_iter().zip(&read).filter(|(_, read)| **read);
        let constants = read.map(|(constant, _)| constant).collect();
        Patch { ops, constants, ..self }.rewired(|wire| match wire {
            Wire::Result { op, result } => Wire::Result { op: op_ids[&op], result },
            Wire::Constant(c) => Wire::Constant(constant_ids[&c]),
            other => other,
        })
    }

    /// Which operators and which constants the replaced values depend on.
    fn needed(&self) -> (Vec<bool>, Vec<bool>) {
        let (mut live, mut read) = (vec![false; self.ops.len()], vec![false; self.constants.len()]);
        let mut pending: Vec<Wire> = self.replaced.iter().map(|(_, wire)| *wire).collect();
        while let Some(wire) = pending.pop() {
            match wire {
                Wire::Result { op, .. } if !std::mem::replace(&mut live[op as usize], true) => {
                    pending.extend(&self.ops[op as usize].operands);
                }
                Wire::Constant(c) => read[c as usize] = true,
                _ => {}
            }
        }
        (live, read)
    }
}

fn renumber(kept: &[bool]) -> HashMap<u32, u32> {
    let kept = kept.iter().enumerate().filter(|(_, kept)| **kept);
    kept.enumerate().map(|(new, (old, _))| (old as u32, new as u32)).collect()
}
