//! `circle-opt explain`: where rules fire, where they nearly do, and what refused them, with the values compared.

use crate::program::{Folder, fixture, without_lines};

#[test]
fn says_where_a_rule_fires_and_what_the_others_were_there_for() {
    let text = circle_opt!("explain", &fixture("rotary_bias"), "fold_scale_into_fc").good();
    assert!(text.starts_with("fold_scale_into_fc  patterns/fully_connected.pat:"), "{text}");
    assert!(text.contains("fired (2):\n  y_cos: ops -1, bytes -284"), "{text}");
}

#[test]
fn a_miss_has_its_place_its_values_and_how_far_it_got() {
    let text = without_lines(&circle_opt!("explain", &fixture("attention_head"), "drop_zero_bias").good());
    assert!(
        text.contains(": 1 of 1 operators matched (FULLY_CONNECTED)\n    patterns/fully_connected.pat:LINE:"),
        "{text}"
    );
    assert!(text.contains("`b.iter().all(|&b| b == 0.0)` does not hold: b = [0.00709"), "{text}");
}

#[test]
fn a_summary_names_every_rule_once() {
    let text = circle_opt!("explain", &fixture("attention_head"), "--all").good();
    let (fired, rest) = text.split_once("\nnearly fired").expect("two parts");
    assert!(
        fired.contains("fold_turned_halves_into_fc") && !rest.contains("fold_turned_halves_into_fc"),
        "{text}"
    );
    let rules = circle_opt!("rules").good();
    let beyond = rules
        .lines()
        .find_map(|line| line.strip_prefix("-O3").and_then(|rest| rest.split_whitespace().next()));
    let beyond = beyond.expect("a rule of -O3");
    assert!(!text.contains(beyond), "{beyond} is not in -O1");
    let at_three = circle_opt!("explain", &fixture("attention_head"), "--all", "-O3").good();
    assert!(at_three.contains(beyond), "{beyond} is in -O3");
}

#[test]
fn what_is_taken_back_is_told_with_its_reason() {
    let text = circle_opt!("explain", &fixture("rotary_dynamic"), "fold_turned_halves_into_fc").good();
    assert!(text.contains("taken back ("), "{text}");
    assert!(text.contains("the whole does not pay: ops "), "{text}");
}

#[test]
fn the_flags_of_a_run_explain_that_run() {
    let fixture = fixture("rotary_layer_output");
    let told = |growth, without| {
        let rule = "fold_turned_halves_into_fc";
        circle_opt!("explain", &fixture, rule, "--max-growth", growth, "--without", without).good()
    };
    assert!(!told("0", "fuse_rope").contains("fired (1)"));
    assert!(told("100", "fuse_rope").contains("fired (1)"));
    assert!(!told("100", "fold_turned_halves_into_fc").contains("fired (1)"));
}

#[test]
fn a_rule_alone_is_drawn_before_and_after() {
    let text = without_lines(&circle_opt!("explain", "merge_scales").good());
    insta::assert_snapshot!(text);
}

#[test]
fn a_rule_that_the_target_has_no_operator_for_is_not_in_force() {
    let told =
        |target| circle_opt!("explain", &fixture("attention_head"), "fuse_rope", "--target", target).good();
    assert!(told("portable").contains("not in force: the target has no RoPE"));
    assert!(!told("circle").contains("not in force"));
}

#[test]
fn neither_a_file_nor_a_rule_is_an_error_that_says_so() {
    let fault = circle_opt!("explain", "merge_scale").fault(2);
    assert!(fault.contains("did you mean the rule `merge_scales`?"), "{fault}");
    let fault = circle_opt!("explain", "no/such.circle").fault(1);
    assert!(fault.starts_with("cannot read no/such.circle: "), "{fault}");
    circle_opt!("explain", &fixture("rotary_bias"), "merge_scale").fault(2);
}

#[test]
fn a_verbose_run_says_what_refused_on_the_way() {
    let folder = Folder::new();
    let text =
        circle_opt!("optimize", "-v", &fixture("rotary_dynamic"), "-o", &folder.path("out.circle")).good();
    assert!(text.contains("taken back, the whole does not pay"), "{text}");
    assert!(text.contains(" does not fire at "), "{text}");
}
