//! What generated example tests call: every example of a rule, in every variation, and its near misses.
//!
//! Invariant: a rule that changes results on any graph made here fails its test, whoever wrote it.

mod agreement;
mod attributes;
mod choices;
mod computed;
mod drawing;
mod example;
mod mutants;

pub use agreement::{Agreement, agreement};
pub use attributes::neighbours;
pub use choices::Choices;
pub use computed::Computed;
pub use drawing::{shown, trees};
pub use example::{Example, Instance, Leaves, Sample};

use crate::interp;
use crate::ir::Model;
use crate::rewrite::cost::Holders;
use crate::rewrite::{Exactness, Level, Options, Outcome, Rule, Target, attempt, optimize};
use std::sync::LazyLock;

/// Checks one example or counterexample of a rule, with all variations and, for an example, all mutants.
///
/// # Panics
/// With the example's place and what went wrong; this is the failure of a generated test.
pub fn check(rule: &Rule, index: usize) {
    if let Err(e) = try_example(rule, index) {
        panic!("{}:{}: {} {e}", rule.file, rule.examples[index].line, rule.name);
    }
}

/// Checks every example of some rules.
///
/// # Panics
/// As [`check`] does.
pub fn check_all(rules: &[Rule]) {
    rules.iter().for_each(|rule| (0..rule.examples.len()).for_each(|index| check(rule, index)));
}

fn try_example(rule: &Rule, index: usize) -> Result<(), String> {
    let example = &rule.examples[index];
    let (mut result, mut variations) = (Ok(()), 0..);
    Choices::all(|choices| {
        if result.is_ok() {
            let with_mutants = variations.next().is_some_and(mutates);
            result = example.instance(choices).map_err(|e| format!("the left side: {e}")).and_then(
                |mut instance| {
                    if rule.quantized {
                        instance.quantize();
                    }
                    if example.counter {
                        refuses(rule, instance)
                    } else {
                        fires(rule, instance, with_mutants)
                    }
                },
            );
        }
    });
    result
}

/// Past 32 variations, which differ in ways that were mutated before, the mutants of every how many are tried;
/// `CIRCLE_OPT_MUTANTS=1` asks for all.
static MUTATED: LazyLock<usize> = LazyLock::new(|| {
    let asked = std::env::var("CIRCLE_OPT_MUTANTS").ok().and_then(|n| n.parse().ok());
    asked.filter(|&n| n > 0).unwrap_or(16)
});

/// Whether the mutants of a variation are tried.
fn mutates(variation: usize) -> bool {
    variation < 32 || variation.is_multiple_of(*MUTATED)
}

/// The laws over a set of rules that are broken, one line each: examples, unique names, rules that can never fire.
pub fn laws(rules: &[&Rule]) -> Vec<String> {
    let examples = rules.iter().flat_map(|rule| {
        let tried = (0..rule.examples.len()).map(move |i| (i, try_example(rule, i)));
        tried.filter_map(|(i, result)| {
            Some(format!("{}:{}: {} {}", rule.file, rule.examples[i].line, rule.name, result.err()?))
        })
    });
    examples.chain(clashes(rules)).collect()
}

/// Rules of one name, and rules that can never fire since another covers them.
pub fn clashes(rules: &[&Rule]) -> Vec<String> {
    let pairs = rules.iter().enumerate().flat_map(|(i, a)| rules[i + 1..].iter().map(move |b| (*a, *b)));
    pairs.filter_map(|(a, b)| clash(a, b)).collect()
}

fn clash(a: &Rule, b: &Rule) -> Option<String> {
    let (places, names) = ((a.place(), b.place()), (a.name, b.name));
    let shadowed = |over: &Rule, under: &Rule| {
        format!(
            "{}: {} can never fire: {} ({}) matches everything it matches and comes first",
            under.place(),
            under.name,
            over.name,
            over.place()
        )
    };
    if names.0 == names.1 {
        Some(format!("{}: {} is the name of the rule at {} too", places.1, names.1, places.0))
    } else if a.shadows(b) {
        Some(shadowed(a, b))
    } else if b.shadows(a) && !a.precedes(b) {
        Some(shadowed(b, a))
    } else {
        None
    }
}

/// Why the rule does not apply to a counterexample, for snapshots.
pub fn reason(rule: &Rule, index: usize) -> String {
    let mut reason = String::new();
    Choices::all(|choices| {
        if reason.is_empty()
            && let Ok(instance) = rule.examples[index].instance(choices)
        {
            reason = refusal(rule, &instance.model);
        }
    });
    reason
}

fn refusal(rule: &Rule, model: &Model) -> String {
    let (graph, holders) = (&model.graphs[0], Holders::of(model));
    let anchors = graph.ops().filter(|(_, op)| rule.roots.iter().any(|root| root.code == op.code));
    let rejects = anchors.filter_map(|(id, _)| attempt(rule, graph, id, &holders, None).err());
    rejects
        .max_by_key(|reject| reject.depth)
        .map_or("no operator to anchor at".into(), |reject| reject.to_string())
}

fn refuses(rule: &Rule, instance: Instance) -> Result<(), String> {
    let (mut plain, mut tried) = (instance.duplicate(), instance);
    optimize(&mut plain.model, &[], &options());
    if run(rule, &mut tried.model).kept().next().is_some() {
        return Err("fired on a counterexample".into());
    }
    (plain.text() == tried.text()).then_some(()).ok_or_else(|| "changed the graph without firing".into())
}

fn fires(rule: &Rule, mut original: Instance, with_mutants: bool) -> Result<(), String> {
    let mut instance = original.duplicate();
    let mut outcome = run(rule, &mut instance.model);
    if outcome.kept().count() == 0 {
        // A rule that removes its root cannot do so where the root is a graph output and no operator is left.
        original.read_outputs();
        instance = original.duplicate();
        outcome = run(rule, &mut instance.model);
    }
    match outcome.kept().count() {
        1 => {}
        0 => return Err(format!("did not fire: {}\n{}", refusal(rule, &original.model), original.text())),
        n => return Err(format!("fired {n} times\n{}", original.text())),
    }
    agree(rule, &original.model, &instance.model, 1)?;
    // What a rule has made itself is known within one run only.
    if !rule.once && run(rule, &mut instance.model).kept().next().is_some() {
        return Err("fired again on its own result".into());
    }
    if with_mutants { mutants::check(rule, original) } else { Ok(()) }
}

fn run(rule: &Rule, model: &mut Model) -> Outcome {
    optimize(model, &[rule], &options())
}

fn options() -> Options {
    Options { passes: Vec::new(), ..Options::new(Target::circle()) }
}

/// Whether both models give the same results, as exactly as the rule promises; unknown dims are taken as `dim`. Of a
/// lossy rule only the types of the results are asked for.
fn agree(rule: &Rule, before: &Model, after: &Model, dim: usize) -> Result<(), String> {
    if rule.exactness == Exactness::Lossy {
        return same_types(before, after);
    }
    let comparisons = interp::compare(before, after, &interp::Inputs::seeded(3).with_dim(dim))
        .map_err(|e| e.to_string())?;
    let limit = rule.exactness.limit();
    match comparisons.iter().find(|c| !c.within(limit)) {
        Some(worst) => Err(format!("changed results: {worst}, promised {limit:e}")),
        None => Ok(()),
    }
}

/// Whether what a rule did is worth it: a model that takes more of anything must take less of something else. Opt-in
/// rules are free to cost.
///
/// # Errors
/// What has become more, and nothing less.
pub fn pays(rule: &Rule, outcome: &Outcome) -> Result<(), String> {
    let (before, after) = (outcome.before, outcome.after);
    let change = [
        after.ops - before.ops,
        after.bytes - before.bytes,
        after.traffic - before.traffic,
        after.macs - before.macs,
    ];
    let is_asked = rule.level() != Level::OptIn;
    let small = SMALL * outcome.kept().count() as i64;
    match is_asked && change.iter().any(|&d| d > small) && !change.iter().any(|&d| d < 0) {
        true => Err(format!("costs more and saves nothing: {before:?} became {after:?}")),
        false => Ok(()),
    }
}

/// Bytes that a rule may add each time so that others can fire: a shape of eight dims.
const SMALL: i64 = 32;

fn same_types(before: &Model, after: &Model) -> Result<(), String> {
    let seen = |model: &Model| -> Vec<String> {
        let graph = &model.graphs[0];
        graph.outputs().iter().map(|&v| format!("{} {}", graph.value(v).name, graph.value(v).ty)).collect()
    };
    match (seen(before), seen(after)) {
        (before, after) if before == after => Ok(()),
        (before, after) => Err(format!("changed the outputs from {before:?} to {after:?}")),
    }
}
