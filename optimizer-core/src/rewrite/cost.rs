//! What a model costs, and what a rewrite changes of it.
//!
//! Invariant: a delta counts everything a patch leaves dead, not only what it matched.

use crate::ir::{DType, Data, Graph, Model, OpId, Operator, Type, Value, ValueId};
use crate::op::{self, Description, Reads, Site};
#[cfg(doc)]
use crate::rewrite::Profile;
use crate::rewrite::dims::ASSUMED_DIM;
use crate::rewrite::memory::Memory;
use crate::rewrite::patch::NewOp;
use crate::rewrite::{Dims, Patch, Wire};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::Cell;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

/// The cost of a model or a graph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Operators.
    pub ops: i64,
    /// Bytes of constants as stored, each stretch once: of one operator, those that it reads.
    pub bytes: i64,
    /// Bytes read and written by one run, constants included.
    pub traffic: i64,
    /// Multiply-accumulates of one run.
    pub macs: i64,
    /// Bytes of activations that are alive at once at the most: of one operator, its own.
    pub peak: i64,
}

/// What changes: after minus before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    pub ops: i64,
    /// Of the file: constants as stored and the tables of operators and tensors. Tables saved pay for indices,
    /// never for weights: see [`Delta::settled`].
    pub bytes: i64,
    /// Of the constants that hold numbers and not indices.
    pub weights: i64,
    pub traffic: i64,
    pub macs: i64,
    /// Not a change: by how many bytes the model may still grow.
    pub growth: i64,
}

/// How many values of a model hold each stretch of bytes, by [`crate::ir::Data::key`]. Changes can be taken back.
#[derive(Clone, Debug, Default)]
pub struct Holders {
    counts: FxHashMap<(usize, usize), i64>,
    log: Vec<((usize, usize), i64)>,
}

impl Cost {
    /// The cost of all graphs of a model; [`Profile::of`] has that of each operator too.
    pub fn of(model: &Model, dims: &Dims) -> Cost {
        let model = &*dims.bind(model);
        let ops = model.graphs.iter().flat_map(|graph| graph.ops().map(move |(_, op)| (graph, op)));
        let total: Cost = ops.map(|(graph, op)| Cost::of_run(graph, op, dims.all)).sum();
        Cost { bytes: Holders::of(model).stored(), peak: Memory::of(model, dims.all).peak, ..total }
    }

    /// The cost of one operator, unknown dims taken for `unknown`.
    pub fn of_op(graph: &Graph, op: &Operator, unknown: usize) -> Cost {
        let mut values: Vec<ValueId> = op.operands().iter().flatten().chain(op.results()).copied().collect();
        values.sort_unstable();
        values.dedup();
        let (stored, passing): (Vec<&Value>, Vec<&Value>) =
            values.iter().map(|&v| graph.value(v)).partition(|value| value.is_stored());
        let bytes = |values: Vec<&Value>| sum(values.into_iter().map(|value| signed(moved(value, unknown))));
        Cost { bytes: bytes(stored), peak: bytes(passing), ..Cost::of_run(graph, op, unknown) }
    }

    /// What one operator takes while it runs: its traffic and MACs.
    fn of_run(graph: &Graph, op: &Operator, unknown: usize) -> Cost {
        let bytes = |v: &ValueId| signed(moved(graph.value(*v), unknown));
        let operands = op.operands().iter().map(|v| v.as_ref().map_or(0, bytes));
        let written = sum(op.results().iter().map(bytes));
        let (description, fresh) = (op::describe(op), Cell::new(0));
        let macs =
            description.and_then(|d| d.macs).and_then(|macs| Some((macs, Site::of(graph, op, &fresh)?)));
        Cost {
            ops: 1,
            traffic: traffic(description, operands, written),
            macs: macs.map_or(0, |(macs, site)| signed(macs(&site.assuming(unknown)))),
            ..Cost::default()
        }
    }
}

impl Delta {
    /// The change that `patch` would make once `dead` and what only they read is gone; unknown dims are taken for
    /// [`ASSUMED_DIM`].
    pub fn of(patch: &Patch, graph: &Graph, dead: &Dead, holders: &Holders) -> Delta {
        Delta::assuming(ASSUMED_DIM, patch, graph, dead, holders)
    }

    /// The same, with another extent for unknown dims.
    pub fn assuming(unknown: usize, patch: &Patch, graph: &Graph, dead: &Dead, holders: &Holders) -> Delta {
        let added = patch.ops.iter().map(|op| Delta::of_new(unknown, patch, graph, op));
        let constants = patch.constants.iter().map(|c| {
            let stored = c.ty.bytes(unknown);
            let bytes = buffer_bytes(stored).saturating_add(tensor_bytes(&c.ty, 24));
            Delta { bytes: signed(bytes), weights: weight(&c.ty, stored), ..Delta::default() }
        });
        let removed = dead.ops.iter().map(|&op| Delta::of_dead(unknown, graph, graph.op(op)));
        let freed = dead.constants.iter().map(|&v| Delta::of_freed(graph.value(v), holders));
        added.chain(constants).chain(removed).chain(freed).sum()
    }

    /// The delta as a rule's cost clause sees it: `bytes` is what the file grows by or what its weights grow by,
    /// whichever is more.
    pub fn settled(self) -> Delta {
        Delta { bytes: self.bytes.max(self.weights), ..self }
    }

    fn of_new(unknown: usize, patch: &Patch, graph: &Graph, op: &NewOp) -> Delta {
        let bytes = |&wire: &Wire| match wire {
            Wire::Old(v) => moved(graph.value(v), unknown),
            _ => patch.ty(graph, wire).map_or(0, |ty| ty.bytes(unknown)),
        };
        let operands = op.operands.iter().map(|wire| signed(bytes(wire)));
        let written = sum(op.results.iter().map(|ty| signed(ty.bytes(unknown))));
        let traffic = traffic(Some(op.description), operands, written);
        let macs = signed(op.macs(patch, graph, unknown));
        let tensors: usize = op.results.iter().map(|ty| tensor_bytes(ty, 24)).sum();
        let bytes = op_bytes(op.operands.len(), op.results.len()) + tensors;
        Delta { ops: 1, bytes: signed(bytes), traffic, macs, ..Delta::default() }
    }

    fn of_dead(unknown: usize, graph: &Graph, op: &Operator) -> Delta {
        let cost = Cost::of_run(graph, op, unknown);
        let tensors: usize = op.results().iter().map(|&v| tensor_bytes(&graph.value(v).ty, 24)).sum();
        let bytes = op_bytes(op.operands().len(), op.results().len()) + tensors;
        Delta { ops: -1, bytes: -signed(bytes), traffic: -cost.traffic, macs: -cost.macs, ..Delta::default() }
    }

    fn of_freed(value: &Value, holders: &Holders) -> Delta {
        let Some(data) = &value.data else { return Delta::default() };
        let stored = if holders.count(data.key()) > 1 { 0 } else { data.len() };
        let buffer = if stored > 0 { buffer_bytes(stored) } else { 0 };
        let bytes = buffer + tensor_bytes(&value.ty, 24);
        Delta { bytes: -signed(bytes), weights: -weight(&value.ty, stored), ..Delta::default() }
    }
}

/// `stored` bytes, if a constant of this type holds numbers; indices, axes and shapes are i32 and i64.
fn weight(ty: &Type, stored: usize) -> i64 {
    match ty.dtype {
        DType::I32 | DType::I64 => 0,
        _ => signed(stored),
    }
}

/// The bytes of a value as it is stored or computed.
fn moved(value: &Value, unknown: usize) -> usize {
    value.data.as_ref().filter(|_| value.is_stored()).map_or_else(|| value.ty.bytes(unknown), Data::len)
}

/// What an operator reads and writes, from the bytes of its operands and of all its results.
fn traffic(description: Option<&Description>, operands: impl Iterator<Item = i64>, written: i64) -> i64 {
    let reads = description.map_or(Reads::All, |description| description.reads);
    let read = |(i, bytes): (usize, i64)| match reads {
        Reads::Chosen(chosen) if i == chosen => bytes.min(written),
        Reads::All | Reads::Chosen(_) => bytes,
        Reads::Shapes => 0,
    };
    sum(operands.enumerate().map(read)).saturating_add(written)
}

fn sum(counts: impl Iterator<Item = i64>) -> i64 {
    counts.fold(0, i64::saturating_add)
}

/// A count as a difference; one past all bounds stays as large as can be.
fn signed(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

/// About what an operator's table takes in a file: the table, its two vectors and its options.
fn op_bytes(operands: usize, results: usize) -> usize {
    48 + 4 * (operands + results)
}

/// About what a buffer of so many bytes takes in a file; more than any file for what no memory holds.
fn buffer_bytes(stored: usize) -> usize {
    stored.checked_next_multiple_of(16).unwrap_or(usize::MAX).saturating_add(16)
}

/// About what a tensor's table takes in a file: the table, its shape and a name of `name` bytes.
fn tensor_bytes(ty: &Type, name: usize) -> usize {
    40 + 4 * ty.shape.as_ref().map_or(0, |s| s.rank()) + name
}

impl Holders {
    pub fn of(model: &Model) -> Holders {
        let mut holders = Holders::default();
        let values = model.graphs.iter().flat_map(Graph::values);
        values.filter(|(_, v)| !v.is_dropped()).for_each(|(_, v)| holders.add(v));
        holders.log = Vec::new();
        holders
    }

    pub fn add(&mut self, value: &Value) {
        self.change(value, 1);
    }

    /// The bytes that are stored, each stretch once.
    pub fn stored(&self) -> i64 {
        let held = self.counts.iter().filter(|(_, count)| **count > 0);
        held.map(|((_, len), _)| signed(*len)).sum()
    }

    pub fn remove(&mut self, value: &Value) {
        self.change(value, -1);
    }

    fn change(&mut self, value: &Value, by: i64) {
        if let Some(data) = &value.data {
            *self.counts.entry(data.key()).or_default() += by;
            self.log.push((data.key(), by));
        }
    }

    /// A state to return to with [`Holders::undo`].
    pub fn mark(&self) -> usize {
        self.log.len()
    }

    pub fn undo(&mut self, mark: usize) {
        for (key, by) in self.log.drain(mark..) {
            *self.counts.entry(key).or_default() -= by;
        }
    }

    fn count(&self, key: (usize, usize)) -> i64 {
        self.counts.get(&key).copied().unwrap_or(0)
    }
}

/// What a patch leaves without readers: operators, readers before what they read, and constants.
#[derive(Debug, Default)]
pub struct Dead {
    pub ops: Vec<OpId>,
    pub constants: Vec<ValueId>,
}

impl Dead {
    /// The roots of `patch` and, transitively, every pure operator and constant that only they read.
    pub fn of(patch: &Patch, graph: &Graph) -> Dead {
        let kept: FxHashSet<ValueId> = patch.kept().collect();
        let mut dead = Dead { ops: patch.roots.clone(), ..Dead::default() };
        let mut ops: FxHashSet<OpId> = dead.ops.iter().copied().collect();
        let mut next = 0;
        while next < dead.ops.len() {
            for &v in graph.op(dead.ops[next]).operands().iter().flatten() {
                let value = graph.value(v);
                let lives = |v: ValueId, value: &Value| {
                    kept.contains(&v)
                        || value.is_output()
                        || value.uses().iter().any(|at| !ops.contains(&at.op))
                };
                if lives(v, value) {
                    continue;
                }
                match value.producer() {
                    None if value.is_const() && !dead.constants.contains(&v) => dead.constants.push(v),
                    None => {}
                    Some((op, _)) => {
                        let producer = graph.op(op);
                        let all = producer.results().iter().all(|&r| !lives(r, graph.value(r)));
                        if all && op::is_pure(graph, producer) && ops.insert(op) {
                            dead.ops.push(op);
                        }
                    }
                }
            }
            next += 1;
        }
        dead
    }
}

macro_rules! sums {
    ($name:ident: $($field:ident)*, $most:ident) => {
        impl Add for $name {
            type Output = $name;

            fn add(self, other: $name) -> $name {
                $name { $($field: self.$field.saturating_add(other.$field),)* $most: self.$most.max(other.$most) }
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: $name) {
                *self = *self + other;
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = $name>>(items: I) -> $name {
                items.fold($name::default(), Add::add)
            }
        }
    };
}

sums!(Cost: ops bytes traffic macs, peak);
sums!(Delta: ops bytes weights traffic macs, growth);

impl fmt::Display for Delta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Delta { ops, bytes, traffic, macs, .. } = self;
        write!(f, "ops {ops:+}, bytes {bytes:+}, traffic {traffic:+}, macs {macs:+}")
    }
}
