//! What a file can say: the fields of the schema but options of operators, its dtypes and the members of its unions.
//!
//! Invariant: the list of all comes from the schema; a file is asked field by field what it says.

use optimizer_core::circle::schema::*;
use std::collections::BTreeSet;

const SCHEMA: &str = include_str!("../../optimizer-core/schema/circle.fbs");

/// What no fixture says, and why.
pub(crate) const ELSEWHERE: [(&str, &str); 2] = [
    ("Operator.custom_options_format", "there is but one"),
    ("SignatureDef.tag", "retired; optimizer-core/tests/circle/round_trip.rs holds it"),
];

/// `Table.field`, `DType.name` and `Union.member` for all that the schema has, but options of operators.
pub(crate) fn declared() -> BTreeSet<String> {
    let code: Vec<&str> = SCHEMA.lines().filter_map(|line| line.split("//").next()).collect();
    let code = code.join("\n");
    let tables = blocks(&code, "table ").flat_map(|(name, body)| members(name, body, ';'));
    let enums = blocks(&code, "enum ").filter(|(name, _)| name.starts_with("DType"));
    let unions = blocks(&code, "union ").chain(enums).flat_map(|(name, body)| members(name, body, ','));
    tables.chain(unions).filter(|field| !field.contains("Options") || field.starts_with("Operator")).collect()
}

/// Name and body of each declaration that starts with `word`.
fn blocks<'c>(code: &'c str, word: &str) -> impl Iterator<Item = (&'c str, &'c str)> {
    let parts: Vec<&str> = code.split(&format!("\n{word}")).skip(1).collect();
    parts.into_iter().filter_map(|part| {
        let (head, rest) = part.split_once('{')?;
        Some((head.split([':', ' ']).next()?, rest.split_once('}')?.0))
    })
}

fn members<'c>(name: &'c str, body: &'c str, end: char) -> impl Iterator<Item = String> + 'c {
    let kept = body.split(end).filter(|part| !part.contains("deprecated") && !part.trim().is_empty());
    kept.filter_map(move |part| Some(format!("{name}.{}", part.split([':', '=']).next()?.trim())))
}

/// Notes each of the fields that differs from what a file says by silence.
macro_rules! note {
    ($said:ident, $table:expr, $kind:ident as $name:literal: $($field:ident $(as $spelled:literal)?),*) => {{
        let (table, silent) = ($table, <$kind>::default());
        $(if table.$field != silent.$field {
            let spelled = [$($spelled,)? stringify!($field)][0];
            $said.insert(format!("{}.{spelled}", $name));
        })*
    }};
}

/// What a file says.
pub(crate) fn said(model: &ModelT) -> BTreeSet<String> {
    let mut said = BTreeSet::new();
    note!(said, model, ModelT as "Model": version, operator_codes, subgraphs, description, buffers, metadata_buffer,
        metadata, signature_defs);
    for code in model.operator_codes.iter().flatten() {
        note!(said, code, OperatorCodeT as "OperatorCode": deprecated_builtin_code, custom_code, version, builtin_code);
    }
    for buffer in model.buffers.iter().flatten() {
        note!(said, buffer, BufferT as "Buffer": data, offset, size_ as "size");
    }
    for entry in model.metadata.iter().flatten() {
        note!(said, entry, MetadataT as "Metadata": name, buffer);
    }
    for signature in model.signature_defs.iter().flatten() {
        note!(said, signature, SignatureDefT as "SignatureDef": inputs, outputs, signature_key, tag, subgraph_index);
        for map in signature.inputs.iter().chain(&signature.outputs).flatten() {
            note!(said, map, TensorMapT as "TensorMap": name, tensor_index);
        }
    }
    model.subgraphs.iter().flatten().for_each(|graph| said_by_graph(graph, &mut said));
    said
}

fn said_by_graph(graph: &SubGraphT, said: &mut BTreeSet<String>) {
    note!(said, graph, SubGraphT as "SubGraph": tensors, inputs, outputs, operators, name, debug_metadata_index);
    for op in graph.operators.iter().flatten() {
        note!(said, op, OperatorT as "Operator": opcode_index, inputs, outputs, builtin_options, custom_options,
            custom_options_format, mutating_variable_inputs, intermediates, large_custom_options_offset,
            large_custom_options_size, builtin_options_2, debug_metadata_index);
    }
    for tensor in graph.tensors.iter().flatten() {
        said.insert(format!("DType.{}", tensor.type_.variant_name().unwrap_or_default()));
        note!(said, tensor, TensorT as "Tensor": shape, type_ as "type", buffer, name, quantization, is_variable, sparsity,
            shape_signature, has_rank, variant_tensors, compression_type);
        for variant in tensor.variant_tensors.iter().flatten() {
            note!(said, variant, VariantSubTypeT as "VariantSubType": shape, type_ as "type", has_rank);
        }
        tensor.quantization.iter().for_each(|quantization| said_by_quantization(quantization, said));
        tensor.sparsity.iter().for_each(|sparsity| said_by_sparsity(sparsity, said));
    }
}

fn said_by_quantization(quantization: &QuantizationParametersT, said: &mut BTreeSet<String>) {
    note!(said, quantization, QuantizationParametersT as "QuantizationParameters": min, max, scale, zero_point, details,
        quantized_dimension);
    let kind = quantization.details.quantization_details_type();
    said.insert(format!("QuantizationDetails.{}", kind.variant_name().unwrap_or_default()));
    match &quantization.details {
        QuantizationDetailsT::CustomQuantization(own) => {
            note!(said, &**own, CustomQuantizationT as "CustomQuantization": custom);
        }
        QuantizationDetailsT::MXQuantization(shared) => {
            note!(said, &**shared, MXQuantizationT as "MXQuantization": axis);
        }
        QuantizationDetailsT::BlockwiseQuantization(blocks) => {
            note!(said, &**blocks, BlockwiseQuantizationT as "BlockwiseQuantization": scales, zero_points, block_size);
        }
        _ => {}
    }
}

fn said_by_sparsity(sparsity: &SparsityParametersT, said: &mut BTreeSet<String>) {
    note!(said, sparsity, SparsityParametersT as "SparsityParameters": traversal_order, block_map, dim_metadata);
    for dim in sparsity.dim_metadata.iter().flatten() {
        note!(said, dim, DimensionMetadataT as "DimensionMetadata": format, dense_size, array_segments, array_indices);
        for list in [&dim.array_segments, &dim.array_indices] {
            let kind = list.sparse_index_vector_type();
            said.insert(format!("SparseIndexVector.{}", kind.variant_name().unwrap_or_default()));
            match list {
                SparseIndexVectorT::Int32Vector(list) => {
                    note!(said, &**list, Int32VectorT as "Int32Vector": values)
                }
                SparseIndexVectorT::Uint16Vector(list) => {
                    note!(said, &**list, Uint16VectorT as "Uint16Vector": values)
                }
                SparseIndexVectorT::Uint8Vector(list) => {
                    note!(said, &**list, Uint8VectorT as "Uint8Vector": values)
                }
                _ => {}
            }
        }
    }
}
