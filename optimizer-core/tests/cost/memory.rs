//! What is alive at once.

use crate::net::{Net, floats};
use optimizer_core::circle::schema::CallOptionsT;
use optimizer_core::ir::{Model, OpCode};
use optimizer_core::op::{Options, OptionsTable};
use optimizer_core::rewrite::{Dims, Profile};

fn call(subgraph: u32) -> Options {
    let mut options = CallOptionsT::default();
    options.subgraph = subgraph;
    options.wrap()
}

fn alive(model: &Model) -> (Vec<i64>, i64) {
    let profile = Profile::of(model, &Dims::default());
    (profile.ops.iter().map(|op| op.cost.peak).collect(), profile.total.peak)
}

#[test]
fn a_chain_has_two_links_and_the_input() {
    let mut net = Net::default();
    let x = net.input(&[1]);
    let a = net.op(OpCode::NEG, Options::default(), &[x], floats(&[10]));
    let b = net.op(OpCode::NEG, Options::default(), &[a], floats(&[20]));
    let c = net.op(OpCode::NEG, Options::default(), &[b], floats(&[5]));
    net.output(c);
    assert_eq!(alive(&net.model()), (vec![4 * 11, 4 * 31, 4 * 26], 4 * 31));
}

#[test]
fn what_is_read_later_stays_and_outputs_stay_to_the_end() {
    let mut net = Net::default();
    let x = net.input(&[1]);
    let early = net.op(OpCode::NEG, Options::default(), &[x], floats(&[100]));
    let a = net.op(OpCode::NEG, Options::default(), &[x], floats(&[10]));
    let b = net.op(OpCode::NEG, Options::default(), &[a], floats(&[10]));
    let c = net.op(OpCode::ADD, Options::default(), &[early, b], floats(&[7]));
    let d = net.op(OpCode::NEG, Options::default(), &[x], floats(&[3]));
    net.output(a);
    net.output(c);
    net.output(d);
    // The input and, from its operator on, a; early up to the sum.
    let expected = [1 + 100, 1 + 100 + 10, 1 + 100 + 20, 1 + 100 + 20 + 7, 1 + 10 + 7 + 3].map(|n| 4 * n);
    assert_eq!(alive(&net.model()), (expected.to_vec(), 4 * 128));
}

#[test]
fn constants_take_none_and_variables_always() {
    let mut net = Net::default();
    let (x, state, c) = (net.input(&[2]), net.variable(&[50]), net.weights(&[1000]));
    let y = net.op(OpCode::ADD, Options::default(), &[x, c], floats(&[3]));
    let z = net.op(OpCode::ADD, Options::default(), &[y, state], floats(&[4]));
    net.output(z);
    assert_eq!(alive(&net.model()), (vec![4 * 55, 4 * 59], 4 * 59));
}

#[test]
fn what_nobody_reads_is_gone_after_its_operator() {
    let mut net = Net::default();
    let x = net.input(&[1]);
    net.op(OpCode::NEG, Options::default(), &[x], floats(&[100]));
    let y = net.op(OpCode::NEG, Options::default(), &[x], floats(&[2]));
    net.output(y);
    assert_eq!(alive(&net.model()), (vec![4 * 101, 4 * 3], 4 * 101));
}

/// A graph that calls another: what the other needs comes on top while it runs.
#[test]
fn a_call_adds_what_the_called_graph_needs() {
    let mut inner = Net::default();
    let x = inner.input(&[1]);
    let y = inner.op(OpCode::NEG, Options::default(), &[x], floats(&[40]));
    inner.output(y);
    let mut outer = Net::default();
    let x = outer.input(&[2]);
    let y = outer.op(OpCode::CALL, call(1), &[x], floats(&[3]));
    outer.output(y);
    let model = Model { graphs: vec![outer.0, inner.0], ..Model::default() };
    assert_eq!(alive(&model), (vec![4 * (5 + 41), 4 * 41], 4 * 46));
}

#[test]
fn graphs_that_call_each_other_come_to_an_end() {
    let calls = |subgraph| {
        let mut net = Net::default();
        let x = net.input(&[1]);
        let y = net.op(OpCode::CALL, call(subgraph), &[x], floats(&[1]));
        net.output(y);
        net.0
    };
    let model = Model { graphs: vec![calls(1), calls(0), calls(77)], ..Model::default() };
    assert!(alive(&model).1 >= 8);
}
