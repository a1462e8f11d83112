//! What a runtime can execute.
//!
//! Invariant: no rewrite emits an operator that the target lacks.

use crate::ir::Model;
use crate::op::Description;
use std::collections::HashSet;

/// A runtime, by the operators it has.
#[derive(Clone, Debug, Default)]
pub struct Target {
    present: HashSet<i32>,
    circle_only: bool,
}

impl Target {
    /// What every runtime has, and what the model contains already.
    pub fn portable(model: &Model) -> Target {
        let ops = model.graphs.iter().flat_map(|g| g.ops().map(|(_, op)| op.code.0));
        Target { present: ops.collect(), circle_only: false }
    }

    /// Every operator of circle, its own ones included.
    pub fn circle() -> Target {
        Target { present: HashSet::new(), circle_only: true }
    }

    pub fn has(&self, op: &Description) -> bool {
        self.circle_only || op.is_portable() || self.present.contains(&op.code.0)
    }
}
