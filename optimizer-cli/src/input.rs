//! Reading models.
//!
//! Invariant: a file is named to the words of signals before it is mapped.

use crate::signals;
use optimizer_core::circle;
use optimizer_core::ir::Model;
use std::path::Path;

/// The model of a file; `-` is standard input.
///
/// # Errors
/// As [`circle::load`].
pub(crate) fn load(path: &Path) -> anyhow::Result<Model> {
    signals::will_read(path);
    Ok(circle::load(path)?)
}
