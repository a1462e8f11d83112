//! What must hold of any bytes: called by the fuzz targets and, on damaged fixtures, by `tests/laws`.
//!
//! Invariant: a property panics if it is broken, and says whether the bytes were good enough to try it.

#![allow(dead_code)]

#[path = "../../optimizer-core/tests/circle/meaning.rs"]
mod meaning;

use optimizer_core::circle;
use optimizer_core::ir::{Input, Model};
use optimizer_core::rewrite::{Options, Target, optimize};
use std::sync::Arc;

/// Bytes that are read are written with the same meaning, and what was written reads and writes as itself.
pub(crate) fn round_trips(bytes: &[u8]) -> bool {
    let Some(model) = read(bytes) else { return false };
    let written = write(&model);
    let meanings = [bytes, &written].map(|file| format!("{:?}", meaning::meaning(file)));
    assert!(meanings[0] == meanings[1], "reading and writing changed what the file says");
    let again = read(&written).expect("what was written reads back");
    assert!(write(&again) == written, "writing again gives other bytes");
    true
}

/// Bytes that are read are optimized, and the result writes and reads back.
pub(crate) fn optimizes(bytes: &[u8]) -> bool {
    let Some(mut model) = read(bytes) else { return false };
    let rules: Vec<_> = optimizer_patterns::RULES.iter().flat_map(|file| file.iter()).collect();
    let options = Options { max_growth: 0.0, target: Target::circle(), fuel: Some(500) };
    optimize(&mut model, &rules, &options);
    let written = write(&model);
    let again = read(&written).expect("an optimized model reads back");
    assert!(write(&again) == written, "writing again gives other bytes");
    true
}

fn read(bytes: &[u8]) -> Option<Model> {
    circle::read(Arc::new(Input::owned(bytes.to_vec()))).ok()
}

fn write(model: &Model) -> Vec<u8> {
    let mut out = Vec::new();
    circle::write(model, &mut out).expect("a model that was read can be written");
    out
}
