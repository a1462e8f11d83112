//! Constants that leave out their zeros, and the operators that put them back.
//!
//! Invariant: a constant means the same numbers before and after.

use crate::circle::schema::CompressionType;
use crate::ir::sparsity::{Walk, decode};
use crate::ir::{DType, Data, Graph, Model, OpCode, OpId, Stored, ValueId};
use crate::pass::Limits;
use thiserror::Error;

/// Which constant to store sparse, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Sparsity {
    pub tensor: String,
    /// The dims, then those of a block, in the order in which they are walked.
    pub traversal_order: Vec<usize>,
    /// Of each dim, whether it lists the indices that are there.
    pub sparse: Vec<bool>,
    pub block_size: Vec<usize>,
    /// The dim that each dim of a block divides.
    pub block_map: Vec<usize>,
}

/// Why a constant cannot be stored sparse.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum SparsityError {
    #[error("no constant is named `{0}`")]
    Missing(String),
    #[error("constant `{0}` is of {1}; f32, i32 and i8 can be stored sparse")]
    Dtype(String, String),
    #[error("the traversal order, format and blocks do not fit constant `{0}` of {1}")]
    Shape(String, String),
}

/// Stores the constants of that name block-sparse.
///
/// # Errors
/// No such constant, or one that the blocks do not fit.
pub fn sparsify(model: &mut Model, how: &Sparsity) -> Result<(), SparsityError> {
    let mut found = false;
    for graph in &mut model.graphs {
        let named = graph.values().filter(|(_, v)| v.is_const() && !v.is_dropped() && v.name == how.tensor);
        for id in named.map(|(id, _)| id).collect::<Vec<_>>() {
            found = true;
            store_sparse(graph, id, how)?;
        }
    }
    if found { Ok(()) } else { Err(SparsityError::Missing(how.tensor.clone())) }
}

fn store_sparse(graph: &mut Graph, id: ValueId, how: &Sparsity) -> Result<(), SparsityError> {
    let value = graph.value_mut(id);
    let name = value.name.clone();
    if !matches!(value.ty.dtype, DType::F32 | DType::I32 | DType::I8) {
        return Err(SparsityError::Dtype(name, value.ty.to_string()));
    }
    let refused = || SparsityError::Shape(name.clone(), value.ty.to_string());
    let (dims, size) =
        value.shape().and_then(|s| s.known()).zip(value.ty.dtype.bytes()).ok_or_else(refused)?;
    let walk = Walk::new(&dims, &how.traversal_order, &how.block_map, &how.block_size)
        .filter(|_| how.sparse.len() == dims.len())
        .ok_or_else(refused)?;
    let data = value.data.as_ref().filter(|data| data.len() == value.ty.bytes(0)).ok_or_else(refused)?;
    let (stored, parameters) = walk.encode(data.bytes(), size, &how.sparse);
    value.data = Some(Data::aligned(&stored));
    let spelling = value.stored.get_or_insert_with(|| Box::new(Stored::plain(&value.ty)));
    spelling.sparsity = Some(Box::new(parameters));
    Ok(())
}

/// Lets the results of `Densify` on sparse constants be constants, as far as the limits allow; gives how many.
pub fn fold_densify(model: &mut Model, limits: &mut Limits) -> usize {
    model.graphs.iter_mut().map(|graph| fold(graph, limits)).sum()
}

fn fold(graph: &mut Graph, limits: &mut Limits) -> usize {
    let mut folded = 0;
    for op in graph.ops_of(OpCode::DENSIFY) {
        let Some((result, dense)) = densified(graph, op) else { continue };
        let growth = dense.len() as i64 - stored_bytes(graph, op);
        if growth > limits.growth.max(0) {
            continue;
        }
        limits.growth -= growth.max(0);
        graph.remove_op(op);
        graph.value_mut(result).data = Some(Data::aligned(&dense));
        folded += 1;
    }
    folded
}

/// The result of a `Densify` and its bytes; `None` where callers see it or its operand is not what it says.
fn densified(graph: &Graph, op: OpId) -> Option<(ValueId, Vec<u8>)> {
    let op = graph.op(op);
    let (&[Some(operand)], &[result]) = (op.operands(), op.results()) else { return None };
    let (from, to) = (graph.value(operand), graph.value(result));
    let stored = from.stored.as_deref().filter(|stored| stored.compression == CompressionType::None)?;
    let (sparsity, dims) = (stored.sparsity.as_deref()?, from.shape()?.known()?);
    if to.is_output() || to.ty != from.ty || from.variable || from.is_input() {
        return None;
    }
    let dense = decode(from.data.as_ref()?.bytes(), from.ty.dtype.bytes()?, &dims, sparsity)?;
    Some((result, dense))
}

/// The bytes that go when the operator goes: those of its operand, unless something else reads it.
fn stored_bytes(graph: &Graph, op: OpId) -> i64 {
    let operand = graph.op(op).operands()[0].map(|id| graph.value(id));
    let alone = operand.filter(|value| value.uses().len() == 1 && !value.is_output());
    alone.and_then(|value| value.data.as_ref()).map_or(0, |data| data.len() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Operator, Type, Value};
    use crate::op::Options;
    use crate::rewrite::Target;

    const HALVES: [f32; 4] = [0.0, 0.0, 3.0, -0.0];

    /// `w` made dense, then negated.
    fn model() -> Model {
        let mut graph = Graph::default();
        let ty = Type::fixed(DType::F32, &[2, 2]);
        let w = graph.add_value(Value::constant("w", ty.clone(), Data::of(HALVES.to_vec())));
        let [dense, out] = ["dense", "out"].map(|name| graph.add_value(Value::new(name, ty.clone())));
        for (code, from, to) in [(OpCode::DENSIFY, w, dense), (OpCode::NEG, dense, out)] {
            graph.add_op(Operator::new(code, Options::default(), vec![Some(from)], vec![to]));
        }
        graph.add_output(out);
        Model { graphs: vec![graph], ..Model::default() }
    }

    fn how(block_size: &[usize]) -> Sparsity {
        Sparsity {
            tensor: "w".into(),
            traversal_order: vec![0, 1, 2, 3],
            sparse: vec![false, true],
            block_size: block_size.to_vec(),
            block_map: vec![0, 1],
        }
    }

    #[test]
    fn a_sparse_constant_is_made_dense_again_where_it_may_grow() {
        let mut model = model();
        sparsify(&mut model, &how(&[1, 2])).expect("the blocks fit");
        let w = model.graphs[0].values().next().expect("the constant").1;
        assert!(w.is_sparse() && w.data.as_ref().expect("data").len() == 8);
        let mut limits = Limits {
            growth: 7,
            target: Target::circle(),
            fold: crate::pass::FoldBudget::default(),
            since: Vec::new(),
        };
        assert_eq!(fold_densify(&mut model, &mut limits), 0);
        limits.growth = 8;
        assert_eq!((fold_densify(&mut model, &mut limits), limits.growth), (1, 0));
        let (_, dense) = model.graphs[0].values().find(|(_, v)| v.name == "dense").expect("it is there");
        assert_eq!(dense.data.as_ref().expect("data").bytes(), Data::of(HALVES.to_vec()).bytes());
        assert!(dense.is_const() && model.graphs[0].op_count() == 1);
    }

    #[test]
    fn what_cannot_be_sparse_is_refused() {
        let shape = SparsityError::Shape("w".into(), "f32[2,2]".into());
        assert_eq!(sparsify(&mut model(), &how(&[1, 3])), Err(shape));
        let other = Sparsity { tensor: "dense".into(), ..how(&[1, 2]) };
        assert_eq!(sparsify(&mut model(), &other), Err(SparsityError::Missing("dense".into())));
    }
}
