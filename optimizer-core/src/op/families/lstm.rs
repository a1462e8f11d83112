//! Long short-term memories: one layer, in one direction, over a sequence.
//!
//! Invariant: sums are made in f64; gates, states and results are f32, as LiteRT's reference kernel has them.

use super::activation::logistic;
use super::quantized::hybrid::Weights as Stored;
use super::recurrent::{both, matrix, order, result_of, sequence, unfit, vector};
use super::weights::Weights;
use crate::circle::schema::*;
use crate::interp::elements::activate;
use crate::interp::{Call, KernelError, KernelResult, Scope, Tensor};
use crate::ir::DType;
use ndarray::{Array2, Array3, ArrayView2, Axis};

/// LiteRT's guard against a variance of zero.
const NORM_EPSILON: f64 = 1e-8;

/// A layer: its four gates in circle's order, what shapes its results, and its states.
pub(super) struct Lstm {
    /// Input, forget, cell and output. Without the first, what is not forgotten makes room for as much.
    gates: [Option<Gate>; 4],
    projection: Option<(Weights, Vec<f32>)>,
    hidden: Array2<f32>,
    cell: Array2<f32>,
    how: How,
}

/// What the options say of a layer.
pub(super) struct How {
    act: Activation,
    cell_clip: f32,
    projection_clip: f32,
    /// Of inputs that meet weights of 8 bits.
    asymmetric: bool,
}

/// The same from a table of options: those of all layers have these fields.
macro_rules! how {
    ($options:expr) => {
        How {
            act: $options.act,
            cell_clip: $options.cell_clip,
            projection_clip: $options.proj_clip,
            asymmetric: $options.asymmetric_quantize_inputs,
        }
    };
}

/// What makes one gate.
struct Gate {
    weights: Weights,
    recurrent: Weights,
    peephole: Option<Vec<f32>>,
    bias: Vec<f32>,
    norm: Option<Vec<f32>>,
}

/// Where a layer's operands are; those of a norm may be missing altogether.
struct Places {
    weights: usize,
    recurrent: usize,
    peepholes: usize,
    biases: usize,
    projection: usize,
    states: usize,
    norms: Option<usize>,
}

/// Those of a layer in one direction.
const ONE_WAY: Places = Places {
    weights: 1,
    recurrent: 5,
    peepholes: 9,
    biases: 12,
    projection: 16,
    states: 18,
    norms: Some(20),
};

impl Lstm {
    pub(super) const OUTPUT_WEIGHTS: usize = 4;
    pub(super) const PROJECTION: usize = 16;

    fn of(call: &Call, at: &Places, how: How) -> Result<Lstm, KernelError> {
        let hidden = matrix(call, at.states)?;
        let cell = matrix(call, at.states + 1)?;
        let projection = match call.operand(at.projection) {
            Ok(_) => {
                let weights = Weights::of(call, at.projection, how.asymmetric)?;
                let bias = optional(call, at.projection + 1)?.unwrap_or_else(|| vec![0.0; weights.dim().0]);
                Some((weights, bias))
            }
            Err(_) => None,
        };
        let gate = |i: usize| Gate::of(call, at, i, how.asymmetric);
        let gates = [gate(0)?, gate(1)?, gate(2)?, gate(3)?];
        let layer = Lstm { gates, projection, hidden, cell, how };
        layer.fits().then_some(layer).ok_or_else(|| KernelError::invalid("the layer's operands do not fit"))
    }

    fn fits(&self) -> bool {
        let ((batch, outputs), units) = (self.hidden.dim(), self.cell.ncols());
        let gates = self.gates.iter().flatten().all(|gate| gate.fits(units, outputs));
        let projection = self.projection.as_ref().map_or(outputs == units, |(weights, bias)| {
            weights.dim() == (outputs, units) && bias.len() == outputs
        });
        gates && self.gates[1..].iter().all(Option::is_some) && self.cell.nrows() == batch && projection
    }

    fn gate(&self, i: usize, x: ArrayView2<f32>) -> Result<Option<Array2<f32>>, KernelError> {
        let gate = self.gates[i].as_ref().map(|gate| gate.open(x, &self.hidden, &self.cell));
        gate.transpose()
    }

    fn step(&mut self, x: ArrayView2<f32>) -> Result<(), KernelError> {
        let missing = || KernelError::invalid("a gate is missing");
        let input = self.gate(0, x)?.map(|sums| sums.mapv(logistic));
        let forget = self.gate(1, x)?.ok_or_else(missing)?.mapv(logistic);
        let new = self.activated(self.gate(2, x)?.ok_or_else(missing)?)?;
        let input = input.unwrap_or_else(|| forget.mapv(|f| 1.0 - f));
        self.cell = clipped(&forget * &self.cell + input * new, self.how.cell_clip);
        let output = self.gate(3, x)?.ok_or_else(missing)?.mapv(logistic);
        let shown = output * self.activated(self.cell.clone())?;
        self.hidden = match &self.projection {
            None => shown,
            Some((weights, bias)) => {
                let sums = weights.meet(shown.view())?;
                let projected =
                    Array2::from_shape_fn(sums.dim(), |at| (sums[at] + f64::from(bias[at.1])) as f32);
                clipped(projected, self.how.projection_clip)
            }
        };
        Ok(())
    }

    fn activated(&self, x: Array2<f32>) -> Result<Array2<f32>, KernelError> {
        activate(self.how.act, x.into_dyn())?.into_dimensionality().map_err(unfit)
    }

    fn over(&mut self, x: &Array3<f32>, backwards: bool) -> Result<Array3<f32>, KernelError> {
        let (steps, batch, _) = x.dim();
        (batch == self.hidden.nrows())
            .then_some(())
            .ok_or_else(|| KernelError::invalid("the states do not fit"))?;
        let mut results = Array3::zeros((steps, batch, self.hidden.ncols()));
        for step in order(steps, backwards) {
            self.step(x.index_axis(Axis(0), step))?;
            results.index_axis_mut(Axis(0), step).assign(&self.hidden);
        }
        Ok(results)
    }

    fn keep(self, scope: &mut Scope, at: &Places) -> Result<(), KernelError> {
        scope.set_variable(at.states, Tensor::of(self.hidden.into_dyn()))?;
        scope.set_variable(at.states + 1, Tensor::of(self.cell.into_dyn()))
    }
}

impl Gate {
    /// `None` without weights.
    fn of(call: &Call, at: &Places, i: usize, asymmetric: bool) -> Result<Option<Gate>, KernelError> {
        if call.operand(at.weights + i).is_err() {
            return Ok(None);
        }
        let peephole = match i {
            2 => None,
            i => peephole(call, at.peepholes + i.min(2))?,
        };
        Ok(Some(Gate {
            weights: Weights::of(call, at.weights + i, asymmetric)?,
            recurrent: Weights::of(call, at.recurrent + i, asymmetric)?,
            peephole,
            bias: vector(call, at.biases + i)?,
            norm: at.norms.map_or(Ok(None), |first| optional(call, first + i))?,
        }))
    }

    fn fits(&self, units: usize, outputs: usize) -> bool {
        let row = |row: &Option<Vec<f32>>| row.as_ref().is_none_or(|row| row.len() == units);
        self.weights.dim().0 == units
            && self.recurrent.dim() == (units, outputs)
            && self.bias.len() == units
            && row(&self.peephole)
            && row(&self.norm)
    }

    /// What the gate lets through, before its activation.
    fn open(
        &self,
        x: ArrayView2<f32>,
        hidden: &Array2<f32>,
        cell: &Array2<f32>,
    ) -> Result<Array2<f32>, KernelError> {
        let (given, kept) = (self.weights.meet(x)?, self.recurrent.meet(hidden.view())?);
        (given.dim() == cell.dim())
            .then_some(())
            .ok_or_else(|| KernelError::invalid("the states do not fit"))?;
        let mut sums = given + kept;
        if let Some(peephole) = &self.peephole {
            sums.indexed_iter_mut()
                .for_each(|(at, sum)| *sum += f64::from(cell[at]) * f64::from(peephole[at.1]));
        }
        if let Some(norm) = &self.norm {
            sums.rows_mut().into_iter().for_each(|mut row| {
                let count = row.len() as f64;
                let mean = row.sum() / count;
                let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
                let scale = (variance + NORM_EPSILON).sqrt().recip();
                row.iter_mut().zip(norm).for_each(|(x, &by)| *x = (*x - mean) * scale * f64::from(by));
            });
        }
        Ok(Array2::from_shape_fn(sums.dim(), |at| (sums[at] + f64::from(self.bias[at.1])) as f32))
    }
}

/// Within the bounds, if there are any.
fn clipped(x: Array2<f32>, clip: f32) -> Array2<f32> {
    if clip > 0.0 { x.mapv_into(|x| x.clamp(-clip, clip)) } else { x }
}

/// Floats, or numbers of 8 bits that stand for some.
fn peephole(call: &Call, i: usize) -> Result<Option<Vec<f32>>, KernelError> {
    match call.operand(i).is_ok_and(|tensor| tensor.dtype == DType::I8) {
        true => Ok(Some(Stored::of(call, i, 0, 0)?.reals())),
        false => optional(call, i),
    }
}

fn optional(call: &Call, i: usize) -> Result<Option<Vec<f32>>, KernelError> {
    call.operand(i).is_ok().then(|| vector(call, i)).transpose()
}

pub(super) fn unidirectional_lstm(call: &Call, scope: &mut Scope) -> KernelResult {
    let options = call.options::<UnidirectionalSequenceLSTMOptionsT>();
    if options.diagonal_recurrent_tensors {
        return Err(KernelError::Unsupported("diagonal weights of a recurrent layer".to_owned()));
    }
    let mut layer = Lstm::of(call, &ONE_WAY, how!(options))?;
    let results = layer.over(&sequence(call, 0, options.time_major)?, false)?;
    layer.keep(scope, &ONE_WAY)?;
    Ok(vec![result_of(results, options.time_major)])
}

/// One step, of such a layer or of one that has all weights in one matrix.
pub(super) fn lstm(call: &Call, scope: &mut Scope) -> KernelResult {
    let options = call.options::<LSTMOptionsT>();
    if options.kernel_type == LSTMKernelType::Basic {
        return basic_step(call, scope);
    }
    let mut layer = Lstm::of(call, &ONE_WAY, how!(options))?;
    layer.step(matrix(call, 0)?.view())?;
    let shown = Tensor::of(layer.hidden.clone().into_dyn());
    layer.keep(scope, &ONE_WAY)?;
    Ok(vec![shown])
}

/// Input, new content, forget and output gate come out of one product; LiteRT reads no options here. Results are what
/// is shown, the cell, and the two sides of the product.
fn basic_step(call: &Call, scope: &mut Scope) -> KernelResult {
    let [x, hidden, cell] = [matrix(call, 0)?, matrix(call, 1)?, matrix(call, 4)?];
    let weights = Weights::floats(call, 2)?;
    let (bias, units) = (vector(call, 3)?, cell.ncols());
    let fits = hidden.dim() == cell.dim() && bias.len() == 4 * units && weights.dim().0 == bias.len();
    fits.then_some(()).ok_or_else(|| KernelError::invalid("the layer's operands do not fit"))?;
    let joined = ndarray::concatenate(Axis(1), &[x.view(), hidden.view()]).map_err(unfit)?;
    let sums = weights.meet(joined.view())?;
    let sums = Array2::from_shape_fn(sums.dim(), |at| (sums[at] + f64::from(bias[at.1])) as f32);
    let gate = |i: usize| sums.slice(ndarray::s![.., i * units..(i + 1) * units]);
    let kept = gate(2).mapv(logistic) * cell + gate(0).mapv(logistic) * gate(1).mapv(f32::tanh);
    let shown = gate(3).mapv(logistic) * kept.mapv(f32::tanh);
    let results = [shown, kept, joined, sums].map(|result| Tensor::of(result.into_dyn()));
    for (operand, content) in [(1, &results[0]), (4, &results[1])] {
        if scope.is_variable(operand) {
            scope.set_variable(operand, content.clone())?;
        }
    }
    Ok(results.to_vec())
}

/// Without a second input for each direction.
pub(super) fn bidirectional_lstm(call: &Call, scope: &mut Scope) -> KernelResult {
    let options = call.options::<BidirectionalSequenceLSTMOptionsT>();
    if (39..48).any(|i| call.operand(i).is_ok()) {
        return Err(KernelError::Unsupported("a second input of a recurrent layer".to_owned()));
    }
    let x = sequence(call, 0, options.time_major)?;
    let places = |weights: usize, states: usize| Places {
        weights,
        recurrent: weights + 4,
        peepholes: weights + 8,
        biases: weights + 11,
        projection: weights + 15,
        states,
        norms: None,
    };
    let mut directions = Vec::new();
    for (at, backwards) in [(places(1, 35), false), (places(18, 37), true)] {
        let mut layer = Lstm::of(call, &at, how!(options))?;
        directions.push(layer.over(&x, backwards)?);
        layer.keep(scope, &at)?;
    }
    both(directions, options.merge_outputs, options.time_major)
}
