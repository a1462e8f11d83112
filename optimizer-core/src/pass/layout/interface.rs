//! What callers see: feature maps that come in or go out channels first do so channels last.
//!
//! Invariant: names and order of inputs and outputs stay; only shapes of rank 4 change, in the first graph.

use super::emit::{Spelling, transpose};
use super::nhwc::to_nhwc;
use super::value::permuted;
use crate::ir::{Graph, Model, Value, ValueId};

/// Makes every graph input of rank 4 channels last, with a transpose behind it; gives how many there were.
pub fn convert_inputs_to_nhwc(model: &mut Model) -> usize {
    let Some(graph) = model.graphs.first_mut() else { return 0 };
    let inputs: Vec<ValueId> =
        graph.inputs().iter().copied().filter(|&v| !graph.value(v).is_output()).collect();
    inputs.into_iter().filter_map(|input| convert_input(graph, input)).count()
}

/// Makes every graph output of rank 4 channels last, with a transpose before it; gives how many there were.
pub fn convert_outputs_to_nhwc(model: &mut Model) -> usize {
    let Some(graph) = model.graphs.first_mut() else { return 0 };
    let mut outputs = graph.outputs().to_vec();
    outputs.sort_unstable();
    outputs.dedup();
    outputs.into_iter().filter_map(|output| convert_output(graph, output)).count()
}

fn convert_input(graph: &mut Graph, input: ValueId) -> Option<()> {
    let inner = inner(graph, input)?;
    graph.redirect(input, inner);
    transpose(graph, input, inner, &to_nhwc().inverse(), &Spelling::plain());
    Some(())
}

fn convert_output(graph: &mut Graph, output: ValueId) -> Option<()> {
    let (op, result) = graph.producer(output)?;
    let inner = inner(graph, output)?;
    graph.set_result(op, result as usize, inner);
    graph.redirect(output, inner);
    transpose(graph, inner, output, &to_nhwc(), &Spelling::plain());
    Some(())
}

/// Turns a value of rank 4 channels last, and gives a new one that is what it was.
fn inner(graph: &mut Graph, outer: ValueId) -> Option<ValueId> {
    let value = graph.value(outer);
    let is_map = value.shape()?.rank() == 4 && !value.variable && value.data.is_none();
    let last = is_map.then(|| permuted(value, &to_nhwc()))??;
    let (name, ty, quant) = (value.name.clone(), value.ty.clone(), value.quant.clone());
    let mut first = Value::new(graph.unique_name(&format!("{name}/nchw")), ty);
    first.quant = quant;
    let value = graph.value_mut(outer);
    (value.ty, value.quant, value.stored) = (last.ty, last.quant, None);
    Some(graph.add_value(first))
}
