//! What a rule does, for people: an example before and after, and graphs drawn as trees.
//!
//! Invariant: both models are what the rule does, run on its first example; they cannot tell another story than the code.

use crate::ir::{Graph, Model, ValueId};
use crate::op::describe;
use crate::rewrite::Rule;
use crate::testing::{Choices, Instance};
use std::collections::HashSet;
use std::fmt::Write;
use termtree::Tree;

/// The first example of a rule on which it fires, before and after.
pub fn shown(rule: &Rule) -> Option<[Model; 2]> {
    rule.examples.iter().filter(|example| !example.counter).find_map(|example| {
        let mut shown = None;
        Choices::all(|choices| {
            if shown.is_none() {
                shown = example.instance(choices).ok().and_then(|instance| before_and_after(rule, instance));
            }
        });
        shown
    })
}

fn before_and_after(rule: &Rule, mut instance: Instance) -> Option<[Model; 2]> {
    if rule.quantized {
        instance.quantize();
    }
    let mut after = instance.duplicate();
    if super::run(rule, &mut after.model).kept().next().is_none() {
        instance.read_outputs();
        after = instance.duplicate();
        super::run(rule, &mut after.model).kept().next()?;
    }
    Some([instance.model, after.model])
}

/// The first graph of a model, each output as a tree of operators.
pub fn trees(model: &Model) -> String {
    let graph = &model.graphs[0];
    let mut seen = HashSet::new();
    graph.outputs().iter().map(|&v| tree(graph, v, &mut seen).to_string()).collect()
}

/// A value under the operator that computes it; one that was drawn before is only named.
fn tree(graph: &Graph, v: ValueId, seen: &mut HashSet<ValueId>) -> Tree<String> {
    let label = label(graph, v);
    let Some((op, _)) = graph.producer(v) else { return Tree::new(label) };
    if !seen.insert(v) {
        return Tree::new(format!("{label} (see above)"));
    }
    let operands = graph.op(op).operands().iter().flatten();
    Tree::new(label).with_leaves(operands.map(|&operand| tree(graph, operand, seen)))
}

fn label(graph: &Graph, v: ValueId) -> String {
    let value = graph.value(v);
    let Some((op, result)) = graph.producer(v) else {
        let kind = if value.is_const() { " constant" } else { "" };
        return format!("{}: {}{kind}", value.name.strip_suffix(".0").unwrap_or(&value.name), value.ty);
    };
    let op = graph.op(op);
    let mut label = describe(op).map_or(op.name(), |description| description.name).to_owned();
    if result > 0 {
        let _ = write!(label, ".{result}");
    }
    if let Some(act) = op.options.activation().filter(|act| *act != Default::default()) {
        let _ = write!(label, " {{ act: {act:?} }}");
    }
    format!("{label}: {}", value.ty)
}
