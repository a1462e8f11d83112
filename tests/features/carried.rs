//! What a file says besides the additions that every fixture has for the rules to shorten.
//!
//! Invariant: tables are told by names and contents, so that two files say the same whatever numbers their writer chose.

use optimizer_core::circle::schema::*;
use std::collections::BTreeSet;

/// One line for each operator but additions, each tensor that it or a caller sees, each graph, signature and metadata.
pub(crate) fn carried(model: &ModelT, bytes: &[u8]) -> Vec<String> {
    let file = File { model, bytes };
    let graphs = model.subgraphs.iter().flatten().flat_map(|graph| file.graph(graph));
    let signatures = model.signature_defs.iter().flatten().map(|signature| file.signature(signature));
    let metadata = model.metadata.iter().flatten();
    let metadata =
        metadata.map(|entry| format!("metadata {:?} {:?}", entry.name, file.content(entry.buffer)));
    let listed =
        model.metadata_buffer.iter().flatten().map(|&at| format!("listed {:?}", file.content(at as u32)));
    let whole = format!("{} {:?} {:?}", model.version, model.description, &bytes[4..8]);
    [whole].into_iter().chain(graphs).chain(signatures).chain(metadata).chain(listed).collect()
}

struct File<'f> {
    model: &'f ModelT,
    bytes: &'f [u8],
}

impl File<'_> {
    /// A head, the operators but additions in their order, and what they or callers see, sorted.
    fn graph(&self, graph: &SubGraphT) -> Vec<String> {
        let ends = [&graph.inputs, &graph.outputs];
        let told = ends.map(|list| names(graph, list));
        let head = format!("graph {:?} {told:?} {}", graph.name, graph.debug_metadata_index);
        let operators = graph.operators.iter().flatten();
        let kept: Vec<_> =
            operators.filter(|op| self.code(op).builtin_code != BuiltinOperator::ADD).collect();
        let touched = kept.iter().flat_map(|op| [&op.inputs, &op.outputs, &op.intermediates]);
        let seen: BTreeSet<i32> = touched.chain(ends).flatten().flatten().copied().collect();
        let tensors = seen.iter().filter_map(|&at| tensor(graph, at));
        let mut tensors: Vec<String> = tensors.map(|tensor| self.tensor(graph, tensor)).collect();
        tensors.sort();
        let operators = kept.into_iter().map(|op| self.operator(graph, op));
        [head].into_iter().chain(operators).chain(tensors).collect()
    }

    fn operator(&self, graph: &SubGraphT, op: &OperatorT) -> String {
        let lists = [&op.inputs, &op.outputs, &op.intermediates].map(|list| names(graph, list));
        let (from, size) = (op.large_custom_options_offset as usize, op.large_custom_options_size as usize);
        let large = (from > 1).then(|| &self.bytes[from..from + size]);
        let mut silent = op.clone();
        (silent.inputs, silent.outputs, silent.intermediates) = Default::default();
        (silent.opcode_index, silent.large_custom_options_offset, silent.large_custom_options_size) =
            Default::default();
        format!("{:?} {lists:?} {large:?} {silent:?}", self.code(op))
    }

    fn tensor(&self, graph: &SubGraphT, tensor: &TensorT) -> String {
        let scales = self.scales(graph, tensor);
        let mut silent = tensor.clone();
        silent.buffer = 0;
        if let Some(quantization) = silent.quantization.as_mut().filter(|_| !scales.is_empty()) {
            quantization.details = QuantizationDetailsT::NONE;
        }
        let external = self.buffer(tensor.buffer).is_some_and(|buffer| buffer.offset > 1);
        format!("{silent:?} {:?} external {external} {scales:?}", self.content(tensor.buffer))
    }

    /// The tensors that a tensor is quantized by, and the size of its blocks.
    fn scales(&self, graph: &SubGraphT, of: &TensorT) -> Vec<String> {
        let Some(QuantizationDetailsT::BlockwiseQuantization(blocks)) =
            of.quantization.as_ref().map(|quantization| &quantization.details)
        else {
            return Vec::new();
        };
        let by = [blocks.scales, blocks.zero_points];
        let by = by.map(|at| tensor(graph, at).map(|tensor| self.tensor(graph, tensor)));
        vec![format!("{by:?} {}", blocks.block_size)]
    }

    fn signature(&self, signature: &SignatureDefT) -> String {
        let graphs = self.model.subgraphs.as_deref().unwrap_or_default();
        let graph = &graphs[signature.subgraph_index as usize];
        let maps = |maps: &Option<Vec<TensorMapT>>| -> Vec<_> {
            let named = |map: &TensorMapT| (map.name.clone(), name(graph, map.tensor_index as i32));
            maps.iter().flatten().map(named).collect()
        };
        let maps = [maps(&signature.inputs), maps(&signature.outputs)];
        format!("signature {:?} of {:?} {maps:?}", signature.signature_key, graph.name)
    }

    fn code(&self, op: &OperatorT) -> &OperatorCodeT {
        &self.model.operator_codes.as_deref().unwrap_or_default()[op.opcode_index as usize]
    }

    fn buffer(&self, at: u32) -> Option<&BufferT> {
        self.model.buffers.as_ref()?.get(at as usize)
    }

    fn content(&self, at: u32) -> Option<&[u8]> {
        let buffer = self.buffer(at)?;
        let (from, size) = (buffer.offset as usize, buffer.size_ as usize);
        let data = if from > 1 { Some(&self.bytes[from..from + size]) } else { buffer.data.as_deref() };
        data.filter(|data| !data.is_empty())
    }
}

fn tensor(graph: &SubGraphT, at: i32) -> Option<&TensorT> {
    graph.tensors.as_ref()?.get(usize::try_from(at).ok()?)
}

fn name(graph: &SubGraphT, at: i32) -> Option<String> {
    tensor(graph, at).map(|tensor| tensor.name.clone().unwrap_or_default())
}

fn names(graph: &SubGraphT, list: &Option<Vec<i32>>) -> Vec<Option<String>> {
    list.iter().flatten().map(|&at| name(graph, at)).collect()
}
