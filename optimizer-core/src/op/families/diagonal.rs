//! Diagonals of matrices, which are the last two axes.
//!
//! Invariant: the axes before are kept.

use crate::circle::schema::*;
use crate::interp::elements::array;
use crate::interp::{Call, KernelResult, Tensor, Word, by_width};
use crate::ir::{Dim, Type};
use crate::op::{Site, operators};
use bytemuck::Zeroable;

operators! {
    /// Matrices with a given diagonal, else zero.
    MatrixDiag = MATRIX_DIAG(diagonal) MatrixDiagOptionsT { shape: Some(matrix_diag_shape), kernel: Some(matrix_diag) }
    /// The input with another diagonal.
    MatrixSetDiag = MATRIX_SET_DIAG(input, diagonal) MatrixSetDiagOptionsT {
        shape: Some(matrix_set_diag_shape), kernel: Some(matrix_set_diag)
    }
}

fn matrix_diag_shape(site: &Site) -> Option<Vec<Type>> {
    let diagonal = site.operand(0)?;
    let last = *diagonal.shape.dims().last()?;
    let dims = diagonal.shape.dims().iter().copied().chain([last]);
    Some(vec![Type::new(diagonal.dtype, dims.collect())])
}

fn matrix_set_diag_shape(site: &Site) -> Option<Vec<Type>> {
    let (input, diagonal) = (site.operand(0)?, site.operand(1)?);
    let (outer, &[rows, columns]) = input.shape.dims().split_last_chunk::<2>()?;
    let (&last, batches) = diagonal.shape.dims().split_last()?;
    let clash = |(a, b): (&Dim, &Dim)| !a.agrees(*b);
    let length = rows.known().zip(columns.known()).map(|(rows, columns)| Dim::Known(rows.min(columns)));
    let fits = outer.len() == batches.len()
        && !outer.iter().zip(batches).any(clash)
        && length.is_none_or(|length| !clash((&length, &last)));
    (fits && input.dtype == diagonal.dtype).then(|| vec![input.ty()])
}

fn matrix_diag(call: &Call) -> KernelResult {
    let dims = call.dims(0)?;
    by_width!(call.operand(0)?.dtype, W => {
        with_diagonal::<W>(call, vec![W::zeroed(); dims.iter().product()], 0)
    })
}

fn matrix_set_diag(call: &Call) -> KernelResult {
    by_width!(call.operand(0)?.dtype, W => {
        with_diagonal::<W>(call, call.words::<W>(0)?.iter().copied().collect(), 1)
    })
}

/// The matrices in `elements` with the diagonals that an operand holds.
fn with_diagonal<W: Word>(call: &Call, mut elements: Vec<W>, operand: usize) -> KernelResult {
    let dims = call.dims(0)?;
    let [.., rows, columns] = dims[..] else { return Err(super::convolution::unfit()) };
    let length = rows.min(columns);
    for (i, &x) in call.words::<W>(operand)?.iter().enumerate() {
        elements[i / length * rows * columns + i % length * (columns + 1)] = x;
    }
    Ok(vec![Tensor::of_words(call.operand(0)?.dtype, array(dims, elements)?)])
}
