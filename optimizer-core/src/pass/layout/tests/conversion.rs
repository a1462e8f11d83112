//! Conversions that are asked for, whether they pay or not.
//!
//! Invariant: results stay; inputs and outputs change only where that is asked for.

use super::{Net, assert_same, count};
use crate::circle::schema::*;
use crate::interp::{self, Tensor};
use crate::ir::{Graph, Model, OpCode, ValueId};
use crate::op::{self, Permutation};
use crate::pass::layout::{convert_inputs_to_nhwc, convert_nchw_to_nhwc, convert_outputs_to_nhwc};
use crate::pass::remove_dead_code;
use ndarray::{ArrayD, IxDyn};

/// The model after the passes, held to the same results.
fn converted(net: Net, pass: fn(&mut Model) -> usize) -> Graph {
    let before = Model { graphs: vec![net.0], ..Model::default() };
    let mut after = before.clone();
    assert!(pass(&mut after) > 0);
    remove_dead_code(&mut after);
    assert_same(&before, &after);
    assert_eq!(convert_nchw_to_nhwc(&mut after), 0, "what is converted stays so");
    after.graphs.remove(0)
}

#[test]
fn conversion_wraps_what_is_channels_first() {
    let mut net = Net::default();
    let x = net.input(&[1, 3, 4, 5]);
    let c = net.weights(&[1]);
    let scaled = net.op::<op::Mul>(&[x, c], MulOptionsT::default());
    let flat = net.reshape(scaled, &[3, 4, 5]);
    let again = net.op::<op::Mul>(&[flat, c], MulOptionsT::default());
    net.output(again);
    let graph = converted(net, convert_nchw_to_nhwc);
    assert_eq!((count(&graph, OpCode::TRANSPOSE), count(&graph, OpCode::MUL)), (2, 2));
}

#[test]
fn conversion_leaves_alone_what_is_channels_last() {
    let mut net = Net::default();
    let x = net.input(&[1, 4, 5, 3]);
    let pooled = net.pool(x);
    let active = net.relu(pooled);
    let y = net.pool(active);
    net.output(y);
    let mut model = Model { graphs: vec![net.0], ..Model::default() };
    assert_eq!(convert_nchw_to_nhwc(&mut model), 0);
}

#[test]
fn conversion_copies_a_constant_that_others_read() {
    let mut net = Net::default();
    let c = net.weights(&[1, 3, 4, 5]);
    let x = net.input(&[1, 3, 4, 5]);
    let sum = net.add(x, c);
    net.output(sum);
    let flat = net.reshape(c, &[3, 20]);
    net.output(flat);
    let graph = converted(net, convert_nchw_to_nhwc);
    assert_eq!(count(&graph, OpCode::TRANSPOSE), 2);
}

#[test]
fn the_interface_changes_only_where_asked() {
    let net = || {
        let mut net = Net::default();
        let x = net.input(&[1, 3, 4, 5]);
        let row = net.input(&[4, 5]);
        let sum = net.add(x, row);
        net.output(sum);
        let mean = net.mean(sum, &[2, 3], false);
        net.output(mean);
        Model { graphs: vec![net.0], ..Model::default() }
    };
    let shapes = |model: &Model, ids: &[ValueId]| -> Vec<String> {
        ids.iter().map(|&v| model.graphs[0].value(v).ty.to_string()).collect()
    };
    let mut model = net();
    assert_eq!(convert_inputs_to_nhwc(&mut model), 1);
    assert_eq!(shapes(&model, model.graphs[0].inputs()), ["f32[1,4,5,3]", "f32[4,5]"]);
    assert_eq!(shapes(&model, model.graphs[0].outputs()), ["f32[1,3,4,5]", "f32[1,3]"]);
    assert_eq!(convert_outputs_to_nhwc(&mut model), 1);
    assert_eq!(shapes(&model, model.graphs[0].outputs()), ["f32[1,4,5,3]", "f32[1,3]"]);
    let reference = interp::run(&net(), 0, &given(&[1, 3, 4, 5])).unwrap();
    let turned = interp::run(&model, 0, &given(&[1, 4, 5, 3])).unwrap();
    assert_eq!(
        turned[0].permuted(&Permutation::of(&[0, 3, 1, 2]).unwrap()).unwrap().data.bytes(),
        reference[0].data.bytes()
    );
    assert_eq!(turned[1].data.bytes(), reference[1].data.bytes());
}

/// A feature map whose elements tell where they are by channel, row and column, and a row of ones.
fn given(dims: &[usize; 4]) -> Vec<Tensor> {
    let last = dims[3] == 3;
    let element = |i: IxDyn| {
        let (c, h, w) = if last { (i[3], i[1], i[2]) } else { (i[1], i[2], i[3]) };
        (100 * c + 10 * h + w) as f32
    };
    let map = ArrayD::from_shape_fn(IxDyn(dims), element);
    vec![Tensor::of(map), Tensor::of(ArrayD::from_elem(IxDyn(&[4, 5]), 1.0f32))]
}
