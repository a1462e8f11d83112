//! One rule at one operator, without changing anything: what a person asks who wonders why a rule does not fire.
//!
//! Invariant: answers what the driver would decide about the rewrite by itself.

use crate::ir::{Graph, OpId};
use crate::rewrite::cost::{Dead, Delta, Holders};
use crate::rewrite::{Match, Patch, Reject, Rule, Target, Why};

/// What `rule` anchored at `op` would change; without a target, any operator may be made.
///
/// # Errors
/// Why it does not apply, with the values that were compared: the nearest miss of its pattern, or what its clause, the
/// target or a constant past the range of its type refuses.
pub fn attempt(
    rule: &Rule,
    graph: &Graph,
    op: OpId,
    holders: &Holders,
    target: Option<&Target>,
) -> Result<Delta, Reject> {
    let mut m = Match::explaining(graph, op);
    let Some(patch) = (rule.apply)(&mut m) else {
        return Err(m.reject().unwrap_or_else(|| Reject::new(rule.at(), Why::Absent)));
    };
    let refused = |why: Why| Err(Reject { depth: u32::MAX, ..Reject::new(rule.at(), why) });
    if target.is_some_and(|target| !target.accepts(&patch, graph)) {
        return refused(Why::Build("the target lacks an operator that it makes".into()));
    }
    let delta = Delta::of(&patch, graph, &Dead::of(&patch, graph), holders).settled();
    match (rule.cost)(&delta) {
        false => refused(Why::Cost(delta.to_string())),
        true if !Patch::is_finite(&patch.force()) => {
            refused(Why::Build("a new constant is not finite".into()))
        }
        true => Ok(delta),
    }
}
