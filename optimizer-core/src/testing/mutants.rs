//! Near misses of an example: for each, the rule must not fire or must keep the results.
//!
//! Invariant: mutants are made from the graph alone, so that no rule escapes them and nobody writes them.

mod leaves;

use crate::circle::schema::{Activation, QuantizationParametersT};
use crate::interp::{self, Inputs};
use crate::ir::{Graph, Model, ValueId};
use crate::op::{self, Site};
use crate::rewrite::Rule;
use crate::testing::{Instance, attributes, example};
use std::cell::Cell;

/// A changed copy of an example.
struct Mutant {
    what: String,
    model: Model,
    /// Sizes to try for unknown dims; one of no meaning where there are none.
    dims: &'static [usize],
    /// Whether the rule must not fire at all.
    forbidden: bool,
}

/// Tries every mutant of an example on its rule.
///
/// # Errors
/// The first mutant on which the rule fires and changes results.
pub(super) fn check(rule: &Rule, original: Instance) -> Result<(), String> {
    mutants(&original).into_iter().try_for_each(|mutant| {
        let what = mutant.what.clone();
        try_one(rule, mutant).map_err(|e| format!("on the example with {what}: {e}"))
    })
}

fn try_one(rule: &Rule, mutant: Mutant) -> Result<(), String> {
    let mut after = mutant.model.clone();
    let outcome = super::run(rule, &mut after);
    if outcome.kept().next().is_none() {
        return Ok(());
    }
    if mutant.forbidden {
        return Err("fired".into());
    }
    super::pays(rule, &outcome)?;
    let runs =
        |n: usize| interp::compare(&mutant.model, &mutant.model, &Inputs::seeded(3).with_dim(n)).is_ok();
    let sizes = mutant.dims.iter().filter(|&&n| runs(n));
    sizes.copied().try_for_each(|n| super::agree(rule, &mutant.model, &after, n))
}

fn mutants(original: &Instance) -> Vec<Mutant> {
    let (model, graph) = (&original.model, &original.model.graphs[0]);
    let results = graph.ops().flat_map(|(_, op)| op.results().to_vec());
    let results: Vec<ValueId> = results.filter(|v| !original.outside.contains(v)).collect();
    let leaves: Vec<ValueId> = graph
        .values()
        .filter(|(_, v)| v.producer().is_none() && !v.is_unused() && !v.is_dropped())
        .map(|(id, _)| id)
        .collect();
    let mut all = Vec::new();
    for &v in &results {
        let name = &graph.value(v).name;
        all.push(mutant(model, format!("an outside reader of {name}"), |g| {
            example::use_outside(g, v);
        }));
        all.push(mutant(model, format!("{name} as a graph output"), |g| g.add_output(v)));
    }
    for &v in results.iter().chain(&leaves) {
        let name = &graph.value(v).name;
        let quantized = mutant(model, format!("{name} quantized"), |g| g.value_mut(v).quant = some_scale());
        all.push(Mutant { forbidden: true, ..quantized });
    }
    all.extend(leaves.iter().flat_map(|&v| leaves::all(model, v)));
    all.extend(activations(model));
    all.extend(attributes(model));
    all.extend(leaves::other_dtypes(model));
    all.retain_mut(|mutant| infer(&mut mutant.model.graphs[0]));
    all
}

fn mutant(model: &Model, what: String, change: impl FnOnce(&mut Graph)) -> Mutant {
    let mut model = model.clone();
    change(&mut model.graphs[0]);
    Mutant { what, model, dims: &[1], forbidden: false }
}

fn some_scale() -> Option<Box<QuantizationParametersT>> {
    let scale =
        QuantizationParametersT { scale: Some(vec![0.5]), zero_point: Some(vec![0]), ..Default::default() };
    Some(Box::new(scale))
}

fn activations(model: &Model) -> Vec<Mutant> {
    let ops = model.graphs[0].ops().map(|(id, op)| (id, op.name()));
    let with = |(id, name): (crate::ir::OpId, &str)| {
        let set = [Activation::Relu, Activation::Relu6, Activation::Tanh].into_iter();
        let what = |act: Activation| format!("{} fused into {name}", act.variant_name().unwrap_or("?"));
        let change = |act: Activation| {
            mutant(model, what(act), |g| {
                let mut options = g.op(id).options.clone();
                options.activation_mut().into_iter().for_each(|field| *field = act);
                g.set_options(id, options);
            })
        };
        set.map(change).collect::<Vec<_>>()
    };
    ops.flat_map(with).collect()
}

fn attributes(model: &Model) -> Vec<Mutant> {
    let ops = model.graphs[0].ops().map(|(id, op)| (id, op.name(), &op.options));
    let with = |(id, name, options)| {
        let changed = attributes::neighbours(options).into_iter();
        let change = move |(field, options)| {
            mutant(model, format!("attribute {field} of {name} changed"), |g| g.set_options(id, options))
        };
        changed.map(change).collect::<Vec<_>>()
    };
    ops.flat_map(with).collect()
}

/// Infers all results anew; false if the graph has become invalid.
fn infer(graph: &mut Graph) -> bool {
    let fresh = Cell::new(1 << 20);
    for id in graph.order().unwrap_or_default() {
        let operator = graph.op(id);
        let rule = op::describe(operator).and_then(|d| d.shape);
        let types = Site::of(graph, operator, &fresh).zip(rule).and_then(|(site, rule)| rule(&site));
        let Some(types) = types.filter(|types| types.len() == operator.results().len()) else { return false };
        let results = operator.results().to_vec();
        results.into_iter().zip(types).for_each(|(v, ty)| graph.value_mut(v).ty = ty);
    }
    true
}
