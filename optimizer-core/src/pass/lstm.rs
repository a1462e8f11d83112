//! Long short-term memories over a sequence, step by step.
//!
//! Invariant: each run starts from zero states, as the first run of the layer does; what a layer keeps from one run to
//! the next is lost, so the pass runs only where it is asked for.

use crate::circle::schema::*;
use crate::ir::{DType, Data, Graph, Model, OpCode, OpId, ValueId};
use crate::op::{
    Add, FullyConnected, Logistic, Maximum, Minimum, Mul, OptionsTable, Pack, Relu, Relu6, Split, Takes,
    Tanh, Unpack,
};
use crate::pass::carry_out;
use crate::rewrite::consts::{stack_bias, stack_rows};
use crate::rewrite::{At, Builder, Patch, Reject, Val, Wire};
use ndarray::{ArrayView1, ArrayView2, Ix1, Ix2};

/// Where the gates' operands start: input, forget, cell and output, in this order.
const INPUT_WEIGHTS: usize = 1;
const RECURRENT_WEIGHTS: usize = 5;
const BIASES: usize = 12;
/// The states, variables of zeros before the first run.
const STATES: [usize; 2] = [18, 19];
/// Peepholes, projection and normalization, which no layer has that is unrolled.
const EXTRAS: [usize; 9] = [9, 10, 11, 16, 17, 20, 21, 22, 23];

/// Replaces every layer that can be; gives how many.
pub fn unroll_lstms(model: &mut Model) -> usize {
    model.graphs.iter_mut().map(unroll_all).sum()
}

fn unroll_all(graph: &mut Graph) -> usize {
    let layers = graph.ops_of(OpCode::UNIDIRECTIONAL_SEQUENCE_LSTM);
    layers.into_iter().filter(|&id| unroll(graph, id).is_some()).count()
}

fn unroll(graph: &mut Graph, id: OpId) -> Option<()> {
    let layer = Layer::of(graph, id)?;
    let states = layer.states;
    let patch = layer.patch(id)?.force();
    carry_out(graph, patch);
    for v in states {
        if graph.value(v).variable && graph.value(v).is_unused() {
            graph.drop_value(v);
        }
    }
    Some(())
}

/// A layer of constant weights.
struct Layer<'g> {
    graph: &'g Graph,
    x: Val<'g>,
    result: Val<'g>,
    weights: Vec<ArrayView2<'g, f32>>,
    recurrent: Vec<ArrayView2<'g, f32>>,
    biases: Vec<Option<ArrayView1<'g, f32>>>,
    states: [ValueId; 2],
    options: UnidirectionalSequenceLSTMOptionsT,
    steps: usize,
    units: usize,
}

/// What one step hands to the next.
#[derive(Clone, Copy)]
struct State {
    hidden: Wire,
    cell: Wire,
}

impl<'g> Layer<'g> {
    fn of(graph: &'g Graph, id: OpId) -> Option<Layer<'g>> {
        let op = graph.op(id);
        let options = UnidirectionalSequenceLSTMOptionsT::get(&op.options)?.clone();
        let operand = |i: usize| op.operands().get(i).copied().flatten();
        let value = |i: usize| operand(i).and_then(|v| Val::new(graph, v));
        let matrix = |i: usize| value(i)?.array::<f32, Ix2>();
        let vector = |i: usize| value(i)?.array::<f32, Ix1>();
        let x = value(0).filter(|x| x.dtype() == DType::F32)?;
        let [first, second, _] = x.shape().known()?.try_into().ok()?;
        let recurrent: Vec<_> = (0..4).map(|gate| matrix(RECURRENT_WEIGHTS + gate)).collect::<Option<_>>()?;
        let layer = Layer {
            graph,
            x,
            result: Val::new(graph, *op.results().first()?)?,
            weights: (0..4).map(|gate| matrix(INPUT_WEIGHTS + gate)).collect::<Option<_>>()?,
            units: recurrent[0].nrows(),
            recurrent,
            biases: (0..4).map(|gate| vector(BIASES + gate)).collect(),
            states: [operand(STATES[0])?, operand(STATES[1])?],
            steps: if options.time_major { first } else { second },
            options,
        };
        let plain = EXTRAS.iter().all(|&i| operand(i).is_none()) && op.operands().len() > STATES[1];
        (plain && !graph.is_quantized(op) && layer.fits() && layer.starts_at_zero()).then_some(layer)
    }

    /// Whether every gate has the same dims, and the activation is an operator too.
    fn fits(&self) -> bool {
        let (units, features) = (self.units, self.x.shape().known().map_or(0, |dims| dims[2]));
        let biases = self.biases.iter().all(|b| b.is_some_and(|b| b.len() == units));
        self.weights.iter().all(|w| w.dim() == (units, features))
            && self.recurrent.iter().all(|w| w.dim() == (units, units))
            && biases
            && units * self.steps > 0
            && matches!(self.options.act, Activation::Tanh | Activation::Relu | Activation::Relu6)
            && !self.options.diagonal_recurrent_tensors
    }

    /// Whether the states are variables that nothing else touches, of zeros at first, or constant zeros.
    fn starts_at_zero(&self) -> bool {
        let zeros = |data: &Data| data.bytes().iter().all(|&byte| byte == 0);
        self.states.iter().map(|&v| self.graph.value(v)).all(|state| {
            let own = state.variable && !state.is_input() && !state.is_output() && state.uses().len() == 1;
            (own || state.is_const()) && state.data.as_ref().is_none_or(zeros)
        })
    }

    fn patch(self, id: OpId) -> Option<Patch<'g>> {
        let mut b = Builder::new(self.graph);
        let sequence = self.unrolled(&mut b).ok()?;
        b.replace(self.result, sequence);
        b.finish(vec![id], Vec::new(), At::default()).ok()
    }

    fn unrolled(&self, b: &mut Builder<'g>) -> Result<Wire, Reject> {
        let at = At::default();
        let axis = if self.options.time_major { 0 } else { 1 };
        let weights = b.operand(stack_rows(&self.weights));
        let bias = b.operand(stack_bias(&self.biases, &[self.units; 4]));
        let x = b.operand(self.x);
        let options = FullyConnectedOptionsT { keep_num_dims: true, ..Default::default() };
        let gates = b.op::<FullyConnected, _>([x, weights, bias], options, at)?.result(0);
        let steps = b.op::<Unpack, _>([gates], UnpackOptionsT { num: self.steps as i32, axis }, at)?;
        let recurrent = b.operand(stack_rows(&self.recurrent));
        let (mut state, mut hidden) = (None, Vec::new());
        for step in 0..self.steps {
            let next = self.step(b, steps.result(step as u32), recurrent, state)?;
            hidden.push(next.hidden);
            state = Some(next);
        }
        let options = PackOptionsT { values_count: self.steps as i32, axis };
        Ok(b.op_of_any::<Pack>(hidden, Vec::new(), options, at)?.result(0))
    }

    /// One step from what the input gives to the gates; before the first one both states are zero.
    fn step(
        &self,
        b: &mut Builder<'g>,
        input: Wire,
        recurrent: Wire,
        before: Option<State>,
    ) -> Result<State, Reject> {
        let gates = match before {
            None => input,
            Some(State { hidden, .. }) => {
                let operands = [hidden, recurrent, Wire::Absent];
                let part = b.op::<FullyConnected, _>(operands, Default::default(), At::default())?.result(0);
                pair::<Add>(b, input, part)?
            }
        };
        let axis = b.operand(1i32);
        let gates = b.op::<Split, _>([axis, gates], SplitOptionsT { num_splits: 4 }, At::default())?;
        let [input, forget, cell, output] = [0, 1, 2, 3].map(|gate| gates.result(gate));
        let (input, output) = (single::<Logistic>(b, input)?, single::<Logistic>(b, output)?);
        let candidate = self.activated(b, cell)?;
        let mut cell = pair::<Mul>(b, input, candidate)?;
        if let Some(State { cell: old, .. }) = before {
            let forget = single::<Logistic>(b, forget)?;
            let kept = pair::<Mul>(b, forget, old)?;
            cell = pair::<Add>(b, kept, cell)?;
        }
        let cell = self.clipped(b, cell)?;
        let shown = self.activated(b, cell)?;
        Ok(State { hidden: pair::<Mul>(b, output, shown)?, cell })
    }

    fn activated(&self, b: &mut Builder<'g>, x: Wire) -> Result<Wire, Reject> {
        match self.options.act {
            Activation::Relu => single::<Relu>(b, x),
            Activation::Relu6 => single::<Relu6>(b, x),
            _ => single::<Tanh>(b, x),
        }
    }

    /// The cell within the layer's bounds, if it has any.
    fn clipped(&self, b: &mut Builder<'g>, cell: Wire) -> Result<Wire, Reject> {
        let clip = self.options.cell_clip;
        if clip <= 0.0 {
            return Ok(cell);
        }
        let (low, high) = (b.operand(-clip), b.operand(clip));
        let above = pair::<Maximum>(b, cell, low)?;
        pair::<Minimum>(b, above, high)
    }
}

fn single<O: Takes<1>>(b: &mut Builder<'_>, x: Wire) -> Result<Wire, Reject> {
    Ok(b.op::<O, 1>([x], O::Options::default(), At::default())?.result(0))
}

fn pair<O: Takes<2>>(b: &mut Builder<'_>, x: Wire, y: Wire) -> Result<Wire, Reject> {
    Ok(b.op::<O, 2>([x, y], O::Options::default(), At::default())?.result(0))
}
