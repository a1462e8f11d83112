//! `circle-opt rules`, and the flags that choose among rules.

use crate::program::{Folder, bytes, constant_bytes, fixture, kinds, optimized};
use std::path::Path;

#[test]
fn every_rule_keeps_the_laws() {
    let patterns = Path::new(env!("CARGO_MANIFEST_DIR")).join("../patterns");
    let text = circle_opt!("rules", "--check", "--folder", &patterns).good();
    assert!(text.ends_with(" 0 broken laws\n"), "{text}");
}

#[test]
fn a_rule_is_shown_as_written() {
    let text = circle_opt!("rules", "merge_scales").good();
    assert!(text.starts_with("patterns/scale.pat:"), "{text}");
    assert!(text.contains("rule merge_scales {"), "{text}");
}

#[test]
fn only_named_rules_run() {
    let only = optimized(&fixture("rotary_ordered"), &["--rules", "turn_signs_into_scale"]);
    assert_eq!(kinds(&only), ["FULLY_CONNECTED", "MUL", "MUL", "MUL", "ADD"]);
}

#[test]
fn excluded_rules_do_not_run() {
    let without = optimized(&fixture("rotary_bias"), &["--without", "fold_turned_halves_into_fc"]);
    assert!(kinds(&without).contains(&"CONCATENATION".to_owned()));
}

#[test]
fn an_unknown_rule_is_usage_and_the_nearest_is_offered() {
    for flag in ["--rules", "--without"] {
        let fault = circle_opt!("optimize", &fixture("rotary_bias"), flag, "merge_scale").fault(2);
        assert!(fault.contains("`merge_scale`") && fault.contains("did you mean `merge_scales`?"), "{fault}");
    }
    circle_opt!("rules", "merge_scale").fault(2);
}

#[test]
fn a_usage_fault_leaves_the_output() {
    let folder = Folder::new();
    let out = folder.file("out.circle", b"as it was");
    circle_opt!("optimize", &fixture("rotary_bias"), "-o", &out, "--rules", "merge_scale").fault(2);
    assert_eq!(bytes(&out), b"as it was");
}

#[test]
fn passes_are_listed_and_chosen_like_rules() {
    let text = circle_opt!("rules").good();
    let line = |name: &str| text.lines().find(|line| line.contains(name)).expect("it is listed").to_owned();
    assert!(line("merge_equal_constants").starts_with("-O1"), "{text}");
    assert!(line("remove_dead_code").starts_with("always"), "{text}");
    let with = |flags: &[&str]| constant_bytes(&optimized(&fixture("attention_head"), flags));
    let (only, group) =
        (with(&["--rules", "merge_equal_constants"]), with(&["--rules", "remove_duplicate_const"]));
    assert!(only == group && only < with(&["--rules", "merge_scales"]));
}

#[test]
fn the_highest_level_counts_and_named_rules_join_it() {
    let model = fixture("attention_head");
    let both = optimized(&model, &["-O1", "--rules", "merge_scales"]);
    assert_eq!(both, optimized(&model, &[]));
    assert_eq!(optimized(&model, &["-O0", "-O1"]), optimized(&model, &["-O1"]));
    let named = optimized(&model, &["-O0", "--rules", "merge_equal_constants"]);
    assert_eq!(named, optimized(&model, &["--rules", "merge_equal_constants"]));
}
