//! Writing: a model becomes tables, and the bytes of its constants follow them.
//!
//! Invariant: the same model gives the same bytes, and shared constants stay shared.

mod blobs;
mod builder;
mod layout;
mod numbers;
mod operator;
mod stream;
mod tables;
mod tensor;

use crate::circle::error::WriteError;
use crate::ir::Model;
use layout::Layout;
use std::fs::File;
use std::io::Write;
use stream::{Sink, Stream};

pub(super) type Result<T> = std::result::Result<T, WriteError>;

/// Writes the model in its format.
///
/// # Errors
/// [`WriteError`] of `out`, or for a graph whose operators lie on a cycle.
pub fn write(model: &Model, out: &mut dyn Write) -> Result<()> {
    stream(model, Sink::Any(out))
}

/// Like [`write`], where constants go from file to file inside the kernel.
pub(super) fn write_file(model: &Model, file: &File) -> Result<()> {
    stream(model, Sink::file(file))
}

fn stream(model: &Model, sink: Sink) -> Result<()> {
    let layout = Layout::of(model)?;
    let mut stream = Stream::new(sink);
    stream.bytes(layout.tables())?;
    for (gap, data) in layout.blobs() {
        stream.place(&gap, data)?;
    }
    stream.finish()
}
