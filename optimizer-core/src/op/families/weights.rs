//! Weights of recurrent layers: floats, or numbers of 8 bits that floats meet in 8 bits.
//!
//! Invariant: each row of floats is quantized by itself, as TFLite's hybrid kernels do it.

use super::quantized::hybrid::{Weights as Stored, in_bytes};
use super::recurrent::{matrix, unfit};
use crate::interp::products::dot;
use crate::interp::{Call, KernelError};
use crate::ir::DType;
use ndarray::{Array2, ArrayView2};

/// A matrix of weights.
pub(super) struct Weights {
    /// As they are stored.
    numbers: Array2<f32>,
    bytes: Option<Bytes>,
}

/// What numbers of 8 bits stand for, and how floats become such.
struct Bytes {
    scale: f32,
    asymmetric: bool,
}

impl Weights {
    pub(super) fn of(call: &Call, i: usize, asymmetric: bool) -> Result<Weights, KernelError> {
        let tensor = call.operand(i)?;
        if tensor.dtype != DType::I8 {
            return Weights::floats(call, i);
        }
        let stored = Stored::of(call, i, 0, 0)?;
        let &[rows, columns] = &tensor.dims[..] else { return Err(KernelError::invalid("not a matrix")) };
        let bytes = Some(Bytes { scale: stored.scale(0), asymmetric });
        Ok(Weights {
            numbers: Array2::from_shape_vec((rows, columns), stored.numbers).map_err(unfit)?,
            bytes,
        })
    }

    pub(super) fn floats(call: &Call, i: usize) -> Result<Weights, KernelError> {
        Ok(Weights { numbers: matrix(call, i)?, bytes: None })
    }

    pub(super) fn dim(&self) -> (usize, usize) {
        self.numbers.dim()
    }

    /// What they stand for.
    pub(super) fn dense(self) -> Array2<f32> {
        match self.bytes {
            Some(Bytes { scale, .. }) => self.numbers.mapv_into(|n| n * scale),
            None => self.numbers,
        }
    }

    /// `x * weights^T`, if they fit.
    pub(super) fn meet(&self, x: ArrayView2<f32>) -> Result<Array2<f64>, KernelError> {
        if x.ncols() != self.numbers.ncols() {
            return Err(KernelError::invalid("weights do not fit"));
        }
        let Some(bytes) = &self.bytes else { return Ok(self.products(x)) };
        let (mut numbers, mut scales) = (Vec::with_capacity(x.len()), Vec::new());
        for row in x.rows() {
            scales.push(in_bytes(&row.to_vec(), bytes.asymmetric, &mut numbers) * bytes.scale);
        }
        let mut sums = self.products(ArrayView2::from_shape(x.dim(), &numbers).map_err(unfit)?);
        for (mut row, scale) in sums.rows_mut().into_iter().zip(scales) {
            row.mapv_inplace(|sum| sum * f64::from(scale));
        }
        Ok(sums)
    }

    fn products(&self, x: ArrayView2<f32>) -> Array2<f64> {
        let size = (x.nrows(), self.numbers.nrows());
        Array2::from_shape_fn(size, |(i, j)| dot(x.row(i), self.numbers.row(j)))
    }
}
