//! Reading: verified bytes become a model.
//!
//! Invariant: constants stay where they are in the input; only what lies badly aligned is copied.

mod buffers;
mod checks;
mod fields;
mod operator;
mod tensor;

use crate::circle::error::{Fault, Place, ReadError};
use crate::circle::schema::{self, SignatureDef, TensorMap};
use crate::ir::{Data, Format, Graph, Input, Metadata, Model, Signature, ValueId};
use buffers::Buffers;
use fields::Tables;
use flatbuffers::{ForwardsUOffset, Vector, VerifierOptions};
use operator::Code;
use std::sync::Arc;

pub(super) type Result<T> = std::result::Result<T, ReadError>;

/// Reads a circle or tflite model.
///
/// # Errors
/// [`ReadError`] for the first thing that is wrong with the bytes or with what they mean.
pub fn read(input: Arc<Input>) -> Result<Model> {
    let bytes = input.bytes();
    let format = format(bytes)?;
    let file = verify(bytes)?;
    let tables = Tables::new(bytes);
    tables.check("Model", file._tab, &Place::File)?;
    check_version(format, file.version())?;
    let mut buffers = Buffers::read(&input, &file)?;
    let codes = operator::read_codes(&tables, &file)?;
    let mut graphs = read_graphs(&tables, &file, &codes, &mut buffers)?;
    let signatures = read_signatures(&tables, &file, &graphs)?;
    checks::pin_named(&mut graphs, signatures.as_deref().unwrap_or_default());
    Ok(Model {
        format,
        version: file.version(),
        description: file.description().map(str::to_owned),
        signatures,
        metadata: read_metadata(&tables, &file, &buffers)?,
        metadata_buffer: read_metadata_buffer(&file, &buffers)?,
        external_buffers: buffers.external,
        graphs,
    })
}

fn format(bytes: &[u8]) -> Result<Format> {
    match bytes.get(4..8) {
        None => Err(Place::File.error(Fault::TooShort(bytes.len()))),
        Some(b"CIR0") => Ok(Format::Circle),
        Some(b"TFL3") => Ok(Format::Tflite),
        Some(other) => Err(Place::File.error(Fault::Identifier(other.escape_ascii().to_string()))),
    }
}

/// Circle files carry 0, and 3 where a converter left tflite's number.
fn check_version(format: Format, version: u32) -> Result<()> {
    match (format, version) {
        (Format::Circle, 0) | (_, 3) => Ok(()),
        _ => Err(Place::File.error(Fault::Version(version))),
    }
}

/// Proves that every offset in the tables is good.
fn verify(bytes: &[u8]) -> Result<schema::Model<'_>> {
    // Time and memory stay linear in the file: honest files share vectors, rarely tables.
    let options = VerifierOptions {
        max_tables: bytes.len() / 4,
        max_apparent_size: (1 << 30) + bytes.len().saturating_mul(4),
        ..VerifierOptions::default()
    };
    schema::root_as_model_with_opts(&options, bytes).map_err(|error| {
        let text = error.to_string();
        let words: Vec<_> = text.split_whitespace().collect();
        Place::File.error(Fault::Malformed(words.join(" ").trim_end_matches('.').to_owned()))
    })
}

fn read_graphs(
    tables: &Tables,
    file: &schema::Model,
    codes: &[Code],
    buffers: &mut Buffers,
) -> Result<Vec<Graph>> {
    let graphs = file.subgraphs().filter(|graphs| !graphs.is_empty());
    let graphs = graphs.ok_or_else(|| Place::File.error(Fault::Missing("the main subgraph")))?;
    let count = graphs.len();
    let graphs = graphs.iter().enumerate().map(|(index, graph)| {
        read_graph(GraphReader { tables, codes, buffers: &mut *buffers, graph: index, graphs: count }, graph)
    });
    graphs.collect()
}

/// What reading one subgraph needs to know of the rest of the file.
struct GraphReader<'a> {
    tables: &'a Tables<'a>,
    codes: &'a [Code],
    buffers: &'a mut Buffers,
    graph: usize,
    graphs: usize,
}

fn read_graph(mut reader: GraphReader, table: schema::SubGraph) -> Result<Graph> {
    let place = Place::Graph(reader.graph);
    reader.tables.check("SubGraph", table._tab, &place)?;
    reader.tables.check_layout(table._tab, &place)?;
    let mut graph = Graph::default();
    graph.name = table.name().map(str::to_owned);
    graph.debug_metadata_index = table.debug_metadata_index();
    reader.read_tensors(&mut graph, &table)?;
    for id in value_ids(&graph, table.inputs(), "graph input tensor", &place)? {
        graph.mark_input(id);
    }
    for id in value_ids(&graph, table.outputs(), "graph output tensor", &place)? {
        graph.add_output(id);
    }
    reader.read_operators(&mut graph, &table)?;
    checks::check_graph(&graph, reader.graph)?;
    checks::settle_values(&mut graph);
    Ok(graph)
}

/// The values that `indices` name; every index must exist.
fn value_ids(
    graph: &Graph,
    indices: Option<Vector<'_, i32>>,
    what: &'static str,
    place: &Place,
) -> Result<Vec<ValueId>> {
    let indices = indices.into_iter().flatten();
    indices.map(|index| value_id(graph, i64::from(index), what, place)).collect()
}

fn value_id(graph: &Graph, index: i64, what: &'static str, place: &Place) -> Result<ValueId> {
    let count = graph.value_count();
    match usize::try_from(index) {
        Ok(at) if at < count => Ok(ValueId(at as u32)),
        _ => Err(place.error(Fault::Index { what, index, count })),
    }
}

fn read_signatures(
    tables: &Tables,
    file: &schema::Model,
    graphs: &[Graph],
) -> Result<Option<Vec<Signature>>> {
    let Some(signatures) = file.signature_defs() else { return Ok(None) };
    let signatures = signatures.iter().enumerate();
    signatures
        .map(|(index, s)| read_signature(tables, &s, graphs, &Place::Signature(index)))
        .collect::<Result<_>>()
        .map(Some)
}

fn read_signature(
    tables: &Tables,
    table: &SignatureDef,
    graphs: &[Graph],
    place: &Place,
) -> Result<Signature> {
    tables.check("SignatureDef", table._tab, place)?;
    let index = table.subgraph_index();
    let graph = graphs.get(index as usize).ok_or_else(|| {
        place.error(Fault::Index { what: "subgraph", index: index.into(), count: graphs.len() })
    })?;
    Ok(Signature {
        key: table.signature_key().map(str::to_owned),
        tag: table.tag().map(str::to_owned),
        graph: index as usize,
        inputs: read_tensor_maps(tables, table.inputs(), graph, place)?,
        outputs: read_tensor_maps(tables, table.outputs(), graph, place)?,
    })
}

type TensorMaps = Option<Vec<(Option<String>, ValueId)>>;

fn read_tensor_maps(
    tables: &Tables,
    maps: Option<Vector<'_, ForwardsUOffset<TensorMap>>>,
    graph: &Graph,
    place: &Place,
) -> Result<TensorMaps> {
    let Some(maps) = maps else { return Ok(None) };
    let maps = maps.iter().map(|map| {
        tables.check("TensorMap", map._tab, place)?;
        let id = value_id(graph, map.tensor_index().into(), "tensor", place)?;
        Ok((map.name().map(str::to_owned), id))
    });
    maps.collect::<Result<_>>().map(Some)
}

fn read_metadata(tables: &Tables, file: &schema::Model, buffers: &Buffers) -> Result<Option<Vec<Metadata>>> {
    let Some(metadata) = file.metadata() else { return Ok(None) };
    let metadata = metadata.iter().enumerate().map(|(index, entry)| {
        let place = Place::Metadata(index);
        tables.check("Metadata", entry._tab, &place)?;
        let data = buffers.get(entry.buffer().into(), &place)?;
        Ok(Metadata { name: entry.name().map(str::to_owned), data })
    });
    metadata.collect::<Result<_>>().map(Some)
}

fn read_metadata_buffer(file: &schema::Model, buffers: &Buffers) -> Result<Option<Vec<Option<Data>>>> {
    let Some(indices) = file.metadata_buffer() else { return Ok(None) };
    let contents = indices.iter().map(|index| buffers.get(index.into(), &Place::File));
    contents.collect::<Result<_>>().map(Some)
}
