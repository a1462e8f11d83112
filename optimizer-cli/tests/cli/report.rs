//! `--report`: its form, that its numbers add up, and that a page is one file that names cannot break.

use crate::program::{Folder, bytes, fixture, fixture_names, inspected};
use serde_json::Value;
use std::path::Path;

#[test]
fn reports_are_what_their_schema_says() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/report.schema.json");
    let schema = serde_json::from_slice(&bytes(&schema)).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for name in fixture_names() {
        let report = report(&fixture(&name));
        let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
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
        for key in ["operators", "traffic", "macs", "peak_bytes", "kinds"] {
            assert_eq!(report[side][key], model[key], "{side} {key}");
        }
    }
}

/// Every step of the timeline says how many operators came or went, and together they lead from one count to the other.
#[test]
fn the_timeline_accounts_for_the_operators() {
    for name in fixture_names() {
        let report = report(&fixture(&name));
        let change = |event: &Value| match event["rewrite"].as_u64() {
            None => number(&event["pass"], "operators"),
            Some(i) => {
                let rewrite = &report["rewrites"][i as usize];
                if rewrite.get("rolled_back").is_some() { 0 } else { number(&rewrite["change"], "operators") }
            }
        };
        let changed: i64 = list(&report, "timeline").iter().map(change).sum();
        assert_eq!(
            number(&report["before"], "operators") + changed,
            number(&report["after"], "operators"),
            "{name}"
        );
    }
}

#[test]
fn rolled_back_rewrites_say_why() {
    let report = report(&fixture("rotary_layer_output"));
    let rewrites = list(&report, "rewrites").iter();
    let ventures = rewrites.filter(|rewrite| rewrite["rule"] == "fold_turned_halves_into_fc");
    assert!(ventures.clone().count() > 0);
    for rewrite in ventures {
        assert!(rewrite["rolled_back"].as_str().is_some_and(|why| !why.is_empty()), "{rewrite}");
    }
}

/// Of each kept rewrite: the change of operators is that of its pieces, and each operator knows the rewrite.
#[test]
fn operators_and_rewrites_know_each_other() {
    let report = report(&fixture("attention_head"));
    let find = |graph: &Value, id: &Value| {
        let operators = list(&report, "operators").iter();
        operators
            .into_iter()
            .find(|op| op["graph"] == *graph && op["id"] == *id)
            .expect("an operator of the list")
    };
    let mut found = 0;
    for (i, rewrite) in list(&report, "rewrites").iter().enumerate() {
        let [before, after] = ["before", "after"].map(|side| list(&rewrite[side], "operators"));
        assert_eq!(number(&rewrite["change"], "operators"), after.len() as i64 - before.len() as i64);
        if rewrite.get("rolled_back").is_some() {
            continue;
        }
        before.iter().for_each(|op| assert_eq!(find(&rewrite["graph"], &op["id"])["removed_by"], i));
        after.iter().for_each(|op| assert_eq!(find(&rewrite["graph"], &op["id"])["made_by"], i));
        found += before.len();
    }
    assert!(found > 40, "{found}");
    let is_there =
        |side: &str| list(&report, "operators").iter().filter(|op| !op[side].is_null()).count() as i64;
    assert_eq!(is_there("before"), number(&report["before"], "operators"));
    assert_eq!(is_there("after"), number(&report["after"], "operators"));
}

/// Where an operator takes over a graph's output, the result has it under the output's name.
#[test]
fn operators_of_the_result_have_the_names_that_they_have_there() {
    let folder = Folder::new();
    let (out, report) = (folder.path("out.circle"), folder.path("report.json"));
    for name in fixture_names() {
        circle_opt!("optimize", "-q", &fixture(&name), "-o", &out, "--report", &report).good();
        let report: Value = serde_json::from_slice(&bytes(&report)).expect("JSON");
        let told = list(&report, "operators").iter().filter_map(|op| op["after"]["name"].as_str());
        let mut told: Vec<&str> = told.collect();
        let model = inspected(&bytes(&out));
        let operators = list(&model, "graphs").iter().flat_map(|graph| list(graph, "operators"));
        let mut there: Vec<&str> =
            operators.map(|op| op["results"][0]["name"].as_str().expect("a name")).collect();
        told.sort_unstable();
        there.sort_unstable();
        assert_eq!(told, there, "{name}");
    }
}

#[test]
fn the_timeline_has_every_rewrite_in_order_and_every_pass() {
    let report = report(&fixture("attention_head"));
    let events = list(&report, "timeline");
    let rewrites: Vec<u64> = events.iter().filter_map(|event| event["rewrite"].as_u64()).collect();
    assert!(rewrites.iter().copied().eq(0..list(&report, "rewrites").len() as u64), "{rewrites:?}");
    let passes = events.iter().filter_map(|event| event["pass"]["name"].as_str());
    let mut passes: Vec<&str> = passes.collect();
    passes.sort_unstable();
    passes.dedup();
    assert!(report["passes"].as_object().expect("an object").keys().eq(passes), "{}", report["passes"]);
}

#[test]
fn a_page_is_one_file_with_the_pattern_and_its_line() {
    let page = page(&fixture("attention_head"));
    assert!(page.starts_with("<!DOCTYPE html>"));
    assert_eq!(page.matches("src=").count(), 0);
    assert!(page.contains("patterns/rotary.pat:"), "the place of a pattern");
    assert!(page.contains("fold_turned_halves_into_fc"));
    assert!(page.contains("Target portable"));
}

/// A page is the same on every run: no clock, no address, no order of a hash map.
#[test]
fn the_same_run_gives_the_same_page() {
    assert!(page(&fixture("attention_head")) == page(&fixture("attention_head")));
}

#[test]
fn a_report_does_not_change_the_result() {
    let folder = Folder::new();
    let [plain, reported, page] =
        ["plain.circle", "reported.circle", "page.html"].map(|name| folder.path(name));
    circle_opt!("optimize", "-q", &fixture("attention_head"), "-o", &plain).good();
    circle_opt!("optimize", "-q", &fixture("attention_head"), "-o", &reported, "--report", &page).good();
    assert!(bytes(&plain) == bytes(&reported));
}

#[track_caller]
fn page(model: &Path) -> String {
    let folder = Folder::new();
    // The page names its input, so that is the same for all.
    let (page, input) = (folder.path("page.html"), folder.file("model.circle", &bytes(model)));
    circle_opt!("optimize", "-q", &input, "-o", &folder.path("out.circle"), "--report", &page).good();
    let page = String::from_utf8(bytes(&page)).expect("text");
    page.replace(&input.display().to_string(), "model.circle")
}

#[track_caller]
fn report(model: &Path) -> Value {
    let folder = Folder::new();
    let report = folder.path("report.json");
    circle_opt!("optimize", "-q", model, "-o", &folder.path("out.circle"), "--report", &report).good();
    serde_json::from_slice(&bytes(&report)).expect("JSON")
}

#[track_caller]
fn list<'v>(object: &'v Value, key: &str) -> &'v Vec<Value> {
    object[key].as_array().expect("a list")
}

#[track_caller]
fn number(costs: &Value, key: &str) -> i64 {
    costs[key].as_i64().expect("a number")
}
