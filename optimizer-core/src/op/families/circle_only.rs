//! Operators that only circle has.
//!
//! Invariant: their codes are negative, so tflite files cannot hold them.

use super::gru::{gru, gru_shape};
use super::recurrent::weights_macs;
use crate::circle::schema::*;
use crate::interp::elements::{activate, wide};
use crate::interp::{Call, KernelError, KernelResult, Tensor};
use crate::ir::{Dim, Type};
use crate::op::shapes::same;
use crate::op::{Effect, Site, operators};
use ndarray::{ArrayD, Axis};

operators! {
    /// Each channel of each batch normalized over height and width, scaled and shifted.
    InstanceNorm = INSTANCE_NORM(input, gamma, beta) InstanceNormOptionsT {
        shape: Some(instance_norm_shape), kernel: Some(instance_norm)
    }
    /// Along the last axis divided by the root mean square, scaled by `gamma`.
    RmsNorm = RMS_NORM(input, gamma) RmsNormOptionsT { shape: Some(rms_norm_shape), kernel: Some(rms_norm) }
    /// Rotary position embedding of batch, head, position, feature: each half of the features is turned towards the
    /// other. The tables are broadcast; onert reads only their first row.
    RoPE = ROPE(input, sin, cos) RoPEOptionsT { shape: Some(rope_shape), kernel: Some(rope) }
    /// The last step of a gated recurrent layer over a sequence; the reset gate acts after the product with the state.
    GRU = GRU(input, hidden_hidden, hidden_hidden_bias, hidden_input, hidden_input_bias, state) GRUOptionsT {
        shape: Some(gru_shape), kernel: Some(gru), macs: Some(weights_macs)
    }
    /// A whole attention layer; its cache makes it impure.
    Attention = ATTENTION(..) AttentionOptionsT { effect: Effect::Opaque }
    /// Runs another model.
    RunModel = RUN_MODEL(..) RunModelOptionsT { effect: Effect::Opaque }
}

fn instance_norm_shape(site: &Site) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let channels = *input.shape.dims().last()?;
    let fits = (1..3).all(|i| site.shape(i).is_some_and(|s| is_row(s.elements(), channels)));
    (fits && input.shape.rank() == 4).then(|| vec![input.ty()])
}

fn rms_norm_shape(site: &Site) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let last = *input.shape.dims().last()?;
    site.shape(1).is_some_and(|s| is_row(s.elements(), last)).then(|| vec![input.ty()])
}

/// Whether so many elements are one for each of an axis, or one for all.
fn is_row(elements: Option<usize>, extent: Dim) -> bool {
    elements.is_none_or(|n| n == 1 || extent.known().is_none_or(|extent| n == extent))
}

fn rope_shape(site: &Site) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let even = input.shape.dim(-1)?.known().is_none_or(|n| n % 2 == 0);
    let fits = (1..3).all(|i| site.shape(i).is_some_and(|s| s.dim(-1) == input.shape.dim(-1)));
    (even && fits && input.shape.rank() == 4).then(|| same(site))?
}

fn instance_norm(call: &Call) -> KernelResult {
    let options = call.options::<InstanceNormOptionsT>();
    let mut result = call.view::<f32>(0)?.to_owned();
    let channels = result.shape()[3];
    let (gamma, beta) = (row(call, 1, channels)?, row(call, 2, channels)?);
    for mut batch in result.axis_iter_mut(Axis(0)) {
        for (channel, mut map) in batch.axis_iter_mut(Axis(2)).enumerate() {
            let count = map.len() as f64;
            let mean = map.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
            let variance = map.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / count;
            let scale = f64::from(gamma[channel]) / (variance + f64::from(options.epsilon)).sqrt();
            map.mapv_inplace(|x| ((f64::from(x) - mean) * scale + f64::from(beta[channel])) as f32);
        }
    }
    Ok(vec![Tensor::of(activate(options.act, result)?)])
}

fn rms_norm(call: &Call) -> KernelResult {
    let epsilon = f64::from(call.options::<RmsNormOptionsT>().epsilon);
    let mut result = call.view::<f32>(0)?.to_owned();
    let last = result.ndim() - 1;
    let gamma = row(call, 1, result.shape()[last])?;
    for mut lane in result.lanes_mut(Axis(last)) {
        let squares: f64 = lane.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
        let norm = (squares / lane.len() as f64 + epsilon).sqrt();
        lane.iter_mut().zip(&gamma).for_each(|(x, &g)| *x = (f64::from(*x) / norm * f64::from(g)) as f32);
    }
    Ok(vec![Tensor::of(result)])
}

/// One number for each of `count`, repeated if there is only one.
fn row(call: &Call, i: usize, count: usize) -> Result<Vec<f32>, KernelError> {
    let row: Vec<f32> = call.view::<f32>(i)?.iter().copied().collect();
    match row[..] {
        [one] => Ok(vec![one; count]),
        _ if row.len() == count => Ok(row),
        _ => Err(KernelError::invalid("a scale does not fit the input")),
    }
}

fn rope(call: &Call) -> KernelResult {
    if call.options::<RoPEOptionsT>().mode != RoPEMode::GptNeox {
        return Err(KernelError::Unsupported("RoPE of this mode".to_owned()));
    }
    let dims = call.dims(0)?;
    let (input, sin, cos) = (call.view::<f32>(0)?, call.view::<f32>(1)?, call.view::<f32>(2)?);
    let (x, sin, cos) = (wide(input, &dims)?, wide(sin, &dims)?, wide(cos, &dims)?);
    let features = dims[3];
    let turned = |i: usize| match i % features < features / 2 {
        true => -x[i + features / 2],
        false => x[i - features / 2],
    };
    let rotated = (0..x.len()).map(|i| x[i] * cos[i] + turned(i) * sin[i]).collect();
    let rotated = ArrayD::from_shape_vec(dims, rotated).map_err(|e| KernelError::invalid(e.to_string()))?;
    Ok(vec![Tensor::of(rotated)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interp::evaluate;
    use crate::op::{Op, Options, OptionsTable};

    fn computed<O: Op>(options: Options, operands: &[Tensor]) -> Vec<f32> {
        let operands = operands.iter().map(Some).collect();
        let call = Call { options: &options, operands, results: vec![], meanings: Default::default() };
        evaluate(O::DESCRIPTION, call).unwrap()[0].view::<f32>().unwrap().iter().copied().collect()
    }

    fn tensor(dims: &[usize], elements: &[f32]) -> Tensor {
        Tensor::of(ArrayD::from_shape_vec(dims, elements.to_vec()).unwrap())
    }

    #[test]
    fn rms_norm_divides_by_the_root_mean_square() {
        let options = RmsNormOptionsT { epsilon: 0.0 }.wrap();
        let x = tensor(&[2, 2], &[3.0, 3.0, -2.0, 2.0]);
        assert_eq!(computed::<RmsNorm>(options, &[x, tensor(&[2], &[1.0, 10.0])]), [1.0, 10.0, -1.0, 10.0]);
    }

    #[test]
    fn instance_norm_is_of_mean_beta_and_deviation_gamma() {
        let options = InstanceNormOptionsT { epsilon: 0.0, act: Activation::Relu }.wrap();
        let x = tensor(&[1, 1, 2, 2], &[1.0, 5.0, 3.0, 7.0]);
        let (gamma, beta) = (tensor(&[1], &[2.0]), tensor(&[2], &[0.0, 10.0]));
        assert_eq!(computed::<InstanceNorm>(options, &[x, gamma, beta]), [0.0, 8.0, 2.0, 12.0]);
    }

    #[test]
    fn rope_turns_halves_towards_each_other() {
        let x = tensor(&[1, 1, 2, 2], &[1.0, 2.0, 3.0, 4.0]);
        let (sin, cos) =
            (tensor(&[1, 1, 2, 2], &[0.0, 0.0, 1.0, 1.0]), tensor(&[1, 1, 2, 2], &[1.0, 1.0, 0.0, 0.0]));
        assert_eq!(computed::<RoPE>(RoPEOptionsT::default().wrap(), &[x, sin, cos]), [1.0, 2.0, -4.0, 3.0]);
    }
}
