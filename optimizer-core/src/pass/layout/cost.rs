//! What a choice of layouts costs: transposes, their traffic, and the pieces that operators go over.
//!
//! Invariant: fewer transposes never cost time. They are reckoned as LiteRT takes them, by the measure of
//! `scripts/measure_pieces.py`.

use super::cut::Tensor;
use super::region::{Frame, Region};
use crate::circle::schema::Activation;
use crate::ir::{Graph, OpId, ValueId};
use crate::op::{self, Site};
use crate::rewrite::dims::ASSUMED_DIM;
use rustc_hash::FxHashSet;
use std::cell::Cell;
use std::collections::BTreeMap;

/// The bytes that a transpose reads and writes in a nanosecond.
pub(super) const BYTES: u128 = 80;

/// What a transpose takes before it reads anything, as bytes.
pub(super) const START: u128 = 64 * BYTES;

/// How many constants in a row are followed up to the weights that take them in.
const ABSORBED: usize = 4;

/// What followers take in the first frame and in the second, besides their traffic, in nanoseconds.
pub(super) type OfPieces = BTreeMap<OpId, [u128; 2]>;

/// Transposes, the bytes that they read and write, and the nanoseconds that go to pieces.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Spent {
    pub ops: usize,
    pub traffic: u128,
    pub pieces: u128,
}

impl Spent {
    /// With one transpose more.
    pub(super) fn and(self, graph: &Graph, transposed: ValueId) -> Spent {
        Spent { ops: self.ops + 1, traffic: self.traffic + traffic(graph, transposed), ..self }
    }

    /// The transposes as one number, in bytes: each counts `rate` besides its traffic.
    pub(super) fn of_transposes(self, rate: u128) -> u128 {
        rate * self.ops as u128 + self.traffic
    }

    /// What LiteRT takes, as bytes.
    fn time(self) -> u128 {
        self.of_transposes(START) + BYTES * self.pieces
    }

    /// How many operators are saved, at least one; `None` if more is spent of operators, traffic or time, or all is the
    /// same.
    pub(super) fn saves(self, before: Spent) -> Option<usize> {
        let less = self.ops <= before.ops && self.traffic <= before.traffic && self.time() < before.time();
        let moved = (self.ops, self.traffic) != (before.ops, before.traffic);
        (less && moved).then(|| (before.ops - self.ops).max(1))
    }
}

/// The bytes that transposing a value reads and writes.
pub(super) fn traffic(graph: &Graph, value: ValueId) -> u128 {
    2 * graph.value(value).ty.bytes(ASSUMED_DIM) as u128
}

/// The nanoseconds that each follower takes in either frame, besides its traffic, where these are not the same.
pub(super) fn pieces(graph: &Graph, region: &Region, tensors: &[Tensor]) -> OfPieces {
    let sole =
        tensors.iter().filter(|tensor| tensor.readers.len() == 1).map(|tensor| tensor.source).collect();
    let spent = region.followers.keys().map(|&op| (op, pieces_of(graph, region, op, &sole)));
    spent.filter(|(_, [first, second])| first != second).collect()
}

fn pieces_of(graph: &Graph, region: &Region, id: OpId, sole: &FxHashSet<ValueId>) -> [u128; 2] {
    let (op, fresh) = (graph.op(id), Cell::new(0));
    let spent = |frame: Frame| {
        let site = Site::of(graph, op, &fresh)?;
        let (perm, is_as_now) =
            (region.perm(region.followers[&id].frame), region.followers[&id].frame == frame);
        let perm = if is_as_now { perm.nothing() } else { perm.clone() };
        Some(op::describe(op)?.pieces?.spent(&site, &perm))
    };
    let spent = |frame| spent(frame).unwrap_or(0);
    let whole = || (START + op.results().iter().map(|&v| traffic(graph, v)).sum::<u128>()) / BYTES;
    match absorbing(graph, region, id, sole) {
        None => [Frame::First, Frame::Second].map(spent),
        Some(Frame::First) => [0, whole() + spent(Frame::Second)],
        Some(Frame::Second) => [whole() + spent(Frame::First), 0],
    }
}

/// Weights that made what a follower combines with constants or activates, and that nothing else reads: once nothing is
/// transposed between them, they take it in. Gives the frame they compute in.
fn absorbing(graph: &Graph, region: &Region, mut op: OpId, sole: &FxHashSet<ValueId>) -> Option<Frame> {
    let mut value = changed(graph, op).or_else(|| activated(graph, op))?;
    for _ in 0..ABSORBED {
        let source = Some(region.source(graph, value)).filter(|source| sole.contains(source))?;
        (op, _) = graph.producer(source)?;
        let made = graph.op(op);
        let is_plain = made.options.activation().is_none_or(|act| act == Activation::None);
        if op::describe(made).filter(|_| is_plain)?.macs.is_some() {
            return Some(region.frames[&source]);
        }
        value = region.followers.get(&op).and_then(|_| changed(graph, op))?;
    }
    None
}

/// The one operand that is no constant, if there are constants besides.
fn changed(graph: &Graph, op: OpId) -> Option<ValueId> {
    let operands = graph.op(op).operands();
    let mut computed = operands.iter().flatten().filter(|&&v| graph.value(v).data.is_none());
    let (Some(&value), None) = (computed.next(), computed.next()) else { return None };
    (operands.len() > 1).then_some(value)
}

/// The operand of an activation that weights can have.
fn activated(graph: &Graph, op: OpId) -> Option<ValueId> {
    op::fused_activation(graph.op(op).code).and_then(|_| graph.op(op).operands()[0])
}
