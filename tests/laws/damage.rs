//! Damaged files, by the properties that the fuzz targets try on any bytes.
//!
//! Invariant: the same damage on every run.

use crate::fixture_paths;

#[path = "../fuzz/properties.rs"]
mod properties;

/// Files per fixture; `CIRCLE_OPT_DAMAGE` asks for more.
const FILES: u64 = 150;

#[test]
fn damaged_files_are_read_and_written_or_refused() {
    try_all(FILES, properties::round_trips);
}

#[test]
fn damaged_files_are_optimized_to_the_same_or_refused() {
    try_all(FILES / 3, properties::optimizes);
}

/// What fuzzing found once stays found: most are models, and what is refused is refused without a panic.
#[test]
fn found_files_keep_every_property() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/found");
    let entries = std::fs::read_dir(folder).expect("the findings are part of the project");
    let (mut files, mut models) = (0, 0);
    for entry in entries {
        let bytes = std::fs::read(entry.expect("it can be listed").path()).expect("it can be read");
        let is_model = properties::round_trips(&bytes);
        assert_eq!(properties::optimizes(&bytes), is_model, "what can be read can be optimized");
        (files, models) = (files + 1, models + u32::from(is_model));
    }
    assert!(models > files / 2, "{models} of {files}");
}

/// Tries a property on damaged copies of every fixture; it must hold of some of them, or it proves nothing.
fn try_all(files: u64, property: fn(&[u8]) -> bool) {
    let files = std::env::var("CIRCLE_OPT_DAMAGE").ok().and_then(|n| n.parse().ok()).unwrap_or(files);
    let mut tried = 0;
    for path in fixture_paths() {
        let bytes = std::fs::read(&path).expect("a fixture can be read");
        tried += (0..files).filter(|&seed| property(&damaged(&bytes, seed))).count() as u64;
    }
    assert!(tried > files, "damage that leaves nothing to try proves nothing");
}

/// `bytes` with one to four bytes replaced, most of them where the tables are.
fn damaged(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ bytes.len() as u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let tables = bytes.len().min(8192);
    for _ in 0..1 + next() % 4 {
        let at = 8 + next() % (tables - 8);
        bytes[at] = match next() % 3 {
            0 => next() as u8,
            1 => bytes[at] ^ 1 << (next() % 8),
            _ => [0, 1, 0x7f, 0x80, 0xff][next() % 5],
        };
    }
    bytes
}
