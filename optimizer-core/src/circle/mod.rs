//! The circle and tflite file formats.

pub mod schema;
