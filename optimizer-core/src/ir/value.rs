//! Values: what operators read and write.
//!
//! Invariant: a value is exactly one of a graph input, an operator's result, a constant or a variable, or nothing
//! uses it.

use crate::circle::schema::{
    CompressionType, QuantizationDetailsT, QuantizationParametersT, SparsityParametersT, VariantSubTypeT,
};
use crate::ir::graph::Clock;
use crate::ir::{DType, Data, Dim, OpId, Shape, Uses};
use std::fmt;

/// Element type and shape; an unknown rank is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct Type {
    pub dtype: DType,
    pub shape: Option<Shape>,
}

/// A value and everything a file says of it.
#[derive(Clone, Debug)]
pub struct Value {
    pub name: String,
    pub ty: Type,
    pub data: Option<Data>,
    /// Kept between inferences: reads before writes see the last write.
    pub variable: bool,
    pub quant: Option<Box<QuantizationParametersT>>,
    pub stored: Option<Box<Stored>>,
    pub(super) producer: Option<(OpId, u32)>,
    pub(super) uses: Uses,
    pub(super) is_input: bool,
    pub(super) outputs: u32,
    pub(super) pinned: bool,
    pub(super) dropped: bool,
    /// When something last happened to the value or to what it is used by.
    pub(super) edited: Clock,
}

/// How a file spells what [`Value`] says in its own words, for a round trip without loss.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stored {
    pub shape: Option<Vec<i32>>,
    pub signature: Option<Vec<i32>>,
    pub has_rank: bool,
    pub nameless: bool,
    pub sparsity: Option<Box<SparsityParametersT>>,
    pub variants: Option<Vec<VariantSubTypeT>>,
    pub compression: CompressionType,
}

impl Type {
    pub fn new(dtype: DType, shape: Shape) -> Type {
        Type { dtype, shape: Some(shape) }
    }

    pub fn fixed(dtype: DType, dims: &[usize]) -> Type {
        Type::new(dtype, Shape::fixed(dims))
    }

    /// Whether both can be the type of one value: the same dtype and rank, and no two known dims that differ.
    pub fn agrees(&self, other: &Type) -> bool {
        let (Some(a), Some(b)) = (&self.shape, &other.shape) else { return self.dtype == other.dtype };
        let dim = |(a, b): (&Dim, &Dim)| a.agrees(*b);
        self.dtype == other.dtype && a.rank() == b.rank() && a.dims().iter().zip(b.dims()).all(dim)
    }

    /// Elements of a value of this type; unknown dims count as `unknown`.
    pub fn elements(&self, unknown: usize) -> usize {
        let dims = self.shape.as_ref().map_or(&[][..], Shape::dims);
        dims.iter().fold(1usize, |n, d| n.saturating_mul(d.known().unwrap_or(unknown)))
    }

    /// Bytes of a dense value of this type; unknown dims count as `unknown` elements.
    pub fn bytes(&self, unknown: usize) -> usize {
        let elements = self.elements(unknown);
        match self.dtype.bytes() {
            Some(size) => elements.saturating_mul(size),
            None => elements.div_ceil(2),
        }
    }
}

impl Value {
    /// A value that nothing produces or reads yet.
    pub fn new(name: impl Into<String>, ty: Type) -> Value {
        Value {
            name: name.into(),
            ty,
            data: None,
            variable: false,
            quant: None,
            stored: None,
            producer: None,
            uses: Uses::default(),
            is_input: false,
            outputs: 0,
            pinned: false,
            dropped: false,
            edited: Clock::default(),
        }
    }

    pub fn constant(name: impl Into<String>, ty: Type, data: Data) -> Value {
        Value { data: Some(data), ..Value::new(name, ty) }
    }

    pub fn shape(&self) -> Option<&Shape> {
        self.ty.shape.as_ref()
    }

    /// The operator that computes this value and which of its results it is.
    pub fn producer(&self) -> Option<(OpId, u32)> {
        self.producer
    }

    /// Where the value is read, by operator id.
    pub fn uses(&self) -> &Uses {
        &self.uses
    }

    pub fn is_input(&self) -> bool {
        self.is_input
    }

    /// Whether callers see the value: as a graph output, or because it is pinned.
    pub fn is_output(&self) -> bool {
        self.outputs > 0 || self.pinned
    }

    /// Whether the file names the computed value beside operands, results and graph outputs.
    pub fn is_pinned(&self) -> bool {
        self.pinned
    }

    /// A constant that rules may read: dense, not a variable, not an input.
    pub fn is_const(&self) -> bool {
        self.data.is_some()
            && !self.variable
            && !self.is_input
            && !self.is_packed()
            && self.producer.is_none()
    }

    /// Whether the model stores the value and a run does not change it; it may be sparse or compressed.
    pub fn is_stored(&self) -> bool {
        self.data.is_some() && !self.variable
    }

    pub fn is_sparse(&self) -> bool {
        self.stored.as_ref().is_some_and(|s| s.sparsity.is_some())
    }

    /// Whether the data is something else than the elements in order: sparse or compressed.
    pub fn is_packed(&self) -> bool {
        self.is_sparse() || self.stored.as_ref().is_some_and(|s| s.compression != CompressionType::None)
    }

    /// Whether stored numbers mean something else than themselves. Recorded ranges alone do not quantize.
    pub fn is_quantized(&self) -> bool {
        self.quant.as_ref().is_some_and(|q| {
            q.scale.as_ref().is_some_and(|s| !s.is_empty())
                || q.zero_point.as_ref().is_some_and(|z| !z.is_empty())
                || q.details != Default::default()
        })
    }

    /// The values, by number, that blockwise quantization takes scales and zero points from; -1 is none.
    pub fn scale_tensors(&self) -> Vec<i32> {
        match self.quant.as_ref().map(|q| &q.details) {
            Some(QuantizationDetailsT::BlockwiseQuantization(blocks)) => {
                vec![blocks.scales, blocks.zero_points]
            }
            _ => Vec::new(),
        }
    }

    /// Whether the value is dead: no operator reads it and no caller sees it.
    pub fn is_unused(&self) -> bool {
        self.uses.is_empty() && !self.is_output()
    }

    /// Whether a pass took the value out of the model.
    pub fn is_dropped(&self) -> bool {
        self.dropped
    }

    pub fn has_unknown_dims(&self) -> bool {
        self.shape().is_none_or(|s| s.dims().iter().any(|d| matches!(d, Dim::Unknown(_))))
    }
}

impl Stored {
    /// How the writer spells a type of which the file said nothing special: an unknown dim is 1, and -1 in the signature.
    pub fn plain(ty: &Type) -> Stored {
        let dims = ty.shape.as_ref().map_or(&[][..], Shape::dims);
        let spell = |unknown: i32| dims.iter().map(|d| d.known().map_or(unknown, |n| n as i32)).collect();
        let known = dims.iter().all(|d| d.known().is_some());
        Stored { shape: Some(spell(1)), signature: (!known).then(|| spell(-1)), ..Stored::default() }
    }

    /// Whether the spelled shape still means `ty`.
    pub fn spells(&self, ty: &Type) -> bool {
        let shape = self.shape.as_deref().unwrap_or_default();
        let signature = self.signature.as_deref().unwrap_or_default();
        let dims = ty.shape.as_ref().map_or(&[][..], Shape::dims);
        let known = |axis: usize| match signature.get(axis) {
            Some(signed) if *signed != shape[axis] => None,
            _ => usize::try_from(shape[axis]).ok(),
        };
        shape.len() == dims.len() && dims.iter().enumerate().all(|(axis, dim)| dim.known() == known(axis))
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shape {
            Some(shape) => write!(f, "{}{shape}", self.dtype.name()),
            None => write!(f, "{}[..]", self.dtype.name()),
        }
    }
}
