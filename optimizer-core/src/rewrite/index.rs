//! Which rules may match at an operator, by what a glance at it and its operands tells.
//!
//! Invariant: a rule that is left out does not match there, and those that are offered keep their order.

use crate::ir::{Graph, OpId, ValueId};
use crate::rewrite::tier::Tier;
use crate::rewrite::worklist::Distance;
use crate::rewrite::{Outline, Rule};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::rc::Rc;

/// Further operands are not looked at.
const MOST_OPERANDS: usize = 6;

/// An operator's code, and for each operand the code of what computes it or one of the numbers below.
type Glance = Vec<i32>;

const ABSENT: i32 = i32::MIN;
const CONSTANT: i32 = i32::MIN + 1;
const GIVEN: i32 = i32::MIN + 2;

/// The rules of one tier that may match at an operator.
pub(super) struct Candidates<'r> {
    /// First to last, each with how far away it sees a change.
    pub(super) rules: Vec<(&'r Rule, Distance)>,
    /// The farthest of them.
    pub(super) reach: Option<Distance>,
}

/// The candidates of all tiers.
pub(super) type Tiers<'r> = Rc<[Candidates<'r>]>;

/// All rules in force, found by tier and glance.
pub(super) struct Index<'r> {
    /// The bigger left sides first.
    rules: Vec<(&'r Rule, Distance)>,
    tiers: Vec<Tier>,
    /// Whether every rule for an operator is offered, since somebody wants to know why it does not match.
    all: bool,
    /// What was found for a glance.
    known: FxHashMap<Glance, Tiers<'r>>,
    /// The farthest of those.
    reach: Distance,
    glance: Glance,
}

impl<'r> Index<'r> {
    pub(super) fn new(rules: &[&'r Rule], all: bool) -> Index<'r> {
        let tiers = Tier::all(rules);
        let mut rules: Vec<(&Rule, Distance)> = rules.iter().map(|&rule| (rule, rule.reach())).collect();
        rules.sort_by_key(|(rule, _)| Reverse((rule.size, rule.priority)));
        Index { rules, tiers, all, known: FxHashMap::default(), reach: 0, glance: Vec::new() }
    }

    pub(super) fn tiers(&self) -> &[Tier] {
        &self.tiers
    }

    /// How far away a rule sees a change that may match at any operator seen so far.
    pub(super) fn reach(&self) -> Distance {
        self.reach
    }

    /// Takes all rules out of force.
    pub(super) fn clear(&mut self) {
        self.rules.clear();
        self.known.clear();
    }

    /// The rules that may match at `op`, by the number of their tier.
    pub(super) fn candidates(&mut self, graph: &Graph, op: OpId) -> Tiers<'r> {
        glance(graph, op, &mut self.glance);
        if let Some(known) = self.known.get(&self.glance) {
            return known.clone();
        }
        let fitting: Vec<(&Rule, Distance)> =
            self.rules.iter().copied().filter(|(rule, _)| rule.fits(&self.glance, self.all)).collect();
        let found: Tiers = self.tiers.iter().map(|&tier| Candidates::of(tier, &fitting)).collect();
        self.reach = found.iter().filter_map(|candidates| candidates.reach).fold(self.reach, Distance::max);
        self.known.insert(self.glance.clone(), found.clone());
        found
    }

    /// Whether the left side of one of the candidates may match, guards and attributes aside.
    pub(super) fn may_match(&self, rule: &Rule, graph: &Graph, op: OpId) -> bool {
        self.all || rule.outlines.iter().any(|outline| outline.admits(graph, op))
    }
}

impl<'r> Candidates<'r> {
    fn of(tier: Tier, fitting: &[(&'r Rule, Distance)]) -> Candidates<'r> {
        let rules: Vec<(&Rule, Distance)> =
            fitting.iter().copied().filter(|(rule, _)| tier.has(rule)).collect();
        let reach = rules.iter().map(|(_, reach)| *reach).max();
        Candidates { rules, reach }
    }
}

/// Writes down what is seen of `op`.
fn glance(graph: &Graph, op: OpId, into: &mut Glance) {
    let op = graph.op(op);
    into.clear();
    into.push(op.code.0);
    into.extend(op.operands().iter().take(MOST_OPERANDS).map(|&v| seen(graph, v)));
}

fn seen(graph: &Graph, v: Option<ValueId>) -> i32 {
    let Some(value) = v.map(|v| graph.value(v)) else { return ABSENT };
    match value.producer() {
        Some((op, _)) => graph.op(op).code.0,
        None if value.is_const() => CONSTANT,
        None => GIVEN,
    }
}

impl Rule {
    fn fits(&self, glance: &[i32], all: bool) -> bool {
        let rooted = self.roots.iter().any(|root| root.code.0 == glance[0]);
        rooted && (all || self.outlines.iter().any(|outline| outline.fits(glance)))
    }
}

impl Outline {
    /// Whether an operator of which this was seen can be what is outlined.
    fn fits(&self, glance: &[i32]) -> bool {
        self.holds(glance[0], |operand, i| match glance.get(1 + i) {
            None if i >= MOST_OPERANDS => true,
            seen => operand.may_be(seen.copied().unwrap_or(ABSENT)),
        })
    }

    /// The same by all operators that the outline names.
    fn admits(&self, graph: &Graph, id: OpId) -> bool {
        let found = graph.op(id);
        self.holds(found.code.0, |operand, i| {
            let v = found.operands().get(i).copied().flatten();
            let below = v.filter(|_| matches!(operand, Outline::Op { .. })).and_then(|v| graph.producer(v));
            operand.may_be(seen(graph, v)) && below.is_none_or(|(op, _)| operand.admits(graph, op))
        })
    }

    /// Whether this can be an operator of `code`, if `fits` says which operands can be which.
    fn holds(&self, code: i32, fits: impl Fn(&Outline, usize) -> bool) -> bool {
        let Outline::Op { op, operands, .. } = self else { return true };
        op.code.0 == code && in_some_order(op.commutative, operands, fits)
    }

    /// Whether an operand can be this, of which `seen` was seen.
    fn may_be(&self, seen: i32) -> bool {
        match self {
            Outline::Any | Outline::View => true,
            Outline::Const => seen == CONSTANT,
            Outline::Op { op, .. } => seen == op.code.0,
        }
    }
}

/// Whether `holds` for all operands in their places, or with the first two swapped.
fn in_some_order(swaps: bool, operands: &[Outline], holds: impl Fn(&Outline, usize) -> bool) -> bool {
    let all = |swap: bool| {
        let place = |i: usize| if swap && i < 2 { 1 - i } else { i };
        operands.iter().enumerate().all(|(i, operand)| holds(operand, place(i)))
    };
    all(false) || (swaps && operands.len() == 2 && all(true))
}
