//! Unknown dims: counted as what is said of them, and never in silence.

use crate::net::{Net, floats};
use optimizer_core::circle::schema::ConcatenationOptionsT;
use optimizer_core::ir::{Model, OpCode, ValueId};
use optimizer_core::op::{Options, OptionsTable};
use optimizer_core::rewrite::{Cost, Dims, DimsError, Profile};

/// A dense layer of 3 features to 4, over rows whose number is not known.
fn rows() -> Model {
    let mut net = Net::default();
    let (x, weights, ty) = (net.open_input("x", &[0, 3]), net.weights(&[4, 3]), net.open(&[0, 4]));
    let y = net.op(OpCode::FULLY_CONNECTED, Options::default(), &[x, weights], ty);
    net.output(y);
    net.model()
}

fn one(input: &str, axis: usize, extent: usize) -> Dims {
    Dims { inputs: vec![(input.into(), axis, extent)], ..Dims::default() }
}

#[test]
fn unknown_dims_are_sixteen_unless_told_otherwise_and_that_is_said() {
    let profile = Profile::of(&rows(), &Dims::default());
    assert_eq!(profile.assumed, Some(16));
    assert_eq!(profile.total.macs, 16 * 4 * 3);
    assert_eq!(profile.total.traffic, 4 * (16 * 3 + 12 + 16 * 4));
}

#[test]
fn all_can_be_told() {
    let cost = Cost::of(&rows(), &Dims { all: 5, ..Dims::default() });
    assert_eq!((cost.macs, cost.traffic, cost.peak), (5 * 12, 4 * (15 + 12 + 20), 4 * (15 + 20)));
}

#[test]
fn one_of_an_input_can_be_told() {
    assert_eq!(Cost::of(&rows(), &one("x", 0, 7)).macs, 7 * 12);
}

/// Two inputs of unknown length, joined: the result is as long as both together.
#[test]
fn what_follows_from_the_inputs_is_computed() {
    let mut net = Net::default();
    let inputs: Vec<ValueId> = ["a", "b"].map(|name| net.open_input(name, &[0, 2])).to_vec();
    let ty = net.open(&[0, 2]);
    let y = net.op(OpCode::CONCATENATION, ConcatenationOptionsT::default().wrap(), &inputs, ty);
    net.output(y);
    let model = net.model();
    let traffic = |dims: &Dims| Cost::of(&model, dims).traffic;
    assert_eq!(traffic(&Dims { all: 10, ..Dims::default() }), 4 * 2 * (10 + 10 + 20));
    let dims = Dims { all: 10, inputs: vec![("b".into(), 0, 1)] };
    assert_eq!(traffic(&dims), 4 * 2 * (10 + 1 + 11));
}

#[test]
fn only_unknown_dims_of_inputs_can_be_told() {
    assert_eq!(one("x", 0, 2).check(&rows()), Ok(()));
    assert_eq!(one("y", 0, 2).check(&rows()), Err(DimsError::Input("y".into())));
    for axis in [1, 2] {
        let error = one("x", axis, 2).check(&rows()).expect_err("no such dim");
        assert!(error.to_string().contains("f32[?,3]"), "{error}");
    }
}

#[test]
fn a_known_model_assumes_nothing() {
    let mut net = Net::default();
    let x = net.input(&[3]);
    let y = net.op(OpCode::NEG, Options::default(), &[x], floats(&[3]));
    net.output(y);
    assert_eq!(Dims::default().assumed(&net.model()), None);
}
