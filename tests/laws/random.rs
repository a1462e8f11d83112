//! Laws over all rules together, on random graphs.
//!
//! Invariant: the same graphs on every run; `CIRCLE_OPT_GRAPHS` asks for more of them and `CIRCLE_OPT_SEED` for others.

use crate::graphs::recipes;
use crate::{interface, rules};
use optimizer_core::circle;
use optimizer_core::interp::{Inputs, Kind, Limits};
use optimizer_core::ir::{Input, Model, text};
use optimizer_core::rewrite::{Exactness, Options, Outcome, Rule, Target, optimize};
use optimizer_core::testing::{Agreement, agreement};
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
    let config = Config {
        cases: graphs as u32,
        failure_persistence: None,
        max_shrink_iters: 3000,
        ..Config::default()
    };
    let mut key = [7; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &key));
    let rules = rules();
    let tried = runner.run(&recipes(), |recipe| {
        let model = recipe.model(&rules);
        laws(&model, &rules).map_err(|broken| {
            let graphs = model.graphs.iter().map(text::graph).collect::<String>();
            proptest::test_runner::TestCaseError::fail(format!("{broken}\n{graphs}"))
        })
    });
    tried.map_err(|error| error.to_string())
}

/// Every law on one model.
///
/// # Errors
/// The first law that is broken.
pub(crate) fn laws(model: &Model, rules: &[&Rule]) -> Result<(), String> {
    let (after, outcome) = optimized(model, rules);
    together(model, &after, &outcome, rules).map_err(|e| format!("all rules {:?}: {e}", fired(&outcome)))?;
    let names = fired(&outcome);
    let mut others = rules.to_vec();
    others.reverse();
    others.rotate_left(names.len());
    let (shuffled, fired_shuffled) = optimized(model, &others);
    let of =
        |names: &BTreeSet<&str>| rules.iter().copied().filter(|r| names.contains(r.name)).collect::<Vec<_>>();
    let shuffled_names = fired(&fired_shuffled);
    same(model, &shuffled, tolerance(&of(&shuffled_names)))
        .map_err(|e| format!("in another order {shuffled_names:?}: {e}"))?;
    for rule in of(&names.union(&shuffled_names).copied().collect()) {
        let (alone, outcome) = optimized(model, &[rule]);
        settled(&alone, &[rule], &outcome).map_err(|e| format!("{} alone: {e}", rule.name))?;
        same(model, &alone, tolerance(&[rule])).map_err(|e| format!("{} alone: {e}", rule.name))?;
    }
    let (swept, outcome) = optimized(model, &[]);
    settled(&swept, &[], &outcome)
        .and_then(|()| same(model, &swept, 0.0))
        .map_err(|e| format!("passes alone: {e}"))
}

fn together(model: &Model, after: &Model, outcome: &Outcome, rules: &[&Rule]) -> Result<(), String> {
    let of_names =
        |names: BTreeSet<&str>| rules.iter().copied().filter(|r| names.contains(r.name)).collect::<Vec<_>>();
    settled(after, rules, outcome)?;
    same(model, after, tolerance(&of_names(fired(outcome))))?;
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

/// How far the rules may move a value.
fn tolerance(rules: &[&Rule]) -> f64 {
    let of = |rule: &&Rule| match rule.exactness {
        Exactness::Exact => 0.0,
        Exactness::Approx(limit) => limit,
    };
    rules.iter().map(of).fold(0.0, f64::max)
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
