//! One rule at one operator, without changing anything: what a person asks who wonders why a rule does not fire.
//!
//! Invariant: answers what the driver would decide about the rewrite by itself.

use crate::ir::{Graph, OpId};
use crate::rewrite::cost::{Dead, Delta, Holders};
use crate::rewrite::{Match, Reject, Rule, Why};

/// What `rule` anchored at `op` would change.
///
/// # Errors
/// Why it does not apply: the nearest miss of its pattern, or a cost that its clause refuses.
pub fn attempt(rule: &Rule, graph: &Graph, op: OpId, holders: &Holders) -> Result<Delta, Reject> {
    let mut m = Match::new(graph, op);
    let Some(patch) = (rule.apply)(&mut m) else {
        return Err(m.reject().unwrap_or_else(|| Reject::new(rule.at(), Why::Absent)));
    };
    let delta = Delta::of(&patch, graph, &Dead::of(&patch, graph), holders).settled();
    match (rule.cost)(&delta) {
        true => Ok(delta),
        false => Err(Reject { depth: u32::MAX, ..Reject::new(rule.at(), Why::Cost(delta.to_string())) }),
    }
}
