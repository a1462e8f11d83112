//! Matrix products of quantized numbers, and of floats with quantized weights.
//!
//! Invariant: sums of stored integers are exact, and rescaled as TFLite's reference kernels do it.

use super::hybrid::{Hybrid, Weights};
use super::products::{Layout, Rescale, operands};
use crate::circle::schema::*;
use crate::interp::elements::array;
use crate::interp::products::{dot_slices, in_parallel};
use crate::interp::stored::{Stored, symmetric};
use crate::interp::{Call, KernelError, KernelResult, Tensor};
use crate::op::families::dense::{bias, stack_products, stacks, unfit};
use ndarray::{ArrayD, IxDyn};

pub(crate) fn fully_connected(call: &Call) -> KernelResult {
    match call.operand(0)?.dtype {
        DType::F32 => hybrid_layer(call),
        _ => integer_layer(call),
    }
}

fn integer_layer(call: &Call) -> KernelResult {
    let at = Layout { input: 0, filter: 1, bias: 2, axis: 0, exact: true };
    let (factors, rescale) = operands(call, at, call.options::<FullyConnectedOptionsT>().act)?;
    rescale.finish(call, &layer_sums(call, &factors.input, &factors.filter, &factors.bias)?)
}

fn hybrid_layer(call: &Call) -> KernelResult {
    let options = call.options::<FullyConnectedOptionsT>();
    let [units, depth] = matrix(call)?;
    let weights = Weights::of(call, 1, 0, units)?;
    let input = call.view::<f32>(0)?;
    let input = input.to_slice().ok_or_else(unfit_layer)?;
    let hybrid =
        Hybrid::of(input, depth, options.asymmetric_quantize_inputs, &weights, bias(call, 2, units)?);
    let sums = layer_sums(call, &hybrid.numbers, &weights.numbers, &vec![0.0; units])?;
    hybrid.finish(call, options.act, &sums)
}

/// The start of its unit and the sum of products of each element of the result.
fn layer_sums(call: &Call, input: &[f32], weights: &[f32], starts: &[f64]) -> Result<Vec<f64>, KernelError> {
    let [units, depth] = matrix(call)?;
    let count = call.dims(0)?.iter().product::<usize>();
    (count * depth == input.len() * units).then_some(()).ok_or_else(unfit_layer)?;
    Ok(in_parallel(count, depth, |i| {
        let (row, unit) = (i / units, i % units);
        starts[unit] + dot_slices(&input[row * depth..][..depth], &weights[unit * depth..][..depth])
    }))
}

fn matrix(call: &Call) -> Result<[usize; 2], KernelError> {
    let dims = &call.operand(1)?.dims;
    dims.as_slice().try_into().map_err(|_| KernelError::invalid("the weights are no matrix"))
}

fn unfit_layer() -> KernelError {
    KernelError::invalid("the weights do not fit the input")
}

pub(crate) fn batch_matmul(call: &Call) -> KernelResult {
    match call.operand(0)?.dtype {
        DType::F32 => hybrid_product(call),
        _ => integer_product(call),
    }
}

/// Sums of 8-bit numbers may be the result as they are, in 32 bits; LiteRT reads no zero points for them.
fn integer_product(call: &Call) -> KernelResult {
    let [a, b] = [call.stored(0, &[DType::I8, DType::I16])?, call.stored(1, &[DType::I8, DType::I16])?];
    let dtype = call.results.first().map(|ty| ty.dtype);
    let centred = |stored: &Stored| stored.numbers.mapv(|n| n.wrapping_sub(stored.affine.zero_point) as f32);
    let stacked = stacks(call, centred(&a).view(), centred(&b).view())?;
    if a.dtype == DType::I8 && dtype == Some(DType::I32) {
        symmetric(&[a.affine, b.affine])?;
        let sums = stack_products(&stacked, |sum| sum as i64 as i32)?;
        return Ok(vec![Tensor::of(array(call.dims(0)?, sums)?)]);
    }
    let target = call.target(0)?;
    if a.dtype == DType::I16 {
        symmetric(&[a.affine, b.affine, target.affine])?;
    }
    (b.dtype == a.dtype && target.dtype == a.dtype)
        .then_some(())
        .ok_or_else(|| KernelError::Unsupported("a product of such types".to_owned()))?;
    let rescale = Rescale::of_all(a.scale() * b.scale() / target.scale(), a.dtype == DType::I16, target)?;
    rescale.finish(call, &stack_products(&stacked, |sum| sum)?)
}

/// Rows of the left side are quantized, and weights have scales of columns.
fn hybrid_product(call: &Call) -> KernelResult {
    let options = call.options::<BatchMatMulOptionsT>();
    let (weights, dims) = (call.operand(1)?, call.dims(0)?);
    let axis = weights.dims.len().checked_sub(if options.adj_y { 2 } else { 1 });
    let (axis, columns) = (axis.ok_or_else(unfit_layer)?, *dims.last().ok_or_else(unfit_layer)?);
    let numbers = Weights::of(call, 1, axis, columns)?;
    let b = ArrayD::from_shape_vec(IxDyn(&weights.dims), numbers.numbers.clone()).map_err(unfit)?;
    let [a, b] = stacks(call, call.view::<f32>(0)?, b.view())?;
    let (shape, rows) = (a.raw_dim(), a.into_raw_vec_and_offset().0);
    let hybrid =
        Hybrid::of(&rows, shape[2], options.asymmetric_quantize_inputs, &numbers, vec![0.0; columns]);
    let a = ArrayD::from_shape_vec(shape, hybrid.numbers.clone()).map_err(unfit)?;
    hybrid.finish(call, Activation::None, &stack_products(&[a, b], |sum| sum)?)
}
