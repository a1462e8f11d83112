//! Left sides of rules in the midst of a graph, so that rules fire, or nearly do.
//!
//! Invariant: what is put in is an example of the rule as its author wrote it, only with other surroundings.

use super::Picks;
use super::scene::{Candidate, LARGEST, Scene};
use optimizer_core::ir::{DType, Graph, Operator, Shape, Type, Value, ValueId};
use optimizer_core::op::{self, Op};
use optimizer_core::rewrite::Rule;
use optimizer_core::testing::Choices;
use std::collections::HashMap;

/// Puts an example of some rule in; what reads it comes with later steps.
pub(crate) fn left_side(scene: &mut Scene, rules: &[&Rule], picks: &mut Picks) {
    let Some(rule) = picks.of(rules) else { return };
    if rule.examples.is_empty() {
        return;
    }
    let example = &rule.examples[picks.below(rule.examples.len())];
    let Ok(instance) = example.instance(&mut Choices::seeded(picks.seed())) else { return };
    let graph = &instance.model.graphs[0];
    if is_small(graph) {
        let twisted = if picks.one_in(3) { twist(graph, picks) } else { None };
        insert(scene, graph, twisted, picks);
    }
}

/// Whether running the graph takes no time worth mentioning.
pub(super) fn is_small(graph: &Graph) -> bool {
    graph.values().all(|(_, value)| value.ty.bytes(1) <= 4 * LARGEST)
}

/// Copies the graph, fed by what is there; a `twisted` constant gets other dims. The graphs that it calls come next in the
/// scene's list.
pub(super) fn insert(
    scene: &mut Scene,
    from: &Graph,
    twisted: Option<(ValueId, Vec<usize>)>,
    picks: &mut Picks,
) {
    let mut known: HashMap<ValueId, ValueId> = HashMap::new();
    for (id, value) in from.values().filter(|(_, v)| !v.is_dropped() && v.producer().is_none()) {
        let new = match (&value.data, &twisted) {
            (Some(_), Some((leaf, dims))) if *leaf == id => scene.numbers(value.ty.dtype, dims, picks),
            (None, _) if !value.variable => feed(scene, value, picks),
            _ => scene.copy_of("c", value),
        };
        known.insert(id, new);
    }
    for id in from.order().unwrap_or_default() {
        let op = from.op(id);
        let operands =
            op.operands().iter().map(|v| v.map_or(Some(None), |v| known.get(&v).map(|v| Some(*v))));
        let Some(operands) = operands.collect::<Option<Vec<_>>>() else { continue };
        let results = match twisted {
            Some(_) => inferred(scene, op, operands),
            None => Some(copied(scene, from, op, operands)),
        };
        known.extend(op.results().iter().copied().zip(results.into_iter().flatten()));
    }
}

/// A constant, and another shape for it that broadcasts to something it meets.
fn twist(graph: &Graph, picks: &mut Picks) -> Option<(ValueId, Vec<usize>)> {
    let floats = graph.values().filter(|(_, v)| v.data.is_some() && v.ty.dtype == DType::F32);
    let leaf = picks.of(&floats.map(|(id, _)| id).collect::<Vec<_>>())?;
    let readers = graph.value(leaf).uses().iter().map(|at| graph.op(at.op));
    let others: Vec<ValueId> = readers.flat_map(|op| op.operands().iter().flatten().copied()).collect();
    let dims = graph.value(picks.of(&others)?).shape()?.known()?;
    let kept = picks.below(dims.len() + 1);
    Some((
        leaf,
        dims.iter().enumerate().map(|(i, &n)| if i == kept || kept == dims.len() { n } else { 1 }).collect(),
    ))
}

/// The operator with the results that its operands give; `None` if it cannot take them.
fn inferred(scene: &mut Scene, op: &Operator, operands: Vec<Option<ValueId>>) -> Option<Vec<ValueId>> {
    scene.add(Candidate { op: op::describe(op)?, operands, options: op.options.clone() })
}

fn copied(scene: &mut Scene, from: &Graph, op: &Operator, operands: Vec<Option<ValueId>>) -> Vec<ValueId> {
    let results: Vec<ValueId> = op.results().iter().map(|&v| scene.copy_of("r", from.value(v))).collect();
    let mut options = op.options.clone();
    options.shift_subgraphs(scene.called.len() as u16);
    let mut copy = Operator::new(op.code, options, operands, results.clone());
    (copy.version, copy.custom, copy.known) = (op.version, op.custom.clone(), op.known);
    scene.graph.add_op(copy);
    results
}

/// Something of the type and meaning of a value: there already, computed from a new input, or a new input.
pub(super) fn feed(scene: &mut Scene, like: &Value, picks: &mut Picks) -> ValueId {
    let ty = &like.ty;
    let there = scene.fitting(|v| v.ty == *ty && v.quant == like.quant && v.data.is_none() && !v.variable);
    if like.is_quantized() {
        return picks.of(&there).filter(|_| picks.one_in(2)).unwrap_or_else(|| scene.input_like(like));
    }
    let reshapable = scene.fitting(|v| v.data.is_none() && is_reshapable(v, ty));
    match picks.below(4) {
        1 | 2 if !there.is_empty() => there[picks.below(there.len())],
        2 if !reshapable.is_empty() => reshape(scene, reshapable[picks.below(reshapable.len())], ty),
        3 if ty.dtype == DType::F32 => {
            let input = scene.input(ty.clone());
            before(scene, input, picks).unwrap_or(input)
        }
        _ => scene.input(ty.clone()),
    }
}

fn is_reshapable(value: &Value, ty: &Type) -> bool {
    let count = |ty: &Type| ty.shape.as_ref().and_then(Shape::elements);
    let plain = !value.is_quantized() && !value.variable;
    plain && value.ty.dtype == ty.dtype && count(&value.ty) == count(ty) && count(ty).is_some()
}

fn reshape(scene: &mut Scene, value: ValueId, ty: &Type) -> ValueId {
    let dims: Vec<i32> =
        ty.shape.as_ref().and_then(Shape::known).unwrap_or_default().iter().map(|&n| n as i32).collect();
    let shape = scene.ints(&[dims.len()], dims);
    let op = op::Reshape::DESCRIPTION;
    let added =
        scene.add(Candidate { op, operands: vec![Some(value), Some(shape)], options: (op.options)() });
    added.map_or(value, |results| results[0])
}

/// An operator that keeps the type, on `input`.
fn before(scene: &mut Scene, input: ValueId, picks: &mut Picks) -> Option<ValueId> {
    let kinds = [
        op::Relu::DESCRIPTION,
        op::Neg::DESCRIPTION,
        op::Mul::DESCRIPTION,
        op::Add::DESCRIPTION,
        op::Relu6::DESCRIPTION,
    ];
    let op = picks.of(&kinds)?;
    let mut operands = vec![Some(input)];
    if op.operands.len() == 2 {
        let dims = scene.dims(input);
        operands.push(Some(scene.numbers(DType::F32, &dims[dims.len().saturating_sub(1)..], picks)));
    }
    Some(scene.add(Candidate { op, operands, options: (op.options)() })?[0])
}
