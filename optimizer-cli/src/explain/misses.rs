//! Where a rule does not fire, the nearest miss first.
//!
//! Invariant: equal models give equal lists; ties are in the order of the operators.

use optimizer_core::ir::{Graph, Model, OpId};
use optimizer_core::rewrite::cost::Holders;
use optimizer_core::rewrite::{Delta, Reject, Rule, Target, attempt};
use std::cmp::Reverse;

/// An operator at which a rule is anchored and does not fire.
pub(crate) struct Miss {
    pub(crate) graph: usize,
    pub(crate) op: OpId,
    /// The name of what the operator computes.
    pub(crate) root: String,
    /// The kinds of the operators that had matched, in the order of the pattern.
    pub(crate) matched: Vec<String>,
    pub(crate) why: Reject,
}

impl Miss {
    /// Whether enough of the pattern was there to say that the rule nearly fired: most of its operators, or all that
    /// stands in it and only a guard, a reader or the cost refused.
    pub(crate) fn is_near(&self, rule: &Rule) -> bool {
        let (depth, past_operands) = self.why.nearness();
        past_operands || 2 * depth > rule.size
    }
}

/// The misses of `rule` in all graphs.
pub(crate) fn misses(rule: &Rule, model: &Model, holders: &Holders, target: &Target) -> Vec<Miss> {
    let miss = |(graph, op, result): (usize, OpId, Result<Delta, Reject>)| {
        let (why, inside) = (result.err()?, &model.graphs[graph]);
        let matched = why.evidence.iter().flat_map(|evidence| &evidence.matched);
        let matched = matched.map(|&op| inside.op(op).name().to_owned()).collect();
        Some(Miss { graph, op, root: inside.root_name(op).to_owned(), matched, why })
    };
    let mut misses: Vec<Miss> = attempts(rule, model, holders, target).filter_map(miss).collect();
    misses.sort_by_key(|miss| Reverse(miss.why.nearness()));
    misses
}

/// The roots at which `rule` would fire by itself.
pub(crate) fn matches(rule: &Rule, model: &Model, holders: &Holders, target: &Target) -> Vec<String> {
    let fires = attempts(rule, model, holders, target).filter(|(_, _, result)| result.is_ok());
    fires.map(|(graph, op, _)| model.graphs[graph].root_name(op).to_owned()).collect()
}

fn attempts(
    rule: &Rule,
    model: &Model,
    holders: &Holders,
    target: &Target,
) -> impl Iterator<Item = (usize, OpId, Result<Delta, Reject>)> {
    let graphs = model.graphs.iter().enumerate();
    let anchors = graphs.flat_map(|(i, graph)| anchors(rule, graph).map(move |op| (i, graph, op)));
    anchors.map(move |(i, graph, op)| (i, op, attempt(rule, graph, op, holders, Some(target))))
}

fn anchors(rule: &Rule, graph: &Graph) -> impl Iterator<Item = OpId> {
    let is_root = |code| rule.roots.iter().any(|root| root.code == code);
    graph.ops().filter(move |(_, op)| is_root(op.code)).map(|(id, _)| id)
}
