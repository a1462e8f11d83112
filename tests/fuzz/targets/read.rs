//! Any bytes are refused with an error, or are a model that writes and reads back equal.

#![no_main]

#[path = "../properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    properties::round_trips(bytes);
});
