//! What a run did.
//!
//! Invariant: entries stand in the order in which the rewrites happened, and name everything they touched.

use crate::ir::{Graph, Model, OpId, Piece};
use crate::rewrite::cost::Dead;
use crate::rewrite::{Cost, Delta, Reject, Rule};
use std::collections::{BTreeMap, HashSet};

/// One rewrite.
#[derive(Clone, Debug)]
pub struct Entry {
    pub rule: &'static str,
    /// `patterns/scale.pat:21`.
    pub place: String,
    pub graph: usize,
    /// The name of the value that the rewrite replaced first.
    pub root: String,
    pub delta: Delta,
    /// Whether the rewrite was taken back, and why.
    pub rolled_back: Option<Reject>,
    /// The graph around the rewrite, if the run was to keep it.
    pub scene: Option<Box<Scene>>,
}

/// What the graph was at the place of a rewrite.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// The operators that went.
    pub before: Piece,
    /// Those that came in their place.
    pub after: Piece,
}

/// What a pass over the whole graph did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassEntry {
    pub pass: &'static str,
    /// How many changes it made: operators, constants or values it removed or replaced.
    pub changes: usize,
    /// How many rewrites came before.
    pub after: usize,
    /// If the run was to keep it.
    pub change: Option<Change>,
}

/// Operators that a pass removed and added, by graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub removed: Vec<(usize, OpId)>,
    pub added: Vec<(usize, OpId)>,
}

impl Scene {
    pub(super) fn before(graph: &Graph, dead: &Dead) -> Scene {
        Scene { before: Piece::of(graph, dead.ops.iter().copied(), &[]), after: Piece::default() }
    }
}

impl Change {
    /// From the operators that there were to those of `model`.
    pub(super) fn to(model: &Model, before: &HashSet<(usize, OpId)>) -> Change {
        let after: HashSet<(usize, OpId)> = operators(model).collect();
        let mut removed: Vec<(usize, OpId)> = before.difference(&after).copied().collect();
        removed.sort_unstable();
        Change { removed, added: operators(model).filter(|op| !before.contains(op)).collect() }
    }
}

/// The operators of all graphs, by graph.
pub(super) fn operators(model: &Model) -> impl Iterator<Item = (usize, OpId)> {
    let graphs = model.graphs.iter().enumerate();
    graphs.flat_map(|(i, graph)| graph.ops().map(move |(id, _)| (i, id)))
}

/// The rewrites of one rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Those that stand.
    pub times: usize,
    pub rolled_back: usize,
    /// By those that stand, together.
    pub change: Delta,
}

/// The result of a run.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub before: Cost,
    pub after: Cost,
    pub entries: Vec<Entry>,
    pub passes: Vec<PassEntry>,
    /// What unknown dims were taken for, if the model had any.
    pub assumed: Option<usize>,
    /// The rules that were in play when the fuel ran out; the model is valid all the same.
    pub out_of_fuel: Vec<&'static str>,
}

impl Outcome {
    /// The rewrites that stand.
    pub fn kept(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.rolled_back.is_none())
    }

    /// What became of each rule that fired, by name.
    pub fn by_rule(&self) -> BTreeMap<&'static str, Tally> {
        let mut tallies: BTreeMap<&'static str, Tally> = BTreeMap::new();
        for entry in &self.entries {
            let tally = tallies.entry(entry.rule).or_default();
            match entry.rolled_back {
                Some(_) => tally.rolled_back += 1,
                None => (tally.times, tally.change) = (tally.times + 1, tally.change + entry.delta),
            }
        }
        tallies
    }

    /// How much each pass changed over all rounds.
    pub fn changes_by_pass(&self) -> BTreeMap<&'static str, usize> {
        let mut changes = BTreeMap::new();
        self.passes.iter().for_each(|p| *changes.entry(p.pass).or_default() += p.changes);
        changes
    }

    pub(super) fn entry(rule: &Rule, graph: usize, root: String, delta: Delta) -> Entry {
        Entry { rule: rule.name, place: rule.place(), graph, root, delta, rolled_back: None, scene: None }
    }
}
