//! From floats to quantized numbers, from one quantization to another, and back.
//!
//! Invariant: floats round to the nearest number, ties away from zero, and what is out of the type's range saturates.

use super::hybrid::Weights;
use crate::interp::elements::{array, map};
use crate::interp::fixed::Multiplier;
use crate::interp::stored::{map_stored, narrow, symmetric};
use crate::interp::{Affine, Call, KernelError, KernelResult, Meaning, Quantization, Tensor};
use crate::ir::DType;
use crate::op::families::gather;
use ndarray::IxDyn;

pub(crate) fn quantize(call: &Call) -> KernelResult {
    match call.operand(0)?.dtype {
        DType::F32 => quantize_floats(call),
        _ => requantize(call),
    }
}

fn quantize_floats(call: &Call) -> KernelResult {
    let dtype = call.results.first().map(|ty| ty.dtype).ok_or_else(|| KernelError::invalid("no result"))?;
    let Some(Meaning::Scaled(quantization)) = call.meanings.results.first() else {
        return Err(KernelError::Unsupported("a result that is not quantized".to_owned()));
    };
    let (low, high) = match dtype {
        DType::I8 => (-128, 127),
        DType::U8 => (0, 255),
        DType::I16 => (-32768, 32767),
        other => return Err(KernelError::dtype(other)),
    };
    let stored = |x: f32, affine: Affine| {
        truncated((x / affine.scale).round()).wrapping_add(affine.zero_point).clamp(low, high)
    };
    let dims = call.dims(0)?;
    let steps = by_element(quantization, &dims)?;
    let numbers: Vec<_> = call.view::<f32>(0)?.iter().zip(steps).map(|(&x, step)| stored(x, step)).collect();
    Ok(vec![narrow(dtype, dims, &numbers)?])
}

/// As LiteRT does it on x86: what no i32 can be is the least one.
fn truncated(x: f32) -> i32 {
    if (-2_147_483_648.0..2_147_483_648.0).contains(&x) { x as i32 } else { i32::MIN }
}

fn requantize(call: &Call) -> KernelResult {
    let (x, target) = (call.stored(0, &[DType::I8, DType::U8, DType::I16, DType::I32])?, call.target(0)?);
    if x.dtype == DType::I16 && target.dtype == DType::U8 {
        return Err(KernelError::Unsupported("16 bits to unsigned 8".to_owned()));
    }
    if x.dtype == DType::I16 || target.dtype == DType::I16 {
        symmetric(&[if x.dtype == DType::I16 { x.affine } else { target.affine }])?;
    }
    let back = Multiplier::of(x.scale() / target.scale())?;
    map_stored(&x, &target, |n| back.times(n))
}

pub(crate) fn dequantize(call: &Call) -> KernelResult {
    let numbers = call.numbers(0)?;
    let quantization = call.quantization(0)?;
    if let Some(affine) = quantization.whole() {
        let real = |n: i32| (f64::from(affine.scale) * f64::from(n.wrapping_sub(affine.zero_point))) as f32;
        return Ok(vec![Tensor::of(map(numbers.view(), real)?)]);
    }
    let dims = numbers.shape().to_vec();
    let steps = by_element(quantization, &dims)?;
    let real = |(&n, step): (&i32, Affine)| step.scale * n.wrapping_sub(step.zero_point) as f32;
    let reals = numbers.iter().zip(steps).map(real).collect();
    Ok(vec![Tensor::of(array(dims, reals)?)])
}

/// Rows of a table as they are stored, or as floats by the scale of the table or of each row.
pub(crate) fn embedding_lookup(call: &Call) -> KernelResult {
    if call.results.first().map(|ty| ty.dtype) != Some(DType::F32) {
        return match call.meanings.agree() {
            true => gather::embedding_lookup(call),
            false => Err(KernelError::Unsupported("rows of other scales than their table's".to_owned())),
        };
    }
    let count = *call.operand(1)?.dims.first().ok_or_else(gather::outside)?;
    let weights = Weights::of(call, 1, 0, count)?;
    let rows = gather::places(&call.ints(0)?, count)?;
    let width = weights.numbers.len().checked_div(count).unwrap_or(0);
    let reals = rows
        .into_iter()
        .flat_map(|row| weights.numbers[row * width..][..width].iter().map(move |&n| (row, n)));
    let reals = reals.map(|(row, n)| n * weights.scale(row)).collect();
    Ok(vec![Tensor::of(array(call.dims(0)?, reals)?)])
}

/// The scale and zero point of each element, in order.
fn by_element(quantization: &Quantization, dims: &[usize]) -> Result<Vec<Affine>, KernelError> {
    let mut shape = vec![1; dims.len()];
    if quantization.whole().is_none() {
        let unfit = || KernelError::invalid("scales do not fit the tensor");
        let extent = *dims.get(quantization.axis).ok_or_else(unfit)?;
        (extent == quantization.steps.len()).then_some(()).ok_or_else(unfit)?;
        shape[quantization.axis] = extent;
    }
    let steps = array(shape, quantization.steps.clone())?;
    let wide = steps.broadcast(IxDyn(dims)).ok_or_else(|| KernelError::invalid("scales do not fit"))?;
    Ok(wide.iter().copied().collect())
}
