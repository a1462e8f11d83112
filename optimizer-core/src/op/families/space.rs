//! Blocks of spatial axes moved into batches and back.
//!
//! Invariant: inputs are batch, spatial axes as many as blocks, and the rest.

use super::pad::paddings;
use super::quantized;
use crate::circle::schema::*;
use crate::interp::{Call, KernelError, KernelResult, Tensor, Word, by_width};
use crate::ir::{Dim, Type};
use ndarray::{ArrayD, IxDyn, Slice};
use crate::op::{Quantized, Site, operators};

operators! {
    /// Blocks of spatial axes, zero-padded before, become batches.
    SpaceToBatchND = SPACE_TO_BATCH_ND(input, block, paddings) SpaceToBatchNDOptionsT {
        shape: Some(space_to_batch_shape), kernel: Some(space_to_batch),
        quantized: Quantized::By(quantized::pad::space_to_batch)
    }
    /// Batches become blocks of spatial axes, which are cropped after.
    BatchToSpaceND = BATCH_TO_SPACE_ND(input, block, crops) BatchToSpaceNDOptionsT {
        shape: Some(batch_to_space_shape), kernel: Some(batch_to_space), quantized: Quantized::AsStored
    }
}

/// The blocks, and before and after for each; `None` unless they are constants that fit.
fn blocks(block: &[i64], edges: &[i64], rank: usize) -> Option<(Vec<usize>, Vec<[usize; 2]>)> {
    let block: Vec<_> =
        block.iter().map(|&n| usize::try_from(n).ok().filter(|&n| n > 0)).collect::<Option<_>>()?;
    let edges = paddings(edges, block.len())?;
    (block.len() < rank).then_some((block, edges))
}

fn space_to_batch_shape(site: &Site) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let (block, edges) = blocks(&site.ints(1)?, &site.ints(2)?, input.shape.rank())?;
    let mut dims = input.shape.dims().to_vec();
    for (i, (&block, [before, after])) in block.iter().zip(edges).enumerate() {
        let padded = |n: usize| n.checked_add(before)?.checked_add(after).filter(|n| n % block == 0);
        dims[0] = scaled(site, dims[0], |n| n.checked_mul(block))?;
        dims[i + 1] = scaled(site, dims[i + 1], |n| Some(padded(n)? / block))?;
    }
    Some(vec![Type::new(input.dtype, dims.into())])
}

fn batch_to_space_shape(site: &Site) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let (block, edges) = blocks(&site.ints(1)?, &site.ints(2)?, input.shape.rank())?;
    let mut dims = input.shape.dims().to_vec();
    for (i, (&block, [before, after])) in block.iter().zip(edges).enumerate() {
        dims[0] = scaled(site, dims[0], |n| (n % block == 0).then_some(n / block))?;
        let cropped = |n: usize| n.checked_mul(block)?.checked_sub(before)?.checked_sub(after);
        dims[i + 1] = scaled(site, dims[i + 1], cropped)?;
    }
    Some(vec![Type::new(input.dtype, dims.into())])
}

fn scaled(site: &Site, dim: Dim, f: impl Fn(usize) -> Option<usize>) -> Option<Dim> {
    match dim {
        Dim::Known(n) => f(n).map(Dim::Known),
        Dim::Unknown(_) => Some(site.unknown()),
    }
}

fn space_to_batch(call: &Call) -> KernelResult {
    by_width!(call.operand(0)?.dtype, W => into_batches::<W>(call, bytemuck::Zeroable::zeroed()))
}

/// Padded with `value`.
pub(super) fn into_batches<W: Word>(call: &Call, value: W) -> KernelResult {
    let input = call.operand(0)?;
    let (block, edges) = blocks(&call.ints(1)?, &call.ints(2)?, input.dims.len()).ok_or_else(unfit)?;
    let mut dims = input.dims.clone();
    dims.iter_mut().skip(1).zip(&edges).for_each(|(n, [before, after])| *n += before + after);
    let mut padded = ArrayD::from_elem(IxDyn(&dims), value);
    let inside = padded.slice_each_axis_mut(|axis| {
        let i = axis.axis.index();
        let before = i.checked_sub(1).and_then(|i| edges.get(i)).map_or(0, |[before, _]| *before);
        Slice::from(before..before + input.dims[i])
    });
    call.words::<W>(0)?.assign_to(inside);
    let m = block.len();
    let spatial = block.iter().zip(&dims[1..]).flat_map(|(&block, &n)| [n / block, block]);
    let split: Vec<_> = [dims[0]].into_iter().chain(spatial).chain(dims[m + 1..].iter().copied()).collect();
    let blocks = (0..m).map(|i| 2 * i + 2);
    let order = blocks.chain([0]).chain((0..m).map(|i| 2 * i + 1)).chain(2 * m + 1..split.len());
    let moved = padded.into_shape_with_order(IxDyn(&split)).map_err(|_| unfit())?;
    let moved = moved.permuted_axes(IxDyn(&order.collect::<Vec<_>>())).as_standard_layout().into_owned();
    let moved = moved.into_shape_with_order(IxDyn(&call.dims(0)?)).map_err(|_| unfit())?;
    Ok(vec![Tensor::of_words(input.dtype, moved)])
}

fn batch_to_space(call: &Call) -> KernelResult {
    by_width!(call.operand(0)?.dtype, W => out_of_batches::<W>(call))
}

fn out_of_batches<W: Word>(call: &Call) -> KernelResult {
    let (input, result) = (call.operand(0)?, call.dims(0)?);
    let (block, edges) = blocks(&call.ints(1)?, &call.ints(2)?, input.dims.len()).ok_or_else(unfit)?;
    let m = block.len();
    let split: Vec<_> =
        block.iter().copied().chain([result[0]]).chain(input.dims[1..].iter().copied()).collect();
    let spatial = (0..m).flat_map(|i| [m + 1 + i, i]);
    let order: Vec<_> = [m].into_iter().chain(spatial).chain(2 * m + 1..split.len()).collect();
    let mut dims = input.dims.clone();
    dims[0] = result[0];
    dims.iter_mut().skip(1).zip(&block).for_each(|(n, block)| *n *= block);
    let moved = call.words::<W>(0)?.into_shape_with_order(IxDyn(&split)).map_err(|_| unfit())?;
    let moved = moved.permuted_axes(IxDyn(&order)).as_standard_layout().into_owned();
    let mut moved = moved.into_shape_with_order(IxDyn(&dims)).map_err(|_| unfit())?;
    moved.slice_each_axis_inplace(|axis| {
        let i = axis.axis.index();
        let before = i.checked_sub(1).and_then(|i| edges.get(i)).map_or(0, |[before, _]| *before);
        Slice::from(before..before + result[i])
    });
    Ok(vec![Tensor::of_words(input.dtype, moved)])
}

fn unfit() -> KernelError {
    KernelError::invalid("blocks do not fit the input")
}
