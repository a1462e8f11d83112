//! A piece of a graph as it was at one moment, for drawing it when the graph has changed.
//!
//! Invariant: taking a piece costs as much as its operators are big, however large the graph is.

use crate::ir::{DType, Data, Graph, OpId, Type, Value, ValueId};
use crate::op;
use std::collections::HashMap;

/// Operators, in running order, among the values that they read and compute.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Piece {
    pub ops: Vec<PieceOp>,
    pub values: Vec<PieceValue>,
}

/// One operator of a piece.
#[derive(Clone, Debug, PartialEq)]
pub struct PieceOp {
    pub id: OpId,
    /// `FULLY_CONNECTED`, or a custom operator's own name.
    pub kind: String,
    /// What is not as it is by default: `axis: -1`.
    pub attributes: Vec<String>,
    /// The name of each operand and its place among the values; an absent operand has none.
    pub operands: Vec<(&'static str, Option<usize>)>,
    /// Places among the values.
    pub results: Vec<usize>,
}

/// One value of a piece.
#[derive(Clone, Debug, PartialEq)]
pub struct PieceValue {
    pub name: String,
    pub ty: Type,
    pub origin: Origin,
    /// Operators outside of the piece that read the value, at most [`READERS`] of them.
    pub readers: Vec<Neighbour>,
    /// In how many places it is read, inside and outside.
    pub reader_count: usize,
    pub is_output: bool,
}

/// Where a value of a piece comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// An operator of the piece.
    Inside,
    /// An operator outside.
    Outside(Neighbour),
    /// A caller.
    Input,
    /// Stored in the model: its bytes, and what it holds if that is short.
    Constant { bytes: usize, content: Option<String> },
    /// Nothing computes it: a variable.
    Nothing,
}

/// An operator that stands beside a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    pub id: OpId,
    pub kind: String,
}

/// How many readers of a value a piece names.
pub const READERS: usize = 4;

/// The longest constant whose content is told, in elements.
const SHORT: usize = 6;

impl Piece {
    /// These operators, and these values even where none of the operators touches them.
    pub fn of(graph: &Graph, ops: impl IntoIterator<Item = OpId>, values: &[ValueId]) -> Piece {
        let mut ids: Vec<OpId> = ops.into_iter().collect();
        ids.sort_unstable_by_key(|&id| (graph.op(id).position, id));
        let mut piece = Pieces { graph, ids: &ids, places: HashMap::new(), values: Vec::new() };
        let ops = ids.iter().map(|&id| piece.operator(id)).collect();
        for &id in values {
            piece.place(id);
        }
        Piece { ops, values: piece.values }
    }

    /// All of a graph.
    pub fn whole(graph: &Graph) -> Piece {
        Piece::of(graph, graph.ops().map(|(id, _)| id), graph.outputs())
    }
}

/// A piece that is being taken.
struct Pieces<'g> {
    graph: &'g Graph,
    ids: &'g [OpId],
    places: HashMap<ValueId, usize>,
    values: Vec<PieceValue>,
}

impl Pieces<'_> {
    fn operator(&mut self, id: OpId) -> PieceOp {
        let op = self.graph.op(id);
        let names = op::describe(op).map_or(&[][..], |description| description.operands);
        let name = |i: usize| names.get(i).copied().unwrap_or_default();
        let operands = op.operands().iter().enumerate().map(|(i, v)| (name(i), v.map(|v| self.place(v))));
        let operands = operands.collect();
        let results = op.results().iter().map(|&v| self.place(v)).collect();
        PieceOp { id, kind: op.name().to_owned(), attributes: op::attributes(op), operands, results }
    }

    fn place(&mut self, id: ValueId) -> usize {
        if let Some(&place) = self.places.get(&id) {
            return place;
        }
        let value = self.value(self.graph.value(id));
        self.values.push(value);
        self.places.insert(id, self.values.len() - 1);
        self.values.len() - 1
    }

    fn value(&self, value: &Value) -> PieceValue {
        let outside = || value.uses().iter().map(|at| at.op).filter(|&op| !self.contains(op));
        let mut readers: Vec<OpId> = outside().take(2 * READERS).collect();
        readers.dedup();
        readers.truncate(READERS);
        let is_const = value.is_stored();
        PieceValue {
            name: value.name.clone(),
            ty: value.ty.clone(),
            origin: self.origin(value),
            readers: if is_const { vec![] } else { readers.iter().map(|&op| self.neighbour(op)).collect() },
            reader_count: if is_const { 0 } else { value.uses().len() },
            is_output: value.is_output(),
        }
    }

    fn origin(&self, value: &Value) -> Origin {
        match (value.producer(), &value.data) {
            (Some((op, _)), _) if self.contains(op) => Origin::Inside,
            (Some((op, _)), _) => Origin::Outside(self.neighbour(op)),
            (None, _) if value.is_input() => Origin::Input,
            (None, Some(data)) if value.is_stored() => {
                let content = value.is_const().then(|| content(value.ty.dtype, data)).flatten();
                Origin::Constant { bytes: data.len(), content }
            }
            (None, _) => Origin::Nothing,
        }
    }

    fn contains(&self, id: OpId) -> bool {
        let key = |id: OpId| (self.graph.op(id).position, id);
        self.ids.binary_search_by_key(&key(id), |&id| key(id)).is_ok()
    }

    fn neighbour(&self, id: OpId) -> Neighbour {
        Neighbour { id, kind: self.graph.op(id).name().to_owned() }
    }
}

/// The numbers of a short constant: `0,2,1`.
fn content(dtype: DType, data: &Data) -> Option<String> {
    fn list<T: ToString>(numbers: &[T]) -> Option<String> {
        let short = (1..=SHORT).contains(&numbers.len());
        short.then(|| numbers.iter().map(T::to_string).collect::<Vec<_>>().join(","))
    }
    match dtype {
        DType::F32 => list(data.elements::<f32>()?),
        DType::I32 => list(data.elements::<i32>()?),
        DType::I64 => list(data.elements::<i64>()?),
        _ => None,
    }
}
