//! What unknown dims are taken for when costs are counted.
//!
//! Invariant: an assumption is never made in silence: whoever counts with one can say so.

use crate::ir::{Dim, Graph, Model, Shape, Symbol, Value};
use crate::pass;
use std::borrow::Cow;
use std::collections::HashMap;
use thiserror::Error;

/// The extent that an unknown dim is taken for unless told otherwise.
pub const ASSUMED_DIM: usize = 16;

/// The extents that unknown dims are taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dims {
    /// Of every unknown dim that nothing else is said of.
    pub all: usize,
    /// Of single dims of inputs: name, axis and extent.
    pub inputs: Vec<(String, usize, usize)>,
}

/// Extents are given for a dim that is not there or not unknown.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DimsError {
    #[error("no graph has an input named `{0}`")]
    Input(String),
    #[error("axis {axis} of input `{input}` is not an unknown dim: it is {ty}")]
    Axis { input: String, axis: usize, ty: String },
}

impl Default for Dims {
    fn default() -> Dims {
        Dims { all: ASSUMED_DIM, inputs: Vec::new() }
    }
}

impl Dims {
    /// # Errors
    /// A dim of an input that the model does not have, or that is known.
    pub fn check(&self, model: &Model) -> Result<(), DimsError> {
        self.inputs.iter().try_for_each(|(name, axis, _)| {
            let inputs = inputs(model).filter(|value| value.name == *name);
            let mut found = inputs.peekable();
            let first = found.peek().copied().ok_or_else(|| DimsError::Input(name.clone()))?;
            let is_unknown = |value: &Value| symbol(value, *axis).is_some();
            let ty = || DimsError::Axis { input: name.clone(), axis: *axis, ty: first.ty.to_string() };
            found.any(is_unknown).then_some(()).ok_or_else(ty)
        })
    }

    /// What unknown dims are taken for, if the model has any.
    pub fn assumed(&self, model: &Model) -> Option<usize> {
        let mut values = model.graphs.iter().flat_map(Graph::values).map(|(_, value)| value);
        values.any(|value| !value.is_dropped() && value.has_unknown_dims()).then_some(self.all)
    }

    /// The model with extents for the unknown dims of its inputs, and every dim that follows from them.
    pub(crate) fn bind<'m>(&self, model: &'m Model) -> Cow<'m, Model> {
        if self.assumed(model).is_none() {
            return Cow::Borrowed(model);
        }
        let mut bound = model.clone();
        for graph in &mut bound.graphs {
            let extents = self.extents(graph);
            pass::set_dims(graph, &extents);
        }
        Cow::Owned(bound)
    }

    /// The extents of the unknown dims of a graph's inputs; what is said of one holds for all that are the same dim.
    fn extents(&self, graph: &Graph) -> HashMap<Symbol, usize> {
        let mut extents = HashMap::new();
        for value in graph.inputs().iter().map(|&id| graph.value(id)) {
            for (axis, dim) in value.shape().map_or(&[][..], Shape::dims).iter().enumerate() {
                let Dim::Unknown(symbol) = dim else { continue };
                let given = self.inputs.iter().find(|(name, at, _)| *name == value.name && *at == axis);
                let extent = extents.entry(*symbol).or_insert(self.all);
                *extent = given.map_or(*extent, |(_, _, extent)| *extent);
            }
        }
        extents
    }
}

fn inputs(model: &Model) -> impl Iterator<Item = &Value> {
    model.graphs.iter().flat_map(|graph| graph.inputs().iter().map(|&id| graph.value(id)))
}

fn symbol(value: &Value, axis: usize) -> Option<Symbol> {
    match value.shape()?.dims().get(axis)? {
        Dim::Unknown(symbol) => Some(*symbol),
        Dim::Known(_) => None,
    }
}
