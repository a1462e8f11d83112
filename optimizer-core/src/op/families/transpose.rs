//! Operators that permute elements.
//!
//! Invariant: every element of the input occurs once.

use crate::circle::schema::*;
use crate::interp::{Call, KernelError, KernelResult, Tensor, Word, by_width};
use crate::ir::{Dim, Shape, Type};
use crate::op::shapes::{same, unknown_dims};
use crate::op::{Quantized, Site, axis, operators};
use ndarray::{Axis, IxDyn};

operators! {
    /// Axis `i` of the result is axis `permutation[i]` of the input.
    Transpose = TRANSPOSE(input, permutation) TransposeOptionsT {
        shape: Some(transpose_shape), kernel: Some(transpose), quantized: Quantized::AsStored
    }
    /// The elements in reverse order along axes.
    ReverseV2 = REVERSE_V2(input, axes) ReverseV2OptionsT {
        shape: Some(same), kernel: Some(reverse), quantized: Quantized::AsStored
    }
    /// The first `lengths[i]` elements of each batch in reverse order.
    ReverseSequence = REVERSE_SEQUENCE(input, lengths) ReverseSequenceOptionsT { shape: Some(same) }
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
        Some(order) => permuted(input.shape, &permutation(&order, input.shape.rank())?),
        None => unknown_dims(site, input.shape.rank()),
    };
    Some(vec![Type::new(input.dtype, shape)])
}

/// The axes as such, if each of `rank` axes occurs once.
fn permutation(order: &[i64], rank: usize) -> Option<Vec<usize>> {
    let axes: Vec<_> = order.iter().map(|&a| usize::try_from(a).ok()).collect::<Option<_>>()?;
    let is_permutation = axes.len() == rank && (0..rank).all(|a| axes.contains(&a));
    is_permutation.then_some(axes)
}

fn permuted(shape: &Shape, order: &[usize]) -> Shape {
    order.iter().map(|&a| shape.dims()[a]).collect()
}

fn transpose(call: &Call) -> KernelResult {
    let rank = call.operand(0)?.dims.len();
    let order = permutation(&call.ints(1)?, rank);
    let order = order.ok_or_else(|| KernelError::invalid("not a permutation"))?;
    by_width!(call.operand(0)?.dtype, W => permute::<W>(call, &order))
}

fn permute<W: Word>(call: &Call, order: &[usize]) -> KernelResult {
    let view = call.words::<W>(0)?.permuted_axes(IxDyn(order));
    Ok(vec![Tensor::of_words(call.operand(0)?.dtype, view.as_standard_layout().into_owned())])
}

fn reverse(call: &Call) -> KernelResult {
    let input = call.operand(0)?;
    let axes = call.ints(1)?.into_iter().map(|a| axis(a, input.dims.len())).collect::<Option<Vec<_>>>();
    let axes = axes.ok_or_else(|| KernelError::invalid("axes are outside the input"))?;
    by_width!(input.dtype, W => {
        let mut view = call.words::<W>(0)?;
        axes.iter().for_each(|&a| view.invert_axis(Axis(a)));
        Ok(vec![Tensor::of_words(input.dtype, view.as_standard_layout().into_owned())])
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
