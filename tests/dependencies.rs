//! Every crate that the project builds on has its reason in ARCHITECTURE.md.
//!
//! Invariant: the manifests are the list; the table may not lag behind it.

use std::path::Path;
use toml::Table;

const MANIFESTS: [&str; 5] = [
    "Cargo.toml",
    "optimizer-core/Cargo.toml",
    "optimizer-macros/Cargo.toml",
    "optimizer-cli/Cargo.toml",
    "tests/fuzz/Cargo.toml",
];

#[test]
fn each_dependency_has_its_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &str| std::fs::read_to_string(root.join(file)).expect("the file is there");
    let table = read("ARCHITECTURE.md");
    let names: Vec<String> = MANIFESTS.iter().flat_map(|file| dependencies(&read(file))).collect();
    assert!(names.len() > 20, "a list that is this short was not read: {names:?}");
    let missing: Vec<&String> = names.iter().filter(|name| !table.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md does not say why {missing:?} are there");
}

/// The names of all dependencies that a manifest lists, but for the crates of the project.
fn dependencies(manifest: &str) -> Vec<String> {
    let manifest: Table = manifest.parse().expect("the manifest is TOML");
    let targets = manifest.get("target").and_then(|targets| targets.as_table()).into_iter().flatten();
    let tables = targets.filter_map(|(_, target)| target.as_table()).chain([&manifest]);
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    let lists = tables.flat_map(|table| kinds.map(|kind| table.get(kind)));
    let names = lists.flatten().filter_map(|list| list.as_table()).flat_map(|list| list.keys());
    names.filter(|name| !name.starts_with("optimizer-")).cloned().collect()
}
