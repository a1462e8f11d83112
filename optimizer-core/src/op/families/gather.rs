//! Elements by index.
//!
//! Invariant: indices outside the input are an error.

use super::join::canonical_axis;
use super::quantized;
use crate::circle::schema::*;
use crate::interp::elements::array;
use crate::interp::{Call, KernelError, KernelResult, Tensor, Word, by_width};
use crate::ir::{Dim, Shape, Type};
use crate::op::shapes::held_dim;
use crate::op::{NoOptions, Operand, Options, OptionsTable, Quantized, Reads, Site, axis, operators};

operators! {
    /// Slices of `axis`, chosen by index; the first `batch_dims` axes go along.
    Gather = GATHER(input, indices) GatherOptionsT {
        shape: Some(gather_shape), kernel: Some(gather), canonical: Some(gather_canonical),
        quantized: Quantized::AsStored, reads: Reads::Chosen(0)
    }
    /// Slices chosen by index tuples.
    GatherNd = GATHER_ND(input, indices) GatherNdOptionsT {
        shape: Some(gather_nd_shape), kernel: Some(gather_nd), quantized: Quantized::AsStored,
        reads: Reads::Chosen(0)
    }
    /// `on` at each index along a new `axis`, else `off`.
    OneHot = ONE_HOT(indices, depth, on, off) OneHotOptionsT {
        shape: Some(one_hot_shape), kernel: Some(one_hot), canonical: Some(one_hot_canonical),
        quantized: Quantized::AsStored
    }
    /// Rows of a table; those of a quantized one may be declared as floats.
    EmbeddingLookup = EMBEDDING_LOOKUP(ids, table) NoOptions {
        shape: Some(embedding_shape), kernel: Some(embedding_lookup),
        quantized: Quantized::By(quantized::conversion::embedding_lookup), reads: Reads::Chosen(1)
    }
}

fn is_index(operand: &Operand) -> bool {
    matches!(operand.dtype, DType::I32 | DType::I64)
}

/// The axis and the number of batch axes, both counted from the front.
fn gather_axes(options: &GatherOptionsT, rank: usize, indices_rank: usize) -> Option<(usize, usize)> {
    let along = axis(options.axis.into(), rank)?;
    let batch = axis(options.batch_dims.into(), indices_rank + 1)?;
    let batch = if options.batch_dims < 0 { batch.checked_sub(1)? } else { batch };
    (batch <= along).then_some((along, batch))
}

fn gather_shape(site: &Site) -> Option<Vec<Type>> {
    let (input, indices) = (site.operand(0)?, site.operand(1).filter(is_index)?);
    let (shape, by) = (input.shape.dims(), indices.shape.dims());
    let (along, batch) = gather_axes(&site.options(), shape.len(), by.len())?;
    let clash = |(a, b): (&Dim, &Dim)| matches!((a, b), (Dim::Known(a), Dim::Known(b)) if a != b);
    let fits = !shape[..batch].iter().zip(&by[..batch]).any(clash);
    let dims = shape[..along].iter().chain(&by[batch..]).chain(&shape[along + 1..]);
    fits.then(|| vec![Type::new(input.dtype, dims.copied().collect())])
}

fn gather_canonical(site: &Site, options: &mut Options) {
    let (Some(indices), Some(table)) = (site.shape(1), GatherOptionsT::get(options).cloned()) else { return };
    if table.batch_dims < 0 && table.batch_dims + indices.rank() as i32 >= 0 {
        *options = GatherOptionsT { batch_dims: table.batch_dims + indices.rank() as i32, ..table }.wrap();
    }
    canonical_axis::<GatherOptionsT>(site, 0, options, |table| &mut table.axis);
}

fn gather(call: &Call) -> KernelResult {
    let (input, indices) = (call.operand(0)?, call.operand(1)?);
    let axes = gather_axes(&call.options(), input.dims.len(), indices.dims.len());
    let (along, batch) = axes.ok_or_else(outside)?;
    let product = |dims: &[usize]| dims.iter().product::<usize>();
    let outer = product(&input.dims[batch..along]);
    let picks = product(&indices.dims[batch..]);
    let indices = places(&call.ints(1)?, input.dims[along])?;
    by_width!(input.dtype, W => {
        let inner = product(&input.dims[along + 1..]);
        let slices = Slices { elements: elements::<W>(call, 0)?, extent: input.dims[along], inner };
        let picked = (0..product(&input.dims[..batch]) * outer).flat_map(|o| {
            let row = &indices[o / outer * picks..][..picks];
            row.iter().map(move |&i| (o, i))
        });
        result(call, picked.flat_map(|(outer, i)| slices.at(outer, i)).copied().collect())
    })
}

/// An array seen as outer x extent slices of `inner` elements.
struct Slices<'a, W> {
    elements: &'a [W],
    extent: usize,
    inner: usize,
}

impl<'a, W> Slices<'a, W> {
    fn at(&self, outer: usize, i: usize) -> &'a [W] {
        &self.elements[(outer * self.extent + i) * self.inner..][..self.inner]
    }
}

fn elements<'a, W: Word>(call: &Call<'a>, i: usize) -> Result<&'a [W], KernelError> {
    call.words::<W>(i)?.to_slice().ok_or_else(outside)
}

fn result<W: Word>(call: &Call, elements: Vec<W>) -> KernelResult {
    let dtype = call.results.first().ok_or_else(outside)?.dtype;
    Ok(vec![Tensor::of_words(dtype, array(call.dims(0)?, elements)?)])
}

/// The indices, if each is inside `extent`.
pub(super) fn places(indices: &[i64], extent: usize) -> Result<Vec<usize>, KernelError> {
    let place = |&i: &i64| usize::try_from(i).ok().filter(|&i| i < extent).ok_or_else(outside);
    indices.iter().map(place).collect()
}

fn gather_nd_shape(site: &Site) -> Option<Vec<Type>> {
    let (input, indices) = (site.operand(0)?, site.operand(1).filter(is_index)?);
    let (&depth, outer) = indices.shape.dims().split_last()?;
    let inner = input.shape.dims().get(depth.known()?..)?;
    Some(vec![Type::new(input.dtype, outer.iter().chain(inner).copied().collect())])
}

fn gather_nd(call: &Call) -> KernelResult {
    let (input, indices) = (call.operand(0)?, call.operand(1)?);
    let depth = *indices.dims.last().ok_or_else(outside)?;
    let places =
        flat_places(&call.ints(1)?, &input.dims[..depth], indices.dims.iter().rev().skip(1).product())?;
    by_width!(input.dtype, W => {
        let inner = input.dims[depth..].iter().product();
        let slices = Slices { elements: elements::<W>(call, 0)?, extent: 1, inner };
        result(call, places.into_iter().flat_map(|i| slices.at(i, 0)).copied().collect())
    })
}

/// `count` index tuples as places in an array of `dims`.
pub(super) fn flat_places(indices: &[i64], dims: &[usize], count: usize) -> Result<Vec<usize>, KernelError> {
    let flat = |tuple: &[i64]| {
        let mut pairs = tuple.iter().zip(dims);
        pairs.try_fold(0, |at, (&i, &n)| Ok(at * n + places(&[i], n)?[0]))
    };
    (0..count).map(|row| flat(&indices[row * dims.len()..][..dims.len()])).collect()
}

fn one_hot_axis(options: &OneHotOptionsT, rank: usize) -> Option<usize> {
    axis(options.axis.into(), rank + 1)
}

fn one_hot_shape(site: &Site) -> Option<Vec<Type>> {
    let (indices, on, off) = (site.operand(0).filter(is_index)?, site.operand(2)?, site.operand(3)?);
    let at = one_hot_axis(&site.options(), indices.shape.rank())?;
    let depth = held_dim(site, 1)?;
    let mut dims = indices.shape.dims().to_vec();
    dims.insert(at, depth);
    let fits = on.dtype == off.dtype && on.shape.elements() == Some(1) && off.shape.elements() == Some(1);
    fits.then(|| vec![Type::new(on.dtype, Shape::from(dims))])
}

fn one_hot_canonical(site: &Site, options: &mut Options) {
    canonical_axis::<OneHotOptionsT>(site, 1, options, |table| &mut table.axis);
}

fn one_hot(call: &Call) -> KernelResult {
    let (indices, dims) = (call.operand(0)?, call.dims(0)?);
    let at = one_hot_axis(&call.options(), indices.dims.len()).ok_or_else(outside)?;
    let inner: usize = indices.dims[at..].iter().product();
    let numbers = call.ints(0)?;
    by_width!(call.operand(2)?.dtype, W => {
        let (on, off) = (elements::<W>(call, 2)?[0], elements::<W>(call, 3)?[0]);
        let chosen = |i: usize| {
            let (outer, depth) = (i / inner / dims[at], i / inner % dims[at]);
            if numbers[outer * inner + i % inner] == depth as i64 { on } else { off }
        };
        result(call, (0..dims.iter().product()).map(chosen).collect())
    })
}

fn embedding_shape(site: &Site) -> Option<Vec<Type>> {
    let (ids, table) = (site.operand(0).filter(is_index)?, site.operand(1)?);
    let (_, row) = table.shape.dims().split_first()?;
    let [count] = ids.shape.dims() else { return None };
    let is_narrow = matches!(table.dtype, DType::I4 | DType::I8 | DType::U8);
    let declared = site.results.first().map(|ty| ty.dtype);
    let dtype = if is_narrow && declared == Some(DType::F32) { DType::F32 } else { table.dtype };
    Some(vec![Type::new(dtype, [count].into_iter().chain(row).copied().collect())])
}

pub(super) fn embedding_lookup(call: &Call) -> KernelResult {
    let table = call.operand(1)?;
    let rows = places(&call.ints(0)?, table.dims[0])?;
    by_width!(table.dtype, W => {
        let inner = table.dims[1..].iter().product();
        let slices = Slices { elements: elements::<W>(call, 1)?, extent: 1, inner };
        result(call, rows.into_iter().flat_map(|i| slices.at(i, 0)).copied().collect())
    })
}

pub(super) fn outside() -> KernelError {
    KernelError::invalid("an index is outside the input")
}
