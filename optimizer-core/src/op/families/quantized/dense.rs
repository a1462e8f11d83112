//! Matrix products of quantized numbers, and of floats with quantized weights.
//!
//! Invariant: floats that meet quantized weights are quantized to 8 bits first, each row by itself.

use super::products::{Layout, centred, operands};
use crate::circle::schema::*;
use crate::interp::elements::{activate, array};
use crate::interp::{Call, KernelError, KernelResult, Tensor};
use crate::op::families::dense::bias;

pub(crate) fn fully_connected(call: &Call) -> KernelResult {
    match call.operand(0)?.dtype {
        DType::F32 => hybrid(call),
        _ => integers(call),
    }
}

fn integers(call: &Call) -> KernelResult {
    let at = Layout { input: 0, filter: 1, bias: 2, axis: 0 };
    let (factors, rescale) = operands(call, at, call.options::<FullyConnectedOptionsT>().act)?;
    let rescale = rescale.rounded_once();
    let [units, depth] = matrix(call)?;
    let rows = factors.input.chunks(depth.max(1));
    let weights = || factors.filter.chunks(depth.max(1)).take(units).enumerate();
    let sum = |row: &[f32], unit: usize, weights: &[f32]| {
        let products = row.iter().zip(weights).map(|(&a, &b)| f64::from(a) * f64::from(b));
        rescale.stored(unit, factors.bias[unit] + products.sum::<f64>())
    };
    let stored: Vec<_> = rows.flat_map(|row| weights().map(move |(unit, w)| (row, unit, w))).collect();
    let stored: Vec<_> = stored.into_iter().map(|(row, unit, weights)| sum(row, unit, weights)).collect();
    rescale.finish(call, &stored)
}

fn matrix(call: &Call) -> Result<[usize; 2], KernelError> {
    let dims = &call.operand(1)?.dims;
    dims.as_slice().try_into().map_err(|_| KernelError::invalid("the weights are no matrix"))
}

/// LiteRT reads unsigned weights as signed ones.
fn hybrid(call: &Call) -> KernelResult {
    let options = call.options::<FullyConnectedOptionsT>();
    let [units, depth] = matrix(call)?;
    let quantization = call.quantization(1)?;
    let per_unit = quantization.steps.len();
    if per_unit != 1 && (per_unit != units || quantization.axis != 0) {
        return Err(KernelError::Unsupported("weights quantized by such channels".to_owned()));
    }
    let weights: Vec<i32> = match call.operand(1)?.dtype {
        DType::U8 => call.view::<u8>(1)?.iter().map(|&n| (n as i8).into()).collect(),
        _ => centred(call, 1, quantization)?.into_iter().map(|n| n as i32).collect(),
    };
    let bias = bias(call, 2, units)?;
    let input = call.view::<f32>(0)?;
    let input: Vec<f32> = input.iter().copied().collect();
    let mut results = Vec::with_capacity(call.dims(0)?.iter().product());
    for row in input.chunks(depth.max(1)) {
        let row = Row::of(row, options.asymmetric_quantize_inputs);
        for (unit, weights) in weights.chunks(depth.max(1)).enumerate() {
            let products = row.numbers.iter().zip(weights).map(|(&a, &b)| (a - row.zero) * b);
            let scale = row.scale * quantization.steps[unit.min(per_unit - 1)].scale;
            results.push(bias[unit] + products.sum::<i32>() as f32 * scale);
        }
    }
    Ok(vec![Tensor::of(activate(options.act, array(call.dims(0)?, results)?)?)])
}

/// A row of floats in 8 bits.
struct Row {
    numbers: Vec<i32>,
    scale: f32,
    zero: i32,
}

impl Row {
    fn of(row: &[f32], asymmetric: bool) -> Row {
        let least = row.iter().copied().fold(f32::INFINITY, f32::min);
        let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        match asymmetric {
            true => Row::between(row, f64::from(least.min(0.0)), f64::from(most.max(0.0))),
            false => Row::around_zero(row, least.abs().max(most.abs())),
        }
    }

    fn around_zero(row: &[f32], range: f32) -> Row {
        if range == 0.0 || row.is_empty() {
            return Row { numbers: vec![0; row.len()], scale: 1.0, zero: 0 };
        }
        let inverse = 127.0 / range;
        let numbers = row.iter().map(|&x| ((x * inverse).round() as i32).clamp(-127, 127));
        Row { numbers: numbers.collect(), scale: range / 127.0, zero: 0 }
    }

    fn between(row: &[f32], least: f64, most: f64) -> Row {
        if least == most {
            return Row { numbers: vec![0; row.len()], scale: 1.0, zero: 0 };
        }
        let scale = (most - least) / 255.0;
        let (from_least, from_most) = (-128.0 - least / scale, 127.0 - most / scale);
        let is_better = 128.0 + (least / scale).abs() < 127.0 + (most / scale).abs();
        let zero = if is_better { from_least } else { from_most }.clamp(-128.0, 127.0).round() as i32;
        let scale = scale as f32;
        let number = |&x: &f32| ((zero as f32 + x * (1.0 / scale)).round() as i32).clamp(-128, 127);
        Row { numbers: row.iter().map(number).collect(), scale, zero }
    }
}
