//! Splits sink: what is done alike to all parts of a value is done once, to the whole.
//!
//! Invariant: the parts and all they are made into keep their values; a move stays only if operators are saved by it
//! or by what follows from it.

use super::alike::{Family, Parts};
use crate::circle::schema::{ReshapeOptionsT, SliceOptionsT, SplitOptionsT, SplitVOptionsT};
use crate::ir::{Data, Element, Graph, Model, OpCode, OpId, Operator, Shape, Type, Value, ValueId};
use crate::op::OptionsTable;
use std::ops::Range;

/// Moves splits towards the outputs; gives how many operators went.
pub fn sink_splits(model: &mut Model) -> usize {
    model.graphs.iter_mut().map(sink_all).sum()
}

/// Makes slices of uneven splits, for runtimes that get those wrong; gives how many splits went.
pub fn slice_uneven_splits(model: &mut Model) -> usize {
    model.graphs.iter_mut().map(slice_all).sum()
}

fn sink_all(graph: &mut Graph) -> usize {
    let before = graph.op_count();
    for id in graph.order().expect("a model that was read has no cycle") {
        if let Some(parts) = Parts::of(graph, id) {
            runs(parts.values.len()).any(|run| attempt(graph, &parts, run));
        }
    }
    before - graph.op_count()
}

/// Puts a slice for each part in place of every uneven split.
fn slice_all(graph: &mut Graph) -> usize {
    let uneven = graph.ops_of(OpCode::SPLIT_V);
    let uneven: Vec<Parts> = uneven.into_iter().filter_map(|id| Parts::of(graph, id)).collect();
    for parts in &uneven {
        let position = graph.op(parts.split).position;
        graph.remove_op(parts.split);
        let mut at = 0;
        for &part in &parts.values {
            let size = dims(&graph.value(part).ty);
            let begin: Vec<i32> = (0..size.len()).map(|i| if i == parts.axis { at } else { 0 }).collect();
            at += size[parts.axis] as i32;
            let size: Vec<i32> = size.into_iter().map(|d| d as i32).collect();
            let operands = [begin, size].map(|list| Some(add_constant(graph, &[list.len()], list)));
            let operands = [vec![Some(parts.whole)], operands.to_vec()].concat();
            let mut slice =
                Operator::new(OpCode::SLICE, SliceOptionsT::default().wrap(), operands, vec![part]);
            slice.position = position;
            graph.add_op(slice);
        }
    }
    uneven.len()
}

/// All runs of at least two of `count` parts, the longest first.
fn runs(count: usize) -> impl Iterator<Item = Range<usize>> {
    (2..=count).rev().flat_map(move |len| (0..=count - len).map(move |start| start..start + len))
}

/// Sinks some of the parts as far as they go; takes it back if that saves nothing.
fn attempt(graph: &mut Graph, parts: &Parts, run: Range<usize>) -> bool {
    if !parts.may_sink(graph, &run) {
        return false;
    }
    let (mark, before) = (graph.mark(), graph.op_count());
    let all = run.len() == parts.values.len();
    let start = if all { parts.clone() } else { regroup(graph, parts, run) };
    let mut pending = vec![start];
    while let Some(parts) = pending.pop() {
        pending.extend(sink(graph, &parts));
    }
    let saved = graph.op_count() < before;
    if saved {
        graph.keep(mark)
    } else {
        graph.undo(mark)
    }
    saved
}

/// Splits in two steps, so that the parts of `run` are all the parts of one split.
fn regroup(graph: &mut Graph, parts: &Parts, run: Range<usize>) -> Parts {
    let (position, name) =
        (graph.op(parts.split).position, graph.value(parts.values[run.start]).name.clone());
    let ty = joined(graph, &parts.values[run.clone()], parts.axis);
    let whole = add_value(graph, &name, ty);
    graph.remove_op(parts.split);
    let first = [&parts.values[..run.start], &[whole], &parts.values[run.end..]].concat();
    add_split(graph, parts.whole, parts.axis, first, position);
    let values = parts.values[run].to_vec();
    let split = add_split(graph, whole, parts.axis, values.clone(), position);
    Parts { split, whole, axis: parts.axis, values }
}

/// Does once what all parts undergo alike; gives the splits that this leaves below.
fn sink(graph: &mut Graph, parts: &Parts) -> Vec<Parts> {
    if graph.find_op(parts.split).is_none() {
        return Vec::new();
    }
    let families = Family::all(graph, parts);
    let below = families.into_iter().flat_map(|family| merge(graph, family)).collect();
    if parts.values.iter().all(|&v| graph.value(v).is_unused()) {
        graph.remove_op(parts.split);
    }
    below
}

/// Puts one operator in place of a family, and a split below it for each result.
fn merge(graph: &mut Graph, family: Family) -> Vec<Parts> {
    let first = graph.op(family.ops[0]);
    let (code, mut options, version, position) =
        (first.code, first.options.clone(), first.version, first.position);
    let results: Vec<Vec<ValueId>> = (0..first.results().len())
        .map(|r| family.ops.iter().map(|&op| graph.op(op).results()[r]).collect())
        .collect();
    let mut operands = family.operands;
    let types: Vec<Type> = results.iter().map(|values| joined(graph, values, family.axis)).collect();
    if code == OpCode::RESHAPE {
        let dims: Vec<i32> = dims(&types[0]).iter().map(|&d| d as i32).collect();
        operands[1] = Some(add_constant(graph, &[dims.len()], dims.clone()));
        options = ReshapeOptionsT { new_shape: Some(dims) }.wrap();
    }
    family.ops.iter().for_each(|&op| graph.remove_op(op));
    let mut wholes = Vec::new();
    for (values, ty) in results.iter().zip(types) {
        let name = graph.value(values[0]).name.clone();
        wholes.push(add_value(graph, &name, ty));
    }
    let mut op = Operator::new(code, options, operands, wholes.clone());
    (op.version, op.position) = (version, position);
    graph.add_op(op);
    let below = results.into_iter().zip(wholes).map(|(values, whole)| {
        let split = add_split(graph, whole, family.axis, values.clone(), position);
        Parts { split, whole, axis: family.axis, values }
    });
    below.collect()
}

/// The type of values side by side along `axis`; all their dims are known.
fn joined(graph: &Graph, values: &[ValueId], axis: usize) -> Type {
    let ty = &graph.value(values[0]).ty;
    let mut joined = dims(ty);
    joined[axis] = values.iter().map(|&v| dims(&graph.value(v).ty)[axis]).sum();
    Type::new(ty.dtype, Shape::fixed(&joined))
}

fn dims(ty: &Type) -> Vec<usize> {
    ty.shape.as_ref().and_then(Shape::known).expect("parts have known dims")
}

fn add_value(graph: &mut Graph, base: &str, ty: Type) -> ValueId {
    let name = graph.unique_name(&format!("{base}/whole"));
    graph.add_value(Value::new(name, ty))
}

fn add_constant<T: Element>(graph: &mut Graph, dims: &[usize], elements: Vec<T>) -> ValueId {
    let name = graph.unique_name("split/constant");
    graph.add_value(Value::constant(name, Type::fixed(T::DTYPE, dims), Data::of(elements)))
}

fn add_split(graph: &mut Graph, whole: ValueId, axis: usize, parts: Vec<ValueId>, position: u32) -> OpId {
    let sizes: Vec<i32> = parts.iter().map(|&v| dims(&graph.value(v).ty)[axis] as i32).collect();
    let num_splits = parts.len() as i32;
    let axis = Some(add_constant(graph, &[], vec![axis as i32]));
    let mut op = if sizes.iter().all(|&size| size == sizes[0]) {
        let options = SplitOptionsT { num_splits }.wrap();
        Operator::new(OpCode::SPLIT, options, vec![axis, Some(whole)], parts)
    } else {
        let options = SplitVOptionsT { num_splits }.wrap();
        let sizes = Some(add_constant(graph, &[sizes.len()], sizes));
        Operator::new(OpCode::SPLIT_V, options, vec![Some(whole), sizes, axis], parts)
    };
    op.position = position;
    graph.add_op(op)
}
