//! `circle-opt inspect`.

use crate::program::{bytes, fixture, inspected};

#[test]
fn shows_operators_shapes_and_cost() {
    insta::assert_snapshot!(circle_opt!("inspect", &fixture("attention_head")).good());
}

#[test]
fn json_has_a_version_and_every_operator() {
    let model = inspected(&bytes(&fixture("rotary_bias")));
    assert_eq!(model["version"], 2);
    assert_eq!(model["assumed_dim"], serde_json::Value::Null);
    assert_eq!(model["operators"], 8);
    let graph = &model["graphs"][0];
    assert_eq!(graph["inputs"][0]["name"], "x");
    assert_eq!(graph["inputs"][0]["shape"], serde_json::json!([1, 1, 32]));
    assert_eq!(graph["operators"].as_array().map(Vec::len), Some(8));
    assert_eq!(graph["operators"][0]["kind"], "FULLY_CONNECTED");
    assert_eq!(graph["operators"][0]["operands"][1]["constant_bytes"], 16 * 32 * 4);
}

#[test]
fn costs_are_told_by_operator_by_kind_and_in_total() {
    let model = inspected(&bytes(&fixture("rotary_bias")));
    let operators = model["graphs"][0]["operators"].as_array().expect("a list");
    let sum = |key: &str| operators.iter().map(|op| op[key].as_i64().expect("a number")).sum::<i64>();
    let kinds = model["kinds"].as_object().expect("an object").values();
    for key in ["traffic", "macs"] {
        assert_eq!(model[key], sum(key), "{key}");
        assert_eq!(model[key], kinds.clone().map(|kind| kind[key].as_i64().expect("a number")).sum::<i64>());
    }
    let most = operators.iter().map(|op| op["live_bytes"].as_i64()).max().flatten();
    assert_eq!(model["peak_bytes"].as_i64(), most);
}

#[test]
fn unknown_dims_are_said_and_can_be_told() {
    let open = fixture("format/dynamic_shapes");
    let model = inspected(&bytes(&open));
    assert_eq!(model["graphs"][0]["inputs"][0]["shape"], serde_json::json!([null, 3]));
    assert_eq!(model["assumed_dim"], 16);
    let told = circle_opt!("inspect", &open).good();
    assert!(told.ends_with("unknown dims are counted as 16; see --dim\n"), "{told}");
    let told = circle_opt!("inspect", &open, "--dim", "3", "--dim", "x:0=5").good();
    assert!(told.ends_with("unknown dims are counted as 3, x:0 as 5; see --dim\n"), "{told}");
}

#[test]
fn a_dim_must_be_one_of_the_model() {
    let model = fixture("rotary_bias");
    for (dim, says) in [
        ("0", "N from 1 on"),
        ("x", "N from 1 on"),
        ("x=4", "INPUT:AXIS"),
        ("z:0=4", "`z`"),
        ("x:0=4", "f32[1,1,32]"),
    ] {
        let fault = circle_opt!("inspect", &model, "--dim", dim).fault(2);
        assert!(fault.contains(says), "{dim}: {fault}");
    }
}
