//! Sparse constants made dense.
//!
//! Invariant: what the description of a sparse constant leaves out is zero; one that needs more data than there is, is
//! refused. Data past the last element is padding.

use crate::circle::schema::{DimensionMetadataT, DimensionType, SparseIndexVectorT, SparsityParametersT};
use crate::interp::{Tensor, Word, by_width};
use crate::ir::{Data, Value};

/// The content of a sparse constant, all elements in order.
pub(super) fn dense(value: &Value) -> Option<Tensor> {
    let sparsity = value.stored.as_ref()?.sparsity.as_deref()?;
    let (dims, data) = (value.shape()?.known()?, value.data.as_ref()?);
    let dtype = value.ty.dtype;
    let elements = by_width!(dtype, W => Ok(expanded::<W>(sparsity, &dims, data))).ok()?;
    Tensor::new(dtype, &dims, &elements?).ok()
}

/// One level of the storage: an axis of the constant, or of the blocks that it is cut into.
struct Level<'a> {
    /// The axis, and by how much a step on this level moves along it.
    axis: usize,
    scale: usize,
    metadata: &'a DimensionMetadataT,
}

fn expanded<W: Word>(sparsity: &SparsityParametersT, dims: &[usize], data: &Data) -> Option<Data> {
    let levels = levels(sparsity, dims.len())?;
    let count = dims.iter().try_fold(1usize, |n, &d| n.checked_mul(d)).filter(|&n| n <= MOST_ELEMENTS)?;
    data.len().is_multiple_of(size_of::<W>()).then_some(())?;
    let mut stored = bytemuck::pod_collect_to_vec::<u8, W>(data.bytes()).into_iter();
    let mut dense = vec![W::zeroed(); count];
    fill(&levels, 0, &mut vec![0; dims.len()], dims, &mut stored, &mut dense)?;
    Some(Data::of(dense))
}

/// More than any constant has: a hostile shape must not exhaust memory.
const MOST_ELEMENTS: usize = 1 << 28;

/// More levels than any constant has.
const MOST_LEVELS: usize = 32;

/// The levels in the order in which they are stored.
fn levels(sparsity: &SparsityParametersT, rank: usize) -> Option<Vec<Level<'_>>> {
    let order = sparsity.traversal_order.as_deref()?;
    let metadata = sparsity.dim_metadata.as_deref()?;
    let blocks = sparsity.block_map.as_deref().unwrap_or_default();
    let entry = |level: usize| metadata.get(level);
    let size = |block: usize| {
        let at = order.iter().position(|&level| usize::try_from(level) == Ok(rank + block))?;
        usize::try_from(entry(at)?.dense_size).ok().filter(|&n| n > 0)
    };
    (order.len() == metadata.len() && order.len() <= MOST_LEVELS && order.len() == rank + blocks.len())
        .then_some(())?;
    let level = |(at, &number): (usize, &i32)| {
        let number = usize::try_from(number).ok().filter(|&n| n < order.len())?;
        let block_of = |axis: usize| blocks.iter().position(|&b| usize::try_from(b) == Ok(axis));
        let (axis, scale) = match number.checked_sub(rank) {
            None => (number, block_of(number).map_or(Some(1), size)?),
            Some(block) => (usize::try_from(blocks[block]).ok().filter(|&axis| axis < rank)?, 1),
        };
        Some(Level { axis, scale, metadata: entry(at)? })
    };
    order.iter().enumerate().map(level).collect()
}

/// Stores what is left of `stored` below the `row`-th node of the first level; `at` is where that node lies.
fn fill<W: Word>(
    levels: &[Level],
    row: usize,
    at: &mut Vec<usize>,
    dims: &[usize],
    stored: &mut impl Iterator<Item = W>,
    dense: &mut [W],
) -> Option<()> {
    let Some((level, rest)) = levels.split_first() else {
        let inside = at.iter().zip(dims).all(|(i, n)| i < n);
        let flat = at.iter().zip(dims).fold(0, |flat, (&i, &n)| flat * n + i);
        *dense.get_mut(flat).filter(|_| inside)? = stored.next()?;
        return Some(());
    };
    for (next, index) in children(level.metadata, row, dims[level.axis])? {
        let step = index.checked_mul(level.scale)?;
        at[level.axis] = at[level.axis].checked_add(step)?;
        fill(rest, next, at, dims, stored, dense)?;
        at[level.axis] -= step;
    }
    Some(())
}

/// The nodes below a node of one level: their numbers, and their indices along the axis.
fn children(metadata: &DimensionMetadataT, row: usize, extent: usize) -> Option<Vec<(usize, usize)>> {
    if metadata.format == DimensionType::Dense {
        let size = usize::try_from(metadata.dense_size).ok().filter(|&n| n <= extent)?;
        let first = row.checked_mul(size)?;
        return Some((0..size).map(|i| (first + i, i)).collect());
    }
    let (segments, indices) = (numbers(&metadata.array_segments)?, numbers(&metadata.array_indices)?);
    let range = *segments.get(row)?..*segments.get(row + 1)?;
    Some(range.clone().zip(indices.get(range)?.iter().copied()).collect())
}

fn numbers(vector: &SparseIndexVectorT) -> Option<Vec<usize>> {
    Some(match vector {
        SparseIndexVectorT::Int32Vector(v) => {
            v.values.as_ref()?.iter().map(|&n| usize::try_from(n).ok()).collect::<Option<_>>()?
        }
        SparseIndexVectorT::Uint16Vector(v) => v.values.as_ref()?.iter().map(|&n| n.into()).collect(),
        SparseIndexVectorT::Uint8Vector(v) => v.values.as_ref()?.iter().map(|&n| n.into()).collect(),
        _ => return None,
    })
}
