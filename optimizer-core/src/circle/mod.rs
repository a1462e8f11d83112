//! The circle and tflite file formats: bytes to [`Model`] and back.
//!
//! Invariant: whatever bytes come in, the answer is a model whose every index is good or an [`Error`] that says where;
//! and what is read is written again, whole.

mod error;
mod flexbuffer;
mod read;
mod save;
pub mod schema;
mod staged;
mod write;

pub use error::{Error, Fault, Place, ReadError, WriteError};
pub use flexbuffer::FlexMap;
pub use read::read;
pub use save::{Pending, load, save, stage};
pub use write::write;

/// The formats that are read and written, and their versions.
pub const FORMATS: &str = "circle 0.10, tflite 3";

#[cfg(doc)]
use crate::ir::Model;
