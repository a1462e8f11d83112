//! Laws over all rules together, on random graphs.
//!
//! Invariant: the same graphs on every run; `CIRCLE_OPT_GRAPHS` asks for more of them and `CIRCLE_OPT_SEED` for others.

use crate::graphs::{self, recipes};
use crate::{interface, rules};
use optimizer_core::circle;
use optimizer_core::interp::{Inputs, Kind, Limits};
use optimizer_core::ir::{Input, Model, text};
use optimizer_core::rewrite::{Exactness, Options, Outcome, Rule, Target, optimize};
use optimizer_core::testing::{Agreement, agreement};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many graphs the ordinary run tries.
const GRAPHS: u64 = 2000;
/// Runs side by side, each of its own seed.
const RUNS: u64 = 2;
/// What running a model may take.
const LIMITS: Limits = Limits { bytes: 1 << 24, calls: 1 << 10, depth: 8 };
/// What unknown dims are taken for; a size that the original cannot run with says nothing.
const SIZES: [usize; 5] = [1, 2, 3, 4, 6];

#[test]
fn random_graphs_keep_every_law() {
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let graphs = number("CIRCLE_OPT_GRAPHS").unwrap_or(GRAPHS);
    let seed = number("CIRCLE_OPT_SEED").unwrap_or(0);
    let failures: Vec<String> = std::thread::scope(|scope| {
        let runs = (0..RUNS).map(|i| scope.spawn(move || try_graphs(graphs / RUNS, seed * RUNS + i)));
        let runs: Vec<_> = runs.collect();
        runs.into_iter().filter_map(|run| run.join().expect("a run ends").err()).collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Tries the laws on that many graphs; the smallest that breaks one is told.
fn try_graphs(graphs: u64, seed: u64) -> Result<(), String> {
    let rules = rules();
    let tried = runner(seed, graphs).run(&recipes(), |recipe| {
        let model = recipe.model(&rules);
        laws(&model, &rules, &recipe.left_sides(&rules)).map_err(|broken| {
            let graphs = model.graphs.iter().map(text::graph).collect::<String>();
            proptest::test_runner::TestCaseError::fail(format!("{broken}\n{graphs}"))
        })
    });
    tried.map_err(|error| error.to_string())
}

fn runner(seed: u64, graphs: u64) -> TestRunner {
    let (cases, max_shrink_iters) = (graphs as u32, 3000);
    let config = Config { cases, failure_persistence: None, max_shrink_iters, ..Config::default() };
    let mut key = [7; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &key))
}

/// What the laws are tried on: nearly every operator and rule, and models that run.
#[test]
fn random_graphs_are_worth_trying() {
    let (rules, mut runner) = (rules(), runner(0, 500));
    let (mut fires, mut operators) = (BTreeSet::new(), BTreeSet::new());
    let (mut running, mut unknown) = (0, 0);
    for _ in 0..500 {
        let recipe = recipes().new_tree(&mut runner).expect("recipes are made without filters").current();
        let model = recipe.model(&rules);
        for rule in recipe.left_sides(&rules) {
            fires.extend(fired(&optimized(&model, &[rule]).1));
        }
        let graph = &model.graphs[0];
        operators.extend(graph.ops().map(|(_, op)| op.code.0));
        unknown += usize::from(graph.values().any(|(_, v)| v.has_unknown_dims()));
        let given = Inputs::seeded(0).with_dim(2).of(graph).expect("inputs have ranks and numbers");
        running += usize::from(agreement(&model, &model, 0, &given, 0.0, LIMITS) == Agreement::Same);
    }
    let missing =
        |names: Vec<&'static str>, of: usize| assert!(names.len() * 10 <= of, "never: {names:?} of {of}");
    missing(rules.iter().map(|r| r.name).filter(|name| !fires.contains(name)).collect(), rules.len());
    let usable = graphs::usable();
    let never = usable.iter().filter(|op| !operators.contains(&op.code.0));
    missing(never.map(|op| op.name).collect(), usable.len());
    assert!(running > 450 && unknown > 50, "{running} run, {unknown} have unknown dims");
}

/// Every law on one model; `alone` are rules to try by themselves too.
///
/// # Errors
/// The first law that is broken.
fn laws(model: &Model, rules: &[&Rule], alone: &[&Rule]) -> Result<(), String> {
    let (after, outcome) = optimized(model, rules);
    let names = fired(&outcome);
    together(model, &after, &outcome, rules).map_err(|e| format!("all rules, {names:?}: {e}"))?;
    let mut others = rules.to_vec();
    others.reverse();
    others.rotate_left(names.len() % rules.len().max(1));
    let (shuffled, outcome) = optimized(model, &others);
    let shuffled_names = fired(&outcome);
    same(model, &shuffled, tolerance(rules, &shuffled_names))
        .map_err(|e| format!("in another order, {shuffled_names:?}: {e}"))?;
    let mut single: BTreeSet<&str> = alone.iter().map(|rule| rule.name).collect();
    single.extend(names.union(&shuffled_names));
    for rule in rules.iter().filter(|rule| single.contains(rule.name)) {
        by_itself(model, &[rule]).map_err(|e| format!("{} alone: {e}", rule.name))?;
    }
    by_itself(model, &[]).map_err(|e| format!("passes alone: {e}"))
}

fn by_itself(model: &Model, rules: &[&Rule]) -> Result<(), String> {
    let (after, outcome) = optimized(model, rules);
    settled(&after, rules, &outcome)?;
    same(model, &after, tolerance(rules, &fired(&outcome)))
}

fn together(model: &Model, after: &Model, outcome: &Outcome, rules: &[&Rule]) -> Result<(), String> {
    settled(after, rules, outcome)?;
    same(model, after, tolerance(rules, &fired(outcome)))?;
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

fn fired(outcome: &Outcome) -> BTreeSet<&'static str> {
    outcome.kept().map(|entry| entry.rule).collect()
}

fn optimized(model: &Model, rules: &[&Rule]) -> (Model, Outcome) {
    let mut model = model.clone();
    let options = Options { max_growth: 0.0, target: Target::circle(), fuel: None };
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

/// How far the rules of these names may move a value.
fn tolerance(rules: &[&Rule], names: &BTreeSet<&str>) -> f64 {
    let of = |rule: &&Rule| match rule.exactness {
        Exactness::Exact => 0.0,
        Exactness::Approx(limit) => limit,
    };
    rules.iter().filter(|rule| names.contains(rule.name)).map(of).fold(0.0, f64::max)
}

/// Callers see the same inputs and outputs, and get the same results from every graph.
fn same(before: &Model, after: &Model, tolerance: f64) -> Result<(), String> {
    if interface(before) != interface(after) {
        return Err(format!("interface {:?} became {:?}", interface(before), interface(after)));
    }
    let kinds: &[Kind] =
        if tolerance == 0.0 { &[Kind::Signed, Kind::Special] } else { &[Kind::Signed, Kind::Edges] };
    for (number, a) in before.graphs.iter().enumerate() {
        let known = !a.values().any(|(_, v)| v.has_unknown_dims());
        for &dim in if known { &SIZES[..1] } else { &SIZES } {
            for (seed, &kind) in kinds.iter().enumerate() {
                let given = Inputs::seeded(seed as u64).with_dim(dim).of_kind(kind).of(a);
                let given = given.map_err(|e| e.to_string())?;
                if let Agreement::Differ(how) = agreement(before, after, number, &given, tolerance, LIMITS) {
                    return Err(format!("{how}, on {kind:?} inputs, unknown dims being {dim}"));
                }
            }
        }
    }
    Ok(())
}

fn bytes(model: &Model) -> Vec<u8> {
    let mut bytes = Vec::new();
    circle::write(model, &mut bytes).expect("a valid model can be written");
    bytes
}
