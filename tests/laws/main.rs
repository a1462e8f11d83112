//! Laws over all rules together, on the fixture models.
//!
//! Invariant: no test here names a rule; a new rule is under these laws from its first line.

mod damage;
mod found;
mod graphs;
mod growth;
mod law;
mod random;
mod special;

use law::interface;
use optimizer_core::interp::{self, Inputs};
use optimizer_core::ir::Model;
use optimizer_core::rewrite::{Exactness, Options, Rule, Target, optimize};
use optimizer_core::{circle, testing};
use std::path::PathBuf;

fn rules() -> Vec<&'static Rule> {
    optimizer_patterns::rules().collect()
}

/// The rules that some level includes.
fn rules_of_levels() -> Vec<&'static Rule> {
    rules().into_iter().filter(|rule| rule.level().is_in(3)).collect()
}

/// The models of `tests/models` and its folders.
fn fixture_paths() -> Vec<PathBuf> {
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/models")];
    let mut paths = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the fixtures are part of the project") {
            let path = entry.expect("a fixture can be listed").path();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("circle" | "tflite") => paths.push(path),
                None if path.is_dir() => folders.push(path),
                _ => {}
            }
        }
    }
    paths.sort();
    paths
}

fn fixtures() -> Vec<(String, Model)> {
    let load = |path: PathBuf| (path.display().to_string(), circle::load(&path).expect("a fixture is valid"));
    fixture_paths().into_iter().map(load).collect()
}

fn run(model: &Model, rules: &[&Rule], target: Target) -> Model {
    let mut model = model.clone();
    optimize(&mut model, rules, &Options::new(target));
    model
}

/// Fails if both run and differ; a model that the interpreter cannot run is compared by its interface alone.
fn assert_same(name: &str, before: &Model, after: &Model) {
    assert_eq!(interface(before), interface(after), "{name}: inputs or outputs changed");
    if interp::compare(before, before, &Inputs::seeded(1)).is_err() {
        return;
    }
    for seed in 0..2 {
        let outputs = interp::compare(before, after, &Inputs::seeded(seed)).expect("the original runs");
        let worst = outputs.iter().find(|c| !c.within(1e-4));
        assert!(worst.is_none(), "{name}: {}", worst.expect("there is one"));
    }
}

#[test]
fn no_rule_hides_another() {
    assert_eq!(testing::clashes(&rules()), Vec::<String>::new());
}

#[test]
fn counterexamples_are_refused_for_their_reason() {
    let mut reasons = String::new();
    for rule in rules() {
        for (i, example) in rule.examples.iter().enumerate().filter(|(_, e)| e.counter) {
            let line = example.line - rule.line;
            let reason = testing::reason(rule, i);
            let why = reason.split_once(": ").map_or(reason.as_str(), |(_, why)| why);
            reasons += &format!("{} +{line}: {why}\n", rule.name);
        }
    }
    insta::assert_snapshot!(reasons);
}

#[test]
fn all_rules_together_keep_results_and_settle() {
    for (name, model) in fixtures() {
        for target in [Target::portable(&model), Target::circle()] {
            let once = run(&model, &rules_of_levels(), target.clone());
            assert_same(&name, &model, &once);
            let mut twice = once.clone();
            let outcome = optimize(&mut twice, &rules_of_levels(), &Options::new(target));
            assert_eq!(outcome.kept().count(), 0, "{name}: a second run changed {:?}", outcome.entries);
        }
    }
}

#[test]
fn the_order_of_the_rules_is_taste() {
    for (name, model) in fixtures() {
        let mut shuffled = rules_of_levels();
        for turn in 1..6 {
            let by = turn % shuffled.len();
            shuffled.rotate_left(by);
            shuffled[turn..].reverse();
            let after = run(&model, &shuffled, Target::portable(&model));
            assert_same(&name, &model, &after);
        }
    }
}

#[test]
fn each_rule_alone_keeps_results() {
    for (name, model) in fixtures() {
        for rule in rules().into_iter().filter(|rule| rule.exactness != Exactness::Lossy) {
            let after = run(&model, &[rule], Target::circle());
            assert_same(&format!("{name} by {}", rule.name), &model, &after);
        }
    }
}

#[test]
fn nothing_grows() {
    for (name, model) in fixtures() {
        let mut after = model.clone();
        let options = Options::new(Target::portable(&model));
        let outcome = optimize(&mut after, &rules_of_levels(), &options);
        assert!(outcome.after.ops <= outcome.before.ops, "{name}: more operators");
        assert!(outcome.after.bytes <= outcome.before.bytes + 256, "{name}: more constants");
    }
}
