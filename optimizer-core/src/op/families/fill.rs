//! Operators that repeat or make elements.
//!
//! Invariant: result shapes come from the content of operands.

use crate::circle::schema::*;
use crate::interp::{Call, KernelError, KernelResult, Tensor, Word, by_width};
use crate::ir::{DType, Dim, Shape, Type};
use crate::op::layout::moved_numbers;
use crate::op::shapes::{held_axes, unknown_dims};
use ndarray::{ArrayD, IxDyn};
use crate::op::{Follow, NoOptions, Operand, Permutation, Place, Quantized, Relayout, Site, operators};

operators! {
    /// The input broadcast to a shape.
    BroadcastTo = BROADCAST_TO(input, shape) BroadcastToOptionsT {
        shape: Some(broadcast_to_shape), kernel: Some(broadcast_to), layout: Some(broadcast_to_layout),
        quantized: Quantized::AsStored
    }
    /// The broadcast of two shapes.
    BroadcastArgs = BROADCAST_ARGS(a, b) NoOptions {
        shape: Some(broadcast_args_shape), kernel: Some(broadcast_args)
    }
    /// Each axis repeated.
    Tile = TILE(input, multiples) TileOptionsT {
        shape: Some(tile_shape), kernel: Some(tile), layout: Some(tile_layout), quantized: Quantized::AsStored
    }
    /// One value everywhere.
    Fill = FILL(dims, value) FillOptionsT {
        shape: Some(fill_shape), kernel: Some(fill), layout: Some(fill_layout), quantized: Quantized::AsStored
    }
    /// From `start` to before `limit` by steps of `delta`.
    Range = RANGE(start, limit, delta) RangeOptionsT { shape: Some(range_shape), kernel: Some(range) }
}

/// The shape that an operand holds; its dims are unknown if it is no constant.
pub(super) fn held_shape(site: &Site, i: usize) -> Option<Shape> {
    match site.ints(i) {
        Some(dims) => dims.into_iter().map(|n| usize::try_from(n).ok().map(Dim::Known)).collect(),
        None => Some(unknown_dims(site, held_axes(site, i)?)),
    }
}

fn broadcast_to_layout(site: &Site, perm: &Permutation, _: Place) -> Option<Relayout> {
    let input = match site.operand(0)?.shape.elements() {
        Some(1) => Follow::Stays,
        _ => site.movable(0, perm).map(|_| Follow::Moves)?,
    };
    Relayout::moving(site.options.clone(), vec![input, moved_numbers(site, perm, 1)?])
}

fn tile_layout(site: &Site, perm: &Permutation, _: Place) -> Option<Relayout> {
    site.movable(0, perm)?;
    Relayout::moving(site.options.clone(), vec![Follow::Moves, moved_numbers(site, perm, 1)?])
}

fn fill_layout(site: &Site, perm: &Permutation, _: Place) -> Option<Relayout> {
    Relayout::moving(site.options.clone(), vec![moved_numbers(site, perm, 0)?, Follow::Stays])
}

pub(super) fn broadcast_to_shape(site: &Site) -> Option<Vec<Type>> {
    let (input, shape) = (site.operand(0)?, held_shape(site, 1)?);
    let missing = shape.rank().checked_sub(input.shape.rank())?;
    let mut pairs = input.shape.dims().iter().zip(&shape.dims()[missing..]);
    let fits = pairs.all(|(a, b)| a == b || *a == 1 || a.known().is_none() || b.known().is_none());
    fits.then(|| vec![Type::new(input.dtype, shape)])
}

pub(super) fn broadcast_to(call: &Call) -> KernelResult {
    by_width!(call.operand(0)?.dtype, W => {
        let view = call.words::<W>(0)?;
        let wide = view.broadcast(IxDyn(&call.dims(0)?)).ok_or_else(unfit)?.to_owned();
        Ok(vec![Tensor::of_words(call.operand(0)?.dtype, wide)])
    })
}

fn broadcast_args_shape(site: &Site) -> Option<Vec<Type>> {
    let (a, b) = (site.operand(0)?, site.operand(1)?);
    let rank = a.shape.elements()?.max(b.shape.elements()?);
    (a.dtype == b.dtype).then(|| vec![Type::fixed(a.dtype, &[rank])])
}

fn broadcast_args(call: &Call) -> KernelResult {
    let extent = |n: i64| usize::try_from(n).map_err(|_| unfit());
    let shape = |i| {
        call.ints(i)?.into_iter().map(|n| Ok(Dim::Known(extent(n)?))).collect::<Result<Shape, KernelError>>()
    };
    let wide = shape(0)?.broadcast(&shape(1)?).and_then(|s| s.known()).ok_or_else(unfit)?;
    Ok(vec![match call.operand(0)?.dtype {
        DType::I64 => Tensor::row(wide.into_iter().map(|n| n as i64).collect()),
        _ => Tensor::row(wide.into_iter().map(|n| n as i32).collect()),
    }])
}

fn tile_shape(site: &Site) -> Option<Vec<Type>> {
    let (input, multiples) = (site.operand(0)?, held_shape(site, 1)?);
    let repeated = |(a, b): (&Dim, &Dim)| match (a, b) {
        (Dim::Known(a), Dim::Known(b)) => a.checked_mul(*b).map(Dim::Known),
        (dim, Dim::Known(1)) | (Dim::Known(1), dim) => Some(*dim),
        _ => Some(site.unknown()),
    };
    let dims = input.shape.dims().iter().zip(multiples.dims()).map(repeated).collect::<Option<_>>()?;
    (multiples.rank() == input.shape.rank()).then(|| vec![Type::new(input.dtype, dims)])
}

fn tile(call: &Call) -> KernelResult {
    let input = call.operand(0)?;
    by_width!(input.dtype, W => {
        let view = call.words::<W>(0)?;
        let tiled = ArrayD::from_shape_fn(IxDyn(&call.dims(0)?), |at| {
            let within: Vec<_> = input.dims.iter().enumerate().map(|(axis, n)| at[axis] % n).collect();
            view[&within[..]]
        });
        Ok(vec![Tensor::of_words(input.dtype, tiled)])
    })
}

fn fill_shape(site: &Site) -> Option<Vec<Type>> {
    let value = site.operand(1)?;
    let dims = site.operand(0).filter(|o| o.shape.rank() == 1)?;
    matches!(dims.dtype, DType::I32 | DType::I64).then_some(())?;
    (value.shape.elements() == Some(1)).then(|| Some(vec![Type::new(value.dtype, held_shape(site, 0)?)]))?
}

fn fill(call: &Call) -> KernelResult {
    by_width!(call.operand(1)?.dtype, W => fill_with::<W>(call))
}

fn fill_with<W: Word>(call: &Call) -> KernelResult {
    let value = *call.words::<W>(1)?.first().ok_or_else(unfit)?;
    Ok(vec![Tensor::of_words(call.operand(1)?.dtype, ArrayD::from_elem(call.dims(0)?, value))])
}

fn range_shape(site: &Site) -> Option<Vec<Type>> {
    let operands = [site.operand(0)?, site.operand(1)?, site.operand(2)?];
    let dtype = operands[0].dtype;
    let fits = operands.iter().all(|o| o.dtype == dtype && o.shape.elements() == Some(1));
    let count = match operands.map(|o| o.data.is_some()) {
        [true, true, true] => Dim::Known(range_count(dtype, &operands)?),
        _ => site.unknown(),
    };
    fits.then(|| vec![Type::new(dtype, vec![count].into())])
}

fn range_count(dtype: DType, operands: &[Operand; 3]) -> Option<usize> {
    match dtype {
        DType::F32 => {
            let [start, limit, delta] = operands.map(|o| o.data?.elements::<f32>()?.first().copied());
            let count = ((limit? - start?) / delta?).abs().ceil();
            (count.is_finite() && runs_towards(start?, limit?, delta?)).then_some(count as usize)
        }
        _ => {
            let [start, limit, delta] = operands.map(|o| o.ints()?.first().copied());
            runs_towards(start?, limit?, delta?).then_some(())?;
            usize::try_from(limit?.abs_diff(start?).div_ceil(delta?.unsigned_abs())).ok()
        }
    }
}

/// Whether steps of `delta` lead from `start` to `limit`.
fn runs_towards<T: PartialOrd + Default>(start: T, limit: T, delta: T) -> bool {
    let zero = T::default();
    (delta > zero && start <= limit) || (delta < zero && start >= limit)
}

fn range(call: &Call) -> KernelResult {
    let count = *call.dims(0)?.first().ok_or_else(unfit)?;
    match call.operand(0)?.dtype {
        DType::F32 => {
            let (start, delta) = (first::<f32>(call, 0)?, first::<f32>(call, 2)?);
            let next = |value: &f32| Some(value + delta);
            Ok(vec![Tensor::row(std::iter::successors(Some(start), next).take(count).collect())])
        }
        dtype => {
            let (start, delta) = (call.ints(0)?, call.ints(2)?);
            let (start, delta) = (*start.first().ok_or_else(unfit)?, *delta.first().ok_or_else(unfit)?);
            let value = |i: usize| start.wrapping_add((i as i64).wrapping_mul(delta));
            Ok(vec![match dtype {
                DType::I64 => Tensor::row((0..count).map(value).collect()),
                _ => Tensor::row((0..count).map(|i| value(i) as i32).collect()),
            }])
        }
    }
}

fn first<T: crate::ir::Element>(call: &Call, i: usize) -> Result<T, KernelError> {
    call.view::<T>(i)?.first().copied().ok_or_else(unfit)
}

fn unfit() -> KernelError {
    KernelError::invalid("the operands do not fit each other")
}
