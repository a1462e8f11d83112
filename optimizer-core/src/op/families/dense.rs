//! Matrix products.
//!
//! Invariant: dot products are summed in f64 and rounded to f32 once.

use super::quantized;
use crate::circle::schema::*;
use crate::interp::elements::{activate, array};
use crate::interp::products::{dot, in_parallel};
use crate::interp::{Call, KernelError, KernelResult, Tensor};
use crate::ir::{Dim, Shape, Type};
use crate::op::shapes::{broadcast_shapes, quotient};
use ndarray::{ArrayD, ArrayView2, ArrayViewD, Ix2, IxDyn};
use crate::op::{Follow, Permutation, Place, Quantized, Relayout, Site, operators};

operators! {
    /// `input * weights^T + bias`.
    FullyConnected = FULLY_CONNECTED(input, weights, bias) FullyConnectedOptionsT {
        shape: Some(fully_connected_shape), kernel: Some(fully_connected), macs: Some(fully_connected_macs),
        quantized: Quantized::By(quantized::dense::fully_connected)
    }
    /// The product of matrices, batches being broadcast.
    BatchMatMul = BATCH_MATMUL(a, b) BatchMatMulOptionsT {
        shape: Some(batch_matmul_shape), kernel: Some(batch_matmul), macs: Some(batch_matmul_macs),
        layout: Some(batch_matmul_layout), quantized: Quantized::By(quantized::dense::batch_matmul)
    }
}

/// Batches go anywhere among themselves; rows and columns stay.
fn batch_matmul_layout(site: &Site, perm: &Permutation, _: Place) -> Option<Relayout> {
    let batches = perm.rank().checked_sub(2)?;
    let in_place = (batches..perm.rank()).all(|axis| perm.place_of(axis) == axis);
    let fits = in_place && (0..2).all(|i| site.movable(i, perm).is_some());
    fits.then(|| Relayout::moving(site.options.clone(), vec![Follow::Moves, Follow::Moves]))?
}

fn fully_connected_shape(site: &Site) -> Option<Vec<Type>> {
    let (input, weights) = (site.operand(0)?, site.operand(1)?);
    let options = site.options::<FullyConnectedOptionsT>();
    let &[units, depth] = weights.shape.dims() else { return None };
    let bias_fits = site
        .operand(2)
        .is_none_or(|b| !matches!((b.shape.elements(), units), (Some(n), Dim::Known(u)) if n != u));
    (options.weights_format == WeightsFormat::Default && bias_fits).then_some(())?;
    let dims = match options.keep_num_dims {
        true => {
            let (&last, outer) = input.shape.dims().split_last()?;
            last.known().is_none_or(|n| depth.known().is_none_or(|k| n == k)).then_some(())?;
            outer.iter().copied().chain([units]).collect()
        }
        false => vec![rows(site, input.shape, depth)?, units],
    };
    Some(vec![Type::new(input.dtype, dims.into())])
}

/// How many rows of `depth` elements the input has.
fn rows(site: &Site, input: &Shape, depth: Dim) -> Option<Dim> {
    match (input.dims(), depth.known()) {
        (&[rows, last], _) if last == depth => Some(rows),
        (dims, Some(depth)) => quotient(site, dims, depth),
        _ => Some(site.unknown()),
    }
}

fn fully_connected_macs(site: &Site) -> u64 {
    site.count_first(fully_connected_shape(site)).saturating_mul(site.axis_extent(1, 1))
}

fn fully_connected(call: &Call) -> KernelResult {
    let (weights, dims) = (call.view::<f32>(1)?, call.dims(0)?);
    let weights = weights.into_dimensionality::<Ix2>().map_err(unfit)?;
    let (units, depth) = weights.dim();
    let input = call.view::<f32>(0)?;
    let rows = input.len().checked_div(depth).unwrap_or_else(|| dims.iter().rev().skip(1).product());
    let input = input.into_shape_with_order((rows, depth)).map_err(unfit)?;
    let bias = bias(call, 2, units)?;
    let sums = in_parallel(rows * units, depth, |i| {
        (dot(input.row(i / units), weights.row(i % units)) + f64::from(bias[i % units])) as f32
    });
    Ok(vec![Tensor::of(activate(call.options::<FullyConnectedOptionsT>().act, array(dims, sums)?)?)])
}

/// The bias, zeros if the operand is absent.
pub(super) fn bias(call: &Call, i: usize, count: usize) -> Result<Vec<f32>, KernelError> {
    match call.operand(i) {
        Err(_) => Ok(vec![0.0; count]),
        Ok(_) => {
            let bias: Vec<f32> = call.view::<f32>(i)?.iter().copied().collect();
            (bias.len() == count).then_some(bias).ok_or_else(|| KernelError::invalid("the bias does not fit"))
        }
    }
}

pub(super) fn unfit(error: ndarray::ShapeError) -> KernelError {
    KernelError::invalid(error.to_string())
}

/// Rows and columns, after the adjoint.
fn matrix(shape: &Shape, adjoint: bool) -> Option<(Shape, Dim, Dim)> {
    let (outer, &[rows, columns]) = shape.dims().split_last_chunk::<2>()?;
    let (rows, columns) = if adjoint { (columns, rows) } else { (rows, columns) };
    Some((Shape::from(outer.to_vec()), rows, columns))
}

pub(super) fn batch_matmul_shape(site: &Site) -> Option<Vec<Type>> {
    let (a, b) = (site.operand(0)?, site.operand(1)?);
    let options = site.options::<BatchMatMulOptionsT>();
    let (a_outer, rows, depth) = matrix(a.shape, options.adj_x)?;
    let (b_outer, depth_b, columns) = matrix(b.shape, options.adj_y)?;
    let fits = depth.known().is_none_or(|k| depth_b.known().is_none_or(|l| k == l));
    let outer = broadcast_shapes(site, &a_outer, &b_outer)?;
    let dims = outer.dims().iter().copied().chain([rows, columns]);
    let dtype = batch_matmul_dtype(site, a.dtype, b.dtype).filter(|_| fits)?;
    Some(vec![Type::new(dtype, dims.collect())])
}

/// Floats meet floats or weights of 8 bits; numbers of 8 bits may be summed in 32, if so declared.
fn batch_matmul_dtype(site: &Site, a: DType, b: DType) -> Option<DType> {
    let declared = site.results.first().map(|ty| ty.dtype);
    match (a, b) {
        (DType::F32, DType::I8) => Some(a),
        (DType::I8, DType::I8) if declared == Some(DType::I32) => declared,
        _ => (a == b).then_some(a),
    }
}

pub(super) fn batch_matmul_macs(site: &Site) -> u64 {
    let depth = if site.options::<BatchMatMulOptionsT>().adj_x { -2 } else { -1 };
    site.count_first(batch_matmul_shape(site)).saturating_mul(site.axis_extent(0, depth))
}

pub(super) fn batch_matmul(call: &Call) -> KernelResult {
    let stacked = stacks(call, call.view::<f32>(0)?, call.view::<f32>(1)?)?;
    Ok(vec![Tensor::of(array(call.dims(0)?, stack_products(&stacked, |sum| sum as f32)?)?)])
}

/// The rows of both sides, `[batches, rows, depth]`, as the options and the batches of the result ask for.
pub(super) fn stacks(
    call: &Call,
    a: ArrayViewD<f32>,
    b: ArrayViewD<f32>,
) -> Result<[ArrayD<f32>; 2], KernelError> {
    let (options, dims) = (call.options::<BatchMatMulOptionsT>(), call.dims(0)?);
    let (outer, _) = dims.split_last_chunk::<2>().ok_or_else(|| KernelError::invalid("no matrix"))?;
    Ok([stacked(&a, outer, options.adj_x)?, stacked(&b, outer, !options.adj_y)?])
}

/// `f` of each sum of products of a row on the left and one on the right.
pub(super) fn stack_products<R: Send>(
    [a, b]: &[ArrayD<f32>; 2],
    f: impl Fn(f64) -> R + Sync,
) -> Result<Vec<R>, KernelError> {
    let mut products = Vec::new();
    for (a, b) in a.outer_iter().zip(b.outer_iter()) {
        let (a, b): (ArrayView2<f32>, ArrayView2<f32>) =
            (a.into_dimensionality().map_err(unfit)?, b.into_dimensionality().map_err(unfit)?);
        let columns = b.nrows();
        let product = |i: usize| f(dot(a.row(i / columns), b.row(i % columns)));
        products.extend(in_parallel(a.nrows() * columns, a.ncols(), product));
    }
    Ok(products)
}

/// Matrices one after the other, broadcast to the batches of `outer` and transposed if asked for.
fn stacked(view: &ArrayViewD<f32>, outer: &[usize], transposed: bool) -> Result<ArrayD<f32>, KernelError> {
    let mut view = view.view();
    let rank = view.ndim();
    if transposed {
        view.swap_axes(rank - 2, rank - 1);
    }
    let (rows, columns) = (view.shape()[rank - 2], view.shape()[rank - 1]);
    let dims = [outer, &[rows, columns]].concat();
    let wide =
        view.broadcast(IxDyn(&dims)).ok_or_else(|| KernelError::invalid("batches do not broadcast"))?;
    let stack = [outer.iter().product(), rows, columns];
    wide.as_standard_layout().into_owned().into_shape_with_order(IxDyn(&stack)).map_err(unfit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Symbol;
    use crate::op::{Operand, Options, OptionsTable};
    use std::cell::Cell;

    fn shape(input: Vec<Dim>, weights: &[usize], options: FullyConnectedOptionsT) -> Option<Shape> {
        let (options, fresh): (Options, _) = (options.wrap(), Cell::new(100));
        let (input, weights) = (Shape::from(input), Shape::fixed(weights));
        let operand = |shape| Some(Operand { dtype: DType::F32, shape, data: None });
        let site = Site::new(&options, vec![operand(&input), operand(&weights)], vec![], &fresh);
        fully_connected_shape(&site)?.remove(0).shape
    }

    #[test]
    fn fully_connected_flattens_unless_told() {
        let (b, k) = (Dim::Unknown(Symbol(0)), Dim::Known);
        let keep = FullyConnectedOptionsT { keep_num_dims: true, ..Default::default() };
        let flat = FullyConnectedOptionsT::default;
        assert_eq!(shape(vec![k(2), k(3), k(4)], &[5, 4], flat()), Some(Shape::fixed(&[6, 5])));
        assert_eq!(shape(vec![k(2), k(3), k(4)], &[5, 4], keep.clone()), Some(Shape::fixed(&[2, 3, 5])));
        assert_eq!(shape(vec![b, k(4)], &[5, 4], flat()), Some(vec![b, k(5)].into()));
        assert_eq!(shape(vec![b, k(2), k(2)], &[5, 4], flat()), Some(vec![b, k(5)].into()));
        assert_eq!(shape(vec![k(3), k(5)], &[5, 4], keep), None);
        assert_eq!(shape(vec![k(3), k(5)], &[5, 4], flat()), None);
        let shuffled = FullyConnectedOptionsT { weights_format: WeightsFormat::Shuffled4x16Int8, ..flat() };
        assert_eq!(shape(vec![k(2), k(4)], &[5, 4], shuffled), None);
    }
}
