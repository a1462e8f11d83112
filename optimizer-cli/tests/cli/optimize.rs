//! `circle-opt optimize`: its table, its streams, and what holds of every output.

use crate::program::{
    Folder, attention_names, bytes, constant_bytes, fixture, fixture_names, inspected, kinds, optimized, run,
    without_lines,
};
use std::ffi::OsStr;

#[test]
fn prints_what_it_did() {
    let folder = Folder::new();
    let table = circle_opt!("optimize", &fixture("attention_head"), "-o", &folder.path("out.circle")).good();
    insta::assert_snapshot!(without_lines(&table));
}

#[test]
fn an_attention_head_collapses() {
    let (before, after) = (bytes(&fixture("attention_head")), optimized(&fixture("attention_head"), &[]));
    assert_eq!(kinds(&before).len(), 74);
    assert!(kinds(&after).len() <= 26, "{:?}", kinds(&after));
    assert!(!kinds(&after).iter().any(|kind| kind == "NEG" || kind == "MUL" || kind == "TRANSPOSE"));
}

#[test]
fn every_fixture_keeps_its_meaning() {
    for name in attention_names() {
        let folder = Folder::new();
        let out = folder.file("out.circle", &optimized(&fixture(&name), &[]));
        circle_opt!("verify", &fixture(&name), &out).good();
    }
}

#[test]
fn no_fixture_grows() {
    for name in fixture_names() {
        let (before, after) = (bytes(&fixture(&name)), optimized(&fixture(&name), &[]));
        assert!(kinds(&after).len() <= kinds(&before).len(), "{name}");
        assert!(constant_bytes(&after) <= constant_bytes(&before), "{name}");
        assert!(after.len() <= before.len() + 64, "{name}: {} bytes became {}", before.len(), after.len());
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for name in fixture_names() {
        assert!(optimized(&fixture(&name), &[]) == optimized(&fixture(&name), &[]), "{name}");
    }
}

#[test]
fn a_second_run_changes_nothing() {
    for name in fixture_names() {
        let folder = Folder::new();
        let once = optimized(&fixture(&name), &[]);
        let twice = optimized(&folder.file("once.circle", &once), &[]);
        assert_eq!(inspected(&once), inspected(&twice), "{name}");
    }
}

#[test]
fn level_zero_keeps_everything() {
    for name in fixture_names() {
        let (before, after) = (bytes(&fixture(&name)), optimized(&fixture(&name), &["-O0"]));
        assert_eq!(inspected(&before), inspected(&after), "{name}");
    }
}

#[test]
fn reads_and_writes_streams() {
    let input = bytes(&fixture("rotary_bias"));
    let run = run(&["optimize", "-", "-o", "-"].map(OsStr::new), &input);
    assert_eq!(run.code, 0);
    assert!(run.stdout == optimized(&fixture("rotary_bias"), &[]));
    assert!(run.stderr.contains("fold_scale_into_fc"), "the table goes to standard error: {}", run.stderr);
}

#[test]
fn writes_over_its_input() {
    let folder = Folder::new();
    let model = folder.file("model.circle", &bytes(&fixture("attention_head")));
    circle_opt!("optimize", &model, "-o", &model).good();
    assert!(bytes(&model) == optimized(&fixture("attention_head"), &[]));
    assert_eq!(folder.names(), ["model.circle"]);
}

#[test]
fn without_an_output_it_only_tells() {
    let run = circle_opt!("optimize", &fixture("rotary_bias"));
    assert_eq!(run.code, 0);
    assert!(!run.stdout.is_empty());
    assert_eq!(run.stderr, "circle-opt: nothing was written; give -o OUT to keep the result\n");
}

#[test]
fn verify_flag_runs_both_models() {
    assert!(
        optimized(&fixture("attention_head"), &["--verify"]) == optimized(&fixture("attention_head"), &[])
    );
}

#[test]
fn trace_names_every_rewrite() {
    let folder = Folder::new();
    let text =
        circle_opt!("optimize", "--trace", &fixture("rotary_bias"), "-o", &folder.path("out.circle")).good();
    let rewrite = text.lines().find(|line| !line.starts_with("pass ")).expect("a line");
    assert!(rewrite.starts_with("patterns/"), "{rewrite}");
    insta::assert_snapshot!(without_lines(&text));
}

#[test]
fn fsync_writes_the_same() {
    assert!(optimized(&fixture("rotary_bias"), &["--fsync"]) == optimized(&fixture("rotary_bias"), &[]));
}
