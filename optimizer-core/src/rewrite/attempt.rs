//! One rule at one operator, without changing anything: what the driver asks, and a person who wonders why a rule does
//! not fire.
//!
//! Invariant: an offer is legal where it stands and for the target; nothing of it is computed yet.

use crate::ir::{Graph, OpId};
use crate::rewrite::cost::{Dead, Delta, Holders};
use crate::rewrite::dims::ASSUMED_DIM;
use crate::rewrite::pool::Pool;
use crate::rewrite::{Match, Patch, Reject, Rule, Target, Why};

/// What offers are measured by.
pub(super) struct Terms<'t> {
    pub(super) holders: &'t Holders,
    /// Without one, any operator may be made.
    pub(super) target: Option<&'t Target>,
    /// Constants that the graph has already.
    pub(super) pool: Option<&'t Pool>,
    /// The extent of unknown dims.
    pub(super) assumed: usize,
    /// By how many bytes the model may still grow.
    pub(super) growth: i64,
}

/// A rewrite that could be done.
pub(super) struct Offer<'g> {
    pub(super) patch: Patch<'g>,
    pub(super) dead: Dead,
    pub(super) delta: Delta,
}

impl<'g> Offer<'g> {
    /// What `rule` offers at the anchor of `m`.
    ///
    /// # Errors
    /// Why it offers nothing, unless `m` knows.
    pub(super) fn of(rule: &Rule, m: &mut Match<'g>, terms: &Terms) -> Result<Offer<'g>, Option<Why>> {
        let graph = m.graph();
        let mut patch = (rule.apply)(m).ok_or(None)?;
        if let Some(pool) = terms.pool {
            patch = pool.reuse(patch, graph);
        }
        if terms.target.is_some_and(|target| !target.accepts(&patch, graph)) {
            return Err(Some(Why::Build("the target lacks an operator that it makes".into())));
        }
        let dead = Dead::of(&patch, graph);
        let delta = Delta::assuming(terms.assumed, &patch, graph, &dead, terms.holders);
        Ok(Offer { patch, dead, delta: Delta { growth: terms.growth, ..delta } })
    }
}

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
    let refused = |why: Why| Reject { depth: u32::MAX, ..Reject::new(rule.at(), why) };
    let mut m = Match::explaining(graph, op);
    let terms = Terms { holders, target, pool: None, assumed: ASSUMED_DIM, growth: 0 };
    let offer = match Offer::of(rule, &mut m, &terms) {
        Ok(offer) => offer,
        Err(Some(why)) => return Err(refused(why)),
        Err(None) => return Err(m.reject().unwrap_or_else(|| Reject::new(rule.at(), Why::Absent))),
    };
    let delta = offer.delta.settled();
    match (rule.cost)(&delta) {
        false => Err(refused(Why::Cost(delta.to_string()))),
        true if !offer.patch.force().is_finite() => {
            Err(refused(Why::Build("a new constant is not finite".into())))
        }
        true => Ok(delta),
    }
}
