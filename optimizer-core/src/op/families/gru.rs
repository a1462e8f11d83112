//! Gated recurrent layers.
//!
//! Invariant: the state is an operand and no variable, so equal operands give equal results.

use super::recurrent::{matrix, sequence, vector};
use super::weights::Weights;
use crate::circle::schema::*;
use crate::interp::elements::array;
use crate::interp::{Call, KernelError, KernelResult, Tensor};
use crate::ir::{Shape, Type};
use crate::op::Site;
use ndarray::{Array1, Axis};

/// As declared, where that has as many elements as the state; luci gives it the state's shape.
pub(super) fn gru_shape(site: &Site) -> Option<Vec<Type>> {
    let state = site.operand(5)?;
    let fits = |ty: &&&Type| {
        ty.dtype == state.dtype && ty.shape.as_ref().and_then(Shape::elements) == state.shape.elements()
    };
    Some(vec![site.results.first().filter(fits).map_or_else(|| state.ty(), |&ty| ty.clone())])
}

/// As luci-interpreter computes it: one row a step, the rows of weights being those of update, reset and candidate.
pub(super) fn gru(call: &Call) -> KernelResult {
    let options = call.options::<GRUOptionsT>();
    if options.return_sequences || !matches!(options.act, Activation::None | Activation::Tanh) {
        return Err(KernelError::Unsupported(
            "a GRU that gives all steps or has another activation".to_owned(),
        ));
    }
    let (from_state, from_input) = (Weights::floats(call, 1)?, Weights::floats(call, 3)?);
    let (state_bias, input_bias) = (gru_bias(call, 2)?, gru_bias(call, 4)?);
    let (mut state, units) = (matrix(call, 5)?, from_state.dim().1);
    let unfit = || KernelError::invalid("the layer's operands do not fit");
    let steps = sequence(call, 0, true)?;
    let fits =
        from_state.dim().0 == 3 * units && from_input.dim().0 == 3 * units && state.dim() == (1, units);
    let fits = fits && steps.dim().1 == 1 && [&state_bias, &input_bias].iter().all(|b| b.len() == 3 * units);
    fits.then_some(()).ok_or_else(unfit)?;
    for step in steps.outer_iter() {
        let (kept, given) = (from_state.meet(state.view())?, from_input.meet(step)?);
        let kept = |i: usize| kept[(0, i)] + f64::from(state_bias[i]);
        let given = |i: usize| given[(0, i)] + f64::from(input_bias[i]);
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        let next = state.iter().enumerate().map(|(i, &old)| {
            let update = sigmoid(kept(i) + given(i));
            let reset = sigmoid(kept(units + i) + given(units + i));
            let candidate = (reset * kept(2 * units + i) + given(2 * units + i)).tanh();
            (update * f64::from(old) + (1.0 - update) * candidate) as f32
        });
        let next: Array1<f32> = next.collect();
        state = next.insert_axis(Axis(0));
    }
    Ok(vec![Tensor::of(array(call.dims(0)?, state.into_raw_vec_and_offset().0)?)])
}

fn gru_bias(call: &Call, i: usize) -> Result<Vec<f32>, KernelError> {
    match call.operand(i) {
        Ok(_) => vector(call, i),
        Err(_) => Ok(vec![0.0; call.operand(i - 1)?.dims.first().copied().unwrap_or(0)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interp::evaluate;
    use crate::op::{GRU, Op, OptionsTable};
    use ndarray::ArrayD;

    fn tensor(dims: &[usize], elements: &[f32]) -> Tensor {
        Tensor::of(ArrayD::from_shape_vec(dims, elements.to_vec()).unwrap())
    }

    #[test]
    fn gru_moves_from_its_state_to_the_candidate() {
        let x = tensor(&[2, 1, 1], &[1.0, -2.0]);
        let (hidden, hidden_bias) = (tensor(&[3, 1], &[0.5, -1.0, 2.0]), tensor(&[3], &[0.1, 0.2, 0.3]));
        let (input, input_bias) = (tensor(&[3, 1], &[1.0, 0.5, -1.0]), tensor(&[3], &[0.0, -0.1, 0.4]));
        let mut state = 0.25f64;
        for x in [1.0, -2.0] {
            let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
            let update = sigmoid(0.5 * state + 0.1 + x);
            let reset = sigmoid(-state + 0.2 + 0.5 * x - 0.1);
            let candidate = (reset * (2.0 * state + 0.3) - x + 0.4).tanh();
            state = update * state + (1.0 - update) * candidate;
        }
        let operands = [x, hidden, hidden_bias, input, input_bias, tensor(&[1, 1], &[0.25])];
        let options = GRUOptionsT::default().wrap();
        let call = Call {
            options: &options,
            operands: operands.iter().map(Some).collect(),
            results: vec![],
            meanings: Default::default(),
        };
        let computed = evaluate(GRU::DESCRIPTION, call).unwrap();
        assert!((f64::from(computed[0].view::<f32>().unwrap()[[0, 0]]) - state).abs() < 1e-6, "{state}");
    }
}
