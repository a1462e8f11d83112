//! The laws: what must hold of any model and any rules.
//!
//! Invariant: a law knows no rule; each is checked on the optimized model and on the file it is written to.

use optimizer_core::circle;
use optimizer_core::interp::{Inputs, Kind, Limits, Machine, Tensor};
use optimizer_core::ir::{Graph, Input, Model};
use optimizer_core::pass::{self, Pass};
use optimizer_core::rewrite::{Exactness, Options, Outcome, Rule, Target, optimize};
use optimizer_core::testing::{Agreement, agreement, pays};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What running a model may take.
pub(crate) const LIMITS: Limits = Limits { bytes: 1 << 24, work: u64::MAX, calls: 1 << 10, depth: 8 };
/// What unknown dims are taken for; a size that the original cannot run with says nothing.
const SIZES: [usize; 5] = [1, 2, 3, 4, 6];

/// Every law on one model; `alone` are rules to try by themselves too.
///
/// # Errors
/// The first law that is broken.
pub(crate) fn laws(model: &Model, rules: &[&Rule], alone: &[&Rule]) -> Result<(), String> {
    let (after, outcome) = optimized(model, rules);
    let names = fired(&outcome);
    together(model, &after, &outcome, rules).map_err(|e| format!("all rules, {names:?}: {e}"))?;
    let mut others = rules.to_vec();
    others.reverse();
    others.rotate_left(names.len() % rules.len().max(1));
    let (shuffled, outcome) = optimized(model, &others);
    let shuffled_names = fired(&outcome);
    same(model, &shuffled, &Leave::of(rules, &shuffled_names))
        .map_err(|e| format!("in another order, {shuffled_names:?}: {e}"))?;
    let fired = rules.iter().filter(|rule| names.union(&shuffled_names).any(|name| rule.name == *name));
    let single: BTreeMap<_, _> = fired.chain(alone).map(|rule| (rule.name, rule)).collect();
    for rule in single.into_values() {
        by_itself(model, rule).map_err(|e| format!("{} alone: {e}", rule.name))?;
    }
    for pass in pass::at(3) {
        let (after, _) = optimized_by(model, &[], vec![pass]);
        same(model, &after, &Leave::default()).map_err(|e| format!("{} alone: {e}", pass.name))?;
    }
    Ok(())
}

fn by_itself(model: &Model, rule: &Rule) -> Result<(), String> {
    let (after, outcome) = optimized(model, &[rule]);
    settled(&after, &[rule], &outcome)?;
    pays(rule, &outcome)?;
    match rule.exactness == Exactness::Lossy {
        true => same_interface(model, &after),
        false => same(model, &after, &Leave::of(&[rule], &fired(&outcome))),
    }
}

fn together(model: &Model, after: &Model, outcome: &Outcome, rules: &[&Rule]) -> Result<(), String> {
    settled(after, rules, outcome)?;
    same(model, after, &Leave::of(rules, &fired(outcome)))?;
    let bytes = bytes(after);
    if self::bytes(&optimized(model, rules).0) != bytes {
        return Err("two runs give different bytes".into());
    }
    let read = circle::read(Arc::new(Input::owned(bytes.clone()))).map_err(|e| format!("reads back: {e}"))?;
    if self::bytes(&read) != bytes {
        return Err("writing again gives other bytes".into());
    }
    let grown = outcome.after.ops > outcome.before.ops || bytes.len() > self::bytes(model).len() + 256;
    if grown { Err(format!("grew from {:?} to {:?}", outcome.before, outcome.after)) } else { Ok(()) }
}

pub(crate) fn fired(outcome: &Outcome) -> BTreeSet<&'static str> {
    outcome.kept().map(|entry| entry.rule).collect()
}

pub(crate) fn optimized(model: &Model, rules: &[&Rule]) -> (Model, Outcome) {
    optimized_by(model, rules, pass::at(3))
}

pub(crate) fn optimized_by(model: &Model, rules: &[&Rule], passes: Vec<&'static Pass>) -> (Model, Outcome) {
    let mut model = model.clone();
    let options = Options { passes, ..Options::new(Target::circle()) };
    let outcome = optimize(&mut model, rules, &options);
    (model, outcome)
}

/// A second run changes nothing.
fn settled(after: &Model, rules: &[&Rule], outcome: &Outcome) -> Result<(), String> {
    if !outcome.out_of_fuel.is_empty() {
        return Err(format!("runs without end: {:?}", outcome.out_of_fuel));
    }
    let (again, outcome) = optimized(after, rules);
    match outcome.kept().next() {
        Some(entry) => Err(format!("a second run fires {}", entry.rule)),
        None if bytes(&again) != bytes(after) => Err("a second run changes the bytes".into()),
        None => Ok(()),
    }
}

/// What the rules that fired may change, by what they say of themselves.
#[derive(Clone, Copy, Default)]
struct Leave {
    /// How far a value may move, relative to the largest.
    tolerance: f64,
    /// Whether what is not a number may come out as a number.
    drops_nan: bool,
    /// Whether what is not finite may come out as anything.
    finite: bool,
}

impl Leave {
    fn of(rules: &[&Rule], names: &BTreeSet<&str>) -> Leave {
        let fired = || rules.iter().filter(|rule| names.contains(rule.name));
        Leave {
            tolerance: fired().map(|rule| rule.exactness.limit()).fold(0.0, f64::max),
            drops_nan: fired().any(|rule| rule.drops_nan),
            finite: fired().any(|rule| rule.finite),
        }
    }

    /// Whether the rules need not keep what these inputs give.
    fn excuses(&self, model: &Model, graph: usize, given: &[Tensor]) -> bool {
        self.drops_nan && meets(model, graph, given, f64::is_nan)
            || self.finite && meets(model, graph, given, |n| !n.is_finite())
    }
}

/// Whether an input, or what an operator computes, holds such a number.
fn meets(model: &Model, graph: usize, given: &[Tensor], such: impl Fn(f64) -> bool) -> bool {
    let holds = |tensor: &Tensor| tensor.numbers().is_some_and(|numbers| numbers.iter().any(|&n| such(n)));
    let met = Cell::new(given.iter().any(holds));
    let note = |tensor: Tensor| {
        met.set(met.get() || holds(&tensor));
        tensor
    };
    Machine::new(model, LIMITS).altering(note).run(graph, given).is_ok() && met.get()
}

/// Callers see the same inputs and outputs, and get the same results from every graph.
fn same(before: &Model, after: &Model, leave: &Leave) -> Result<(), String> {
    same_interface(before, after)?;
    let kinds: &[Kind] =
        if leave.tolerance == 0.0 { &[Kind::Signed, Kind::Special] } else { &[Kind::Signed, Kind::Edges] };
    for (number, a) in before.graphs.iter().enumerate() {
        let known = !a.values().any(|(_, v)| v.has_unknown_dims());
        for &dim in if known { &SIZES[..1] } else { &SIZES } {
            for (seed, &kind) in kinds.iter().enumerate() {
                let given = Inputs::seeded(seed as u64).with_dim(dim).of_kind(kind).of(a);
                let given = given.map_err(|e| e.to_string())?;
                let found = agreement(before, after, number, &given, leave.tolerance, LIMITS);
                if let Agreement::Differ(how) = found
                    && !leave.excuses(before, number, &given)
                {
                    return Err(format!("{how}, on {kind:?} inputs, unknown dims being {dim}"));
                }
            }
        }
    }
    Ok(())
}

/// Names and types of what callers see; an unknown dim is `?`, whichever it is.
pub(crate) fn interface(model: &Model) -> Vec<Vec<(String, String)>> {
    let of = |graph: &Graph| {
        let seen = graph.inputs().iter().chain(graph.outputs());
        seen.map(|&v| (graph.value(v).name.clone(), graph.value(v).ty.to_string())).collect()
    };
    model.graphs.iter().map(of).collect()
}

fn same_interface(before: &Model, after: &Model) -> Result<(), String> {
    match (interface(before), interface(after)) {
        (before, after) if before == after => Ok(()),
        (before, after) => Err(format!("inputs and outputs {before:?} became {after:?}")),
    }
}

fn bytes(model: &Model) -> Vec<u8> {
    let mut bytes = Vec::new();
    circle::write(model, &mut bytes).expect("a valid model can be written");
    bytes
}
