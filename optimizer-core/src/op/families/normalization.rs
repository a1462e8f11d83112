//! Operators that relate each element to its neighbours.
//!
//! Invariant: results have the type of the input; sums are made in f64.

use super::quantized;
use crate::circle::schema::*;
use crate::interp::elements::{Number, activate};
use crate::interp::{Call, KernelError, KernelResult, Tensor};
use crate::op::layout::along_last_axis;
use crate::op::shapes::same;
use half::f16;
use ndarray::{ArrayD, ArrayViewMut1, Axis};
use crate::op::{Quantized, Site, operators};

operators! {
    all { layout: Some(along_last_axis) }
    /// `exp(beta * x)` along the last axis, divided by its sum.
    Softmax = SOFTMAX(input) SoftmaxOptionsT {
        shape: Some(same), kernel: Some(softmax), quantized: Quantized::By(quantized::softmax::softmax)
    }
    /// The logarithm of [`Softmax`].
    LogSoftmax = LOG_SOFTMAX(input) LogSoftmaxOptionsT {
        shape: Some(same), kernel: Some(log_softmax),
        quantized: Quantized::By(quantized::softmax::log_softmax)
    }
    /// Along the last axis divided by its Euclidean norm.
    L2Normalization = L2_NORMALIZATION(input) L2NormOptionsT {
        shape: Some(same), kernel: Some(l2_normalization),
        quantized: Quantized::By(quantized::normalization::l2_normalization)
    }
    /// Divided by a power of the squares of neighbouring channels.
    LocalResponseNormalization = LOCAL_RESPONSE_NORMALIZATION(input) LocalResponseNormalizationOptionsT {
        shape: Some(same), kernel: Some(local_response_normalization), steps: Some(neighbours)
    }
}

fn softmax(call: &Call) -> KernelResult {
    let beta = f64::from(call.options::<SoftmaxOptionsT>().beta);
    let rows = last_axis(call, |mut row| {
        let largest = largest(&row);
        let powers = row.mapv(|x| ((f64::from(x) - largest) * beta).exp());
        let sum = powers.sum();
        row.zip_mut_with(&powers, |x, power| *x = (power / sum) as f32);
    })?;
    Ok(vec![match call.operand(0)?.dtype {
        DType::F16 => Tensor::of(rows.mapv(f16::from_f32)),
        _ => Tensor::of(rows),
    }])
}

fn log_softmax(call: &Call) -> KernelResult {
    let rows = last_axis(call, |mut row| {
        let largest = largest(&row);
        let sum: f64 = row.iter().map(|&x| (f64::from(x) - largest).exp()).sum();
        row.mapv_inplace(|x| (f64::from(x) - largest - sum.ln()) as f32);
    })?;
    Ok(vec![Tensor::of(rows)])
}

/// Norms below 1e-6 count as that, as in LiteRT.
fn l2_normalization(call: &Call) -> KernelResult {
    let rows = last_axis(call, |mut row| {
        let squares: f64 = row.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
        let norm = squares.sqrt();
        let norm = if norm < 1e-6 { 1e-6 } else { norm };
        row.mapv_inplace(|x| (f64::from(x) / norm) as f32);
    })?;
    Ok(vec![Tensor::of(activate(call.options::<L2NormOptionsT>().act, rows)?)])
}

/// Each element adds the squares of as many others as are near in its row.
fn neighbours(site: &Site) -> u64 {
    let radius = site.options::<LocalResponseNormalizationOptionsT>().radius;
    let near = u64::try_from(radius).unwrap_or(0).saturating_mul(2).min(site.axis_extent(0, -1));
    site.shape(0).map_or(0, |shape| site.count(shape)).saturating_mul(near)
}

fn local_response_normalization(call: &Call) -> KernelResult {
    let options = call.options::<LocalResponseNormalizationOptionsT>();
    let radius = usize::try_from(options.radius).map_err(|_| KernelError::invalid("a negative radius"))?;
    let [bias, alpha, beta] = [options.bias, options.alpha, options.beta].map(f64::from);
    let rows = last_axis(call, |mut row| {
        let squares: Vec<_> = row.iter().map(|&x| f64::from(x) * f64::from(x)).collect();
        for (i, x) in row.iter_mut().enumerate() {
            let near = i.saturating_sub(radius)..i.saturating_add(radius + 1).min(squares.len());
            let sum: f64 = squares[near].iter().sum();
            *x = (f64::from(*x) * (bias + alpha * sum).powf(-beta)) as f32;
        }
    })?;
    Ok(vec![Tensor::of(rows)])
}

fn largest(row: &ArrayViewMut1<f32>) -> f64 {
    row.iter().fold(f32::MIN, |best, &x| x.larger(best)).into()
}

/// The first operand with `f` applied to each row.
fn last_axis(call: &Call, f: impl Fn(ArrayViewMut1<f32>)) -> Result<ArrayD<f32>, KernelError> {
    let mut rows = match call.operand(0)?.dtype {
        DType::F16 => call.view::<f16>(0)?.mapv(f32::from),
        _ => call.view::<f32>(0)?.to_owned(),
    };
    let last = rows.ndim().checked_sub(1).ok_or_else(|| KernelError::invalid("a scalar has no rows"))?;
    rows.lanes_mut(Axis(last)).into_iter().for_each(f);
    Ok(rows)
}
