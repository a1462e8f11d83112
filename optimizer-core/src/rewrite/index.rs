//! Which rules may match at an operator, by what a glance at it and its operands tells.
//!
//! Invariant: a rule that is left out does not match there, and those that are offered keep their order.

use crate::ir::{Graph, OpId, ValueId};
use crate::rewrite::tier::Tier;
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

/// The rules that may match, first to last.
pub(super) type Candidates<'r> = Rc<[&'r Rule]>;

/// All rules in force, found by tier and glance.
pub(super) struct Index<'r> {
    /// The bigger left sides first.
    rules: Vec<&'r Rule>,
    tiers: Vec<Tier>,
    /// Whether every rule for an operator is offered, since somebody wants to know why it does not match.
    all: bool,
    /// What was found for a glance, by tier.
    known: FxHashMap<Glance, Rc<[Candidates<'r>]>>,
    glance: Glance,
}

impl<'r> Index<'r> {
    pub(super) fn new(rules: &[&'r Rule], all: bool) -> Index<'r> {
        let (mut rules, tiers) = (rules.to_vec(), Tier::all(rules));
        rules.sort_by_key(|rule| Reverse((rule.size, rule.priority)));
        Index { rules, tiers, all, known: FxHashMap::default(), glance: Vec::new() }
    }

    pub(super) fn tiers(&self) -> usize {
        self.tiers.len()
    }

    pub(super) fn tier(&self, number: usize) -> Tier {
        self.tiers[number]
    }

    /// Takes all rules out of force.
    pub(super) fn clear(&mut self) {
        self.rules.clear();
        self.known.clear();
    }

    /// The rules that may match at `op`, by the number of their tier.
    pub(super) fn candidates(&mut self, graph: &Graph, op: OpId) -> Rc<[Candidates<'r>]> {
        glance(graph, op, &mut self.glance);
        if let Some(known) = self.known.get(&self.glance) {
            return known.clone();
        }
        let fitting: Vec<&Rule> =
            self.rules.iter().copied().filter(|rule| rule.fits(&self.glance, self.all)).collect();
        let of = |tier: &Tier| fitting.iter().copied().filter(|rule| tier.has(rule)).collect();
        let found: Rc<[Candidates]> = self.tiers.iter().map(of).collect();
        self.known.insert(self.glance.clone(), found.clone());
        found
    }

    /// Whether the left side of one of the candidates may match, guards and attributes aside.
    pub(super) fn may_match(&self, rule: &Rule, graph: &Graph, op: OpId) -> bool {
        self.all || rule.outlines.iter().any(|outline| outline.admits_op(graph, op))
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
        let Outline::Op { op, operands, .. } = self else { return true };
        let (code, seen) = (glance[0], &glance[1..]);
        op.code.0 == code && in_some_order(op.commutative, operands, |operand, i| operand.may_be(seen, i))
    }

    /// Whether operand `i` of those seen can be what is outlined.
    fn may_be(&self, seen: &[i32], i: usize) -> bool {
        let seen = match seen.get(i) {
            None if i >= MOST_OPERANDS => return true,
            seen => seen.copied().unwrap_or(ABSENT),
        };
        match self {
            Outline::Any | Outline::View => true,
            Outline::Const => seen == CONSTANT,
            Outline::Op { op, .. } => seen == op.code.0,
        }
    }

    fn admits(&self, graph: &Graph, v: Option<ValueId>) -> bool {
        let value = |v: ValueId| graph.value(v);
        match self {
            Outline::Any | Outline::View => true,
            Outline::Const => v.is_some_and(|v| value(v).is_const()),
            Outline::Op { .. } => {
                v.and_then(|v| value(v).producer()).is_some_and(|(op, _)| self.admits_op(graph, op))
            }
        }
    }

    fn admits_op(&self, graph: &Graph, id: OpId) -> bool {
        let Outline::Op { op, operands, .. } = self else { return true };
        let found = graph.op(id);
        let at = |i: usize| found.operands().get(i).copied().flatten();
        op.code == found.code
            && in_some_order(op.commutative, operands, |operand, i| operand.admits(graph, at(i)))
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
