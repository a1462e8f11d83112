//! Regions: operators that can follow one permutation, and the values and transposes that join them.
//!
//! A value of a region is of one of two frames. By the region's permutation a value of the first frame gets the axes of
//! the second, and by its inverse back; so a transpose by either has operand and result of different frames, and they
//! are one tensor in two layouts. Whatever else follows stays within its frame.
//!
//! Invariant: each value has one frame, and the values that an operator moves all have that of the operator.

use super::value::{can_move, constant_can_move, transposes_by};
use crate::ir::{Clock, Graph, OpCode, OpId, ValueId};
use crate::op::{self, Follow, Permutation, Place, Relayout, Site};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::Cell;
use std::collections::VecDeque;

/// One of two orders of axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Frame {
    First,
    Second,
}

/// An operator that can follow, the frame it is written in, and how it follows into the other one.
pub(super) struct Follower {
    pub frame: Frame,
    pub relayout: Relayout,
}

pub(super) struct Region {
    /// From the first frame to the second, and back.
    perms: [Permutation; 2],
    pub frames: FxHashMap<ValueId, Frame>,
    pub followers: FxHashMap<OpId, Follower>,
    /// Transposes whose operand and result are one tensor of the region.
    pub transposes: FxHashSet<OpId>,
    pending: VecDeque<ValueId>,
}

impl Frame {
    pub(super) fn other(self) -> Frame {
        match self {
            Frame::First => Frame::Second,
            Frame::Second => Frame::First,
        }
    }
}

impl Region {
    /// The region that a transpose by `perm` or its inverse lies in.
    pub(super) fn around(graph: &Graph, transpose: OpId, perm: &Permutation) -> Region {
        let mut region = Region::empty(perm);
        let from = [Frame::First, Frame::Second].into_iter().find(|&frame| {
            transposes_by(graph, transpose, region.perm(frame)) && region.join(graph, transpose, frame)
        });
        if from.is_some() {
            region.grow(graph);
        }
        region
    }

    /// The region that a value lies in which is of `frame`.
    pub(super) fn of(graph: &Graph, value: ValueId, frame: Frame, perm: &Permutation) -> Region {
        let mut region = Region::empty(perm);
        if region.fits(graph, value, frame) {
            region.take(value, frame);
            region.grow(graph);
        }
        region
    }

    fn empty(perm: &Permutation) -> Region {
        Region {
            perms: [perm.clone(), perm.inverse()],
            frames: FxHashMap::default(),
            followers: FxHashMap::default(),
            transposes: FxHashSet::default(),
            pending: VecDeque::new(),
        }
    }

    /// The operators that can follow, in arena order.
    pub(super) fn follower_ids(&self) -> Vec<OpId> {
        sorted(self.followers.keys())
    }

    /// The transposes, in arena order.
    pub(super) fn transpose_ids(&self) -> Vec<OpId> {
        sorted(&self.transposes)
    }

    /// What takes a value of `frame` to the other one.
    pub(super) fn perm(&self, frame: Frame) -> &Permutation {
        &self.perms[frame as usize]
    }

    /// Where the content of a value comes from: the operand of the first transpose before it.
    pub(super) fn source(&self, graph: &Graph, mut value: ValueId) -> ValueId {
        while let Some((op, _)) = graph.producer(value).filter(|(op, _)| self.transposes.contains(op)) {
            value = graph.op(op).operands()[0].expect("a transpose of a region has an operand");
        }
        value
    }

    /// Whether anything was edited since then that decides on the region: its values, or what their readers and producers
    /// read and compute.
    pub(super) fn is_edited(&self, graph: &Graph, since: Clock) -> bool {
        let edited = |&v: &ValueId| graph.is_edited(v, since);
        let touches = |op: OpId| {
            let op = graph.op(op);
            op.operands().iter().flatten().chain(op.results()).any(edited)
        };
        self.frames.keys().any(|&v| {
            let producer = graph.producer(v).map(|(op, _)| op);
            edited(&v)
                || producer.into_iter().chain(graph.value(v).uses().iter().map(|at| at.op)).any(touches)
        })
    }

    fn grow(&mut self, graph: &Graph) {
        while let Some(value) = self.pending.pop_front() {
            let frame = self.frames[&value];
            if let Some((op, result)) = graph.producer(value) {
                self.visit(graph, op, Place::Result(result as usize), frame);
            }
            for at in graph.value(value).uses() {
                self.visit(graph, at.op, Place::Operand(at.operand as usize), frame);
            }
        }
    }

    /// Takes in an operator that reads or computes a value of the region, if it can follow.
    fn visit(&mut self, graph: &Graph, op: OpId, place: Place, frame: Frame) {
        if self.transposes.contains(&op) || self.followers.contains_key(&op) {
            return;
        }
        let from = if matches!(place, Place::Operand(_)) { frame } else { frame.other() };
        if transposes_by(graph, op, self.perm(from)) && self.join(graph, op, from) {
            return;
        }
        if let Some(relayout) = self.relayout(graph, op, place, frame) {
            moved(graph, op, &relayout).into_iter().for_each(|v| self.take(v, frame));
            self.followers.insert(op, Follower { frame, relayout });
        }
    }

    /// Makes the operand of a transpose, which is of frame `from`, and its result one tensor.
    fn join(&mut self, graph: &Graph, op: OpId, from: Frame) -> bool {
        let (&Some(operand), &[result]) = (&graph.op(op).operands()[0], graph.op(op).results()) else {
            return false;
        };
        let fits = self.fits(graph, operand, from) && self.fits(graph, result, from.other());
        let joins = fits && op::is_pure(graph, graph.op(op)) && !names_twice(graph, operand, result);
        if joins {
            self.take(operand, from);
            self.take(result, from.other());
            self.transposes.insert(op);
        }
        joins
    }

    /// How an operator follows, if all values that would move can be of `frame`.
    fn relayout(&self, graph: &Graph, id: OpId, place: Place, frame: Frame) -> Option<Relayout> {
        let (op, perm) = (graph.op(id), self.perm(frame));
        let rule = op::describe(op)?.layout.filter(|_| op::is_pure(graph, op))?;
        let relayout = rule(&Site::of(graph, op, &Cell::new(0))?, perm, place)?;
        let constant_fits = |v| graph.value(v).data.is_none() || constant_can_move(graph.value(v), perm);
        let fits = relayout.moves(place)
            && moved_operands(graph, id, &relayout).all(constant_fits)
            && moved(graph, id, &relayout).into_iter().all(|v| self.fits(graph, v, frame));
        fits.then_some(relayout)
    }

    fn fits(&self, graph: &Graph, value: ValueId, frame: Frame) -> bool {
        let free = self.frames.get(&value).is_none_or(|&taken| taken == frame);
        free && can_move(graph.value(value), self.perm(frame))
    }

    fn take(&mut self, value: ValueId, frame: Frame) {
        if self.frames.insert(value, frame).is_none() {
            self.pending.push_back(value);
        }
    }
}

fn sorted<'a, T: Copy + Ord + 'a>(ids: impl IntoIterator<Item = &'a T>) -> Vec<T> {
    let mut ids: Vec<T> = ids.into_iter().copied().collect();
    ids.sort_unstable();
    ids
}

fn moved_operands(graph: &Graph, op: OpId, relayout: &Relayout) -> impl Iterator<Item = ValueId> {
    let operands = graph.op(op).operands().iter().zip(&relayout.operands);
    operands.filter(|(_, follow)| **follow == Follow::Moves).filter_map(|(value, _)| *value)
}

/// The values, other than constants, that an operator moves.
fn moved(graph: &Graph, op: OpId, relayout: &Relayout) -> Vec<ValueId> {
    let results = graph.op(op).results().iter().copied().filter(|_| relayout.results_move);
    let operands = moved_operands(graph, op, relayout).filter(|&v| graph.value(v).data.is_none());
    operands.chain(results).collect()
}

/// Whether one tensor would have to be two graph outputs of one layout, or input and output at once. Errs on the side of
/// saying so.
fn names_twice(graph: &Graph, operand: ValueId, result: ValueId) -> bool {
    let is_step = |op: OpId| matches!(graph.op(op).code, OpCode::TRANSPOSE | OpCode::RESHAPE);
    let named = |v: ValueId| graph.value(v).is_output() || graph.value(v).is_input();
    let readers = graph.value(operand).uses().iter().filter(|at| is_step(at.op));
    let mut siblings = readers.flat_map(|at| graph.op(at.op).results()).filter(|&&v| v != result);
    graph.value(result).is_output()
        && (named(operand)
            || graph.producer(operand).is_some_and(|(op, _)| is_step(op))
            || siblings.any(|&v| graph.value(v).is_output()))
}
