//! Elements and rows collected at places that operands say.
//!
//! Invariant: a place outside the result is an error; where several are meant for one place, the operator says whether
//! they add up or the last one counts.

use super::fill::held_shape;
use super::gather::{flat_places, outside};
use crate::circle::schema::*;
use crate::interp::elements::{Number, array};
use crate::interp::{Call, KernelResult, Tensor, by_dtype, by_width};
use crate::ir::{Dim, Shape, Type};
use bytemuck::Zeroable;
use crate::op::{NoOptions, Quantized, Site, operators};

operators! {
    /// Zeros with updates added at index tuples.
    ScatterNd = SCATTER_ND(indices, updates, shape) ScatterNdOptionsT {
        shape: Some(scatter_nd_shape), kernel: Some(scatter_nd), quantized: Quantized::AsStored
    }
    /// `default` with values written at index tuples.
    SparseToDense = SPARSE_TO_DENSE(indices, shape, values, default) SparseToDenseOptionsT {
        shape: Some(sparse_to_dense_shape), kernel: Some(sparse_to_dense)
    }
    /// Weighted sums of rows of a table, for each place that the last axis of index tuples leaves open.
    EmbeddingLookupSparse = EMBEDDING_LOOKUP_SPARSE(
        ids, indices, shape, weights, table
    ) EmbeddingLookupSparseOptionsT { shape: Some(embedding_sparse_shape), kernel: Some(embedding_sparse) }
    /// Rows by key, zeros for keys that are missing, and which keys were found.
    HashtableLookup = HASHTABLE_LOOKUP(lookup, keys, values) NoOptions {
        shape: Some(hashtable_lookup_shape), kernel: Some(hashtable_lookup)
    }
}

fn scatter_nd_shape(site: &Site) -> Option<Vec<Type>> {
    let (indices, updates) = (site.operand(0)?, site.operand(1)?);
    let shape = held_shape(site, 2)?;
    let (depth, outer) = indices.shape.dims().split_last()?;
    let inner = shape.dims().get(depth.known()?..)?;
    let expected = outer.iter().chain(inner);
    let clash = |(a, b): (&Dim, &Dim)| !a.agrees(*b);
    let fits = updates.shape.rank() == outer.len() + inner.len();
    let fits = fits && !updates.shape.dims().iter().zip(expected).any(clash);
    (fits && indices.dtype == DType::I32).then(|| vec![Type::new(updates.dtype, shape)])
}

fn scatter_nd(call: &Call) -> KernelResult {
    match call.operand(1)?.dtype {
        DType::Bool => added::<u8>(call, |a, b| a | u8::from(b != 0)),
        dtype => by_dtype!(dtype, T: f32 | f64 | i8 | u8 | i32 | i64 => added::<T>(call, T::plus)),
    }
}

fn added<T: bytemuck::Pod + Send + Sync>(call: &Call, plus: impl Fn(T, T) -> T) -> KernelResult {
    let (dims, indices, updates) = (call.dims(0)?, call.operand(0)?, call.operand(1)?);
    let depth = *indices.dims.last().ok_or_else(outside)?;
    let inner: usize = dims[depth..].iter().product();
    let count = indices.dims.iter().rev().skip(1).product();
    let places = flat_places(&call.ints(0)?, &dims[..depth], count)?;
    let elements = updates.data.elements::<T>().ok_or_else(outside)?;
    let mut sums = vec![T::zeroed(); dims.iter().product()];
    for (row, place) in places.into_iter().enumerate() {
        for i in 0..inner {
            sums[place * inner + i] = plus(sums[place * inner + i], elements[row * inner + i]);
        }
    }
    Ok(vec![Tensor::of_words(updates.dtype, array(dims, sums)?)])
}

fn sparse_to_dense_shape(site: &Site) -> Option<Vec<Type>> {
    let (indices, values, default) = (site.operand(0)?, site.operand(2)?, site.operand(3)?);
    let fits = indices.shape.rank() <= 2
        && values.shape.rank() <= 1
        && values.dtype == default.dtype
        && default.shape.elements() == Some(1);
    fits.then(|| Some(vec![Type::new(values.dtype, held_shape(site, 1)?)]))?
}

fn sparse_to_dense(call: &Call) -> KernelResult {
    let (dims, indices, values) = (call.dims(0)?, call.operand(0)?, call.operand(2)?);
    let count = indices.dims.first().copied().unwrap_or(1);
    let depth = indices.dims.get(1).copied().unwrap_or(1);
    (depth == dims.len()).then_some(()).ok_or_else(outside)?;
    let places = flat_places(&call.ints(0)?, &dims, count)?;
    by_width!(values.dtype, W => {
        let default = *call.words::<W>(3)?.first().ok_or_else(outside)?;
        let elements: Vec<W> = call.words::<W>(2)?.iter().copied().collect();
        let one = values.dims.is_empty();
        (one || elements.len() == count).then_some(()).ok_or_else(outside)?;
        let mut dense = vec![default; dims.iter().product()];
        places.into_iter().enumerate().for_each(|(i, place)| dense[place] = elements[if one { 0 } else { i }]);
        Ok(vec![Tensor::of_words(values.dtype, array(dims, dense)?)])
    })
}

fn embedding_sparse_shape(site: &Site) -> Option<Vec<Type>> {
    let (ids, indices, weights, table) =
        (site.operand(0)?, site.operand(1)?, site.operand(3)?, site.operand(4)?);
    let shape = held_shape(site, 2)?;
    let (_, outer) = shape.dims().split_last()?;
    let (_, row) = table.shape.dims().split_first()?;
    let fits = ids.shape.rank() == 1
        && indices.shape.rank() == 2
        && indices.shape.dim(1)?.known().is_none_or(|depth| depth == shape.rank())
        && weights.shape.rank() == 1;
    let dims = outer.iter().chain(row).copied();
    (fits && weights.dtype == DType::F32).then(|| vec![Type::new(table.dtype, dims.collect())])
}

fn embedding_sparse(call: &Call) -> KernelResult {
    let (dims, depth) = (call.dims(0)?, call.operand(2)?.dims.iter().product::<usize>());
    let (ids, weights, table) = (call.ints(0)?, call.view::<f32>(3)?, call.view::<f32>(4)?);
    let outer: Vec<_> = call.ints(1)?.chunks(depth.max(1)).flat_map(|t| t[..t.len() - 1].to_vec()).collect();
    (weights.len() == ids.len() && outer.len() == ids.len() * (depth - 1))
        .then_some(())
        .ok_or_else(outside)?;
    let places = flat_places(&outer, &dims[..depth - 1], ids.len())?;
    let rows = flat_places(&ids, &table.shape()[..1], ids.len())?;
    let inner: usize = table.shape()[1..].iter().product();
    let elements = table.to_slice().ok_or_else(outside)?;
    let count: usize = dims[..depth - 1].iter().product();
    let (mut sums, mut total, mut squares) =
        (vec![0.0f32; count * inner], vec![0.0f32; count], vec![0.0f32; count]);
    for ((&place, &row), &weight) in places.iter().zip(&rows).zip(weights) {
        (total[place], squares[place]) = (total[place] + weight, squares[place] + weight * weight);
        for i in 0..inner {
            sums[place * inner + i] += weight * elements[row * inner + i];
        }
    }
    let divisor = |place: usize| match call.options::<EmbeddingLookupSparseOptionsT>().combiner {
        CombinerType::Mean => total[place],
        CombinerType::Sqrtn => squares[place].sqrt(),
        _ => 1.0,
    };
    let combined = sums.iter().enumerate().map(|(i, &sum)| match divisor(i / inner) {
        0.0 => 0.0,
        divisor => sum / divisor,
    });
    Ok(vec![Tensor::of(array(dims, combined.collect())?)])
}

fn hashtable_lookup_shape(site: &Site) -> Option<Vec<Type>> {
    let (lookup, keys, values) = (site.operand(0)?, site.operand(1)?, site.operand(2)?);
    let &[count] = lookup.shape.dims() else { return None };
    let (&rows, row) = values.shape.dims().split_first()?;
    let fits = keys.shape.rank() == 1 && keys.shape.dim(0) == Some(rows) && keys.dtype == DType::I32;
    let dims: Shape = [count].into_iter().chain(row.iter().copied()).collect();
    let types = vec![Type::new(values.dtype, dims), Type::new(DType::U8, Shape::from(vec![count]))];
    (fits && lookup.dtype == DType::I32).then_some(types)
}

fn hashtable_lookup(call: &Call) -> KernelResult {
    let (lookup, keys, values) = (call.ints(0)?, call.ints(1)?, call.operand(2)?);
    let inner: usize = values.dims[1..].iter().product();
    let found: Vec<_> = lookup.iter().map(|key| keys.binary_search(key).ok()).collect();
    let hits = found.iter().map(|row| u8::from(row.is_some())).collect();
    by_width!(values.dtype, W => {
        let elements = values.data.elements::<W>().ok_or_else(outside)?;
        let rows = found.iter().flat_map(|row| {
            (0..inner).map(move |i| row.map_or(W::zeroed(), |row| elements[row * inner + i]))
        });
        let rows = Tensor::of_words(values.dtype, array(call.dims(0)?, rows.collect())?);
        Ok(vec![rows, Tensor::row::<u8>(hits)])
    })
}
