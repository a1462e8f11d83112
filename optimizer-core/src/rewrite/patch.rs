//! A patch: what a rewrite adds, and what it replaces.
//!
//! Invariant: applying a verified patch leaves inputs, outputs and the types of all surviving values as they were.

use crate::ir::{DType, Data, Graph, OpId, Operator, Type, Value, ValueId};
use crate::op::{self, Description, Operand, Options, Site};
use crate::rewrite::{At, Reject};
use std::cell::Cell;
use std::collections::{BTreeSet, HashSet};

/// The end of an edge in a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wire {
    /// An optional operand that is left out.
    Absent,
    /// A value of the graph.
    Old(ValueId),
    /// Result `result` of the patch's operator `op`.
    Result { op: u32, result: u32 },
    /// A constant of the patch.
    Constant(u32),
}

/// An operator to be added.
pub struct NewOp {
    pub description: &'static Description,
    pub options: Options,
    pub version: i32,
    pub operands: Vec<Wire>,
    pub results: Vec<Type>,
    pub at: At,
}

/// A constant to be added.
pub struct NewConstant<'g> {
    pub ty: Type,
    pub source: Source<'g>,
}

/// The content of a new constant.
pub enum Source<'g> {
    Ready(Data),
    Lazy(Box<dyn FnOnce() -> Data + 'g>),
}

impl NewOp {
    /// Multiply-accumulates of one run, unknown dims taken for `unknown`.
    pub(super) fn macs(&self, patch: &Patch, graph: &Graph, unknown: usize) -> u64 {
        let Some(macs) = self.description.macs else { return 0 };
        let operands: Option<Vec<_>> = self.operands.iter().map(|&wire| patch.operand(graph, wire)).collect();
        let fresh = Cell::new(0);
        let site = |operands| Site::new(&self.options, operands, self.results.iter().collect(), &fresh);
        operands.map_or(0, |operands| macs(&site(operands).assuming(unknown)))
    }
}

impl NewConstant<'_> {
    fn ready(&self) -> Option<&Data> {
        match &self.source {
            Source::Ready(data) => Some(data),
            Source::Lazy(_) => None,
        }
    }

    /// The constant with its content computed.
    pub fn force(self) -> NewConstant<'static> {
        let data = match self.source {
            Source::Ready(data) => data,
            Source::Lazy(make) => make(),
        };
        NewConstant { ty: self.ty, source: Source::Ready(data) }
    }
}

impl NewConstant<'static> {
    /// Whether no number in it is infinite or NaN; folding large numbers into one may overflow.
    fn is_finite(&self) -> bool {
        let Source::Ready(data) = &self.source else { return false };
        self.ty.dtype != DType::F32 || data.elements::<f32>().is_some_and(|x| x.iter().all(|x| x.is_finite()))
    }
}

/// What one rewrite adds and replaces.
pub struct Patch<'g> {
    pub ops: Vec<NewOp>,
    pub constants: Vec<NewConstant<'g>>,
    /// Values that get another producer, and which.
    pub replaced: Vec<(ValueId, Wire)>,
    /// The operators whose results are replaced; the first is the anchor.
    pub roots: Vec<OpId>,
    pub at: At,
}

impl<'g> Patch<'g> {
    /// The values of the graph that the patch reads or keeps in place of others.
    pub fn kept(&self) -> impl Iterator<Item = ValueId> {
        let operands = self.ops.iter().flat_map(|op| &op.operands);
        let wires = operands.chain(self.replaced.iter().map(|(_, wire)| wire));
        wires.filter_map(|wire| if let Wire::Old(v) = wire { Some(*v) } else { None })
    }

    /// The values of the graph that take the place of others.
    pub(super) fn kept_in_place(&self) -> impl Iterator<Item = ValueId> {
        self.replaced.iter().filter_map(|(_, wire)| if let Wire::Old(v) = wire { Some(*v) } else { None })
    }

    /// Computes the constants that were put off.
    pub fn force(self) -> Patch<'static> {
        let Patch { ops, constants, replaced, roots, at } = self;
        Patch { ops, constants: constants.into_iter().map(NewConstant::force).collect(), replaced, roots, at }
    }

    /// Checks that the patch is legal where it stands.
    ///
    /// # Errors
    /// A replaced value whose type or quantization would change, that is a graph output without an operator to compute it, or an
    /// operand that is computed only after the anchor.
    pub fn verify(&self, graph: &Graph) -> Result<(), Reject> {
        let refuse = |why: String| Err(Reject::build(self.at, why));
        let mut outputs = HashSet::new();
        for &(old, wire) in &self.replaced {
            let (old_ty, new_ty) = (&graph.value(old).ty, self.ty(graph, wire));
            if new_ty != Some(old_ty) {
                let new = new_ty.map_or("nothing".to_owned(), Type::to_string);
                return refuse(format!("the result would change from {old_ty} to {new}"));
            }
            if let Wire::Old(new) = wire
                && !same_numbers(graph.value(old), graph.value(new))
            {
                return refuse("the result would be quantized otherwise".to_owned());
            }
            if graph.value(old).is_output() && !(self.can_name(graph, wire) && outputs.insert(wire)) {
                return refuse("no operator would compute the graph output".to_owned());
            }
        }
        match self.kept().any(|value| self.is_later(graph, value)) {
            true => refuse("an operand is computed only after the result".to_owned()),
            false => self.verify_roots(graph),
        }
    }

    /// Every result of a root that someone reads must be replaced.
    fn verify_roots(&self, graph: &Graph) -> Result<(), Reject> {
        let left =
            |v: &ValueId| !graph.value(*v).is_unused() && self.replaced.iter().all(|(old, _)| old != v);
        let results = |&op: &OpId| graph.op(op).results().iter().any(left);
        match self.roots.iter().any(results) {
            true => Err(Reject::build(self.at, "a result that is read would be lost")),
            false => Ok(()),
        }
    }

    /// Whether an operator computes the wire and its result may take over a graph output's place.
    fn can_name(&self, graph: &Graph, wire: Wire) -> bool {
        match wire {
            Wire::Result { .. } => true,
            Wire::Old(v) => {
                let value = graph.value(v);
                value.producer().is_some() && !value.is_output() && !value.is_quantized()
            }
            _ => false,
        }
    }

    /// Where each new operator goes: to the first place that an operator of `dead` leaves behind all that it reads. So
    /// what is read by others stays in front of them, and nothing is computed sooner than before. In place of an
    /// operator with effects all go where it stood.
    fn places(&self, graph: &Graph, dead: &[OpId]) -> Vec<u32> {
        let last = self.position(graph);
        let pure = self.roots.iter().all(|&root| op::is_pure(graph, graph.op(root)));
        let left = dead.iter().filter(|_| pure).map(|&op| graph.op(op).position);
        let left: BTreeSet<u32> = left.filter(|&place| place < last).collect();
        let mut places: Vec<u32> = Vec::new();
        for op in &self.ops {
            let read = op.operands.iter().map(|&wire| match wire {
                Wire::Old(v) => graph.producer(v).map_or(0, |(op, _)| graph.op(op).position),
                Wire::Result { op, .. } => places[op as usize],
                Wire::Absent | Wire::Constant(_) => 0,
            });
            let behind = read.max().unwrap_or(0);
            places.push(left.range(behind..).next().copied().unwrap_or(last));
        }
        places
    }

    /// The position of the first root, behind which no new operator may go.
    fn position(&self, graph: &Graph) -> u32 {
        self.roots.iter().map(|&root| graph.op(root).position).min().unwrap_or(0)
    }

    /// Whether the value depends on a root, or could: it is computed after the place of the new operators. Positions
    /// never fall along an edge, so only producers at that very position need a look.
    fn is_later(&self, graph: &Graph, value: ValueId) -> bool {
        let position = self.position(graph);
        let (mut pending, mut seen) = (vec![value], HashSet::new());
        while let Some(value) = pending.pop() {
            let Some((id, _)) = graph.producer(value) else { continue };
            let op = graph.op(id);
            if self.roots.contains(&id) || op.position > position {
                return true;
            }
            if op.position == position && seen.insert(id) {
                pending.extend(op.operands().iter().flatten());
            }
        }
        false
    }

    /// What is known of the value that a wire brings; `None` if its rank is unknown.
    fn operand<'a>(&'a self, graph: &'a Graph, wire: Wire) -> Option<Option<Operand<'a>>> {
        let data = match wire {
            Wire::Absent => return Some(None),
            Wire::Old(v) => graph.value(v).data.as_ref().filter(|_| graph.value(v).is_const()),
            Wire::Result { .. } => None,
            Wire::Constant(c) => self.constants[c as usize].ready(),
        };
        let ty = self.ty(graph, wire)?;
        Some(Some(Operand { dtype: ty.dtype, shape: ty.shape.as_ref()?, data }))
    }

    /// The type of a wire; `None` for an absent one.
    pub fn ty<'a>(&'a self, graph: &'a Graph, wire: Wire) -> Option<&'a Type> {
        match wire {
            Wire::Absent => None,
            Wire::Old(v) => Some(&graph.value(v).ty),
            Wire::Result { op, result } => self.ops[op as usize].results.get(result as usize),
            Wire::Constant(c) => Some(&self.constants[c as usize].ty),
        }
    }
}

/// Whether the stored numbers of both mean the same.
fn same_numbers(a: &Value, b: &Value) -> bool {
    !(a.is_quantized() || b.is_quantized()) || a.quant == b.quant
}

impl Patch<'static> {
    /// Whether all computed constants are numbers.
    pub fn is_finite(&self) -> bool {
        self.constants.iter().all(NewConstant::is_finite)
    }

    /// Carries the patch out and removes `dead`, the operators it leaves without readers. Gives the new operators.
    pub fn apply(self, graph: &mut Graph, dead: &[OpId]) -> Vec<OpId> {
        let (places, base) = (self.places(graph, dead), graph.value(self.replaced[0].0).name.clone());
        for &op in dead {
            graph.remove_op(op);
        }
        let Patch { ops, constants, replaced, .. } = self;
        let added = add(graph, &base, &places, ops, constants, &replaced);
        for &(old, wire) in &replaced {
            let new = added.value(wire).expect("a verified patch replaces by something");
            take_place(graph, old, new);
        }
        added.ops
    }
}

/// Adds operators and constants that replace nothing; gives the value that each wire has become.
pub(crate) fn extend(
    graph: &mut Graph,
    (ops, constants): (Vec<NewOp>, Vec<NewConstant<'static>>),
) -> impl Fn(Wire) -> Option<ValueId> + use<> {
    let added = add(graph, "example", &vec![0; ops.len()], ops, constants, &[]);
    move |wire| added.value(wire)
}

/// Where the parts of a patch have gone.
struct Added {
    ops: Vec<OpId>,
    results: Vec<Vec<ValueId>>,
    constants: Vec<ValueId>,
}

impl Added {
    fn value(&self, wire: Wire) -> Option<ValueId> {
        match wire {
            Wire::Absent => None,
            Wire::Old(v) => Some(v),
            Wire::Result { op, result } => Some(self.results[op as usize][result as usize]),
            Wire::Constant(c) => Some(self.constants[c as usize]),
        }
    }
}

fn add(
    graph: &mut Graph,
    base: &str,
    places: &[u32],
    ops: Vec<NewOp>,
    constants: Vec<NewConstant<'static>>,
    replaced: &[(ValueId, Wire)],
) -> Added {
    let names = operand_names(&ops, constants.len());
    let constants = add_constants(graph, base, constants, &names);
    let results = add_results(graph, base, &ops, replaced);
    let mut added = Added { ops: Vec::new(), results, constants };
    for (i, op) in ops.into_iter().enumerate() {
        let operands = op.operands.iter().map(|&w| added.value(w));
        let mut new = Operator::of(op.description, op.options, operands, added.results[i].iter().copied());
        (new.version, new.position) = (op.version, places[i]);
        added.ops.push(graph.add_op(new));
    }
    added
}

/// For each constant the name of the operand it is first used as.
fn operand_names(ops: &[NewOp], constants: usize) -> Vec<&'static str> {
    let named = |c: usize| {
        ops.iter().find_map(|op| {
            let i = op.operands.iter().position(|&w| w == Wire::Constant(c as u32))?;
            Some(op.description.operands.get(i).copied().unwrap_or("operand"))
        })
    };
    (0..constants).map(|c| named(c).unwrap_or("constant")).collect()
}

fn add_constants(
    graph: &mut Graph,
    base: &str,
    constants: Vec<NewConstant<'static>>,
    names: &[&str],
) -> Vec<ValueId> {
    let add = |(constant, operand): (NewConstant<'static>, &&str)| {
        let Source::Ready(data) = constant.source else { unreachable!("an owned patch is forced") };
        let name = graph.unique_name(&format!("{base}/{operand}"));
        graph.add_value(Value::constant(name, constant.ty, data))
    };
    constants.into_iter().zip(names).map(add).collect()
}

/// The values that the new operators compute: a replaced one where there is one, else a new one.
fn add_results(
    graph: &mut Graph,
    base: &str,
    ops: &[NewOp],
    replaced: &[(ValueId, Wire)],
) -> Vec<Vec<ValueId>> {
    let mut results = Vec::new();
    for (i, op) in ops.iter().enumerate() {
        let place = |result: usize| {
            let wire = Wire::Result { op: i as u32, result: result as u32 };
            let mut same = replaced.iter().filter(|(_, w)| *w == wire).map(|(old, _)| *old);
            let first = same.next();
            same.find(|&v| graph.value(v).is_output()).or(first)
        };
        let taken: Vec<_> = (0..op.results.len()).map(place).collect();
        let ids = taken.into_iter().zip(&op.results).map(|(taken, ty)| {
            taken.unwrap_or_else(|| {
                let name = graph.unique_name(&format!("{base}/{}", op.description.name));
                graph.add_value(Value::new(name, ty.clone()))
            })
        });
        results.push(ids.collect());
    }
    results
}

/// Lets `new` stand where `old` stood; a graph output keeps its identity, so then `old` takes over `new`'s producer.
fn take_place(graph: &mut Graph, old: ValueId, new: ValueId) {
    if old == new {
        return;
    }
    match graph.producer(new) {
        Some((op, result)) if graph.value(old).is_output() => {
            graph.redirect(new, old);
            graph.set_result(op, result as usize, old);
        }
        _ => graph.redirect(old, new),
    }
}
