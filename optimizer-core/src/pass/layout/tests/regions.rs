//! What a region as a whole becomes: outputs, shared values, constants, quantization.
//!
//! Invariant: nothing that callers or operators outside see is different afterwards.

use super::{Net, TO_NCHW, TO_NHWC, before, count};
use crate::circle::schema::*;
use crate::ir::{DType, Dim, Model, OpCode, Operator, Shape, Type, Value};
use crate::op::{self, NoOptions, Options};
use crate::pass::layout::settle_layouts;
use crate::pass::remove_dead_code;

#[test]
fn other_transposes_absorb_it() {
    let mut net = Net::default();
    let x = net.input(&[2, 4, 5, 3]);
    let nchw = net.transpose(x, &TO_NCHW);
    let y = net.relu(nchw);
    let turned = net.transpose(y, &[3, 1, 0, 2]);
    net.output(turned);
    assert_eq!(net.settled(), 1);
}

#[test]
fn a_reshape_that_moves_unit_axes_is_a_transpose() {
    let mut net = Net::default();
    let x = net.input(&[1, 4, 5, 3]);
    let inner = net.transpose(x, &TO_NCHW);
    let single = net.mean(inner, &[1], true);
    let nhwc = net.reshape(single, &[1, 4, 5, 1]);
    let conv = net.pool(nhwc);
    let back = net.reshape(conv, &[1, 1, 4, 5]);
    let sum = net.add(inner, back);
    let out = net.transpose(sum, &TO_NHWC);
    net.output(out);
    let graph = net.settled_graph();
    assert_eq!((count(&graph, OpCode::TRANSPOSE), count(&graph, OpCode::RESHAPE)), (0, 0));
}

#[test]
fn a_lone_transpose_stays() {
    assert_eq!(before(|net, x| net.relu(x)), 1);
}

#[test]
fn a_transpose_moves_to_where_less_is_transposed() {
    let body = |net: &mut Net, x| {
        let wide = net.relu(x);
        let narrow = net.mean(wide, &[3], true);
        net.relu(narrow)
    };
    let mut net = Net::default();
    let x = net.input(&[1, 4, 5, 8]);
    let inner = net.transpose(x, &TO_NCHW);
    let result = body(&mut net, inner);
    net.output(result);
    let graph = net.settled_graph();
    let (_, transpose) = graph.ops().find(|(_, op)| op.code == OpCode::TRANSPOSE).unwrap();
    assert_eq!(graph.value(transpose.results()[0]).shape(), Some(&Shape::fixed(&[1, 8, 4, 1])));
}

#[test]
fn a_value_read_in_both_layouts_is_transposed_once() {
    let mut net = Net::default();
    let x = net.input(&[1, 4, 5, 3]);
    let inner = net.transpose(x, &TO_NCHW);
    let y = net.relu(inner);
    let (one, two) = (net.transpose(y, &TO_NHWC), net.transpose(y, &TO_NHWC));
    let pools = (net.pool(one), net.pool(two));
    net.output(pools.0);
    net.output(pools.1);
    net.output(y);
    assert_eq!(net.settled(), 1);
}

#[test]
fn outputs_and_inputs_stay_what_they_are() {
    let mut net = Net::default();
    let x = net.input(&[1, 4, 5, 3]);
    let inner = net.transpose(x, &TO_NCHW);
    let back = net.transpose(inner, &TO_NHWC);
    net.output(inner);
    net.output(back);
    assert_eq!(net.settled(), 2, "an operator must compute each output");

    let mut net = Net::default();
    let x = net.input(&[1, 4, 5, 3]);
    let y = net.relu(x);
    let inner = net.transpose(y, &TO_NCHW);
    let (a, b) = (net.transpose(inner, &TO_NHWC), net.transpose(inner, &TO_NHWC));
    [y, inner, a, b].into_iter().for_each(|v| net.output(v));
    assert_eq!(net.settled(), 3);
}

#[test]
fn an_output_in_the_middle_is_transposed_for_the_caller_only() {
    let mut net = Net::default();
    let x = net.input(&[1, 4, 5, 3]);
    let inner = net.transpose(x, &TO_NCHW);
    let middle = net.relu(inner);
    net.output(middle);
    let after = net.op::<op::Tanh>(&[middle], NoOptions {});
    let back = net.transpose(after, &TO_NHWC);
    net.output(back);
    assert_eq!(net.settled(), 1);
}

#[test]
fn a_value_added_to_its_own_transpose_is_not_confused() {
    let mut net = Net::default();
    let x = net.input(&[4, 4]);
    let y = net.relu(x);
    let turned = net.transpose(y, &[1, 0]);
    let sum = net.add(y, turned);
    let out = net.transpose(sum, &[1, 0]);
    net.output(out);
    assert!(net.settled() <= 2);
}

#[test]
fn a_constant_is_not_stored_in_two_orders() {
    let mut net = Net::default();
    let c = net.weights(&[1, 3, 4, 5]);
    let other = net.input(&[1, 3, 4, 5]);
    let outside = net.add(other, c);
    net.output(outside);
    let x = net.input(&[1, 4, 5, 3]);
    let inner = net.transpose(x, &TO_NCHW);
    let sum = net.add(inner, c);
    let back = net.transpose(sum, &TO_NHWC);
    net.output(back);
    assert_eq!(net.settled(), 2);
}

#[test]
fn unknown_dims_follow() {
    let mut net = Net::default();
    let (height, width) = (net.0.unknown_dim(), net.0.unknown_dim());
    let dims = [Dim::Known(1), height, width, Dim::Known(16)];
    let ty = Type::new(DType::F32, dims.into_iter().collect());
    let x = net.0.add_input(Value::new("input", ty));
    let inner = net.transpose(x, &TO_NCHW);
    let c = net.weights(&[1, 16, 1, 1]);
    let sum = net.add(inner, c);
    let back = net.transpose(sum, &TO_NHWC);
    net.output(back);
    assert_eq!(net.settled(), 0);
}

/// A region whose middle value and constant are quantized along channels, or along their first axis.
fn quantized(details: QuantizationDetailsT) -> (usize, Vec<i32>) {
    let mut net = Net::default();
    let x = net.input(&[1, 4, 5, 3]);
    let inner = net.transpose(x, &TO_NCHW);
    let c = net.weights(&[3, 1, 1]);
    let sum = net.add(inner, c);
    let quant = |axis| QuantizationParametersT {
        scale: Some(vec![0.5, 0.25, 1.0]),
        zero_point: Some(vec![0; 3]),
        quantized_dimension: axis,
        details: details.clone(),
        ..Default::default()
    };
    net.0.value_mut(sum).quant = Some(Box::new(quant(1)));
    net.0.value_mut(c).quant = Some(Box::new(quant(0)));
    let last = net.relu(sum);
    let back = net.transpose(last, &TO_NHWC);
    net.output(back);
    let mut model = Model { graphs: vec![net.0], ..Model::default() };
    settle_layouts(&mut model, &[]);
    remove_dead_code(&mut model);
    let graph = &model.graphs[0];
    let (_, add) = graph.ops().find(|(_, op)| op.code == OpCode::ADD).unwrap();
    let values = [add.operands()[1].unwrap(), add.results()[0]];
    let axes = values.map(|v| graph.value(v).quant.as_ref().unwrap().quantized_dimension);
    (count(graph, OpCode::TRANSPOSE), axes.to_vec())
}

#[test]
fn scales_for_each_channel_follow_the_channels() {
    assert_eq!(quantized(QuantizationDetailsT::NONE), (0, vec![3, 3]));
}

#[test]
fn quantization_of_unknown_layout_stays() {
    let details = QuantizationDetailsT::CustomQuantization(Default::default());
    assert_eq!(quantized(details), (2, vec![0, 1]));
}

#[test]
fn operators_with_effects_stay() {
    let mut net = Net::default();
    let x = net.input(&[1, 4, 5, 3]);
    let inner = net.transpose(x, &TO_NCHW);
    let name = net.0.unique_name("custom");
    let ty = net.0.value(inner).ty.clone();
    let opaque = net.0.add_value(Value::new(name, ty));
    let custom = Operator::new(OpCode::CUSTOM, Options::default(), vec![Some(inner)], vec![opaque]);
    net.0.add_op(custom);
    let back = net.transpose(opaque, &TO_NHWC);
    net.output(back);
    let mut model = Model { graphs: vec![net.0], ..Model::default() };
    assert_eq!(settle_layouts(&mut model, &[]), 0);
}

/// What an earlier call has left as it is stays so, until something in the region or what its operators read is edited.
#[test]
fn a_region_is_looked_at_again_once_it_was_edited() {
    let mut net = Net::default();
    let x = net.input(&[1, 4, 5, 3]);
    let inner = net.transpose(x, &TO_NCHW);
    let act = net.relu(inner);
    let back = net.transpose(act, &TO_NHWC);
    net.output(back);
    let mut model = Model { graphs: vec![net.0], ..Model::default() };
    let since = [model.graphs[0].now()];
    assert_eq!(settle_layouts(&mut model, &since), 0);
    model.graphs[0].value_mut(act).name = "edited".into();
    assert_eq!(settle_layouts(&mut model, &since), 2);
}
