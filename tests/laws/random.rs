//! Laws over all rules together, on random graphs.
//!
//! Invariant: the same graphs on every run; `CIRCLE_OPT_GRAPHS` asks for more of them and `CIRCLE_OPT_SEED` for others.

use crate::graphs::{self, recipes};
use crate::law::{LIMITS, fired, laws, optimized};
use crate::{rules, rules_of_levels};
use optimizer_core::interp::Inputs;
use optimizer_core::ir::{Graph, Model, text};
use optimizer_core::op::{self, Description, Quantized};
use optimizer_core::testing::{Agreement, agreement};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use std::collections::BTreeSet;

/// How many graphs the ordinary run tries.
const GRAPHS: u64 = 2000;
/// Runs side by side, each of its own seed.
const RUNS: u64 = 2;

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
    let (rules, in_force) = (rules(), rules_of_levels());
    let tried = runner(seed, graphs).run(&recipes(), |recipe| {
        let model = recipe.model(&rules);
        laws(&model, &in_force, &recipe.left_sides(&rules)).map_err(|broken| {
            let graphs = model.graphs.iter().map(text::graph).collect::<String>();
            TestCaseError::fail(format!("{broken}\n{graphs}"))
        })
    });
    tried.map_err(|error| error.to_string())
}

fn runner(seed: u64, graphs: u64) -> TestRunner {
    let (cases, max_shrink_iters) = (graphs as u32, 300);
    let config = Config { cases, failure_persistence: None, max_shrink_iters, ..Config::default() };
    let mut key = [7; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &key))
}

/// What the laws are tried on: most operators and rules, and models that run.
#[test]
fn random_graphs_are_worth_trying() {
    let rules = rules();
    let graphs = 6 * rules.len();
    let mut runner = runner(0, graphs as u64);
    let (mut fires, mut operators) = (BTreeSet::new(), BTreeSet::new());
    let (mut running, mut unknown) = (0, 0);
    let (mut calling, mut inside) = (0, BTreeSet::new());
    for _ in 0..graphs {
        let recipe = recipes().new_tree(&mut runner).expect("recipes are made without filters").current();
        let model = recipe.model(&rules);
        let called = called(&model);
        calling += usize::from(!called.is_empty());
        operators.extend(model.graphs.iter().flat_map(Graph::ops).map(|(_, op)| op.code.0));
        for rule in recipe.left_sides(&rules) {
            let outcome = optimized(&model, &[rule]).1;
            fires.extend(fired(&outcome));
            inside.extend(outcome.kept().filter(|entry| called.contains(&entry.graph)).map(|e| e.rule));
        }
        let graph = &model.graphs[0];
        unknown += usize::from(graph.values().any(|(_, v)| v.has_unknown_dims()));
        let given = Inputs::seeded(0).with_dim(2).of(graph).expect("inputs have ranks and numbers");
        running += usize::from(agreement(&model, &model, 0, &given, 0.0, LIMITS) == Agreement::Same);
    }
    let never: Vec<_> = rules.iter().map(|r| r.name).filter(|name| !fires.contains(name)).collect();
    assert!(never.len() * 5 <= rules.len(), "never fire: {never:?} of {}", rules.len());
    assert!(operators.len() * 5 >= graphs::usable().len() * 4, "{} operators", operators.len());
    assert!(
        running * 6 > graphs * 5 && unknown * 12 > graphs,
        "{running} run, {unknown} have unknown dims, of {graphs}"
    );
    assert!(calling * 10 > graphs && inside.len() > 30, "{calling} call graphs, in which {inside:?} fire");
}

/// The graphs that others call.
fn called(model: &Model) -> BTreeSet<usize> {
    let operators = model.graphs.iter().flat_map(Graph::ops);
    operators.flat_map(|(_, op)| op.options.subgraphs()).map(|graph| graph as usize).collect()
}

/// Each operator that runs is in some graph: drawn, as it was recorded, or to call others.
#[test]
fn random_graphs_reach_every_operator() {
    let runs = |d: &&&Description| d.kernel.is_some() || d.routine.is_some() || is_quantized(d);
    let all = op::all().iter().chain(op::custom::ALL).filter(runs);
    let mut reached = BTreeSet::new();
    for recipe in graphs::one_of_each() {
        let model = recipe.model(&[]);
        let operators = model.graphs.iter().flat_map(Graph::ops);
        reached.extend(operators.map(|(_, op)| op::describe(op).map(|d| d.name)));
    }
    let missing: Vec<_> = all.map(|d| d.name).filter(|name| !reached.contains(&Some(*name))).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

/// The same of operators on quantized numbers.
#[test]
fn random_graphs_reach_every_quantized_operator() {
    let all = op::all().iter().filter(|d| is_quantized(d));
    let mut reached = BTreeSet::new();
    for steps in graphs::one_of_each() {
        let graph = &steps.model(&[]).graphs[0];
        let quantized = graph.ops().filter(|(_, op)| graph.is_quantized(op));
        reached.extend(quantized.map(|(_, op)| op.code.0));
    }
    let missing: Vec<_> = all.filter(|d| !reached.contains(&d.code.0)).map(|d| d.name).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

fn is_quantized(op: &Description) -> bool {
    match op.quantized {
        Quantized::Refused => false,
        Quantized::AsStored => op.kernel.is_some(),
        Quantized::By(_) => true,
    }
}
