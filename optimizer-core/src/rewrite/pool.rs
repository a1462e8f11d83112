//! Small constants that a graph has already, so that rewrites need not add their like.
//!
//! Invariant: what is handed out is a live constant of the graph with just the content asked for.

use crate::ir::{Data, Graph, Shape, Value, ValueId};
use crate::rewrite::patch::{NewConstant, Patch, Source, Wire};
use std::collections::HashMap;

/// Longer constants are not looked for.
const SMALL: usize = 1024;

/// Small constants by dtype, shape and content.
#[derive(Debug, Default)]
pub struct Pool(HashMap<(i8, Option<Shape>, Vec<u8>), ValueId>);

impl Pool {
    pub fn of(graph: &Graph) -> Pool {
        let mut pool = Pool::default();
        graph.values().for_each(|(id, value)| pool.add(id, value));
        pool
    }

    /// Notes a value, if it is a small constant.
    pub fn add(&mut self, id: ValueId, value: &Value) {
        if let Some(data) = value.data.as_ref().filter(|data| data.len() <= SMALL && is_plain(value)) {
            self.0.entry((value.ty.dtype.0, value.ty.shape.clone(), data.bytes().to_vec())).or_insert(id);
        }
    }

    /// The patch with the graph's own constants for those of its own that are equal.
    pub fn reuse<'g>(&self, patch: Patch<'g>, graph: &Graph) -> Patch<'g> {
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
        let key = (constant.ty.dtype.0, constant.ty.shape.clone(), data.bytes().to_vec());
        let id = *self.0.get(&key)?;
        graph.find_value(id).filter(|value| is_same(value, constant, data)).map(|_| id)
    }
}

fn is_plain(value: &Value) -> bool {
    value.is_const() && value.quant.is_none() && !value.is_dropped()
}

/// Whether the value is still what it was when it was noted, and read by someone: dead ones are not revived.
fn is_same(value: &Value, constant: &NewConstant, data: &Data) -> bool {
    let bytes = value.data.as_ref().map(Data::bytes);
    is_plain(value) && !value.uses().is_empty() && value.ty == constant.ty && bytes == Some(data.bytes())
}
