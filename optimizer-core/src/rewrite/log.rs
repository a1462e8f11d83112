//! What a run did.
//!
//! Invariant: entries stand in the order in which the rewrites happened, and name everything they touched.

use crate::rewrite::{Cost, Delta, Reject, Rule};
use std::collections::BTreeMap;

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
}

/// What a pass over the whole graph did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassEntry {
    pub pass: &'static str,
    /// How many changes it made: operators, constants or values it removed or replaced.
    pub changes: usize,
}

/// The result of a run.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub before: Cost,
    pub after: Cost,
    pub entries: Vec<Entry>,
    pub passes: Vec<PassEntry>,
    /// The rules that were in play when the fuel ran out; the model is valid all the same.
    pub out_of_fuel: Vec<&'static str>,
}

impl Outcome {
    /// The rewrites that stand.
    pub fn kept(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.rolled_back.is_none())
    }

    /// How much each pass changed over all rounds.
    pub fn changes_by_pass(&self) -> BTreeMap<&'static str, usize> {
        let mut changes = BTreeMap::new();
        self.passes.iter().for_each(|p| *changes.entry(p.pass).or_default() += p.changes);
        changes
    }

    pub(super) fn entry(rule: &Rule, graph: usize, root: String, delta: Delta) -> Entry {
        Entry { rule: rule.name, place: rule.place(), graph, root, delta, rolled_back: None }
    }
}
