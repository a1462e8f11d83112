//! Shapes that follow from the operators: unknown dims get the identity of the dims they come from.
//!
//! Invariant: what a file states is never contradicted, and what callers see of inputs and outputs stays as it is.

use crate::ir::{Dim, Graph, Model, OpId, Shape};
use crate::op::{self, Site};
use std::cell::Cell;

/// Symbols of this pass start here, apart from those of the reader.
const FRESH: u32 = 1 << 30;

/// Infers shapes in every graph that has unknown dims or ranks.
pub fn settle_shapes(model: &mut Model) {
    let unknown = |graph: &&mut Graph| graph.values().any(|(_, v)| v.has_unknown_dims());
    model.graphs.iter_mut().filter(unknown).for_each(|graph| settle(graph, true));
}

/// Infers the shapes of one graph, those of its outputs included.
pub(super) fn settle_interface(graph: &mut Graph) {
    settle(graph, false);
}

/// `keep_outputs`: what callers see of outputs stays as it is.
fn settle(graph: &mut Graph, keep_outputs: bool) {
    let fresh = Cell::new(first_fresh(graph));
    for id in graph.order().expect("a model that was read has no cycle") {
        let Some(shapes) = infer(graph, id, &fresh) else { continue };
        let results = graph.op(id).results().to_vec();
        for (id, inferred) in results.into_iter().zip(shapes) {
            let value = graph.value_mut(id);
            value.ty.shape = match (value.ty.shape.take(), keep_outputs && value.is_output()) {
                (None, true) => None,
                (None, false) => Some(inferred),
                (Some(declared), seen) => Some(refine(&declared, &inferred, seen).unwrap_or(declared)),
            };
        }
    }
}

/// A symbol past all that earlier runs of this pass have made.
fn first_fresh(graph: &Graph) -> u32 {
    let dims = graph.values().filter_map(|(_, v)| v.shape()).flat_map(Shape::dims);
    let symbols = dims.filter_map(|dim| if let Dim::Unknown(symbol) = dim { Some(symbol.0) } else { None });
    symbols.filter(|&symbol| symbol < 2 * FRESH).max().map_or(FRESH, |symbol| FRESH.max(symbol))
}

fn infer(graph: &Graph, id: OpId, fresh: &Cell<u32>) -> Option<Vec<Shape>> {
    let op = graph.op(id);
    let site = Site::of(graph, op, fresh)?;
    let types = op::describe(op)?.shape?(&site)?;
    types.into_iter().map(|ty| ty.shape).collect()
}

/// `declared` with its unknown dims taken from `inferred`; `None` if the two contradict each other. What callers see
/// stays unknown, but an unknown dim may turn out to be another unknown dim.
fn refine(declared: &Shape, inferred: &Shape, seen: bool) -> Option<Shape> {
    if declared.rank() != inferred.rank() {
        return None;
    }
    let dim = |(d, i): (&Dim, &Dim)| match (d, i) {
        (Dim::Known(a), Dim::Known(b)) if a != b => None,
        (Dim::Unknown(_), Dim::Known(_)) if seen => Some(*d),
        (Dim::Known(_), _) => Some(*d),
        (Dim::Unknown(_), _) => Some(*i),
    };
    declared.dims().iter().zip(inferred.dims()).map(dim).collect()
}
