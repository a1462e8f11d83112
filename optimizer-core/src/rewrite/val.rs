//! Handles that rules hold: a value or an operator together with its graph.
//!
//! Invariant: a [`Val`] has a known rank.

use crate::ir::{DType, Data, Dim, Element, Graph, OpId, Operator, Shape, Type, Value, ValueId};
use crate::op::{self, Op, Operand};
use crate::rewrite::evidence::list;
use std::fmt;
use std::marker::PhantomData;

/// A value of the graph that is being matched. Two are equal if they are the same value.
#[derive(Clone, Copy)]
pub struct Val<'g> {
    graph: &'g Graph,
    id: ValueId,
}

/// A matched operator.
pub struct Node<'g, O> {
    graph: &'g Graph,
    id: OpId,
    op: PhantomData<O>,
}

impl<'g> Val<'g> {
    /// The handle of a value whose rank is known.
    pub fn new(graph: &'g Graph, id: ValueId) -> Option<Val<'g>> {
        graph.value(id).shape().map(|_| Val { graph, id })
    }

    pub fn id(self) -> ValueId {
        self.id
    }

    pub fn value(self) -> &'g Value {
        self.graph.value(self.id)
    }

    pub fn name(self) -> &'g str {
        &self.value().name
    }

    pub fn dtype(self) -> DType {
        self.value().ty.dtype
    }

    pub fn ty(self) -> &'g Type {
        &self.value().ty
    }

    pub fn shape(self) -> &'g Shape {
        self.value().shape().expect("a Val has a known rank")
    }

    pub fn rank(self) -> usize {
        self.shape().rank()
    }

    pub fn dims(self) -> &'g [Dim] {
        self.shape().dims()
    }

    /// The dim at `axis`, counted from the end when negative; an axis outside the rank is a dim of 1, which is
    /// what broadcasting makes of it.
    pub fn dim(self, axis: isize) -> Dim {
        self.shape().dim(axis).unwrap_or(Dim::Known(1))
    }

    pub fn is_const(self) -> bool {
        self.value().is_const()
    }

    pub fn data(self) -> Option<&'g Data> {
        self.value().data.as_ref().filter(|_| self.is_const())
    }

    /// The numbers of a constant i32 or i64 value.
    pub fn ints(self) -> Option<Vec<i64>> {
        Operand { dtype: self.dtype(), shape: self.shape(), data: self.data() }.ints()
    }

    pub fn graph(self) -> &'g Graph {
        self.graph
    }

    /// The first elements of a constant.
    fn write_elements<T: Element>(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(elements) = self.data().and_then(|data| data.elements::<T>()) else { return Ok(()) };
        f.write_str(" = ")?;
        list(f, elements.iter())
    }

    /// The operator that computes the value and which of its results it is.
    pub fn producer(self) -> Option<(OpId, u32)> {
        self.value().producer()
    }
}

impl PartialEq for Val<'_> {
    fn eq(&self, other: &Val<'_>) -> bool {
        self.id == other.id
    }
}

impl fmt::Debug for Val<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name(), self.ty())?;
        match self.dtype() {
            DType::F32 => self.write_elements::<f32>(f),
            DType::I32 => self.write_elements::<i32>(f),
            DType::I64 => self.write_elements::<i64>(f),
            _ => Ok(()),
        }
    }
}

impl<'g, O: Op> Node<'g, O> {
    pub(super) fn new(graph: &'g Graph, id: OpId) -> Node<'g, O> {
        Node { graph, id, op: PhantomData }
    }

    pub fn id(self) -> OpId {
        self.id
    }

    pub fn operator(self) -> &'g Operator {
        self.graph.op(self.id)
    }

    pub fn graph(self) -> &'g Graph {
        self.graph
    }

    /// The options in their one spelling: axes counted from the front.
    pub fn options(self) -> O::Options {
        match O::DESCRIPTION.canonical {
            Some(_) => op::canonical_options(self.graph, self.operator()).table(),
            None => self.operator().options.table(),
        }
    }

    /// Result number `i`; matched operators have results of known rank.
    pub fn result(self, i: usize) -> Val<'g> {
        Val { graph: self.graph, id: self.operator().results()[i] }
    }
}

impl<O> fmt::Debug for Node<'_, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let op = self.graph.op(self.id);
        let results: Vec<String> = op.results().iter().map(|&v| self.graph.value(v).ty.to_string()).collect();
        write!(f, "{} giving {}", op.name(), results.join(", "))
    }
}

impl<O> Clone for Node<'_, O> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<O> Copy for Node<'_, O> {}

impl<O> PartialEq for Node<'_, O> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}
