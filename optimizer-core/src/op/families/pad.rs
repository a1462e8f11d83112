//! Padding.
//!
//! Invariant: paddings are never negative.

use super::quantized;
use crate::circle::schema::*;
use crate::interp::{Call, KernelError, KernelResult, Tensor, Word, by_width};
use crate::ir::{Dim, Type};
use crate::op::pieces::PADDED;
use crate::op::shapes::unknown_dims;
use ndarray::{ArrayD, Axis, Slice};
use crate::op::{Follow, Permutation, Place, Quantized, Relayout, Site, operators};

operators! {
    all { layout: Some(padded_layout), pieces: Some(PADDED) }
    /// With zeros before and after each axis.
    Pad = PAD(input, paddings) PadOptionsT {
        shape: Some(padded_shape), kernel: Some(pad),
        quantized: Quantized::By(quantized::pad::pad)
    }
    /// With `value` before and after each axis.
    PadV2 = PADV2(input, paddings, value) PadV2OptionsT {
        shape: Some(pad_v2_shape), kernel: Some(pad_v2),
        quantized: Quantized::AsStored
    }
    /// With mirrored elements before and after each axis; the edge occurs twice if `Symmetric`.
    MirrorPad = MIRROR_PAD(input, paddings) MirrorPadOptionsT {
        shape: Some(padded_shape), kernel: Some(mirror_pad),
        quantized: Quantized::AsStored
    }
}

fn padded_shape(site: &Site) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let shape = match site.ints(1) {
        Some(amounts) => {
            let dims = input.shape.dims().iter().zip(paddings(&amounts, input.shape.rank())?);
            dims.map(|(&dim, amount)| wider(site, dim, amount)).collect::<Option<_>>()?
        }
        None => unknown_dims(site, input.shape.rank()),
    };
    Some(vec![Type::new(input.dtype, shape)])
}

fn padded_layout(site: &Site, perm: &Permutation, _: Place) -> Option<Relayout> {
    let (amounts, rank) = (site.ints(1)?, site.movable(0, perm)?.shape.rank());
    paddings(&amounts, rank)?;
    let pairs: Vec<&[i64]> = amounts.chunks_exact(2).collect();
    let paddings = Follow::Becomes(perm.apply(&pairs).concat());
    let value = (2..site.operand_count()).map(|_| Follow::Stays);
    Relayout::moving(site.options.clone(), [Follow::Moves, paddings].into_iter().chain(value).collect())
}

fn pad_v2_shape(site: &Site) -> Option<Vec<Type>> {
    let (input, value) = (site.operand(0)?, site.operand(2)?);
    (value.dtype == input.dtype && value.shape.elements() == Some(1)).then(|| padded_shape(site))?
}

/// Before and after for each axis.
pub(super) fn paddings(amounts: &[i64], rank: usize) -> Option<Vec<[usize; 2]>> {
    let pairs =
        amounts.chunks_exact(2).map(|pair| Some([pair[0].try_into().ok()?, pair[1].try_into().ok()?]));
    let pairs: Vec<_> = pairs.collect::<Option<_>>()?;
    (pairs.len() == rank && amounts.len() == 2 * rank).then_some(pairs)
}

fn wider(site: &Site, dim: Dim, [before, after]: [usize; 2]) -> Option<Dim> {
    match (dim, before.checked_add(after)?) {
        (Dim::Known(n), more) => n.checked_add(more).map(Dim::Known),
        (dim, 0) => Some(dim),
        _ => Some(site.unknown()),
    }
}

fn pad(call: &Call) -> KernelResult {
    by_width!(call.operand(0)?.dtype, W => surround::<W>(call, bytemuck::Zeroable::zeroed()))
}

fn pad_v2(call: &Call) -> KernelResult {
    by_width!(call.operand(0)?.dtype, W => {
        let value = call.words::<W>(2)?;
        surround::<W>(call, *value.first().ok_or_else(unfit)?)
    })
}

pub(super) fn surround<W: Word>(call: &Call, value: W) -> KernelResult {
    let input = call.operand(0)?;
    let paddings = paddings(&call.ints(1)?, input.dims.len()).ok_or_else(unfit)?;
    let mut padded = ArrayD::from_elem(call.dims(0)?, value);
    let inside = padded.slice_each_axis_mut(|axis| {
        let [before, _] = paddings[axis.axis.index()];
        Slice::from(before..before + input.dims[axis.axis.index()])
    });
    call.words::<W>(0)?.assign_to(inside);
    Ok(vec![Tensor::of_words(input.dtype, padded)])
}

fn mirror_pad(call: &Call) -> KernelResult {
    let input = call.operand(0)?;
    let paddings = paddings(&call.ints(1)?, input.dims.len()).ok_or_else(unfit)?;
    let edge = usize::from(call.options::<MirrorPadOptionsT>().mode == MirrorPadMode::Reflect);
    by_width!(input.dtype, W => {
        let mut padded = call.words::<W>(0)?.to_owned();
        for (axis, &amount) in paddings.iter().enumerate() {
            let order = mirrored(input.dims[axis], amount, edge).ok_or_else(unfit)?;
            padded = padded.select(Axis(axis), &order);
        }
        Ok(vec![Tensor::of_words(input.dtype, padded)])
    })
}

/// Which element stands at each place; `edge` is 1 if the edge occurs once.
fn mirrored(extent: usize, [before, after]: [usize; 2], edge: usize) -> Option<Vec<usize>> {
    (before.max(after) + edge <= extent).then(|| {
        let front = (edge..before + edge).rev();
        let back = (extent - edge - after..extent - edge).rev();
        front.chain(0..extent).chain(back).collect()
    })
}

fn unfit() -> KernelError {
    KernelError::invalid("the paddings do not fit the input")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_repeat_the_edge_or_not() {
        assert_eq!(mirrored(3, [2, 1], 1), Some(vec![2, 1, 0, 1, 2, 1]));
        assert_eq!(mirrored(3, [2, 1], 0), Some(vec![1, 0, 0, 1, 2, 2]));
        assert_eq!(mirrored(3, [3, 0], 1), None);
        assert_eq!(paddings(&[0, -1], 1), None);
    }
}
