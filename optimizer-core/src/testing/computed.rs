//! A result of an example's left side before there is a graph that holds it.
//!
//! Invariant: answers what a `Val` answers, so that an expression of a pattern works on either.

use crate::ir::{DType, Dim, Shape};
use crate::rewrite::{Builder, IntoOperand, Reject, Wire};

/// A value that the left side computes.
#[derive(Clone, Debug)]
pub struct Computed {
    wire: Wire,
    shape: Shape,
    dtype: DType,
}

impl Computed {
    /// # Errors
    /// The wire is absent or of unknown rank.
    pub(super) fn of(b: &Builder<'_>, wire: Wire) -> Result<Computed, Reject> {
        let shape = b.shape(wire)?.clone();
        let dtype = b.ty(wire).map_or(DType::F32, |ty| ty.dtype);
        Ok(Computed { wire, shape, dtype })
    }

    pub fn dtype(&self) -> DType {
        self.dtype
    }

    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    pub fn rank(&self) -> usize {
        self.shape.rank()
    }

    pub fn dims(&self) -> &[Dim] {
        self.shape.dims()
    }

    /// The dim at `axis`, counted from the end when negative; an axis outside the rank is a dim of 1.
    pub fn dim(&self, axis: isize) -> Dim {
        self.shape.dim(axis).unwrap_or(Dim::Known(1))
    }

    pub fn is_const(&self) -> bool {
        false
    }
}

impl<'g> IntoOperand<'g> for Computed {
    fn into_wire(self, _: &mut Builder<'g>) -> Wire {
        self.wire
    }
}
