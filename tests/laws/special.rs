//! What is not finite: which rules may make something else of it.
//!
//! Invariant: a rule says so of itself, by `#[drops_nan]` or `#[finite]`, if and only if it does.

use crate::law::{LIMITS, optimized_by};
use crate::rules;
use optimizer_core::interp::{Inputs, Tensor};
use optimizer_core::ir::Data;
use optimizer_core::rewrite::{Exactness, Rule};
use optimizer_core::testing::{Agreement, Choices, Example, agreement};

/// How many variations of an example are tried.
const VARIATIONS: u64 = 16;

#[test]
fn rules_that_drop_nan_say_so_and_no_others() {
    let compared = |rule: &Rule| rule.exactness != Exactness::Lossy && !rule.finite;
    let dropping = names(|rule| compared(rule) && changes(rule, f32::NAN));
    assert_eq!(dropping, names(|rule| rule.drops_nan));
}

/// Sums may overflow in another order, so that only rules that keep every bit keep infinities.
#[test]
fn exact_rules_for_finite_numbers_say_so_and_no_others() {
    let exact = |rule: &Rule| rule.exactness == Exactness::Exact && !rule.drops_nan;
    let special = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
    let changing = names(|rule| exact(rule) && special.iter().any(|&number| changes(rule, number)));
    assert_eq!(changing, names(|rule| rule.finite));
}

fn names(wanted: impl Fn(&Rule) -> bool) -> Vec<&'static str> {
    rules().iter().filter(|rule| wanted(rule)).map(|rule| rule.name).collect()
}

/// Whether the rule changes the results of one of its examples where a number of the inputs is `special`.
fn changes(rule: &Rule, special: f32) -> bool {
    let mut examples = rule.examples.iter().filter(|example| !example.counter);
    examples.any(|example| (0..VARIATIONS).any(|seed| differs(rule, example, seed, special)))
}

fn differs(rule: &Rule, example: &Example, seed: u64, special: f32) -> bool {
    let Ok(instance) = example.instance(&mut Choices::seeded(seed)) else { return false };
    let (after, _) = optimized_by(&instance.model, &[rule], Vec::new());
    let given = Inputs::seeded(seed).of(&instance.model.graphs[0]).expect("examples have known ranks");
    let given: Vec<Tensor> = given.into_iter().map(|tensor| with(special, tensor)).collect();
    let found = agreement(&instance.model, &after, 0, &given, rule.exactness.limit(), LIMITS);
    matches!(found, Agreement::Differ(_))
}

/// The same tensor; if it is of f32, every third element is `special`.
fn with(special: f32, tensor: Tensor) -> Tensor {
    let Some(view) = tensor.view::<f32>() else { return tensor };
    let elements = view.iter().enumerate().map(|(i, &x)| if i % 3 == 0 { special } else { x });
    let data = Data::of(elements.collect::<Vec<f32>>());
    Tensor { data, ..tensor }
}
