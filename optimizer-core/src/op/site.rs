//! One operator among its operands, as shape rules, cost and canonical options see it.
//!
//! Invariant: a site says only what is certain: an operand of unknown rank has no site.

use crate::ir::{DType, Data, Dim, Graph, Operator, Shape, Symbol, Type, ValueId};
use crate::op::{Options, OptionsTable, Permutation};
use crate::rewrite::dims::ASSUMED_DIM;
use std::cell::Cell;

/// What is known of one operand before the model runs.
#[derive(Clone, Copy, Debug)]
pub struct Operand<'a> {
    pub dtype: DType,
    pub shape: &'a Shape,
    /// The content, if it is a constant.
    pub data: Option<&'a Data>,
}

/// An operator's options, operands and declared results.
pub struct Site<'a> {
    pub options: &'a Options,
    operands: Vec<Option<Operand<'a>>>,
    /// The results as declared so far; empty for an operator that is being built.
    pub results: Vec<&'a Type>,
    fresh: &'a Cell<u32>,
    /// What unknown dims are taken for where costs are counted.
    assumed: usize,
}

impl<'a> Site<'a> {
    pub fn new(
        options: &'a Options,
        operands: Vec<Option<Operand<'a>>>,
        results: Vec<&'a Type>,
        fresh: &'a Cell<u32>,
    ) -> Site<'a> {
        Site { options, operands, results, fresh, assumed: ASSUMED_DIM }
    }

    /// The site of an operator of a graph; `None` if an operand's rank is unknown.
    pub fn of(graph: &'a Graph, op: &'a Operator, fresh: &'a Cell<u32>) -> Option<Site<'a>> {
        let operands = op.operands().iter().map(|v| match v {
            None => Some(None),
            Some(v) => Operand::of(graph, *v).map(Some),
        });
        let results = op.results().iter().map(|&v| &graph.value(v).ty).collect();
        Some(Site::new(&op.options, operands.collect::<Option<_>>()?, results, fresh))
    }

    /// The site where costs are counted with this extent for unknown dims.
    pub(crate) fn assuming(self, assumed: usize) -> Site<'a> {
        Site { assumed, ..self }
    }

    /// The extent of a dim where costs are counted.
    pub(crate) fn extent(&self, dim: Dim) -> u64 {
        dim.known().unwrap_or(self.assumed) as u64
    }

    /// The extent of an axis of an operand where costs are counted; 1 if there is none.
    pub(crate) fn axis_extent(&self, operand: usize, axis: isize) -> u64 {
        self.shape(operand).and_then(|shape| shape.dim(axis)).map_or(1, |dim| self.extent(dim))
    }

    /// The number of elements of a shape where costs are counted.
    pub(crate) fn count(&self, shape: &Shape) -> u64 {
        shape.dims().iter().fold(1u64, |n, &dim| n.saturating_mul(self.extent(dim)))
    }

    /// The number of elements of the first of some results where costs are counted; 0 if they cannot be known.
    pub(crate) fn count_first(&self, results: Option<Vec<Type>>) -> u64 {
        let first = results.and_then(|types| types.into_iter().next()?.shape);
        first.map_or(0, |shape| self.count(&shape))
    }

    /// The operand, if it is present.
    pub fn operand(&self, i: usize) -> Option<Operand<'a>> {
        *self.operands.get(i)?
    }

    /// The operand, if it has as many axes as `perm` permutes.
    pub(crate) fn movable(&self, i: usize, perm: &Permutation) -> Option<Operand<'a>> {
        self.operand(i).filter(|operand| operand.shape.rank() == perm.rank())
    }

    /// How many operands there are, absent ones included.
    pub(crate) fn operand_count(&self) -> usize {
        self.operands.len()
    }

    /// All present operands.
    pub fn operands(&self) -> impl Iterator<Item = Operand<'a>> {
        self.operands.iter().copied().flatten()
    }

    pub fn shape(&self, i: usize) -> Option<&'a Shape> {
        Some(self.operand(i)?.shape)
    }

    pub fn options<T: OptionsTable>(&self) -> T {
        self.options.table()
    }

    /// The numbers of a constant i32 or i64 operand.
    pub fn ints(&self, i: usize) -> Option<Vec<i64>> {
        self.operand(i)?.ints()
    }

    /// A dim that equals no other.
    pub fn unknown(&self) -> Dim {
        self.fresh.set(self.fresh.get() + 1);
        Dim::Unknown(Symbol(self.fresh.get()))
    }
}

impl<'a> Operand<'a> {
    fn of(graph: &'a Graph, id: ValueId) -> Option<Operand<'a>> {
        let value = graph.value(id);
        let data = value.data.as_ref().filter(|_| value.is_const());
        Some(Operand { dtype: value.ty.dtype, shape: value.shape()?, data })
    }

    /// The numbers of a constant i32 or i64.
    pub fn ints(&self) -> Option<Vec<i64>> {
        let data = self.data?;
        match self.dtype {
            DType::I32 => Some(data.elements::<i32>()?.iter().map(|&n| n.into()).collect()),
            DType::I64 => Some(data.elements::<i64>()?.to_vec()),
            _ => None,
        }
    }

    pub fn ty(&self) -> Type {
        Type::new(self.dtype, self.shape.clone())
    }
}

/// All of `axes` counted from the front; `None` if one lies outside `rank`.
pub fn axes<'a, N: Copy + Into<i64> + 'a>(
    axes: impl IntoIterator<Item = &'a N>,
    rank: usize,
) -> Option<Vec<usize>> {
    axes.into_iter().map(|&a| axis(a.into(), rank)).collect()
}

/// `axis` counted from the front; `None` if it lies outside `rank`.
pub fn axis(axis: i64, rank: usize) -> Option<usize> {
    let rank_i = rank as i64;
    (-rank_i..rank_i).contains(&axis).then(|| axis.rem_euclid(rank_i) as usize)
}
