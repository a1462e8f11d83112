//! `--report FILE.json`: its form, and that its numbers add up.

use crate::program::{Folder, bytes, fixture, inspected};
use serde_json::Value;

#[test]
fn has_version_costs_and_rewrites() {
    let report = report("attention_head");
    assert_eq!(report["version"], 1);
    assert_eq!(keys(&report), ["after", "before", "passes", "rewrites", "version"]);
    assert_eq!(keys(&report["before"]), ["bytes", "macs", "operators", "traffic"]);
    let rewrites = report["rewrites"].as_array().expect("a list");
    let ventures = rewrites.iter().filter(|rewrite| rewrite["rule"] == "fold_turned_halves_into_fc");
    assert!(ventures.clone().count() > 0);
    for rewrite in ventures {
        let keys: Vec<String> = keys(rewrite).into_iter().filter(|key| key != "rolled_back").collect();
        assert_eq!(keys, ["change", "graph", "place", "root", "rule"]);
        assert!(rewrite["place"].as_str().is_some_and(|place| place.starts_with("patterns/")), "{rewrite}");
    }
}

#[test]
fn costs_are_those_of_the_files() {
    let folder = Folder::new();
    let (out, report) = (folder.path("out.circle"), folder.path("report.json"));
    circle_opt!("optimize", &fixture("attention_head"), "-o", &out, "--report", &report).good();
    let report: Value = serde_json::from_slice(&bytes(&report)).expect("JSON");
    for (side, model) in [("before", bytes(&fixture("attention_head"))), ("after", bytes(&out))] {
        let model = inspected(&model);
        assert_eq!(report[side]["operators"], model["operators"], "{side}");
        assert_eq!(report[side]["traffic"], model["traffic"], "{side}");
        assert_eq!(report[side]["macs"], model["macs"], "{side}");
    }
}

#[test]
fn kept_rewrites_account_for_the_operators() {
    let report = report("attention_head");
    let kept =
        report["rewrites"].as_array().expect("a list").iter().filter(|r| r.get("rolled_back").is_none());
    let removed: i64 = kept.map(|rewrite| number(&rewrite["change"], "operators")).sum();
    assert_eq!(number(&report["before"], "operators") + removed, number(&report["after"], "operators"));
}

#[test]
fn rolled_back_rewrites_say_why() {
    let report = report("rotary_layer_output");
    let rewrites = report["rewrites"].as_array().expect("a list");
    let ventures = rewrites.iter().filter(|rewrite| rewrite["rule"] == "fold_turned_halves_into_fc");
    assert!(ventures.clone().count() > 0);
    for rewrite in ventures {
        assert!(rewrite["rolled_back"].as_str().is_some_and(|why| !why.is_empty()), "{rewrite}");
    }
}

#[track_caller]
fn report(name: &str) -> Value {
    let folder = Folder::new();
    let report = folder.path("report.json");
    circle_opt!("optimize", "-q", &fixture(name), "-o", &folder.path("out.circle"), "--report", &report)
        .good();
    serde_json::from_slice(&bytes(&report)).expect("JSON")
}

fn number(costs: &Value, key: &str) -> i64 {
    costs[key].as_i64().expect("a number")
}

/// The keys of an object, sorted.
fn keys(object: &Value) -> Vec<String> {
    let mut keys: Vec<String> = object.as_object().expect("an object").keys().cloned().collect();
    keys.sort();
    keys
}
