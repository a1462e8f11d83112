//! The undo log behind provisional rewrites.
//!
//! Invariant: undoing to a mark leaves the graph as it was at the mark, ids and order included.

use crate::ir::{Graph, OpId, Operator, ValueId};

/// One edit, with what is needed to take it back.
#[derive(Clone, Debug)]
pub(super) enum Edit {
    AddValue,
    AddOp,
    RemoveOp(OpId, Box<Operator>),
    SetOperand(OpId, usize, Option<ValueId>),
    SetResult(OpId, usize, ValueId),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    edits: Vec<Edit>,
    open: usize,
}

/// A state of the graph that can be returned to.
#[derive(Debug)]
#[must_use = "a mark is undone or kept"]
pub struct Mark(usize);

impl Journal {
    pub(super) fn record(&mut self, edit: Edit) {
        if self.open > 0 {
            self.edits.push(edit);
        }
    }
}

impl Graph {
    /// Remembers the present state until [`Graph::undo`] or [`Graph::keep`]; marks nest.
    pub fn mark(&mut self) -> Mark {
        self.journal.open += 1;
        Mark(self.journal.edits.len())
    }

    /// Accepts everything since the mark.
    pub fn keep(&mut self, _mark: Mark) {
        self.journal.open -= 1;
        if self.journal.open == 0 {
            self.journal.edits.clear();
        }
    }

    /// Takes back everything since the mark.
    pub fn undo(&mut self, mark: Mark) {
        while self.journal.edits.len() > mark.0 {
            let edit = self.journal.edits.pop().expect("the log is longer than the mark");
            self.take_back(edit);
        }
        self.keep(mark);
    }

    fn take_back(&mut self, edit: Edit) {
        match edit {
            Edit::AddValue => {
                let value = self.values.pop().expect("a recorded value exists");
                self.names.remove(&value.name);
            }
            Edit::AddOp => {
                let id = OpId(self.ops.len() as u32 - 1);
                self.unlink(id);
                self.ops.pop();
            }
            Edit::RemoveOp(id, op) => self.link(id, *op),
            Edit::SetOperand(op, operand, old) => drop(self.swap_operand(op, operand, old)),
            Edit::SetResult(op, result, old) => drop(self.swap_result(op, result, old)),
        }
    }
}
