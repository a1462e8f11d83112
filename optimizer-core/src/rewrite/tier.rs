//! Tiers: which rules run together, and which have to wait.
//!
//! Invariant: a tier runs only where the tiers before it have nothing left to do.

use crate::rewrite::Rule;
use std::cmp::Reverse;

/// Rules that run together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tier {
    /// Priority 0 and above, where the rewrite pays by itself.
    Plain,
    /// Provisional rules, where the whole pays that they lead to.
    Provisional,
    /// Rules of one negative priority, which would get in the way of others if they came sooner.
    Late(i32),
}

impl Tier {
    /// All tiers that `rules` need, first to last.
    pub(super) fn all(rules: &[&Rule]) -> Vec<Tier> {
        let mut late: Vec<i32> = rules.iter().map(|r| r.priority).filter(|&p| p < 0).collect();
        late.sort_unstable_by_key(|&p| Reverse(p));
        late.dedup();
        [Tier::Plain, Tier::Provisional].into_iter().chain(late.into_iter().map(Tier::Late)).collect()
    }

    pub(super) fn has(self, rule: &Rule) -> bool {
        match self {
            Tier::Plain => rule.priority >= 0,
            Tier::Provisional => rule.priority >= 0 && rule.provisional,
            Tier::Late(priority) => rule.priority == priority,
        }
    }
}
