//! Reading tensors: element type, shape with unknown dims, constant bytes.
//!
//! Invariant: a constant that rules may read has exactly the bytes its type and shape ask for.

use super::{GraphReader, Result};
use crate::circle::error::{Fault, Place};
use crate::circle::schema::{self, CompressionType, QuantizationDetails, SparseIndexVector, Tensor};
use crate::ir::{Dim, Graph, Shape, Stored, Type, Value};
use flatbuffers::Table;
use rustc_hash::FxHashSet;

impl GraphReader<'_> {
    /// Adds a value for every tensor, in order, so that tensor indices are value ids.
    pub(super) fn read_tensors(&mut self, graph: &mut Graph, table: &schema::SubGraph) -> Result<()> {
        let tensors = table.tensors().unwrap_or_default();
        let inputs: FxHashSet<i32> = table.inputs().into_iter().flatten().collect();
        let marks_ranks = tensors.iter().any(|tensor| tensor.has_rank());
        for (index, tensor) in tensors.iter().enumerate() {
            let place = Place::Tensor { graph: self.graph, index, name: String::new() };
            let scalar = !marks_ranks && inputs.contains(&(index as i32));
            let value = self.read_tensor(graph, &tensor, scalar, &place);
            graph.add_value(value.map_err(|error| error.naming(&place, tensor.name().unwrap_or_default()))?);
        }
        Ok(())
    }

    fn read_tensor(
        &mut self,
        graph: &mut Graph,
        tensor: &Tensor,
        scalar: bool,
        place: &Place,
    ) -> Result<Value> {
        self.check_tensor(tensor, place)?;
        let dtype = tensor.type_();
        let alignment = dtype.bytes().unwrap_or(1).min(8);
        let data = self.buffers.get_aligned(tensor.buffer().into(), alignment, place)?;
        let data = data.filter(|data| !data.is_empty());
        let shape = read_shape(graph, tensor, scalar || data.is_some(), place)?;
        let mut value = Value::new(tensor.name().unwrap_or_default(), Type { dtype, shape });
        value.variable = tensor.is_variable();
        value.quant = tensor.quantization().map(|q| Box::new(q.unpack()));
        value.stored = stored(tensor, &value.ty);
        value.data = data;
        check_size(&value, tensor, place)?;
        Ok(value)
    }

    fn check_tensor(&self, tensor: &Tensor, place: &Place) -> Result<()> {
        self.tables.check("Tensor", tensor._tab, place)?;
        let known = tensor.type_().variant_name().is_some();
        known_or(known, "element type", tensor.type_().0.into(), place)?;
        let compression = tensor.compression_type();
        known_or(compression.variant_name().is_some(), "compression", compression.0.into(), place)?;
        for variant in tensor.variant_tensors().into_iter().flatten() {
            self.tables.check("VariantSubType", variant._tab, place)?;
        }
        self.check_quantization(tensor, place)?;
        self.check_sparsity(tensor, place)
    }

    fn check_quantization(&self, tensor: &Tensor, place: &Place) -> Result<()> {
        let Some(quantization) = tensor.quantization() else { return Ok(()) };
        self.tables.check("QuantizationParameters", quantization._tab, place)?;
        let kind: QuantizationDetails = quantization.details_type();
        self.check_union(kind.variant_name(), kind.0, || quantization.details(), "quantization", place)
    }

    fn check_sparsity(&self, tensor: &Tensor, place: &Place) -> Result<()> {
        let Some(sparsity) = tensor.sparsity() else { return Ok(()) };
        self.tables.check("SparsityParameters", sparsity._tab, place)?;
        for dim in sparsity.dim_metadata().into_iter().flatten() {
            self.tables.check("DimensionMetadata", dim._tab, place)?;
            let what = "sparse index vector";
            let kind: SparseIndexVector = dim.array_segments_type();
            self.check_union(kind.variant_name(), kind.0, || dim.array_segments(), what, place)?;
            let kind: SparseIndexVector = dim.array_indices_type();
            self.check_union(kind.variant_name(), kind.0, || dim.array_indices(), what, place)?;
        }
        Ok(())
    }

    /// Refuses a union of a type that the schema does not have, or a table with newer fields. A table without a type
    /// is not verified, so nothing may follow it.
    pub(super) fn check_union<'b>(
        &self,
        name: Option<&'static str>,
        number: u8,
        table: impl FnOnce() -> Option<Table<'b>>,
        what: &'static str,
        place: &Place,
    ) -> Result<()> {
        known_or(name.is_some(), what, number.into(), place)?;
        let Some(name) = name.filter(|_| number != 0) else { return Ok(()) };
        table().map_or(Ok(()), |table| self.tables.check(name, table, place))
    }
}

pub(super) fn known_or(known: bool, what: &'static str, number: i64, place: &Place) -> Result<()> {
    if known { Ok(()) } else { Err(place.error(Fault::Unknown { what, number })) }
}

/// The shape a tensor means.
///
/// Few writers say by `has_rank` that an empty shape is a scalar's. It is one if the tensor is `scalar`: a constant, or
/// the input of a graph that marks no ranks at all; else the rank is not known.
fn read_shape(graph: &mut Graph, tensor: &Tensor, scalar: bool, place: &Place) -> Result<Option<Shape>> {
    let (shape, signature) =
        (tensor.shape().unwrap_or_default(), tensor.shape_signature().unwrap_or_default());
    if shape.is_empty() && !(tensor.has_rank() || scalar) {
        return Ok(None);
    }
    if !signature.is_empty() && signature.len() != shape.len() {
        let (shape, signature) = (shape.iter().collect(), signature.iter().collect());
        return Err(place.error(Fault::SignatureRank { shape, signature }));
    }
    let signed = |axis: usize| (axis < signature.len()).then(|| signature.get(axis));
    let dims: Option<Vec<Dim>> =
        shape.iter().enumerate().map(|(axis, extent)| read_dim(graph, extent, signed(axis))).collect();
    match dims {
        Some(dims) => Ok(Some(dims.into())),
        None => Err(place.error(Fault::NegativeExtent(shape.iter().collect()))),
    }
}

/// A dim is known where shape and signature, if there is one, agree.
fn read_dim(graph: &mut Graph, extent: i32, signed: Option<i32>) -> Option<Dim> {
    match (extent, signed) {
        (-1, _) => Some(graph.unknown_dim()),
        (..0, _) => None,
        (_, Some(signed)) if signed != extent => Some(graph.unknown_dim()),
        _ => Some(Dim::Known(extent as usize)),
    }
}

/// The file's spelling, unless it is the one the writer would choose anyway.
fn stored(tensor: &Tensor, ty: &Type) -> Option<Box<Stored>> {
    if is_plain(tensor, ty) {
        return None;
    }
    let stored = Stored {
        shape: tensor.shape().map(|shape| shape.iter().collect()),
        signature: tensor.shape_signature().map(|shape| shape.iter().collect()),
        has_rank: tensor.has_rank(),
        nameless: tensor.name().is_none(),
        sparsity: tensor.sparsity().map(|sparsity| Box::new(sparsity.unpack())),
        variants: tensor.variant_tensors().map(|all| all.iter().map(|variant| variant.unpack()).collect()),
        compression: tensor.compression_type(),
    };
    (stored != Stored::plain(ty)).then(|| Box::new(stored))
}

/// Whether there is nothing but a name and a shape of known dims, as most tensors have it.
fn is_plain(tensor: &Tensor, ty: &Type) -> bool {
    let (Some(shape), Some(known)) = (tensor.shape(), &ty.shape) else { return false };
    let extras = tensor.shape_signature().is_some()
        || tensor.has_rank()
        || tensor.name().is_none()
        || tensor.sparsity().is_some()
        || tensor.variant_tensors().is_some()
        || tensor.compression_type() != CompressionType::None;
    !extras && shape.iter().map(|extent| Some(extent as usize)).eq(known.dims().iter().map(|dim| dim.known()))
}

fn check_size(value: &Value, tensor: &Tensor, place: &Place) -> Result<()> {
    let Some(data) = &value.data else { return Ok(()) };
    let shape = || tensor.shape().into_iter().flatten().collect::<Vec<i32>>();
    let (Some(size), false) = (value.ty.dtype.bytes(), value.is_packed() || value.variable) else {
        return Ok(());
    };
    let Some(dims) = value.shape().filter(|shape| shape.is_known()) else { return Ok(()) };
    let bytes = dims.elements().and_then(|n| n.checked_mul(size));
    match bytes {
        None => Err(place.error(Fault::HugeShape(shape()))),
        Some(want) if want != data.len() => {
            Err(place.error(Fault::ConstantSize { shape: shape(), want, have: data.len() }))
        }
        Some(_) => Ok(()),
    }
}
