//! Tables of the schema as files, for tests of this crate and of the program.
//!
//! Invariant: the bytes are those that the flatbuffers library makes, not those of the project's writer.

use optimizer_core::circle::schema::{ModelT, finish_model_buffer};

/// A value of a `#[non_exhaustive]` table with some fields set.
macro_rules! table {
    ($kind:ident { $($field:ident: $value:expr),* $(,)? }) => {{
        let mut table = $kind::default();
        $(table.$field = $value;)*
        table
    }};
}

/// The bytes of a model, as the flatbuffers library lays them out.
pub(crate) fn pack(model: &ModelT) -> Vec<u8> {
    let mut builder = flatbuffers::FlatBufferBuilder::new();
    let root = model.pack(&mut builder);
    finish_model_buffer(&mut builder, root);
    builder.finished_data().to_vec()
}
