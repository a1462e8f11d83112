//! Small constants that a graph has already, so that rewrites need not add their like.
//!
//! Invariant: what is handed out is a live constant of the graph with just the content asked for.

use crate::ir::buckets::Buckets;
use crate::ir::{Data, Graph, Type, Value, ValueId};
use crate::rewrite::patch::{NewConstant, Patch, Source, Wire};

/// Longer constants are not looked for.
const SMALL: usize = 1024;

/// Small constants by dtype, shape and content.
pub(super) struct Pool(Buckets<ValueId>);

impl Default for Pool {
    fn default() -> Pool {
        Pool(Buckets::new())
    }
}

impl Pool {
    pub(super) fn of(graph: &Graph) -> Pool {
        let mut pool = Pool::default();
        graph.values().for_each(|(id, _)| pool.add(graph, id));
        pool
    }

    /// Notes a value, if it is a small constant and the first of its like.
    pub(super) fn add(&mut self, graph: &Graph, id: ValueId) {
        let value = graph.value(id);
        let Some(data) = value.data.as_ref().filter(|data| data.len() <= SMALL && is_plain(value)) else {
            return;
        };
        let hash = self.hash(&value.ty, data);
        if self.0.find(hash, |other| is_alike(graph, other, &value.ty, data)).is_none() {
            self.0.add(hash, id);
        }
    }

    fn hash(&self, ty: &Type, data: &Data) -> u64 {
        self.0.hash((ty.dtype.0, &ty.shape, data.bytes()))
    }

    /// The patch with the graph's own constants for those of its own that are equal.
    pub(super) fn reuse<'g>(&self, patch: Patch<'g>, graph: &Graph) -> Patch<'g> {
        let found: Vec<Option<ValueId>> = patch.constants.iter().map(|c| self.find(graph, c)).collect();
        let own = |wire: Wire| match wire {
            Wire::Constant(c) => found[c as usize].map_or(wire, Wire::Old),
            other => other,
        };
        patch.rewired(own).pruned()
    }

    fn find(&self, graph: &Graph, constant: &NewConstant) -> Option<ValueId> {
        let Source::Ready(data) = &constant.source else { return None };
        if data.len() > SMALL {
            return None;
        }
        let hash = self.hash(&constant.ty, data);
        let id = self.0.find(hash, |other| is_alike(graph, other, &constant.ty, data))?;
        let value = graph.value(id);
        (is_plain(value) && !value.uses().is_empty()).then_some(id)
    }
}

fn is_plain(value: &Value) -> bool {
    value.is_const() && value.quant.is_none() && !value.is_dropped()
}

/// Whether a value that was noted once has this type and content.
fn is_alike(graph: &Graph, id: ValueId, ty: &Type, data: &Data) -> bool {
    let value = graph.find_value(id);
    value.is_some_and(|value| {
        value.ty == *ty && value.data.as_ref().is_some_and(|other| other.bytes() == data.bytes())
    })
}
