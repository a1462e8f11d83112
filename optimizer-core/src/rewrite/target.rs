//! What runtimes can execute, as data.
//!
//! Invariant: no rewrite emits an operator that the target lacks, or one in a form that it gets wrong.

use crate::ir::{Graph, Model, OpCode, Shape};
use crate::op::Description;
use crate::rewrite::Patch;
use std::collections::HashSet;

/// A runtime, and what the model contains already.
#[derive(Clone, Debug)]
pub struct Target {
    runtime: &'static Runtime,
    present: HashSet<i32>,
}

/// What one runtime has.
#[derive(Debug)]
pub struct Runtime {
    pub name: &'static str,
    has: Has,
    limits: &'static [Limit],
    /// Whether it splits into parts of different sizes; otherwise slices are made of such a split.
    splits_unevenly: bool,
}

#[derive(Debug)]
enum Has {
    /// Every operator of circle.
    All,
    /// Every operator of TFLite.
    Portable,
    Only(&'static [OpCode]),
}

/// A form of an operator that a runtime handles; the others it refuses or computes wrong.
#[derive(Debug)]
struct Limit {
    op: OpCode,
    /// Asked with the shapes of the operands, `None` for one that is absent or of unknown rank.
    holds: fn(&[Option<&Shape>]) -> bool,
}

/// All runtimes by name.
pub static RUNTIMES: [&Runtime; 3] = [&PORTABLE, &CIRCLE, &ONERT];

static PORTABLE: Runtime =
    Runtime { name: "portable", has: Has::Portable, limits: &[], splits_unevenly: true };

static CIRCLE: Runtime = Runtime { name: "circle", has: Has::All, limits: &[], splits_unevenly: true };

/// Version 0.1.0 of onert with its cpu backend, on f32, as `tests/targets/run_onert.py` and the one-operator models of
/// ONE found it. Its RoPE reads the first row of the tables alone, and its SPLIT_V takes the wrong elements.
static ONERT: Runtime = Runtime {
    name: "onert",
    has: Has::Only(ONERT_HAS),
    splits_unevenly: false,
    limits: &[
        Limit { op: OpCode::ROPE, holds: |shapes| (1..3).all(|i| is_row(shapes.get(i).copied().flatten())) },
        Limit { op: OpCode::RMS_NORM, holds: |shapes| matches!(rank(shapes, 0), Some(3 | 4)) },
        Limit {
            op: OpCode::BATCH_MATMUL,
            holds: |shapes| (0..2).all(|i| rank(shapes, i).is_some_and(|r| r <= 4)),
        },
    ],
};

#[rustfmt::skip]
const ONERT_HAS: &[OpCode] = &[
    OpCode::ABS, OpCode::ADD, OpCode::ADD_N, OpCode::ARG_MAX, OpCode::ARG_MIN, OpCode::AVERAGE_POOL_2D,
    OpCode::BATCH_MATMUL, OpCode::BATCH_TO_SPACE_ND, OpCode::BROADCAST_TO, OpCode::CAST, OpCode::CONCATENATION,
    OpCode::CONV_2D, OpCode::COS, OpCode::DEPTHWISE_CONV_2D, OpCode::DEPTH_TO_SPACE, OpCode::DIV, OpCode::ELU,
    OpCode::EQUAL, OpCode::EXP, OpCode::EXPAND_DIMS, OpCode::FILL, OpCode::FLOOR, OpCode::FLOOR_DIV, OpCode::FLOOR_MOD,
    OpCode::FULLY_CONNECTED, OpCode::GATHER, OpCode::GELU, OpCode::GREATER, OpCode::GREATER_EQUAL,
    OpCode::L2_NORMALIZATION, OpCode::LEAKY_RELU, OpCode::LESS, OpCode::LESS_EQUAL, OpCode::LOG, OpCode::LOGICAL_AND,
    OpCode::LOGICAL_NOT, OpCode::LOGICAL_OR, OpCode::LOGISTIC, OpCode::LOG_SOFTMAX, OpCode::MAXIMUM,
    OpCode::MAX_POOL_2D, OpCode::MEAN, OpCode::MINIMUM, OpCode::MUL, OpCode::NEG, OpCode::NOT_EQUAL, OpCode::PACK,
    OpCode::PAD, OpCode::POW, OpCode::RANGE, OpCode::RANK, OpCode::REDUCE_ANY, OpCode::REDUCE_MAX, OpCode::REDUCE_PROD,
    OpCode::RELU, OpCode::RELU6, OpCode::RESHAPE, OpCode::RESIZE_BILINEAR, OpCode::RMS_NORM, OpCode::ROPE,
    OpCode::ROUND, OpCode::RSQRT, OpCode::SELECT, OpCode::SELECT_V2, OpCode::SHAPE, OpCode::SIN, OpCode::SLICE,
    OpCode::SOFTMAX, OpCode::SPACE_TO_BATCH_ND, OpCode::SPACE_TO_DEPTH, OpCode::SPLIT, OpCode::SPLIT_V, OpCode::SQRT,
    OpCode::SQUARE, OpCode::SQUARED_DIFFERENCE, OpCode::SQUEEZE, OpCode::STRIDED_SLICE, OpCode::SUB, OpCode::SUM,
    OpCode::TANH, OpCode::TILE, OpCode::TRANSPOSE, OpCode::UNPACK, OpCode::ZEROS_LIKE,
];

fn rank(shapes: &[Option<&Shape>], i: usize) -> Option<usize> {
    Some((*shapes.get(i)?)?.rank())
}

/// Whether all dims but the last are 1.
fn is_row(shape: Option<&Shape>) -> bool {
    let outer = shape.and_then(|shape| Some(shape.dims().split_last()?.1));
    outer.is_some_and(|outer| outer.iter().all(|dim| dim.known() == Some(1)))
}

impl Target {
    /// What every runtime has, and what the model contains already.
    pub fn portable(model: &Model) -> Target {
        Target::of(&PORTABLE, model)
    }

    /// Every operator of circle, its own ones included.
    pub fn circle() -> Target {
        Target { runtime: &CIRCLE, present: HashSet::new() }
    }

    /// What `runtime` has, and what the model contains already.
    pub fn of(runtime: &'static Runtime, model: &Model) -> Target {
        let ops = model.graphs.iter().flat_map(|g| g.ops().map(|(_, op)| op.code.0));
        Target { runtime, present: ops.collect() }
    }

    /// Whether a rewrite may emit the operator in some form.
    pub fn has(&self, op: &Description) -> bool {
        let has = match self.runtime.has {
            Has::All => true,
            Has::Portable => op.is_portable(),
            Has::Only(ops) => ops.contains(&op.code),
        };
        has || self.present.contains(&op.code.0)
    }

    /// Whether SPLIT_V gives the right parts.
    pub fn splits_unevenly(&self) -> bool {
        self.runtime.splits_unevenly
    }

    /// Whether every operator of a patch has a form that the runtime handles.
    pub fn accepts(&self, patch: &Patch, graph: &Graph) -> bool {
        patch.ops.iter().all(|op| {
            let mut limits = self.runtime.limits.iter().filter(|limit| limit.op == op.description.code);
            let shape = |&wire| patch.ty(graph, wire).and_then(|ty| ty.shape.as_ref());
            let shapes = || op.operands.iter().map(shape).collect::<Vec<_>>();
            limits.all(|limit| (limit.holds)(&shapes()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::{HardSwish, Op, RmsNorm, RoPE};

    #[test]
    fn runtimes_differ_in_what_they_have() {
        let has = |runtime, op| Target::of(runtime, &Model::default()).has(op);
        assert_eq!(RUNTIMES.map(|r| has(r, RoPE::DESCRIPTION)), [false, true, true]);
        assert_eq!(RUNTIMES.map(|r| has(r, RmsNorm::DESCRIPTION)), [false, true, true]);
        assert_eq!(RUNTIMES.map(|r| has(r, HardSwish::DESCRIPTION)), [true, true, false]);
    }

    #[test]
    fn a_table_of_one_row_has_no_other_dim() {
        assert!(is_row(Some(&Shape::fixed(&[1, 1, 1, 8]))) && is_row(Some(&Shape::fixed(&[8]))));
        assert!(!is_row(Some(&Shape::fixed(&[1, 1, 2, 8]))) && !is_row(None));
    }
}
