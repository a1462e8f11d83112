//! Near misses of an example: for each, the rule must not fire or must keep the results.
//!
//! Invariant: mutants are made from the graph alone, so that no rule escapes them and nobody writes them.

use crate::circle::schema::{Activation, QuantizationParametersT};
use crate::interp::{self, Inputs};
use crate::ir::{DType, Data, Dim, Graph, Model, Shape, Symbol, Type, ValueId};
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
    if super::run(rule, &mut after).kept().next().is_none() {
        return Ok(());
    }
    if mutant.forbidden {
        return Err("fired".into());
    }
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
    for &v in leaves.iter().filter(|&&v| graph.value(v).data.is_some()) {
        all.push(mutant(model, format!("constant {} as an input", graph.value(v).name), |g| to_input(g, v)));
    }
    all.extend(leaves.iter().flat_map(|&v| reshaped(model, v)));
    all.extend(leaves.iter().flat_map(|&v| unknown_dims(model, v)));
    all.extend(activations(model));
    all.extend(attributes(model));
    all.push(mutant(model, "integers for floats".into(), to_integers));
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

fn to_input(graph: &mut Graph, v: ValueId) {
    graph.value_mut(v).data = None;
    graph.mark_input(v);
}

/// The leaf with each dim dropped to 1 or widened, and with a dim more or less in front.
fn reshaped(model: &Model, v: ValueId) -> Vec<Mutant> {
    let value = model.graphs[0].value(v);
    let (Some(dims), DType::F32) = (value.shape().and_then(Shape::known), value.ty.dtype) else {
        return Vec::new();
    };
    let mut shapes = vec![[vec![1], dims.clone()].concat(), [vec![3], dims.clone()].concat()];
    for i in 0..dims.len() {
        let with = |n: usize| dims.iter().enumerate().map(|(j, &d)| if i == j { n } else { d }).collect();
        shapes.push(with(1));
        shapes.push(with(if dims[i] == 1 { 3 } else { 2 * dims[i] }));
    }
    shapes.extend(dims.split_first().map(|(_, rest)| rest.to_vec()));
    let change = |dims: Vec<usize>| {
        mutant(model, format!("{} shaped {dims:?}", value.name), |g| {
            let ty = Type::fixed(DType::F32, &dims);
            let value = g.value_mut(v);
            value.data = value.data.is_some().then(|| interp::random_data(&ty, 5));
            value.ty = ty;
        })
    };
    shapes.into_iter().map(change).collect()
}

/// The graph input with each dim unknown.
fn unknown_dims(model: &Model, v: ValueId) -> Vec<Mutant> {
    let value = model.graphs[0].value(v);
    if !value.is_input() {
        return Vec::new();
    }
    let unknown = |axis: usize| {
        let what = format!("dim {axis} of {} unknown", value.name);
        let change = |g: &mut Graph| {
            let dims = g.value(v).shape().map_or(&[][..], Shape::dims).iter().enumerate();
            let symbol = Dim::Unknown(Symbol(axis as u32));
            let shape = dims.map(|(i, &d)| if i == axis { symbol } else { d }).collect();
            g.value_mut(v).ty.shape = Some(shape);
        };
        Mutant { dims: &[1, 2, 3, 4, 6, 8], ..mutant(model, what, change) }
    };
    (0..value.shape().map_or(0, Shape::rank)).map(unknown).collect()
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

fn to_integers(graph: &mut Graph) {
    let floats: Vec<ValueId> =
        graph.values().filter(|(_, v)| v.ty.dtype == DType::F32).map(|(id, _)| id).collect();
    for id in floats {
        let value = graph.value_mut(id);
        value.ty.dtype = DType::I32;
        let rounded =
            |data: &Data| data.elements::<f32>().map(|x| Data::of(x.iter().map(|&x| x as i32).collect()));
        value.data = value.data.as_ref().and_then(rounded);
    }
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
