//! `circle-opt inspect`.

use crate::program::{bytes, fixture, inspected};

#[test]
fn shows_operators_shapes_and_cost() {
    insta::assert_snapshot!(circle_opt!("inspect", &fixture("attention_head")).good());
}

#[test]
fn json_has_a_version_and_every_operator() {
    let model = inspected(&bytes(&fixture("rotary_bias")));
    assert_eq!(model["version"], 1);
    assert_eq!(model["operators"], 8);
    let graph = &model["graphs"][0];
    assert_eq!(graph["inputs"][0]["name"], "x");
    assert_eq!(graph["inputs"][0]["shape"], serde_json::json!([1, 1, 32]));
    assert_eq!(graph["operators"].as_array().map(Vec::len), Some(8));
    assert_eq!(graph["operators"][0]["kind"], "FULLY_CONNECTED");
    assert_eq!(graph["operators"][0]["operands"][1]["constant_bytes"], 16 * 32 * 4);
}
