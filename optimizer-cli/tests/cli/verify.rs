//! `circle-opt verify`.

use crate::program::{Folder, fixture, optimized};

#[test]
fn an_optimized_model_is_the_same() {
    let folder = Folder::new();
    let out = folder.file("out.circle", &optimized(&fixture("attention_head"), &[]));
    let table = circle_opt!("verify", &fixture("attention_head"), &out).good();
    assert!(table.contains("same") && !table.contains("DIFFERS"), "{table}");
}

#[test]
fn another_model_differs() {
    let run = circle_opt!("verify", &fixture("rotary_strided_slice"), &fixture("rotary_uneven"));
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(String::from_utf8_lossy(&run.stdout).contains("DIFFERS"));
}

#[test]
fn models_of_other_inputs_cannot_be_compared() {
    let run = circle_opt!("verify", &fixture("rotary_bias"), &fixture("attention_head"));
    assert!(run.fault(1).starts_with("cannot compare the models: "));
}
