//! Chains of rewrites that pay only as a whole: all of them or none.

use crate::program::{bytes, constant_bytes, fixture, inspected, kinds, optimized};
use serde_json::Value;

/// A rotary embedding at one position, in whatever spelling, is one dense layer.
#[test]
fn finished_chains_leave_one_layer() {
    let spellings = ["bias", "ordered", "uneven", "slice", "split", "split_v", "strided_slice"];
    for name in spellings.map(|spelling| format!("rotary_{spelling}")) {
        assert_eq!(kinds(&optimized(&fixture(&name), &[])), ["FULLY_CONNECTED"], "{name}");
    }
}

#[test]
fn angles_that_are_inputs_keep_the_layer() {
    keeps_its_layer("rotary_dynamic");
}

#[test]
fn several_positions_keep_the_layer() {
    keeps_its_layer("rotary_positions");
}

#[test]
fn a_half_that_is_an_output_stays() {
    keeps_its_layer("rotary_half_output");
}

#[test]
fn a_layer_that_is_an_output_stays() {
    keeps_its_layer("rotary_layer_output");
}

/// With room for one more weight, the layer that must stay no longer stands in the way.
#[test]
fn a_budget_lets_a_chain_finish() {
    let grown = optimized(&fixture("rotary_layer_output"), &["--max-growth", "100"]);
    assert_eq!(kinds(&grown), ["FULLY_CONNECTED", "FULLY_CONNECTED", "MUL", "ADD"]);
    assert!(constant_bytes(&grown) <= 2 * constant_bytes(&bytes(&fixture("rotary_layer_output"))));
}

/// No weight is added or changed, and the rotation that stays is fewer operators than before.
#[track_caller]
fn keeps_its_layer(name: &str) {
    let (before, after) = (bytes(&fixture(name)), optimized(&fixture(name), &[]));
    assert!(kinds(&after).contains(&"CONCATENATION".to_owned()), "{name}: the rotation cannot go");
    assert!(kinds(&after).len() < kinds(&before).len());
    assert!(constant_bytes(&after) <= constant_bytes(&before));
    assert_eq!(dense_layers(&inspected(&before)), dense_layers(&inspected(&after)));
}

fn operators(model: &Value) -> &Vec<Value> {
    model["graphs"][0]["operators"].as_array().expect("a list")
}

fn dense_layers(model: &Value) -> Vec<&Value> {
    operators(model).iter().filter(|op| op["kind"] == "FULLY_CONNECTED").map(|op| &op["operands"]).collect()
}
