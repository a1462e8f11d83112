//! Parts of a split value, and operators that do the same to each of them.
//!
//! Invariant: operators are alike only if one operator on the whole, split again, gives the same values.

use crate::circle::schema::ConcatenationOptionsT;
use crate::ir::{Graph, OpCode, OpId, Operator, Value, ValueId};
use crate::op::{self, OptionsTable};
use crate::rewrite::Val;
use std::ops::Range;

/// Computes each element from the element in its place.
const UNARY: [OpCode; 17] = [
    OpCode::NEG,
    OpCode::ABS,
    OpCode::SQUARE,
    OpCode::SQRT,
    OpCode::RSQRT,
    OpCode::EXP,
    OpCode::LOG,
    OpCode::SIN,
    OpCode::COS,
    OpCode::RELU,
    OpCode::RELU6,
    OpCode::RELU_N1_TO_1,
    OpCode::TANH,
    OpCode::LOGISTIC,
    OpCode::GELU,
    OpCode::HARD_SWISH,
    OpCode::LEAKY_RELU,
];

/// Computes each element from the two elements in its place.
const BINARY: [OpCode; 8] = [
    OpCode::ADD,
    OpCode::SUB,
    OpCode::MUL,
    OpCode::DIV,
    OpCode::MAXIMUM,
    OpCode::MINIMUM,
    OpCode::POW,
    OpCode::SQUARED_DIFFERENCE,
];

/// The results of a split along `axis` of `whole`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parts {
    pub(super) split: OpId,
    pub(super) whole: ValueId,
    pub(super) axis: usize,
    pub(super) values: Vec<ValueId>,
}

/// One operator for each part, and what the operator that does it all at once reads; its results split along `axis`.
pub(super) struct Family {
    pub(super) ops: Vec<OpId>,
    pub(super) operands: Vec<Option<ValueId>>,
    pub(super) axis: usize,
}

impl Parts {
    /// The parts that the operator makes, if it is a split of two or more whose dims are all known.
    pub(super) fn of(graph: &Graph, split: OpId) -> Option<Parts> {
        let op = graph.find_op(split)?;
        let (whole, axis) = match (op.code, op.operands()) {
            (OpCode::SPLIT, &[axis, whole]) | (OpCode::SPLIT_V, &[whole, _, axis]) => (whole?, axis?),
            _ => return None,
        };
        let values = op.results().to_vec();
        let known = |&v: &ValueId| is_plain(graph.value(v));
        let axis = op::axis(*Val::new(graph, axis)?.ints()?.first()?, graph.value(whole).shape()?.rank())?;
        let usable = values.len() > 1 && values.iter().all(known) && known(&whole);
        usable.then_some(Parts { split, whole, axis, values })
    }

    /// Whether each part of `run` has readers, as many as the others.
    pub(super) fn may_sink(&self, graph: &Graph, run: &Range<usize>) -> bool {
        let readers = |&v: &ValueId| graph.value(v).uses().len();
        let counts: Vec<usize> = self.values[run.clone()].iter().map(readers).collect();
        counts[0] > 0 && counts.iter().all(|&n| n == counts[0])
    }

    fn sizes(&self, graph: &Graph) -> Vec<usize> {
        self.values.iter().map(|&v| dims(graph, v)[self.axis]).collect()
    }
}

impl Family {
    /// All families among the readers of `parts`, in graph order; no operator is in two.
    pub(super) fn all(graph: &Graph, parts: &Parts) -> Vec<Family> {
        let mut taken: Vec<OpId> = Vec::new();
        let mut families = Vec::new();
        for first in readers(graph, parts.values[0]) {
            if taken.contains(&first) {
                continue;
            }
            if let Some(family) = Family::of(graph, parts, first, &taken) {
                taken.extend(&family.ops);
                families.push(family);
            }
        }
        families
    }

    fn of(graph: &Graph, parts: &Parts, first: OpId, taken: &[OpId]) -> Option<Family> {
        let mut ops = vec![first];
        for &part in &parts.values[1..] {
            let fits = |&op: &OpId| !taken.contains(&op) && !ops.contains(&op) && is_twin(graph, first, op);
            ops.push(readers(graph, part).into_iter().filter(fits).find(|&op| {
                let slots = graph.op(op).operands().iter().zip(graph.op(first).operands());
                slots
                    .into_iter()
                    .all(|(&theirs, &ours)| (ours == Some(parts.values[0])) == (theirs == Some(part)))
            })?);
        }
        let operands = operands(graph, parts, &ops)?;
        let axis = carried(graph, parts, &ops, &operands)?;
        let plain = ops.iter().flat_map(|&op| graph.op(op).results()).all(|&v| is_plain(graph.value(v)));
        (plain && agree(graph, &ops, axis)).then_some(Family { ops, operands, axis })
    }
}

/// The operators that read a value, in graph order, each once.
fn readers(graph: &Graph, v: ValueId) -> Vec<OpId> {
    let mut readers: Vec<OpId> = graph.value(v).uses().iter().map(|at| at.op).collect();
    readers.sort_by_key(|&op| (graph.op(op).position, op));
    readers.dedup();
    readers
}

fn is_plain(value: &Value) -> bool {
    !value.is_quantized() && !value.variable && value.shape().is_some_and(|s| s.known().is_some())
}

fn is_twin(graph: &Graph, a: OpId, b: OpId) -> bool {
    let (a, b) = (graph.op(a), graph.op(b));
    let reshapes = a.code == OpCode::RESHAPE && b.code == OpCode::RESHAPE;
    a.code == b.code
        && a.version == b.version
        && (reshapes || op::canonical_options(graph, a) == op::canonical_options(graph, b))
        && a.operands().len() == b.operands().len()
        && a.results().len() == b.results().len()
        && op::is_pure(graph, a)
        && op::is_pure(graph, b)
}

/// What the operator on the whole reads: wholes in place of parts, and what all the operators read.
fn operands(graph: &Graph, parts: &Parts, ops: &[OpId]) -> Option<Vec<Option<ValueId>>> {
    let first = graph.op(ops[0]);
    let slot = |i: usize| {
        let theirs: Vec<Option<ValueId>> = ops.iter().map(|&op| graph.op(op).operands()[i]).collect();
        match theirs[0] {
            _ if first.code == OpCode::RESHAPE && i == 1 => Some(theirs[0]),
            Some(v) if theirs[1..].iter().any(|&other| other != Some(v)) => {
                whole(graph, parts, &theirs).map(Some)
            }
            shared => theirs[1..].iter().all(|&other| other == shared).then_some(shared),
        }
    };
    (0..first.operands().len()).map(slot).collect()
}

/// The whole that `values` are all the parts of, cut as `parts` are.
fn whole(graph: &Graph, parts: &Parts, values: &[Option<ValueId>]) -> Option<ValueId> {
    let (split, _) = graph.producer(values[0]?)?;
    let other = Parts::of(graph, split)?;
    let same = other.values.iter().map(|&v| Some(v)).eq(values.iter().copied());
    (same && other.axis == parts.axis && other.sizes(graph) == parts.sizes(graph)).then_some(other.whole)
}

/// The axis along which the results of one operator on the whole split into those of `ops`.
fn carried(graph: &Graph, parts: &Parts, ops: &[OpId], operands: &[Option<ValueId>]) -> Option<usize> {
    let first = graph.op(ops[0]);
    let split_at = |i: usize| operands.get(i).is_some_and(|&v| v != first.operands()[i]);
    let (axis, rank) = (parts.axis, dims(graph, parts.whole).len());
    let ints = |i: usize| Val::new(graph, first.operands()[i]?)?.ints();
    match first.code {
        code if UNARY.contains(&code) => Some(axis),
        code if BINARY.contains(&code) => {
            let fits = |i: usize| split_at(i) || is_broadcast(graph, operands[i], axis, rank);
            let same_rank = dims(graph, first.results()[0]).len() == rank;
            ((0..2).all(fits) && same_rank).then_some(axis)
        }
        OpCode::TRANSPOSE => ints(1)?.iter().position(|&from| op::axis(from, rank) == Some(axis)),
        OpCode::RESHAPE => reshaped(graph, parts, ops),
        OpCode::SPLIT => other_axis(ints(0)?, axis, rank),
        OpCode::SPLIT_V => other_axis(ints(2)?, axis, rank),
        OpCode::CONCATENATION => {
            let along = ConcatenationOptionsT::get(&first.options)?.axis;
            (0..operands.len()).all(split_at).then_some(())?;
            other_axis(vec![along.into()], axis, rank)
        }
        OpCode::SOFTMAX => (axis + 1 < rank).then_some(axis),
        _ => None,
    }
}

/// Whether a value that all parts meet reads the same at every place along `axis`.
fn is_broadcast(graph: &Graph, v: Option<ValueId>, axis: usize, rank: usize) -> bool {
    let Some(shape) = v.and_then(|v| graph.value(v).shape()) else { return false };
    let at = axis as isize - rank as isize;
    shape.rank() <= rank && shape.dim(at).is_none_or(|dim| dim.known() == Some(1))
}

fn other_axis(along: Vec<i64>, axis: usize, rank: usize) -> Option<usize> {
    let along = op::axis(*along.first()?, rank)?;
    (along != axis).then_some(axis)
}

/// Where the cut goes when each part is reshaped: in front of it there are as many elements as before.
fn reshaped(graph: &Graph, parts: &Parts, ops: &[OpId]) -> Option<usize> {
    let outer: usize = dims(graph, parts.whole)[..parts.axis].iter().product();
    let results: Vec<Vec<usize>> = ops.iter().map(|&op| dims(graph, graph.op(op).results()[0])).collect();
    let fits = |axis: &usize| results[0][..*axis].iter().product::<usize>() == outer;
    (0..results[0].len()).filter(fits).find(|&axis| same_but_at(&results, axis))
}

fn same_but_at(shapes: &[Vec<usize>], axis: usize) -> bool {
    let others =
        |dims: &[usize]| dims.iter().enumerate().filter(|(i, _)| *i != axis).map(|(_, &d)| d).collect();
    let first: Vec<usize> = others(&shapes[0]);
    shapes.iter().all(|dims| dims.len() == shapes[0].len() && first == others(dims) as Vec<usize>)
}

/// Whether the results of the operators have one dtype and differ in no dim but that at `axis`.
fn agree(graph: &Graph, ops: &[OpId], axis: usize) -> bool {
    let ops: Vec<&Operator> = ops.iter().map(|&op| graph.op(op)).collect();
    (0..ops[0].results().len()).all(|r| {
        let values: Vec<&Value> = ops.iter().map(|op| graph.value(op.results()[r])).collect();
        let shapes: Option<Vec<_>> = values.iter().map(|v| v.shape()?.known()).collect();
        values.iter().all(|v| v.ty.dtype == values[0].ty.dtype)
            && shapes.is_some_and(|shapes| axis < shapes[0].len() && same_but_at(&shapes, axis))
    })
}

fn dims(graph: &Graph, v: ValueId) -> Vec<usize> {
    graph.value(v).shape().and_then(|s| s.known()).unwrap_or_default()
}
