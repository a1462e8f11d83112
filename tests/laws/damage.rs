//! Damaged files: what reads at all is optimized and written without a panic.
//!
//! Invariant: the same damage on every run.

use crate::{fixture_paths, rules};
use optimizer_core::circle;
use optimizer_core::ir::Input;
use optimizer_core::rewrite::{Options, Target, optimize};
use std::sync::Arc;

/// Files per fixture; `CIRCLE_OPT_DAMAGE` asks for more.
const FILES: u64 = 150;

#[test]
fn damaged_files_are_optimized_or_refused() {
    let files = std::env::var("CIRCLE_OPT_DAMAGE").ok().and_then(|n| n.parse().ok()).unwrap_or(FILES);
    let mut optimized = 0;
    for path in fixture_paths() {
        let bytes = std::fs::read(&path).expect("a fixture can be read");
        for seed in 0..files {
            optimized += u64::from(survives(damaged(&bytes, seed)));
        }
    }
    assert!(optimized > files, "damage that leaves nothing to optimize proves nothing");
}

/// Whether the file was good enough to be optimized; then the result must read back.
fn survives(bytes: Vec<u8>) -> bool {
    let Ok(mut model) = circle::read(Arc::new(Input::owned(bytes))) else { return false };
    let options = Options { fuel: Some(500), ..Options::new(Target::circle()) };
    optimize(&mut model, &rules(), &options);
    let mut out = Vec::new();
    circle::write(&model, &mut out).expect("an optimized model can be written");
    circle::read(Arc::new(Input::owned(out))).expect("what was written reads back");
    true
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
