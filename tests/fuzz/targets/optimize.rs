//! Any bytes that are a model can be optimized, and the result computes the same.

#![no_main]

#[path = "../properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    properties::optimizes(bytes);
});
