//! Operators that permute elements.
//!
//! Invariant: every element of the input occurs once.

use crate::circle::schema::*;
use crate::interp::{Call, KernelError, KernelResult, Tensor, Word, by_width};
use crate::ir::{Dim, Type};
use crate::op::layout::along_named_axes;
use crate::op::shapes::{same, unknown_dims};
use ndarray::Axis;
use crate::op::{Follow, Permutation, Place, Quantized, Relayout, Site, axis, operators};

operators! {
    /// Axis `i` of the result is axis `permutation[i]` of the input.
    Transpose = TRANSPOSE(input, permutation) TransposeOptionsT {
        shape: Some(transpose_shape), kernel: Some(transpose), layout: Some(transpose_layout),
        quantized: Quantized::AsStored
    }
    /// The elements in reverse order along axes.
    ReverseV2 = REVERSE_V2(input, axes) ReverseV2OptionsT {
        shape: Some(same), kernel: Some(reverse), layout: Some(along_named_axes),
        quantized: Quantized::AsStored
    }
    /// The first `lengths[i]` elements of each batch in reverse order.
    ReverseSequence = REVERSE_SEQUENCE(input, lengths) ReverseSequenceOptionsT {
        shape: Some(same), kernel: Some(reverse_sequence)
    }
    /// Blocks of height and width become channels.
    SpaceToDepth = SPACE_TO_DEPTH(input) SpaceToDepthOptionsT {
        shape: Some(space_to_depth_shape), kernel: Some(space_to_depth), quantized: Quantized::AsStored
    }
    /// Channels become blocks of height and width.
    DepthToSpace = DEPTH_TO_SPACE(input) DepthToSpaceOptionsT {
        shape: Some(depth_to_space_shape), kernel: Some(depth_to_space), quantized: Quantized::AsStored
    }
}

fn transpose_shape(site: &Site) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let shape = match site.ints(1) {
        Some(order) => {
            let order = Permutation::of(&order).filter(|p| p.rank() == input.shape.rank())?;
            order.apply(input.shape.dims()).into()
        }
        None => unknown_dims(site, input.shape.rank()),
    };
    Some(vec![Type::new(input.dtype, shape)])
}

/// A transpose absorbs another permutation of its operand, or of its result.
fn transpose_layout(site: &Site, perm: &Permutation, place: Place) -> Option<Relayout> {
    let order = Permutation::of(&site.ints(1)?).filter(|order| order.rank() == perm.rank())?;
    let becomes = |order: Permutation| Follow::Becomes(order.ints());
    match place {
        Place::Operand(_) => {
            let order = perm.inverse().then(&order);
            Relayout::staying(site.options.clone(), vec![Follow::Moves, becomes(order)])
        }
        Place::Result(_) => {
            Relayout::moving(site.options.clone(), vec![Follow::Stays, becomes(order.then(perm))])
        }
    }
}

fn transpose(call: &Call) -> KernelResult {
    let order = Permutation::of(&call.ints(1)?);
    let order = order.ok_or_else(|| KernelError::invalid("not a permutation"))?;
    Ok(vec![call.operand(0)?.permuted(&order)?])
}

fn reverse(call: &Call) -> KernelResult {
    let input = call.operand(0)?;
    let axes = crate::op::axes(&call.ints(1)?, input.dims.len());
    let axes = axes.ok_or_else(|| KernelError::invalid("axes are outside the input"))?;
    by_width!(input.dtype, W => {
        let mut view = call.words::<W>(0)?;
        axes.iter().for_each(|&a| view.invert_axis(Axis(a)));
        Ok(vec![Tensor::of_words(input.dtype, view.as_standard_layout().into_owned())])
    })
}

fn reverse_sequence(call: &Call) -> KernelResult {
    let bad = || KernelError::invalid("the lengths do not fit the input");
    let (options, input, lengths) =
        (call.options::<ReverseSequenceOptionsT>(), call.operand(0)?, call.ints(1)?);
    let axis = |a: i32| axis(a.into(), input.dims.len()).ok_or_else(bad);
    let (along, batch) = (axis(options.seq_dim)?, axis(options.batch_dim)?);
    let fits = lengths.len() == input.dims[batch] && along != batch;
    let fits = fits && lengths.iter().all(|n| (0..=input.dims[along] as i64).contains(n));
    fits.then_some(()).ok_or_else(bad)?;
    by_width!(input.dtype, W => {
        let mut reversed = call.words::<W>(0)?.to_owned();
        for (mut batch, &length) in reversed.axis_iter_mut(Axis(batch)).zip(&lengths) {
            let along = Axis(along - usize::from(along > axis(options.batch_dim)?));
            let mut start = batch.slice_axis_mut(along, (0..length as isize).into());
            let mut backwards = start.to_owned();
            backwards.invert_axis(along);
            start.assign(&backwards);
        }
        Ok(vec![Tensor::of_words(input.dtype, reversed)])
    })
}

fn space_to_depth_shape(site: &Site) -> Option<Vec<Type>> {
    let block = block(site.options::<SpaceToDepthOptionsT>().block_size)?;
    resized(site, |[h, w, c]| {
        let fits = h % block == 0 && w % block == 0;
        fits.then(|| Some([h / block, w / block, c.checked_mul(block)?.checked_mul(block)?]))?
    })
}

fn depth_to_space_shape(site: &Site) -> Option<Vec<Type>> {
    let block = block(site.options::<DepthToSpaceOptionsT>().block_size)?;
    resized(site, |[h, w, c]| {
        let fits = c % block.checked_mul(block)? == 0;
        fits.then(|| Some([h.checked_mul(block)?, w.checked_mul(block)?, c / block / block]))?
    })
}

fn block(size: i32) -> Option<usize> {
    usize::try_from(size).ok().filter(|&n| n > 0)
}

/// The batch is kept; height, width and channels must be known.
fn resized(site: &Site, f: impl Fn([usize; 3]) -> Option<[usize; 3]>) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let &[batch, h, w, c] = input.shape.dims() else { return None };
    let inner = f([h.known()?, w.known()?, c.known()?])?;
    let dims = [batch].into_iter().chain(inner.map(Dim::Known));
    Some(vec![Type::new(input.dtype, dims.collect())])
}

fn space_to_depth(call: &Call) -> KernelResult {
    let dims = call.dims(0)?;
    let (size, channels) =
        (call.options::<SpaceToDepthOptionsT>().block_size as usize, call.operand(0)?.dims[3]);
    let split = [dims[0], dims[1], size, dims[2], size, channels];
    by_width!(call.operand(0)?.dtype, W => swap_blocks::<W>(call, split, [0, 1, 3, 2, 4, 5]))
}

fn depth_to_space(call: &Call) -> KernelResult {
    let (size, channels) = (call.options::<DepthToSpaceOptionsT>().block_size as usize, call.dims(0)?[3]);
    let dims = &call.operand(0)?.dims;
    let split = [dims[0], dims[1], dims[2], size, size, channels];
    by_width!(call.operand(0)?.dtype, W => swap_blocks::<W>(call, split, [0, 1, 3, 2, 4, 5]))
}

fn swap_blocks<W: Word>(call: &Call, split: [usize; 6], order: [usize; 6]) -> KernelResult {
    let bad = |e: ndarray::ShapeError| KernelError::invalid(e.to_string());
    let blocks = call.words::<W>(0)?.into_shape_with_order(split).map_err(bad)?.permuted_axes(order);
    let joined =
        blocks.as_standard_layout().into_owned().into_shape_with_order(call.dims(0)?).map_err(bad)?;
    Ok(vec![Tensor::of_words(call.operand(0)?.dtype, joined)])
}
