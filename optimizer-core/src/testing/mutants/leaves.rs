//! Examples with other inputs and constants: other types, shapes and dims, or a constant that is none.
//!
//! Invariant: what a leaf is changed to follows from the leaf and its readers alone.

use super::{Mutant, mutant};
use crate::interp::{self, Tensor};
use crate::ir::{DType, Data, Dim, Graph, Model, Shape, Symbol, Type, ValueId};
use std::collections::BTreeSet;

/// What floats are turned into.
const DTYPES: [DType; 6] = [DType::I32, DType::I64, DType::F16, DType::F64, DType::I8, DType::U8];

/// All changes of one leaf.
pub(super) fn all(model: &Model, v: ValueId) -> Vec<Mutant> {
    let value = model.graphs[0].value(v);
    let mut all = Vec::new();
    if value.data.is_some() {
        all.push(mutant(model, format!("constant {} as an input", value.name), |g| to_input(g, v)));
    }
    all.extend(reshaped(model, v));
    all.extend(unknown_dims(model, v));
    all.extend(other_indices(model, v));
    all
}

/// All floats as numbers of another type.
pub(super) fn other_dtypes(model: &Model) -> Vec<Mutant> {
    let to = |dtype: DType| mutant(model, format!("{} for floats", dtype.name()), |g| convert(g, dtype));
    DTYPES.map(to).into()
}

fn convert(graph: &mut Graph, dtype: DType) {
    let floats: Vec<ValueId> =
        graph.values().filter(|(_, v)| v.ty.dtype == DType::F32).map(|(id, _)| id).collect();
    for id in floats {
        let value = graph.value_mut(id);
        value.ty.dtype = dtype;
        value.data = value.data.as_ref().and_then(|data| Some(converted(data.elements::<f32>()?, dtype)));
    }
}

fn converted(floats: &[f32], dtype: DType) -> Data {
    macro_rules! each {
        ($to:ty) => {
            Data::of(floats.iter().map(|&x| x as $to).collect::<Vec<$to>>())
        };
    }
    match dtype {
        DType::I64 => each!(i64),
        DType::F64 => each!(f64),
        DType::I8 => each!(i8),
        DType::U8 => each!(u8),
        DType::F16 => Data::of(floats.iter().map(|&x| half::f16::from_f32(x)).collect()),
        _ => each!(i32),
    }
}

/// A leaf of indices with numbers twice or half as wide.
fn other_indices(model: &Model, v: ValueId) -> Option<Mutant> {
    let value = model.graphs[0].value(v);
    let dims = value.shape().and_then(Shape::known)?;
    let ints = value.data.as_ref().and_then(|data| Tensor::new(value.ty.dtype, &dims, data).ok()?.ints())?;
    let (dtype, data) = match value.ty.dtype {
        DType::I32 => (DType::I64, Data::of(ints)),
        _ => (DType::I32, Data::of(ints.into_iter().map(|n| n as i32).collect())),
    };
    Some(mutant(model, format!("{} as {}", value.name, dtype.name()), |g| {
        let value = g.value_mut(v);
        (value.ty.dtype, value.data) = (dtype, Some(data));
    }))
}

fn to_input(graph: &mut Graph, v: ValueId) {
    graph.value_mut(v).data = None;
    graph.mark_input(v);
}

/// The leaf with each dim dropped to 1 or widened, with a dim more or less in front, and broadcast in all ways against
/// what it meets.
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
    shapes.extend(met(&model.graphs[0], v).iter().flat_map(|other| broadcasts(other)));
    let shapes: BTreeSet<Vec<usize>> = shapes.into_iter().filter(|shape| *shape != dims).collect();
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

/// The shapes of the other operands of the leaf's readers.
fn met(graph: &Graph, v: ValueId) -> BTreeSet<Vec<usize>> {
    let readers = graph.value(v).uses().iter().map(|at| graph.op(at.op));
    let others = readers.flat_map(|op| op.operands().iter().flatten()).filter(|&&other| other != v);
    others.filter_map(|&other| graph.value(other).shape()?.known()).collect()
}

/// What broadcasts to `dims`: all of it, one axis of it, the last one alone, or one element.
fn broadcasts(dims: &[usize]) -> Vec<Vec<usize>> {
    let only = |axis: usize| (0..dims.len()).map(|i| if i == axis { dims[i] } else { 1 }).collect();
    let last = dims[dims.len().saturating_sub(1)..].to_vec();
    (0..dims.len()).map(only).chain([dims.to_vec(), last, Vec::new()]).collect()
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
