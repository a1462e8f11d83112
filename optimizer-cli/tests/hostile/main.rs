//! The built `circle-opt` on files that mean harm.
//!
//! Invariant: whatever the file, a run ends by itself with 0 or 1 and without a panic, within 10 s of processor time and
//! four times the file and 200 MB of memory.

#![cfg(target_os = "linux")]

#[path = "../../../optimizer-core/tests/circle/pack.rs"]
#[macro_use]
mod pack;
mod bounds;
mod damaged;
mod monsters;
#[path = "../../../tests/fuzz/mutate.rs"]
mod mutate;
mod net;
mod work;
