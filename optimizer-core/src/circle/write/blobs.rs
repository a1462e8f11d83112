//! The distinct contents that a file needs buffers for.
//!
//! Invariant: bytes that lie at one place in memory get one buffer, and buffer 0 is empty.

use crate::ir::Data;
use rustc_hash::FxHashMap;

/// Contents in the order they were first asked for; blob 0 is buffer 1.
#[derive(Default)]
pub(super) struct Blobs<'a> {
    pub(super) data: Vec<&'a Data>,
    index: FxHashMap<(usize, usize), u32>,
}

impl<'a> Blobs<'a> {
    /// The number of the buffer that holds `data`.
    pub(super) fn buffer(&mut self, data: Option<&'a Data>) -> u32 {
        let Some(data) = data.filter(|data| !data.is_empty()) else { return 0 };
        let Blobs { data: all, index } = self;
        *index.entry(data.key()).or_insert_with(|| {
            all.push(data);
            all.len() as u32
        })
    }
}
