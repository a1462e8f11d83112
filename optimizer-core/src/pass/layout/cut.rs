//! The cheapest layouts of a region.
//!
//! Each follower is a node of a network and takes one of two frames; the ends of the network stand for whatever cannot
//! follow. A tensor costs a transpose if one of its readers is not of its producer's frame, and a follower what it spends
//! on pieces in its frame. Such costs are submodular, so a minimum cut is the best of all choices.
//!
//! Invariant: of equally cheap choices one with the fewest changes is taken.

use super::cost::{BYTES, OfPieces, START, Spent, pieces, traffic};
use super::flow::Network;
use super::region::{Frame, Region};
use super::value::keeps_bytes;
use crate::ir::{Graph, OpId, Use, ValueId};
use crate::op::{Follow, Place};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// What an operator more counts against a byte of traffic, in the order the exchange rates are tried.
const RATES: [u128; 3] = [START, 1, 1 << 60];

/// Who reads or computes a tensor, and so in which layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    /// In this frame, whatever is decided.
    Fixed(Frame),
    /// In the frame of this follower.
    Follower(OpId),
}

/// One tensor of a region: a value and all that transposes make of it.
pub(super) struct Tensor {
    pub source: ValueId,
    pub values: Vec<ValueId>,
    pub producer: End,
    /// In order, each once.
    pub readers: Vec<End>,
}

/// The tensors of a region and the frame of each follower.
pub(super) struct Plan {
    pub tensors: Vec<Tensor>,
    frames: FxHashMap<OpId, Frame>,
}

impl Plan {
    /// All followers in one frame, whatever that costs.
    pub(super) fn all(graph: &Graph, region: &Region, frame: Frame) -> Plan {
        let frames = region.followers.keys().map(|&op| (op, frame)).collect();
        Plan { tensors: tensors(graph, region), frames }
    }

    /// The frame that a tensor is read or computed in.
    pub(super) fn frame(&self, end: End) -> Frame {
        match end {
            End::Fixed(frame) => frame,
            End::Follower(op) => self.frames[&op],
        }
    }

    /// Whether a reader needs the tensor in the other frame than it is computed in.
    pub(super) fn is_transposed(&self, tensor: &Tensor) -> bool {
        tensor.readers.iter().any(|&reader| self.frame(reader) != self.frame(tensor.producer))
    }

    pub(super) fn changes(&self, region: &Region, op: OpId) -> bool {
        self.frames[&op] != region.followers[&op].frame
    }

    fn spends(&self, graph: &Graph, pieces: &OfPieces) -> Spent {
        let of_pieces = pieces.iter().map(|(op, spent)| spent[self.frames[op] as usize]).sum();
        let spent = Spent { pieces: of_pieces, ..Spent::default() };
        let transposed = self.tensors.iter().filter(|tensor| self.is_transposed(tensor));
        transposed.map(|tensor| tensor.source).fold(spent, |spent, v| spent.and(graph, v))
    }
}

/// The best plan that pays, and how many operators it saves; one that saves only traffic counts as one. First what pieces
/// take is not weighed: the fewest operators are best if that costs no time.
pub(super) fn best(graph: &Graph, region: &Region) -> Option<(Plan, usize)> {
    let mut plan = Plan { tensors: tensors(graph, region), frames: FxHashMap::default() };
    let (none, all) = (OfPieces::new(), pieces(graph, region, &plan.tensors));
    let live = region.transposes.iter().map(|&op| graph.op(op).results()[0]);
    let live = live.filter(|&result| !graph.value(result).is_unused());
    let of_pieces = all.iter().map(|(op, spent)| spent[region.followers[op].frame as usize]).sum();
    let before = live.fold(Spent { pieces: of_pieces, ..Spent::default() }, |spent, v| spent.and(graph, v));
    let weighed = if all.is_empty() { vec![&none] } else { vec![&none, &all] };
    for (pieces, rate) in weighed.into_iter().flat_map(|pieces| RATES.map(|rate| (pieces, rate))) {
        plan.frames = Followers::of(graph, region, &plan.tensors, pieces, rate).minimum_cut();
        let spends = plan.spends(graph, &all);
        match spends.saves(before) {
            Some(saved) if !weights_grow(graph, region, &plan) => return Some((plan, saved)),
            // Whatever saves something and costs nothing would be cheaper at any rate.
            None if pieces.is_empty() && spends.of_transposes(rate) >= before.of_transposes(rate) => {
                return None;
            }
            _ => {}
        }
    }
    None
}

fn tensors(graph: &Graph, region: &Region) -> Vec<Tensor> {
    let source = |value: &ValueId| (region.source(graph, *value), *value);
    let mut values: Vec<(ValueId, ValueId)> = region.frames.keys().map(source).collect();
    values.sort_unstable();
    let of_one = values.chunk_by(|(a, _), (b, _)| a == b);
    of_one
        .map(|values| tensor(graph, region, values[0].0, values.iter().map(|(_, v)| *v).collect()))
        .collect()
}

fn tensor(graph: &Graph, region: &Region, source: ValueId, values: Vec<ValueId>) -> Tensor {
    let mut readers: Vec<End> = values.iter().flat_map(|&v| readers(graph, region, v)).collect();
    readers.sort_unstable();
    readers.dedup();
    Tensor { source, producer: producer(graph, region, source), readers, values }
}

fn producer(graph: &Graph, region: &Region, source: ValueId) -> End {
    let follower = graph.producer(source).filter(|(op, result)| {
        region.followers.get(op).is_some_and(|f| f.relayout.moves(Place::Result(*result as usize)))
    });
    follower.map_or(End::Fixed(region.frames[&source]), |(op, _)| End::Follower(op))
}

/// How one place where a value is read reads it; `None` for the transposes of the region.
pub(super) fn reader(region: &Region, value: ValueId, at: Use) -> Option<End> {
    let place = Place::Operand(at.operand as usize);
    match region.followers.get(&at.op) {
        Some(follower) if follower.relayout.moves(place) => Some(End::Follower(at.op)),
        _ if region.transposes.contains(&at.op) => None,
        _ => Some(End::Fixed(region.frames[&value])),
    }
}

fn readers(graph: &Graph, region: &Region, value: ValueId) -> impl Iterator<Item = End> {
    let uses = graph.value(value).uses().iter().filter_map(move |&at| reader(region, value, at));
    let caller = graph.value(value).is_output().then_some(End::Fixed(region.frames[&value]));
    uses.chain(caller)
}

/// Whether a constant would be stored twice, in one order and another.
fn weights_grow(graph: &Graph, region: &Region, plan: &Plan) -> bool {
    let mut copies: BTreeMap<ValueId, BTreeSet<Frame>> = BTreeMap::new();
    let mut moved_uses: BTreeMap<ValueId, usize> = BTreeMap::new();
    for (&op, follower) in region.followers.iter().filter(|(op, _)| plan.changes(region, **op)) {
        let operands = graph.op(op).operands().iter().zip(&follower.relayout.operands);
        let moved = operands.filter(|(_, follow)| **follow == Follow::Moves).filter_map(|(value, _)| *value);
        let perm = region.perm(follower.frame);
        for v in moved.filter(|&v| keeps_bytes(graph.value(v), perm) == Some(false)) {
            copies.entry(v).or_default().insert(follower.frame);
            *moved_uses.entry(v).or_default() += 1;
        }
    }
    copies.iter().any(|(&v, frames)| {
        let value = graph.value(v);
        value.data.is_some() && (frames.len() > 1 || moved_uses[&v] < value.uses().len() || value.is_output())
    })
}

/// A cut of the network puts followers on the side of their frame: the source is the second, the sink the first.
struct Followers {
    network: Network,
    ends: [u32; 2],
    nodes: FxHashMap<OpId, u32>,
    /// More than all costs of a region together.
    never: u128,
}

impl Followers {
    fn of(graph: &Graph, region: &Region, tensors: &[Tensor], pieces: &OfPieces, rate: u128) -> Followers {
        let mut network = Network::default();
        let ends = [network.add_node(), network.add_node()];
        let ids = region.follower_ids();
        let nodes = ids.iter().map(|&op| (op, network.add_node())).collect();
        let scale = region.followers.len() as u128 + 1;
        let cost = |tensor: &Tensor| scale * (rate + traffic(graph, tensor.source));
        let dearer = |[first, second]: [u128; 2]| scale * BYTES * first.abs_diff(second);
        let of_pieces = pieces.values().map(|&spent| dearer(spent));
        let never = tensors.iter().map(cost).chain(of_pieces).fold(scale, u128::saturating_add);
        let mut followers = Followers { network, ends, nodes, never };
        for op in ids {
            followers.separate(End::Follower(op), End::Fixed(region.followers[&op].frame), 1);
        }
        tensors.iter().for_each(|tensor| followers.connect(tensor, cost(tensor)));
        for (&op, &[first, second]) in pieces {
            let cheaper = if first < second { Frame::First } else { Frame::Second };
            followers.separate(End::Follower(op), End::Fixed(cheaper), dearer([first, second]));
        }
        followers
    }

    fn node(&self, end: End) -> u32 {
        match end {
            End::Fixed(frame) => self.ends[frame as usize],
            End::Follower(op) => self.nodes[&op],
        }
    }

    /// Makes it cost `cost` if `a` and `b` are of different frames.
    fn separate(&mut self, a: End, b: End, cost: u128) {
        let (a, b) = (self.node(a), self.node(b));
        self.add_edge(a, b, cost);
        self.add_edge(b, a, cost);
    }

    /// Makes it cost `cost`, once, if any reader of a tensor is of another frame than its producer.
    fn connect(&mut self, tensor: &Tensor, cost: u128) {
        if let [reader] = tensor.readers[..] {
            return self.separate(tensor.producer, reader, cost);
        }
        let (all_first, any_second) = (self.network.add_node(), self.network.add_node());
        let producer = self.node(tensor.producer);
        self.add_edge(producer, all_first, cost);
        self.add_edge(any_second, producer, cost);
        for &reader in &tensor.readers {
            let reader = self.node(reader);
            self.add_edge(all_first, reader, self.never);
            self.add_edge(reader, any_second, self.never);
        }
    }

    /// Adds an edge, unless nothing could flow along it: into the source, out of the sink, or from a node to itself.
    fn add_edge(&mut self, from: u32, to: u32, capacity: u128) {
        let [sink, source] = self.ends;
        if from != sink && to != source && from != to {
            self.network.add_edge(from, to, capacity);
        }
    }

    fn minimum_cut(self) -> FxHashMap<OpId, Frame> {
        let [first, second] = self.ends;
        let is_second = self.network.cut(second, first);
        let frame = |node: u32| if is_second[node as usize] { Frame::Second } else { Frame::First };
        self.nodes.iter().map(|(&op, &node)| (op, frame(node))).collect()
    }
}
