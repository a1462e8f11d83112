//! A model: what one circle or tflite file holds.
//!
//! Invariant: everything a file says is here, also what no rule knows.

use crate::ir::{Data, Graph, ValueId};

/// The two spellings of the format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Identifier `CIR0`.
    #[default]
    Circle,
    /// Identifier `TFL3`: operator codes carry `deprecated_builtin_code`.
    Tflite,
}

/// A whole model.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub format: Format,
    pub version: u32,
    pub description: Option<String>,
    pub graphs: Vec<Graph>,
    pub signatures: Option<Vec<Signature>>,
    pub metadata: Option<Vec<Metadata>>,
    /// The contents of the buffers that `metadata_buffer` of old files lists.
    pub metadata_buffer: Option<Vec<Option<Data>>>,
    /// Whether buffers lay outside the flatbuffer, by `offset` and `size`.
    pub external_buffers: bool,
}

impl Model {
    /// What signatures call the outputs of a graph.
    pub fn signature_outputs(&mut self, graph: usize) -> impl Iterator<Item = &mut ValueId> {
        let signatures = self.signatures.iter_mut().flatten().filter(move |s| s.graph == graph);
        signatures.flat_map(|s| s.outputs.iter_mut().flatten()).map(|(_, id)| id)
    }
}

/// A named entry point: names for the inputs and outputs of one graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    pub key: Option<String>,
    /// Of old files.
    pub tag: Option<String>,
    pub graph: usize,
    pub inputs: Option<Vec<(Option<String>, ValueId)>>,
    pub outputs: Option<Vec<(Option<String>, ValueId)>>,
}

/// A named blob that travels with the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Metadata {
    pub name: Option<String>,
    pub data: Option<Data>,
}
