//! Carrying a plan out.
//!
//! Invariant: graph inputs and outputs stay the values they are; every other value gets the layout of its frame.

use super::cut::{Plan, Tensor, reader};
use super::region::{Frame, Region};
use super::value::{permutation, permuted, permuted_constant};
use crate::circle::schema::TransposeOptionsT;
use crate::ir::{DType, Data, Graph, OpCode, OpId, Operator, Type, Value, ValueId};
use crate::op::{Follow, Op, OptionsTable, Permutation, Transpose};
use std::collections::BTreeMap;

/// Rewrites the region: transposes go, followers change, and what must still be transposed is.
pub(super) fn carry_out(graph: &mut Graph, region: &Region, plan: &Plan) {
    let spelling = Spelling::of(graph, region);
    region.transpose_ids().into_iter().for_each(|op| graph.remove_op(op));
    for tensor in &plan.tensors {
        store(graph, region, plan, tensor, &spelling);
    }
    let mut constants = BTreeMap::new();
    for op in region.follower_ids().into_iter().filter(|&op| plan.changes(region, op)) {
        follow(graph, region, op, &mut constants);
    }
}

/// How transposes are written.
pub(super) struct Spelling {
    version: i32,
    /// The constants that hold the permutations.
    orders: Vec<(Permutation, ValueId)>,
    /// Where each transpose stands, by its result.
    positions: BTreeMap<ValueId, u32>,
}

impl Spelling {
    /// That of a graph without transposes.
    pub(super) fn plain() -> Spelling {
        Spelling { version: 1, orders: Vec::new(), positions: BTreeMap::new() }
    }

    /// That of the region's transposes.
    fn of(graph: &Graph, region: &Region) -> Spelling {
        let ids = region.transpose_ids();
        let ops = || ids.iter().map(|&op| (op, graph.op(op)));
        let proper = || ops().filter(|(_, op)| op.code == OpCode::TRANSPOSE);
        Spelling {
            version: proper().map(|(_, op)| op.version).max().unwrap_or(1),
            orders: proper().filter_map(|(id, op)| permutation(graph, id).zip(op.operands()[1])).collect(),
            positions: ops().map(|(_, op)| (op.results()[0], op.position)).collect(),
        }
    }
}

/// Gives a tensor its layouts: the one it is computed in, and the other one if anything reads that.
fn store(graph: &mut Graph, region: &Region, plan: &Plan, tensor: &Tensor, spelling: &Spelling) {
    let computed = plan.frame(tensor.producer);
    let made = stored(graph, region, tensor, computed);
    if let Some((op, result)) = graph.producer(tensor.source) {
        graph.set_result(op, result as usize, made);
    }
    let other = plan.is_transposed(tensor).then(|| {
        let other = stored(graph, region, tensor, computed.other());
        transpose(graph, made, other, region.perm(computed), spelling);
        other
    });
    for &value in &tensor.values {
        for at in graph.value(value).uses().clone().iter() {
            let Some(end) = reader(region, value, *at) else { continue };
            let read = if plan.frame(end) == computed { made } else { other.unwrap_or(made) };
            graph.set_operand(at.op, at.operand as usize, Some(read));
        }
    }
}

/// The value that holds a tensor in a frame: one that callers see, else the first, else a new one.
fn stored(graph: &mut Graph, region: &Region, tensor: &Tensor, frame: Frame) -> ValueId {
    let mut of_frame: Vec<ValueId> =
        tensor.values.iter().copied().filter(|value| region.frames[value] == frame).collect();
    of_frame.sort_by_key(|&v| (!graph.value(v).is_output(), v != tensor.source));
    of_frame.first().copied().unwrap_or_else(|| {
        let source = graph.value(tensor.source);
        let value = permuted(source, region.perm(region.frames[&tensor.source]));
        let mut value = value.expect("the values of a region can be permuted");
        value.name = graph.unique_name(&format!("{}/permuted", value.name));
        graph.add_value(value)
    })
}

/// Lets `to` be `from` permuted.
pub(super) fn transpose(
    graph: &mut Graph,
    from: ValueId,
    to: ValueId,
    perm: &Permutation,
    spelling: &Spelling,
) {
    let known = spelling.orders.iter().find(|(order, _)| order == perm).map(|(_, value)| *value);
    let order = known.unwrap_or_else(|| {
        let numbers: Vec<i32> = perm.axes().iter().map(|&axis| axis as i32).collect();
        let name = graph.unique_name(&format!("{}/permutation", graph.value(to).name));
        graph.add_value(Value::constant(name, Type::fixed(DType::I32, &[numbers.len()]), Data::of(numbers)))
    });
    let operands = vec![Some(from), Some(order)];
    let mut op = Operator::of(Transpose::DESCRIPTION, TransposeOptionsT {}.wrap(), operands, vec![to]);
    let producer = graph.producer(from).map_or(0, |(op, _)| graph.op(op).position);
    op.version = spelling.version;
    op.position = spelling.positions.get(&to).copied().unwrap_or(producer);
    graph.add_op(op);
}

/// Lets an operator follow into the other frame; what it reads and computes is there already.
fn follow(graph: &mut Graph, region: &Region, op: OpId, constants: &mut BTreeMap<(ValueId, Frame), ValueId>) {
    let follower = &region.followers[&op];
    graph.set_options(op, follower.relayout.options.clone());
    for (i, follow) in follower.relayout.operands.iter().enumerate() {
        let Some(old) = graph.op(op).operands()[i] else { continue };
        let new = match follow {
            Follow::Moves if graph.value(old).data.is_some() => {
                let cached = constants.get(&(old, follower.frame)).copied();
                cached.unwrap_or_else(|| constant(graph, old, region.perm(follower.frame)))
            }
            Follow::Becomes(numbers) => index(graph, old, numbers),
            _ => continue,
        };
        if *follow == Follow::Moves {
            constants.insert((old, follower.frame), new);
        }
        graph.set_operand(op, i, Some(new));
    }
}

fn constant(graph: &mut Graph, old: ValueId, perm: &Permutation) -> ValueId {
    let value = permuted_constant(graph.value(old), perm);
    let mut value = value.expect("the constants of a region can be permuted");
    value.name = graph.unique_name(&value.name);
    graph.add_value(value)
}

/// An index constant like `old` with other numbers.
fn index(graph: &mut Graph, old: ValueId, numbers: &[i64]) -> ValueId {
    let old = graph.value(old);
    let data = match old.ty.dtype {
        DType::I64 => Data::of(numbers.to_vec()),
        _ => Data::of(numbers.iter().map(|&n| n as i32).collect::<Vec<_>>()),
    };
    let (ty, name) = (old.ty.clone(), old.name.clone());
    let name = graph.unique_name(&name);
    graph.add_value(Value::constant(name, ty, data))
}
