//! Recurrent layers, which keep state between runs.
//!
//! Invariant: none of them is pure; each takes up the state that its last run left, zeros before the first.

use super::weights::Weights;
use super::lstm::{Lstm, bidirectional_lstm, lstm, unidirectional_lstm};
use crate::circle::schema::*;
use crate::interp::elements::activate;
use crate::interp::products::dot;
use crate::interp::{Call, KernelError, KernelResult, Scope, Tensor};
use crate::ir::{Dim, Type};
use crate::op::{Effect, Site, operators};
use ndarray::{Array2, Array3, ArrayView2, Axis, Ix1, Ix2, Ix3};

operators! {
    /// One step of a long short-term memory.
    LSTM = LSTM(..) LSTMOptionsT {
        effect: Effect::Opaque, shape: Some(step_shape), routine: Some(lstm), macs: Some(weights_macs)
    }
    /// A long short-term memory over a sequence.
    UnidirectionalSequenceLSTM = UNIDIRECTIONAL_SEQUENCE_LSTM(
        input, input_to_input, input_to_forget, input_to_cell, input_to_output, recurrent_to_input,
        recurrent_to_forget, recurrent_to_cell, recurrent_to_output, cell_to_input, cell_to_forget,
        cell_to_output, input_bias, forget_bias, cell_bias, output_bias, projection,
        projection_bias, output_state, cell_state, input_norm, forget_norm, cell_norm, output_norm
    ) UnidirectionalSequenceLSTMOptionsT {
        effect: Effect::Opaque, shape: Some(lstm_shape), routine: Some(unidirectional_lstm),
        macs: Some(weights_macs)
    }
    /// Two long short-term memories, forwards and backwards.
    BidirectionalSequenceLSTM = BIDIRECTIONAL_SEQUENCE_LSTM(
        ..
    ) BidirectionalSequenceLSTMOptionsT {
        effect: Effect::Opaque, shape: Some(bidirectional_lstm_shape), routine: Some(bidirectional_lstm),
        macs: Some(weights_macs)
    }
    /// One step of a recurrent layer.
    RNN = RNN(input, weights, recurrent_weights, bias, state) RNNOptionsT {
        effect: Effect::Opaque, shape: Some(rnn_shape), routine: Some(rnn), macs: Some(weights_macs)
    }
    /// A recurrent layer over a sequence.
    UnidirectionalSequenceRNN = UNIDIRECTIONAL_SEQUENCE_RNN(
        input, weights, recurrent_weights, bias, state
    ) SequenceRNNOptionsT {
        effect: Effect::Opaque, shape: Some(rnn_shape), routine: Some(unidirectional_rnn),
        macs: Some(weights_macs)
    }
    /// Two recurrent layers, forwards and backwards.
    BidirectionalSequenceRNN = BIDIRECTIONAL_SEQUENCE_RNN(
        ..
    ) BidirectionalSequenceRNNOptionsT {
        effect: Effect::Opaque, shape: Some(bidirectional_rnn_shape), routine: Some(bidirectional_rnn),
        macs: Some(weights_macs)
    }
    /// A layer of rank-limited filters over time.
    SVDF = SVDF(input, feature_weights, time_weights, bias, state) SVDFOptionsT {
        effect: Effect::Opaque, shape: Some(svdf_shape), routine: Some(svdf), macs: Some(weights_macs)
    }
}

/// Each step of a sequence, for each item of a batch, meets every number of every matrix once.
pub(super) fn weights_macs(site: &Site) -> u64 {
    let steps = site.shape(0).and_then(|input| input.dims().split_last()).map_or(&[][..], |(_, outer)| outer);
    let weights = site.operands().filter(|operand| operand.data.is_some() && operand.shape.rank() == 2);
    let numbers = weights.fold(0u64, |n, weight| n.saturating_add(site.count(weight.shape)));
    steps.iter().fold(numbers, |n, &dim| n.saturating_mul(site.extent(dim)))
}

/// Over all but the last dim, `units` features.
fn with_features(site: &Site, units: Dim) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let (_, outer) = input.shape.dims().split_last()?;
    Some(vec![Type::new(input.dtype, outer.iter().copied().chain([units]).collect())])
}

fn lstm_shape(site: &Site) -> Option<Vec<Type>> {
    let output = site.shape(Lstm::PROJECTION).or_else(|| site.shape(Lstm::OUTPUT_WEIGHTS))?;
    with_features(site, output.dim(0)?)
}

/// A step with all weights in one matrix also gives the cell, and what it multiplies and gets.
fn step_shape(site: &Site) -> Option<Vec<Type>> {
    if site.options::<LSTMOptionsT>().kernel_type == LSTMKernelType::Full {
        return lstm_shape(site);
    }
    let (input, cell) = (site.operand(0)?, site.operand(4)?);
    let (&[batch, _], weights) = (input.shape.dims(), site.shape(2)?) else { return None };
    let row = |features: Dim| Some(Type::new(input.dtype, vec![batch, features].into()));
    let units = cell.shape.dim(1)?;
    [units, units, weights.dim(1)?, weights.dim(0)?].into_iter().map(row).collect()
}

fn rnn_shape(site: &Site) -> Option<Vec<Type>> {
    with_features(site, site.shape(1)?.dim(0)?)
}

fn bidirectional_lstm_shape(site: &Site) -> Option<Vec<Type>> {
    let units = |weights: usize| {
        let output = site.shape(weights + Lstm::PROJECTION - 1).or_else(|| site.shape(weights + 3))?;
        output.dim(0)
    };
    let merged = site.options::<BidirectionalSequenceLSTMOptionsT>().merge_outputs;
    both_shapes(site, [units(1)?, units(18)?], merged)
}

fn bidirectional_rnn_shape(site: &Site) -> Option<Vec<Type>> {
    let units = [site.shape(1)?.dim(0)?, site.shape(5)?.dim(0)?];
    both_shapes(site, units, site.options::<BidirectionalSequenceRNNOptionsT>().merge_outputs)
}

/// See [`both`].
fn both_shapes(site: &Site, units: [Dim; 2], merged: bool) -> Option<Vec<Type>> {
    match (units, merged) {
        ([forwards, backwards], false) => {
            Some([with_features(site, forwards)?, with_features(site, backwards)?].concat())
        }
        ([Dim::Known(a), Dim::Known(b)], true) => with_features(site, Dim::Known(a.checked_add(b)?)),
        (_, true) => with_features(site, site.unknown()),
    }
}

fn svdf_shape(site: &Site) -> Option<Vec<Type>> {
    let (filters, rank) = (site.shape(1)?.dim(0)?, site.options::<SVDFOptionsT>().rank);
    let units = match (filters, usize::try_from(rank).ok().filter(|&rank| rank > 0)?) {
        (Dim::Known(n), rank) => (n % rank == 0).then_some(Dim::Known(n / rank))?,
        (filters, 1) => filters,
        _ => site.unknown(),
    };
    with_features(site, units)
}

/// A matrix operand.
pub(super) fn matrix(call: &Call, i: usize) -> Result<Array2<f32>, KernelError> {
    call.view::<f32>(i)?.into_dimensionality::<Ix2>().map(|view| view.to_owned()).map_err(unfit)
}

/// An operand of one dim.
pub(super) fn vector(call: &Call, i: usize) -> Result<Vec<f32>, KernelError> {
    call.view::<f32>(i)?.into_dimensionality::<Ix1>().map(|view| view.to_vec()).map_err(unfit)
}

pub(super) fn unfit(error: ndarray::ShapeError) -> KernelError {
    KernelError::invalid(error.to_string())
}

/// A sequence of time, batch, features, whichever way it lies in the operand.
pub(super) fn sequence(call: &Call, i: usize, time_major: bool) -> Result<Array3<f32>, KernelError> {
    let mut x = call.view::<f32>(i)?.into_dimensionality::<Ix3>().map_err(unfit)?;
    if !time_major {
        x.swap_axes(0, 1);
    }
    Ok(x.to_owned())
}

/// What a layer gives at each time, as it lies in results.
pub(super) fn result_of(mut steps: Array3<f32>, time_major: bool) -> Tensor {
    if !time_major {
        steps.swap_axes(0, 1);
    }
    Tensor::of(steps.into_dyn())
}

/// The order of steps, last first for a layer that runs backwards.
pub(super) fn order(steps: usize, backwards: bool) -> impl Iterator<Item = usize> {
    (0..steps).map(move |step| if backwards { steps - 1 - step } else { step })
}

/// A recurrent layer: `act(x * weights + state * recurrent + bias)` is its state and its result.
struct Rnn {
    weights: Weights,
    recurrent: Weights,
    bias: Vec<f32>,
    state: Array2<f32>,
    act: Activation,
}

impl Rnn {
    /// The layer whose weights start at operand `first`.
    fn of(call: &Call, first: usize, act: Activation, asymmetric: bool) -> Result<Rnn, KernelError> {
        let layer = Rnn {
            weights: Weights::of(call, first, asymmetric)?,
            recurrent: Weights::of(call, first + 1, asymmetric)?,
            bias: vector(call, first + 2)?,
            state: matrix(call, first + 3)?,
            act,
        };
        let (units, rows) = (layer.weights.dim().0, layer.recurrent.dim());
        let fits = rows == (units, units) && layer.bias.len() == units && layer.state.ncols() == units;
        fits.then_some(layer).ok_or_else(|| KernelError::invalid("weights do not fit"))
    }

    fn step(&mut self, x: ArrayView2<f32>) -> Result<(), KernelError> {
        let (given, kept) = (self.weights.meet(x)?, self.recurrent.meet(self.state.view())?);
        if given.dim() != kept.dim() {
            return Err(KernelError::invalid("the state does not fit the input"));
        }
        let sum = Array2::from_shape_fn(given.dim(), |at| {
            (given[at] + kept[at] + f64::from(self.bias[at.1])) as f32
        });
        self.state = activate(self.act, sum.into_dyn())?.into_dimensionality().map_err(unfit)?;
        Ok(())
    }

    fn over(&mut self, x: &Array3<f32>, backwards: bool) -> Result<Array3<f32>, KernelError> {
        let (steps, batch, _) = x.dim();
        let mut results = Array3::zeros((steps, batch, self.bias.len()));
        for step in order(steps, backwards) {
            self.step(x.index_axis(Axis(0), step))?;
            results.index_axis_mut(Axis(0), step).assign(&self.state);
        }
        Ok(results)
    }
}

fn rnn(call: &Call, scope: &mut Scope) -> KernelResult {
    let options = call.options::<RNNOptionsT>();
    let mut layer = Rnn::of(call, 1, options.act, options.asymmetric_quantize_inputs)?;
    layer.step(matrix(call, 0)?.view())?;
    let state = Tensor::of(layer.state.into_dyn());
    scope.set_variable(4, state.clone())?;
    Ok(vec![state])
}

fn unidirectional_rnn(call: &Call, scope: &mut Scope) -> KernelResult {
    let options = call.options::<SequenceRNNOptionsT>();
    let mut layer = Rnn::of(call, 1, options.act, options.asymmetric_quantize_inputs)?;
    let results = layer.over(&sequence(call, 0, options.time_major)?, false)?;
    scope.set_variable(4, Tensor::of(layer.state.into_dyn()))?;
    Ok(vec![result_of(results, options.time_major)])
}

/// Without a second input for each direction.
fn bidirectional_rnn(call: &Call, scope: &mut Scope) -> KernelResult {
    let options = call.options::<BidirectionalSequenceRNNOptionsT>();
    if (9..12).any(|i| call.operand(i).is_ok()) {
        return Err(KernelError::Unsupported("a second input of a recurrent layer".to_owned()));
    }
    let x = sequence(call, 0, options.time_major)?;
    let mut directions = Vec::new();
    for (first, backwards) in [(1, false), (5, true)] {
        let mut layer = Rnn::of(call, first, options.act, options.asymmetric_quantize_inputs)?;
        directions.push(layer.over(&x, backwards)?);
        scope.set_variable(first + 3, Tensor::of(layer.state.into_dyn()))?;
    }
    both(directions, options.merge_outputs, options.time_major)
}

/// What two directions give: side by side in one result, or in two.
pub(super) fn both(directions: Vec<Array3<f32>>, merged: bool, time_major: bool) -> KernelResult {
    if !merged {
        return Ok(directions.into_iter().map(|steps| result_of(steps, time_major)).collect());
    }
    let views: Vec<_> = directions.iter().map(|steps| steps.view()).collect();
    Ok(vec![result_of(ndarray::concatenate(Axis(2), &views).map_err(unfit)?, time_major)])
}

/// Each filter remembers what it made of the last inputs, and weighs that by time; `rank` filters are one unit.
fn svdf(call: &Call, scope: &mut Scope) -> KernelResult {
    let options = call.options::<SVDFOptionsT>();
    let features = Weights::of(call, 1, options.asymmetric_quantize_inputs)?;
    let (x, times) = (matrix(call, 0)?, Weights::of(call, 2, false)?.dense());
    let mut state = matrix(call, 4)?;
    let (filters, memory) = times.dim();
    let rank =
        usize::try_from(options.rank).ok().filter(|&rank| rank > 0 && filters % rank == 0 && memory > 0);
    let rank = rank.filter(|_| features.dim().0 == filters && state.dim() == (x.nrows(), filters * memory));
    let rank = rank.ok_or_else(|| KernelError::invalid("weights do not fit"))?;
    let made = features.meet(x.view())?;
    for (mut state, made) in state.rows_mut().into_iter().zip(made.rows()) {
        for (filter, mut kept) in state.exact_chunks_mut(memory).into_iter().enumerate() {
            (1..memory).for_each(|i| kept[i - 1] = kept[i]);
            kept[memory - 1] = made[filter] as f32;
        }
    }
    let units = filters / rank;
    let bias = if call.operand(3).is_ok() { vector(call, 3)? } else { vec![0.0; units] };
    (bias.len() == units).then_some(()).ok_or_else(|| KernelError::invalid("the bias does not fit"))?;
    let sum = |(batch, unit): (usize, usize)| {
        let kept = state.row(batch);
        let parts = (unit * rank..(unit + 1) * rank).map(|filter| {
            dot(kept.slice(ndarray::s![filter * memory..(filter + 1) * memory]), times.row(filter))
        });
        (parts.sum::<f64>() + f64::from(bias[unit])) as f32
    };
    let sums = Array2::from_shape_fn((x.nrows(), units), sum);
    scope.set_variable(4, Tensor::of(state.into_dyn()))?;
    Ok(vec![Tensor::of(activate(options.act, sums.into_dyn())?)])
}
