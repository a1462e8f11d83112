//! Tensor tables.
//!
//! Invariant: a tensor is spelled as its file spelled it, unless its type has changed since.

use super::Result;
use super::blobs::Blobs;
use super::builder::Builder;
use super::numbers::Numbers;
use crate::circle::schema::{QuantizationDetailsT, QuantizationParametersT, Tensor, TensorArgs};
use crate::ir::{Graph, Stored, Value};
use flatbuffers::WIPOffset;
use std::borrow::Cow;

type Tensors = Vec<WIPOffset<Tensor<'static>>>;

/// The tables of all values that `numbers` numbers.
pub(super) fn tensors<'a>(
    fbb: &mut Builder,
    graph: &'a Graph,
    numbers: &Numbers,
    blobs: &mut Blobs<'a>,
) -> Result<Tensors> {
    let written = graph.values().filter(|&(id, _)| numbers.is_written(id));
    let tables = written.map(|(_, value)| {
        fbb.check_room(value.name.len())?;
        Ok(tensor(fbb, value, numbers, blobs))
    });
    tables.collect()
}

fn tensor<'a>(
    fbb: &mut Builder,
    value: &'a Value,
    numbers: &Numbers,
    blobs: &mut Blobs<'a>,
) -> WIPOffset<Tensor<'static>> {
    let spelling = spelling(value);
    let name = (!(spelling.nameless && value.name.is_empty())).then(|| fbb.create_string(&value.name));
    let shape = spelling.shape.as_ref().map(|shape| fbb.ints(shape));
    let shape_signature = spelling.signature.as_ref().map(|shape| fbb.ints(shape));
    let quantization = value.quant.as_ref().map(|quant| renumbered(quant, numbers).pack(fbb));
    let sparsity = spelling.sparsity.as_ref().map(|sparsity| sparsity.pack(fbb));
    let variant_tensors = spelling.variants.as_ref().map(|variants| {
        let variants: Vec<_> = variants.iter().map(|variant| variant.pack(fbb)).collect();
        fbb.create_vector(&variants)
    });
    let args = TensorArgs {
        shape,
        type_: value.ty.dtype,
        buffer: blobs.buffer(value.data.as_ref()),
        name,
        quantization,
        is_variable: value.variable,
        sparsity,
        shape_signature,
        has_rank: spelling.has_rank,
        variant_tensors,
        compression_type: spelling.compression,
    };
    Tensor::create(fbb, &args)
}

fn spelling(value: &Value) -> Cow<'_, Stored> {
    match value.stored.as_deref() {
        Some(stored) if stored.spells(&value.ty) => Cow::Borrowed(stored),
        Some(stored) => {
            let Stored { shape, signature, .. } = Stored::plain(&value.ty);
            let has_rank = stored.has_rank && value.ty.shape.is_some();
            Cow::Owned(Stored { shape, signature, has_rank, ..stored.clone() })
        }
        None => Cow::Owned(Stored::plain(&value.ty)),
    }
}

/// Blockwise quantization names tensors by number.
fn renumbered<'q>(quant: &'q QuantizationParametersT, numbers: &Numbers) -> Cow<'q, QuantizationParametersT> {
    match &quant.details {
        QuantizationDetailsT::BlockwiseQuantization(blocks) => {
            let mut blocks = blocks.clone();
            blocks.scales = numbers.renumber(blocks.scales);
            blocks.zero_points = numbers.renumber(blocks.zero_points);
            let details = QuantizationDetailsT::BlockwiseQuantization(blocks);
            Cow::Owned(QuantizationParametersT { details, ..quant.clone() })
        }
        _ => Cow::Borrowed(quant),
    }
}
