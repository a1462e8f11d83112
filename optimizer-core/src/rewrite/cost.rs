//! What a model costs, and what a rewrite changes of it.
//!
//! Invariant: a delta counts everything a patch leaves dead, not only what it matched.

use crate::ir::{DType, Graph, Model, OpId, Operator, Type, Value, ValueId};
use crate::op::{self, Site};
use crate::rewrite::Patch;
use crate::rewrite::patch::NewOp;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

/// The extent that an unknown dim is taken for when costs are counted.
pub const ASSUMED_DIM: usize = 16;

/// The cost of a model or a graph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Operators.
    pub ops: i64,
    /// Bytes of constants as stored, each buffer once.
    pub bytes: i64,
    /// Bytes read and written by one run, constants included.
    pub traffic: i64,
    /// Multiply-accumulates of one run.
    pub macs: i64,
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
    counts: HashMap<(usize, usize), i64>,
    log: Vec<((usize, usize), i64)>,
}

impl Cost {
    /// The cost of all graphs of a model; unknown dims count as [`ASSUMED_DIM`].
    pub fn of(model: &Model) -> Cost {
        let mut seen = HashSet::new();
        let bytes = |graph: &Graph, seen: &mut HashSet<(usize, usize)>| -> i64 {
            let data = graph.values().filter(|(_, v)| !v.is_dropped()).filter_map(|(_, v)| v.data.as_ref());
            data.filter(|data| seen.insert(data.key())).map(|data| signed(data.len())).sum()
        };
        let of_graph = |graph: &Graph| {
            let ops: Cost = graph.ops().map(|(_, op)| Cost::of_op(graph, op)).sum();
            Cost { bytes: bytes(graph, &mut seen), ..ops }
        };
        model.graphs.iter().map(of_graph).sum()
    }

    /// The cost of one operator; its constants count as traffic, not as bytes.
    pub fn of_op(graph: &Graph, op: &Operator) -> Cost {
        let values = op.operands().iter().flatten().chain(op.results());
        let traffic = total(values.map(|&v| &graph.value(v).ty));
        let fresh = Cell::new(0);
        let macs = op::describe(op).and_then(|d| d.macs).zip(Site::of(graph, op, &fresh));
        Cost { ops: 1, bytes: 0, traffic, macs: macs.map_or(0, |(macs, site)| signed(macs(&site))) }
    }
}

impl Delta {
    /// The change that `patch` would make once `dead` and what only they read is gone.
    pub fn of(patch: &Patch, graph: &Graph, dead: &Dead, holders: &Holders) -> Delta {
        let added = patch.ops.iter().map(|op| Delta::of_new(patch, graph, op));
        let constants = patch.constants.iter().map(|c| {
            let stored = c.ty.bytes(ASSUMED_DIM);
            let bytes = stored.next_multiple_of(16) + 16 + tensor_bytes(&c.ty, 24);
            Delta { bytes: signed(bytes), weights: weight(&c.ty, stored), ..Delta::default() }
        });
        let removed = dead.ops.iter().map(|&op| Delta::of_dead(graph, graph.op(op)));
        let freed = dead.constants.iter().map(|&v| Delta::of_freed(graph.value(v), holders));
        added.chain(constants).chain(removed).chain(freed).sum()
    }

    /// The delta as a rule's cost clause sees it: `bytes` is what the file grows by or what its weights grow by,
    /// whichever is more.
    pub fn settled(self) -> Delta {
        Delta { bytes: self.bytes.max(self.weights), ..self }
    }

    fn of_new(patch: &Patch, graph: &Graph, op: &NewOp) -> Delta {
        let operands = op.operands.iter().filter_map(|&w| patch.ty(graph, w));
        let traffic = total(operands.chain(&op.results));
        let tensors: usize = op.results.iter().map(|ty| tensor_bytes(ty, 24)).sum();
        let bytes = op_bytes(op.operands.len(), op.results.len()) + tensors;
        Delta { ops: 1, bytes: signed(bytes), traffic, macs: signed(op.macs), ..Delta::default() }
    }

    fn of_dead(graph: &Graph, op: &Operator) -> Delta {
        let cost = Cost::of_op(graph, op);
        let tensors: usize = op.results().iter().map(|&v| tensor_bytes(&graph.value(v).ty, 24)).sum();
        let bytes = op_bytes(op.operands().len(), op.results().len()) + tensors;
        Delta { ops: -1, bytes: -signed(bytes), traffic: -cost.traffic, macs: -cost.macs, ..Delta::default() }
    }

    fn of_freed(value: &Value, holders: &Holders) -> Delta {
        let Some(data) = &value.data else { return Delta::default() };
        let stored = if holders.count(data.key()) > 1 { 0 } else { data.len() };
        let buffer = if stored > 0 { stored.next_multiple_of(16) + 16 } else { 0 };
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

/// The bytes of values of these types together.
fn total<'t>(types: impl Iterator<Item = &'t Type>) -> i64 {
    types.map(|ty| signed(ty.bytes(ASSUMED_DIM))).fold(0, i64::saturating_add)
}

/// A count as a difference; one past all bounds stays as large as can be.
fn signed(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

/// About what an operator's table takes in a file: the table, its two vectors and its options.
fn op_bytes(operands: usize, results: usize) -> usize {
    48 + 4 * (operands + results)
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
        holders
    }

    pub fn add(&mut self, value: &Value) {
        self.change(value, 1);
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
        let kept: HashSet<ValueId> = patch.kept().collect();
        let mut dead = Dead { ops: patch.roots.clone(), ..Dead::default() };
        let mut ops: HashSet<OpId> = dead.ops.iter().copied().collect();
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
    ($name:ident: $($field:ident)*, $($kept:ident)?) => {
        impl Add for $name {
            type Output = $name;

            fn add(self, other: $name) -> $name {
                $name { $($field: self.$field.saturating_add(other.$field),)* $($kept: self.$kept,)? }
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

sums!(Cost: ops bytes traffic macs,);
sums!(Delta: ops bytes weights traffic macs, growth);

impl fmt::Display for Delta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Delta { ops, bytes, traffic, macs, .. } = self;
        write!(f, "ops {ops:+}, bytes {bytes:+}, traffic {traffic:+}, macs {macs:+}")
    }
}
