//! Everything that a file can say is in a fixture, and no level of optimization loses any of it.
//!
//! Invariant: what there is to say is read from the schema; a new field, dtype or union member fails until a fixture has it.

mod carried;
mod fields;
mod operators;

use carried::carried;
use optimizer_core::circle;
use optimizer_core::circle::schema::{ModelT, root_as_model};
use optimizer_core::ir::Input;
use optimizer_core::pass;
use optimizer_core::rewrite::{Options, Rule, Target, optimize};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Name and bytes of each fixture of `tests/models/format`.
fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models/format");
    let entries = folder.read_dir().expect("the fixtures are in the repository");
    let paths = entries.map(|entry| entry.expect("a folder lists its entries").path());
    let models =
        paths.filter(|path| path.extension().is_some_and(|kind| kind == "circle" || kind == "tflite"));
    let read = |path: &Path| {
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        (name, std::fs::read(path).expect("the fixtures can be read"))
    };
    let mut fixtures: Vec<_> = models.map(|path| read(&path)).collect();
    fixtures.sort();
    fixtures
}

fn unpacked(bytes: &[u8]) -> ModelT {
    root_as_model(bytes).expect("the file is sound").unpack()
}

/// The file after `-O<level>`, and how many operators went.
fn optimized(bytes: &[u8], level: u8) -> (Vec<u8>, i64) {
    let mut model = circle::read(Arc::new(Input::owned(bytes.to_vec()))).expect("the file is sound");
    let rules: Vec<&Rule> = optimizer_patterns::rules().filter(|rule| rule.level().is_in(level)).collect();
    let options = Options { passes: pass::at(level), ..Options::new(Target::portable(&model)) };
    let outcome = optimize(&mut model, &rules, &options);
    let mut out = Vec::new();
    circle::write(&model, &mut out).expect("memory can be written to");
    (out, outcome.before.ops - outcome.after.ops)
}

#[test]
fn every_field_of_the_schema_is_in_a_fixture() {
    let mut missing = fields::declared();
    for (_, bytes) in fixtures() {
        let said = fields::said(&unpacked(&bytes));
        missing.retain(|field| !said.contains(field.as_str()));
    }
    assert_eq!(missing, fields::ELSEWHERE.map(|(field, _)| field.to_owned()).into());
}

#[test]
fn every_kind_of_operator_with_state_or_graphs_is_in_a_fixture() {
    let models: Vec<_> = fixtures().iter().map(|(_, bytes)| unpacked(bytes)).collect();
    let found: BTreeSet<_> = models.iter().flat_map(operators::codes).collect();
    let missing: Vec<_> = operators::SPECIAL.iter().filter(|code| !found.contains(code)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn what_no_rule_is_for_is_carried_through_while_the_rest_is_optimized() {
    for (name, bytes) in fixtures() {
        for level in 1..=3 {
            let (out, removed) = optimized(&bytes, level);
            assert!(removed > 0, "{name} -O{level}: nothing was optimized");
            let (before, after) = (unpacked(&bytes), unpacked(&out));
            assert_eq!(carried(&before, &bytes), carried(&after, &out), "{name} -O{level}");
            assert!(optimized(&out, level).0 == out, "{name} -O{level}: a second run changes the file");
        }
    }
}
