//! Joining and splitting along one axis.
//!
//! Invariant: the parts are in order, and together they are the whole.

use super::quantized;
use crate::circle::schema::*;
use crate::interp::{Call, KernelError, KernelResult, Tensor, Word, by_width};
use crate::ir::{Dim, Shape, Type};
use ndarray::{Axis, Slice};
use crate::op::pieces::{CUT, JOINED};
use crate::op::{Follow, Options, OptionsTable, Permutation, Place, Quantized, Relayout, Site, axis, operators};

operators! {
    /// The operands one after the other along `axis`.
    Concatenation = CONCATENATION(..) ConcatenationOptionsT {
        shape: Some(concatenation_shape), kernel: Some(concatenation), canonical: Some(concatenation_canonical),
        layout: Some(concatenation_layout), pieces: Some(JOINED),
        quantized: Quantized::By(quantized::join::concatenation)
    }
    /// The operands one after the other along a new `axis`.
    Pack = PACK(..) PackOptionsT {
        shape: Some(pack_shape), kernel: Some(pack), canonical: Some(pack_canonical),
        quantized: Quantized::AsStored
    }
    /// The slices along `axis`, without it.
    Unpack = UNPACK(input) UnpackOptionsT {
        shape: Some(unpack_shape), kernel: Some(unpack), canonical: Some(unpack_canonical),
        quantized: Quantized::AsStored
    }
    /// Equal parts along an axis.
    Split = SPLIT(axis, input) SplitOptionsT {
        shape: Some(split_shape), kernel: Some(split), layout: Some(split_layout), pieces: Some(CUT),
        quantized: Quantized::AsStored
    }
    /// Parts of given sizes along an axis; one size may be -1, whatever is left.
    SplitV = SPLIT_V(input, sizes, axis) SplitVOptionsT {
        shape: Some(split_v_shape), kernel: Some(split_v), canonical: Some(split_v_canonical),
        layout: Some(split_v_layout), pieces: Some(CUT), quantized: Quantized::AsStored
    }
}

fn concatenation_shape(site: &Site) -> Option<Vec<Type>> {
    let first = site.operand(0)?;
    let along = axis(site.options::<ConcatenationOptionsT>().axis.into(), first.shape.rank())?;
    let mut dims = first.shape.dims().to_vec();
    for next in site.operands().skip(1) {
        let fits = next.dtype == first.dtype && next.shape.rank() == dims.len();
        for (i, (dim, &other)) in dims.iter_mut().zip(next.shape.dims()).enumerate() {
            *dim = if i == along { added(site, *dim, other)? } else { agreed(*dim, other)? };
        }
        fits.then_some(())?;
    }
    Some(vec![Type::new(first.dtype, dims.into())])
}

fn concatenation_layout(site: &Site, perm: &Permutation, _: Place) -> Option<Relayout> {
    let options = site.options::<ConcatenationOptionsT>();
    let axis = perm.place_of(perm.axis(options.axis.into())?) as i32;
    let follow = |i| site.movable(i, perm).map(|_| Follow::Moves);
    let operands = (0..site.operand_count()).map(follow).collect::<Option<_>>()?;
    Relayout::moving(ConcatenationOptionsT { axis, ..options }.wrap(), operands)
}

/// The axis that operand `i` names, once what is split is permuted.
fn moved_axis(site: &Site, perm: &Permutation, i: usize) -> Option<Follow> {
    let axis = perm.axis(*site.ints(i)?.first()?)?;
    Some(Follow::Becomes(vec![perm.place_of(axis) as i64]))
}

fn split_layout(site: &Site, perm: &Permutation, _: Place) -> Option<Relayout> {
    site.movable(1, perm)?;
    Relayout::moving(site.options.clone(), vec![moved_axis(site, perm, 0)?, Follow::Moves])
}

fn split_v_layout(site: &Site, perm: &Permutation, _: Place) -> Option<Relayout> {
    site.movable(0, perm)?;
    let operands = vec![Follow::Moves, Follow::Stays, moved_axis(site, perm, 2)?];
    Relayout::moving(site.options.clone(), operands)
}

fn added(site: &Site, a: Dim, b: Dim) -> Option<Dim> {
    match (a, b) {
        (Dim::Known(a), Dim::Known(b)) => a.checked_add(b).map(Dim::Known),
        (Dim::Known(0), dim) | (dim, Dim::Known(0)) => Some(dim),
        _ => Some(site.unknown()),
    }
}

/// One of two dims that must be equal when the model runs.
fn agreed(a: Dim, b: Dim) -> Option<Dim> {
    match (a, b) {
        (Dim::Known(a), Dim::Known(b)) => (a == b).then_some(Dim::Known(a)),
        (Dim::Unknown(_), known) => Some(known),
        (known, Dim::Unknown(_)) => Some(known),
    }
}

fn pack_shape(site: &Site) -> Option<Vec<Type>> {
    let first = site.operand(0)?;
    let along = axis(site.options::<PackOptionsT>().axis.into(), first.shape.rank() + 1)?;
    let mut dims = first.shape.dims().to_vec();
    for next in site.operands().skip(1) {
        let fits = next.dtype == first.dtype && next.shape.rank() == dims.len();
        for (dim, &other) in dims.iter_mut().zip(next.shape.dims()) {
            *dim = agreed(*dim, other)?;
        }
        fits.then_some(())?;
    }
    dims.insert(along, Dim::Known(site.operands().count()));
    Some(vec![Type::new(first.dtype, dims.into())])
}

fn unpack_shape(site: &Site) -> Option<Vec<Type>> {
    let (input, options) = (site.operand(0)?, site.options::<UnpackOptionsT>());
    let along = axis(options.axis.into(), input.shape.rank())?;
    let count = usize::try_from(options.num).ok()?;
    let fits = input.shape.dims()[along].known().is_none_or(|n| n == count);
    let mut dims = input.shape.dims().to_vec();
    dims.remove(along);
    (fits && count <= MOST_PARTS).then(|| vec![Type::new(input.dtype, dims.into()); count])
}

/// More parts than any model has: a hostile count must not exhaust memory.
const MOST_PARTS: usize = 1 << 16;

fn split_shape(site: &Site) -> Option<Vec<Type>> {
    let input = site.operand(1)?;
    let count = usize::try_from(site.options::<SplitOptionsT>().num_splits).ok().filter(|&n| n > 0)?;
    let mut dims = input.shape.dims().to_vec();
    let along = match site.ints(0) {
        Some(along) => axis(*along.first()?, dims.len())?,
        None => return None,
    };
    dims[along] = match dims[along] {
        Dim::Known(n) if n % count == 0 => Dim::Known(n / count),
        Dim::Known(_) => return None,
        Dim::Unknown(_) => site.unknown(),
    };
    (count <= MOST_PARTS).then(|| vec![Type::new(input.dtype, dims.into()); count])
}

pub(super) fn split_v_shape(site: &Site) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let along = axis(*site.ints(2)?.first()?, input.shape.rank())?;
    let sizes = split_sizes(site, input.shape.dims()[along], &site.ints(1)?)?;
    let part = |size: Dim| {
        let mut dims = input.shape.dims().to_vec();
        dims[along] = size;
        Type::new(input.dtype, Shape::from(dims))
    };
    let declared = site.options::<SplitVOptionsT>().num_splits;
    (usize::try_from(declared) == Ok(sizes.len())).then(|| sizes.into_iter().map(part).collect())
}

/// The sizes with their -1 replaced, if together they are `whole`.
fn split_sizes(site: &Site, whole: Dim, sizes: &[i64]) -> Option<Vec<Dim>> {
    let mut known = sizes.iter().filter(|&&n| n != -1).map(|&n| usize::try_from(n).ok());
    let known = known.try_fold(0usize, |sum, n| sum.checked_add(n?))?;
    let rest = match (sizes.iter().filter(|&&n| n == -1).count(), whole.known()) {
        (0, Some(whole)) if whole != known => return None,
        (0, _) => Dim::Known(0),
        (1, Some(whole)) => Dim::Known(whole.checked_sub(known)?),
        (1, None) => site.unknown(),
        _ => return None,
    };
    Some(sizes.iter().map(|&n| if n == -1 { rest } else { Dim::Known(n as usize) }).collect())
}

fn concatenation_canonical(site: &Site, options: &mut Options) {
    canonical_axis::<ConcatenationOptionsT>(site, 0, options, |table| &mut table.axis);
}

fn pack_canonical(site: &Site, options: &mut Options) {
    canonical_axis::<PackOptionsT>(site, 1, options, |table| &mut table.axis);
}

fn unpack_canonical(site: &Site, options: &mut Options) {
    canonical_axis::<UnpackOptionsT>(site, 0, options, |table| &mut table.axis);
}

/// The number of parts, where it is left out, is the number of sizes.
pub(super) fn split_v_canonical(site: &Site, options: &mut Options) {
    let mut table: SplitVOptionsT = options.table();
    if let (0, Some(sizes)) = (table.num_splits, site.shape(1).and_then(Shape::elements)) {
        table.num_splits = sizes as i32;
        *options = table.wrap();
    }
}

/// Counts an axis option from the front, among the axes of the first operand and `more`.
pub(crate) fn canonical_axis<O: OptionsTable>(
    site: &Site,
    more: usize,
    options: &mut Options,
    field: impl Fn(&mut O) -> &mut i32,
) {
    let (Some(shape), Some(mut table)) = (site.shape(0), O::get(options).cloned()) else { return };
    let at = field(&mut table);
    if let Some(positive) = axis((*at).into(), shape.rank() + more) {
        *at = positive as i32;
        *options = table.wrap();
    }
}

pub(super) fn concatenation(call: &Call) -> KernelResult {
    let options = call.options::<ConcatenationOptionsT>();
    if options.act != Activation::None {
        return Err(KernelError::Unsupported("an activation of a concatenation".to_owned()));
    }
    let first = call.operand(0)?;
    let along = axis(options.axis.into(), first.dims.len()).ok_or_else(outside)?;
    by_width!(first.dtype, W => {
        let views = (0..call.operands.len()).map(|i| call.words::<W>(i)).collect::<Result<Vec<_>, _>>()?;
        Ok(vec![Tensor::of_words(first.dtype, ndarray::concatenate(Axis(along), &views).map_err(unfit)?)])
    })
}

fn pack(call: &Call) -> KernelResult {
    let first = call.operand(0)?;
    let along = axis(call.options::<PackOptionsT>().axis.into(), first.dims.len() + 1).ok_or_else(outside)?;
    by_width!(first.dtype, W => {
        let views = (0..call.operands.len()).map(|i| call.words::<W>(i)).collect::<Result<Vec<_>, _>>()?;
        Ok(vec![Tensor::of_words(first.dtype, ndarray::stack(Axis(along), &views).map_err(unfit)?)])
    })
}

fn unpack(call: &Call) -> KernelResult {
    let input = call.operand(0)?;
    let along = axis(call.options::<UnpackOptionsT>().axis.into(), input.dims.len()).ok_or_else(outside)?;
    by_width!(input.dtype, W => {
        let view = call.words::<W>(0)?;
        let parts = view.axis_iter(Axis(along)).map(|part| Tensor::of_words(input.dtype, part.to_owned()));
        Ok(parts.collect())
    })
}

fn split(call: &Call) -> KernelResult {
    let along = call.ints(0)?.first().and_then(|&a| axis(a, call.operand(1).ok()?.dims.len()));
    by_width!(call.operand(1)?.dtype, W => cut::<W>(call, 1, along.ok_or_else(outside)?))
}

pub(super) fn split_v(call: &Call) -> KernelResult {
    let along = call.ints(2)?.first().and_then(|&a| axis(a, call.operand(0).ok()?.dims.len()));
    by_width!(call.operand(0)?.dtype, W => cut::<W>(call, 0, along.ok_or_else(outside)?))
}

/// Consecutive parts along an axis, with the results' extents.
fn cut<W: Word>(call: &Call, operand: usize, along: usize) -> KernelResult {
    let (view, dtype) = (call.words::<W>(operand)?, call.operand(operand)?.dtype);
    let mut start = 0;
    let part = |i: usize| {
        let end = start + call.dims(i)?[along];
        let part = view.slice_axis(Axis(along), Slice::from(start..end)).to_owned();
        start = end;
        Ok(Tensor::of_words(dtype, part))
    };
    (0..call.results.len()).map(part).collect()
}

fn outside() -> KernelError {
    KernelError::invalid("the axis is outside the input")
}

fn unfit(error: ndarray::ShapeError) -> KernelError {
    KernelError::invalid(error.to_string())
}
