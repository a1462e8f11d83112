//! The flatbuffer part of a file: every table, with room for where constants will lie.
//!
//! Invariant: values are numbered in arena order and operators stand in [`Graph::order`].

use super::Result;
use super::blobs::Blobs;
use super::builder::Builder;
use super::numbers::Numbers;
use super::operator::{Codes, operator};
use super::tensor::tensors;
use crate::circle::error::WriteError;
use crate::circle::schema::*;
use crate::ir::{self, Format, Graph, Model as IrModel, ValueId};
use flatbuffers::{ForwardsUOffset, Vector, WIPOffset};

type TableVec<'f, T> = WIPOffset<Vector<'f, ForwardsUOffset<T>>>;

/// Operator tables, by distance from the end, with the large custom options they point to.
pub(super) type LargeOptions<'a> = Vec<(u32, &'a ir::Data)>;

/// Built tables and what they leave open.
pub(super) struct Tables<'a> {
    pub(super) fbb: Builder,
    pub(super) blobs: Blobs<'a>,
    /// The buffer table of each blob, by distance from the end.
    pub(super) buffers: Vec<u32>,
    pub(super) large: LargeOptions<'a>,
}

impl<'a> Tables<'a> {
    /// Builds the tables, with buffers that point to bytes in the flatbuffer, or past it if `external`.
    pub(super) fn build(model: &'a IrModel, external: bool) -> Result<Tables<'a>> {
        let mut build = Build::default();
        let numbers: Vec<_> = (0..model.graphs.len()).map(|index| Numbers::new(model, index)).collect();
        let subgraphs = build.subgraphs(model, &numbers)?;
        let signature_defs = build.signatures(model, &numbers);
        let metadata = build.metadata(model);
        let metadata_buffer = build.metadata_buffer(model);
        let (buffers, table_positions) = build.buffers(external);
        let Build { mut fbb, blobs, codes, large } = build;
        let codes = codes.tables(&mut fbb);
        let args = ModelArgs {
            version: model.version,
            operator_codes: Some(fbb.create_vector(&codes)),
            subgraphs: Some(subgraphs),
            description: model.description.as_ref().map(|text| fbb.create_string(text)),
            buffers: Some(buffers),
            metadata_buffer,
            metadata,
            signature_defs,
        };
        let root = Model::create(&mut fbb, &args);
        fbb.finish(root, Some(identifier(model.format)));
        Ok(Tables { fbb, blobs, buffers: table_positions, large })
    }
}

fn custom_options_length(op: &ir::Operator) -> usize {
    let options = op.stored.as_ref().and_then(|stored| stored.custom_options.as_ref());
    options.map_or(0, Vec::len)
}

fn identifier(format: Format) -> &'static str {
    match format {
        Format::Circle => "CIR0",
        Format::Tflite => "TFL3",
    }
}

#[derive(Default)]
struct Build<'a> {
    fbb: Builder,
    blobs: Blobs<'a>,
    codes: Codes<'a>,
    large: LargeOptions<'a>,
}

impl<'a> Build<'a> {
    fn subgraphs(
        &mut self,
        model: &'a IrModel,
        numbers: &[Numbers],
    ) -> Result<TableVec<'static, SubGraph<'static>>> {
        let graphs = model.graphs.iter().zip(numbers).enumerate();
        let tables = graphs.map(|(index, (graph, numbers))| self.subgraph(graph, numbers, index));
        let tables = tables.collect::<Result<Vec<_>>>()?;
        Ok(self.fbb.create_vector(&tables))
    }

    fn subgraph(
        &mut self,
        graph: &'a Graph,
        numbers: &Numbers,
        index: usize,
    ) -> Result<WIPOffset<SubGraph<'static>>> {
        let order = graph.order().map_err(|error| WriteError::Cycle { graph: index, error })?;
        let Build { fbb, blobs, codes, large } = self;
        let tensors = tensors(fbb, graph, numbers, blobs)?;
        let operators = order.into_iter().map(|id| {
            fbb.check_room(custom_options_length(graph.op(id)))?;
            Ok(operator(fbb, graph.op(id), numbers, codes, large))
        });
        let operators = operators.collect::<Result<Vec<_>>>()?;
        let ids = |ids: &[ValueId]| ids.iter().map(|&id| numbers.optional(Some(id))).collect::<Vec<i32>>();
        let args = SubGraphArgs {
            tensors: Some(fbb.create_vector(&tensors)),
            inputs: Some(fbb.ints(&ids(graph.inputs()))),
            outputs: Some(fbb.ints(&ids(graph.outputs()))),
            operators: Some(fbb.create_vector(&operators)),
            name: graph.name.as_ref().map(|name| fbb.create_string(name)),
            debug_metadata_index: graph.debug_metadata_index,
        };
        Ok(SubGraph::create(fbb, &args))
    }

    fn signatures(
        &mut self,
        model: &IrModel,
        numbers: &[Numbers],
    ) -> Option<TableVec<'static, SignatureDef<'static>>> {
        let signatures = model.signatures.as_ref()?.iter();
        let tables: Vec<_> = signatures.map(|s| self.signature(s, &numbers[s.graph])).collect();
        Some(self.fbb.create_vector(&tables))
    }

    fn signature(
        &mut self,
        signature: &ir::Signature,
        numbers: &Numbers,
    ) -> WIPOffset<SignatureDef<'static>> {
        let table = |maps: &Option<Vec<(Option<String>, ValueId)>>| {
            let map = |(name, id): &(Option<String>, ValueId)| {
                let tensor_index = numbers.optional(Some(*id)) as u32;
                let mut map = TensorMapT::default();
                (map.name, map.tensor_index) = (name.clone(), tensor_index);
                map
            };
            maps.as_ref().map(|maps| maps.iter().map(map).collect())
        };
        let mut def = SignatureDefT::default();
        (def.inputs, def.outputs) = (table(&signature.inputs), table(&signature.outputs));
        (def.signature_key, def.subgraph_index) = (signature.key.clone(), signature.graph as u32);
        def.tag = signature.tag.clone();
        def.pack(&mut self.fbb)
    }

    fn metadata(&mut self, model: &'a IrModel) -> Option<TableVec<'static, Metadata<'static>>> {
        let Build { fbb, blobs, .. } = self;
        let entries = model.metadata.as_ref()?.iter();
        let tables: Vec<_> = entries
            .map(|entry| {
                let name = entry.name.as_ref().map(|name| fbb.create_string(name));
                Metadata::create(fbb, &MetadataArgs { name, buffer: blobs.buffer(entry.data.as_ref()) })
            })
            .collect();
        Some(fbb.create_vector(&tables))
    }

    fn metadata_buffer(&mut self, model: &'a IrModel) -> Option<WIPOffset<Vector<'static, i32>>> {
        let contents = model.metadata_buffer.as_ref()?.iter();
        let buffers: Vec<i32> = contents.map(|data| self.blobs.buffer(data.as_ref()) as i32).collect();
        Some(self.fbb.ints(&buffers))
    }

    /// The empty buffer 0 and one buffer for each blob.
    fn buffers(&mut self, external: bool) -> (TableVec<'static, Buffer<'static>>, Vec<u32>) {
        let mut tables = vec![Buffer::create(&mut self.fbb, &BufferArgs::default())];
        tables.extend(self.blobs.data.iter().map(|_| open_buffer(&mut self.fbb, external)));
        let positions = tables[1..].iter().map(|table| table.value()).collect();
        (self.fbb.create_vector(&tables), positions)
    }
}

/// A buffer table with room for where its bytes are.
fn open_buffer(fbb: &mut Builder, external: bool) -> WIPOffset<Buffer<'static>> {
    let start = fbb.start_table();
    if external {
        fbb.push_slot_always::<u64>(Buffer::VT_OFFSET, 1);
        fbb.push_slot_always::<u64>(Buffer::VT_SIZE_, 1);
    } else {
        fbb.push_slot_always::<u32>(Buffer::VT_DATA, 0);
    }
    WIPOffset::new(fbb.end_table(start).value())
}
