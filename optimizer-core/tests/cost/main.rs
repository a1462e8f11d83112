//! Costs against numbers counted by hand.

mod dims;
mod memory;
mod net;

use net::{Net, floats};
use optimizer_core::circle::schema::*;
use optimizer_core::ir::OpCode;
use optimizer_core::op::{Options, OptionsTable};
use optimizer_core::rewrite::{Cost, Dims, Profile};

fn cost(net: Net) -> Cost {
    Cost::of(&net.model(), &Dims::default())
}

#[test]
fn a_dense_layer() {
    let mut net = Net::default();
    let (x, weights, bias) = (net.input(&[2, 3]), net.weights(&[4, 3]), net.weights(&[4]));
    let y = net.op(OpCode::FULLY_CONNECTED, Options::default(), &[x, weights, bias], floats(&[2, 4]));
    net.output(y);
    // 2 * 4 sums of 3 products; 6 + 12 + 4 floats read, 8 written; x and y are alive.
    let traffic = 4 * (6 + 12 + 4 + 8);
    assert_eq!(cost(net), Cost { ops: 1, bytes: 4 * (12 + 4), traffic, macs: 24, peak: 4 * (6 + 8) });
}

#[test]
fn a_convolution() {
    let mut net = Net::default();
    let (x, filter) = (net.input(&[1, 5, 5, 2]), net.weights(&[3, 3, 3, 2]));
    let mut options = Conv2DOptionsT::default();
    (options.padding, options.stride_h, options.stride_w) = (Padding::Valid, 1, 1);
    let y = net.op(OpCode::CONV_2D, options.wrap(), &[x, filter], floats(&[1, 3, 3, 3]));
    net.output(y);
    assert_eq!(cost(net).macs, 27 * 3 * 3 * 2);
}

#[test]
fn a_depthwise_convolution() {
    let mut net = Net::default();
    let (x, filter) = (net.input(&[1, 4, 4, 2]), net.weights(&[1, 3, 3, 4]));
    let mut options = DepthwiseConv2DOptionsT::default();
    (options.padding, options.stride_h, options.stride_w) = (Padding::Same, 2, 2);
    options.depth_multiplier = 2;
    let y = net.op(OpCode::DEPTHWISE_CONV_2D, options.wrap(), &[x, filter], floats(&[1, 2, 2, 4]));
    net.output(y);
    assert_eq!(cost(net).macs, 2 * 2 * 4 * 9);
}

#[test]
fn products_of_matrices() {
    let mut net = Net::default();
    let (a, b) = (net.input(&[5, 7, 3]), net.input(&[5, 2, 3]));
    let mut options = BatchMatMulOptionsT::default();
    options.adj_y = true;
    let y = net.op(OpCode::BATCH_MATMUL, options.wrap(), &[a, b], floats(&[5, 7, 2]));
    net.output(y);
    assert_eq!(cost(net).macs, 5 * 7 * 2 * 3);
}

#[test]
fn a_recurrent_layer_meets_its_matrices_at_each_step() {
    let mut net = Net::default();
    let (x, weights, recurrent) = (net.input(&[2, 5, 3]), net.weights(&[4, 3]), net.weights(&[4, 4]));
    let (bias, state) = (net.weights(&[4]), net.variable(&[2, 4]));
    let operands = [x, weights, recurrent, bias, state];
    let y = net.op(OpCode::UNIDIRECTIONAL_SEQUENCE_RNN, Options::default(), &operands, floats(&[2, 5, 4]));
    net.output(y);
    assert_eq!(cost(net).macs, 2 * 5 * (12 + 16));
}

#[test]
fn a_slice_reads_what_it_writes() {
    let mut net = Net::default();
    let x = net.input(&[1000]);
    let (begin, size) = (net.numbers(&[3]), net.numbers(&[10]));
    let y = net.op(OpCode::SLICE, Options::default(), &[x, begin, size], floats(&[10]));
    net.output(y);
    assert_eq!(cost(net).traffic, 40 + 4 + 4 + 40);
}

#[test]
fn rows_of_a_table_are_read_and_not_the_table() {
    let mut net = Net::default();
    let table = net.weights(&[1000, 8]);
    let indices = net.numbers(&[1, 2, 3]);
    let y = net.op(OpCode::GATHER, GatherOptionsT::default().wrap(), &[table, indices], floats(&[3, 8]));
    net.output(y);
    assert_eq!(cost(net).traffic, 96 + 12 + 96);
}

#[test]
fn a_shape_is_known_without_reading() {
    let mut net = Net::default();
    let x = net.input(&[1000, 8]);
    let mut options = ShapeOptionsT::default();
    options.out_type = DType::I32;
    let y = net.op(OpCode::SHAPE, options.wrap(), &[x], net::ints(&[2]));
    net.output(y);
    assert_eq!(cost(net).traffic, 8);
}

#[test]
fn shared_constants_are_stored_once() {
    let mut net = Net::default();
    let (x, c) = (net.input(&[4]), net.weights(&[4]));
    let y = net.op(OpCode::ADD, Options::default(), &[x, c], floats(&[4]));
    let z = net.op(OpCode::MUL, Options::default(), &[y, c], floats(&[4]));
    net.output(z);
    let cost = cost(net);
    assert_eq!((cost.bytes, cost.traffic), (16, 6 * 16));
}

#[test]
fn an_operator_and_a_kind_have_the_constants_that_they_read() {
    let mut net = Net::default();
    let (x, c, d) = (net.input(&[4]), net.weights(&[4]), net.weights(&[4]));
    let y = net.op(OpCode::ADD, Options::default(), &[x, c], floats(&[4]));
    let z = net.op(OpCode::ADD, Options::default(), &[y, c], floats(&[4]));
    let u = net.op(OpCode::MUL, Options::default(), &[z, d], floats(&[4]));
    net.output(u);
    let profile = Profile::of(&net.model(), &Dims::default());
    assert_eq!(profile.ops.iter().map(|op| op.cost.bytes).collect::<Vec<_>>(), [16, 16, 16]);
    assert_eq!((profile.kinds["ADD"].bytes, profile.kinds["MUL"].bytes, profile.total.bytes), (16, 16, 32));
}

#[test]
fn operators_and_kinds_add_up_to_the_total() {
    let mut net = Net::default();
    let (x, weights) = (net.input(&[2, 3]), net.weights(&[3, 3]));
    let y = net.op(OpCode::FULLY_CONNECTED, Options::default(), &[x, weights], floats(&[2, 3]));
    let z = net.op(OpCode::NEG, Options::default(), &[y], floats(&[2, 3]));
    net.output(z);
    let profile = Profile::of(&net.model(), &Dims::default());
    let sum: Cost = profile.ops.iter().map(|op| op.cost).sum();
    let kinds: Cost = profile.kinds.values().copied().sum();
    assert_eq!(Cost { bytes: profile.total.bytes, ..sum }, profile.total);
    assert_eq!(sum, kinds);
    assert_eq!(profile.kinds["NEG"].traffic, 48);
    assert_eq!(profile.assumed, None);
}
