//! What makes two files equal.
//!
//! Invariant: two files mean the same only if a reader can find no difference but the numbers that a writer may choose.

use optimizer_core::circle::schema::*;

/// An operator's code, custom name, version and large custom options.
type Kind = (BuiltinOperator, Option<String>, i32, Option<Vec<u8>>);

/// Everything a file says, with contents in place of indices that a writer may choose.
#[derive(Debug, PartialEq)]
pub(crate) struct Meaning {
    identifier: Vec<u8>,
    file: ModelT,
    tensors: Vec<Option<Vec<u8>>>,
    metadata: Vec<Option<Vec<u8>>>,
    operators: Vec<Kind>,
    null_options: Vec<[bool; 2]>,
}

pub(crate) fn meaning(bytes: &[u8]) -> Meaning {
    let table = root_as_model(bytes).expect("the file is sound");
    let operators = table.subgraphs().into_iter().flatten().flat_map(|g| g.operators().unwrap_or_default());
    let null_options = operators.map(null_options).collect();
    let mut file = table.unpack();
    let buffers = file.buffers.take().unwrap_or_default();
    let content = |index: u32| content(bytes, &buffers[index as usize]);
    file.subgraphs.iter_mut().flatten().for_each(fill_required);
    let (mut tensors, mut metadata, mut operators) = (Vec::new(), Vec::new(), Vec::new());
    for tensor in file.subgraphs.iter_mut().flatten().flat_map(|g| g.tensors.iter_mut().flatten()) {
        tensors.push(content(std::mem::take(&mut tensor.buffer)));
    }
    for entry in file.metadata.iter_mut().flatten() {
        metadata.push(content(std::mem::take(&mut entry.buffer)));
    }
    for index in file.metadata_buffer.take().into_iter().flatten() {
        metadata.push(content(index as u32));
    }
    let codes = file.operator_codes.take().unwrap_or_default();
    for op in file.subgraphs.iter_mut().flatten().flat_map(|g| g.operators.iter_mut().flatten()) {
        let code = &codes[std::mem::take(&mut op.opcode_index) as usize];
        let offset = std::mem::take(&mut op.large_custom_options_offset) as usize;
        let size = std::mem::take(&mut op.large_custom_options_size) as usize;
        let large = (offset > 1).then(|| bytes[offset..offset + size].to_vec());
        let kind = match (code.builtin_code.0, i32::from(code.deprecated_builtin_code)) {
            (..0, _) => code.builtin_code.0,
            (0, old) => old,
            (new, old) => new.max(old),
        };
        operators.push((BuiltinOperator(kind), code.custom_code.clone(), code.version, large));
    }
    Meaning { identifier: bytes[4..8].to_vec(), file, tensors, metadata, operators, null_options }
}

/// Whether the first and the second options are named and left out.
fn null_options(op: Operator) -> [bool; 2] {
    let first = op.builtin_options_type().0 != 0 && op.builtin_options().is_none();
    [first, op.builtin_options_2_type().0 != 0 && op.builtin_options_2().is_none()]
}

/// Absent lists that every reader wants mean empty ones.
fn fill_required(graph: &mut SubGraphT) {
    graph.tensors.get_or_insert_default();
    graph.inputs.get_or_insert_default();
    graph.outputs.get_or_insert_default();
    for op in graph.operators.get_or_insert_default() {
        op.inputs.get_or_insert_default();
        op.outputs.get_or_insert_default();
    }
}

fn content(bytes: &[u8], buffer: &BufferT) -> Option<Vec<u8>> {
    let range = buffer.offset as usize..(buffer.offset + buffer.size_) as usize;
    let data = if buffer.offset > 1 { Some(bytes[range].to_vec()) } else { buffer.data.clone() };
    data.filter(|data| !data.is_empty())
}
