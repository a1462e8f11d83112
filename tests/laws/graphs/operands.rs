//! Operands that an operator may take: by the names that its description gives them, or whatever there is.
//!
//! Invariant: nothing here has to be right, only often enough; the operator's own shape rule and kernel decide.

use super::Picks;
use super::scene::Scene;
use optimizer_core::ir::{DType, Type, Value, ValueId};
use optimizer_core::op::Description;

/// Shapes that inputs have unless something asks for another.
const SHAPES: [&[usize]; 12] = [
    &[2, 4],
    &[4],
    &[2, 3, 4],
    &[1, 4, 4, 2],
    &[1, 2, 3, 4],
    &[],
    &[1, 4],
    &[3, 1],
    &[2, 1, 4],
    &[1],
    &[1, 6, 6, 4],
    &[2, 2, 1, 3, 2],
];
const DTYPES: [DType; 9] = [
    DType::F32,
    DType::F32,
    DType::F32,
    DType::F32,
    DType::F32,
    DType::I32,
    DType::I64,
    DType::Bool,
    DType::F16,
];

/// The features of a recurrent layer's state.
const UNITS: usize = 4;

/// A choice of operands for `op`.
pub(crate) fn operands(
    scene: &mut Scene,
    op: &Description,
    picks: &mut Picks,
) -> Option<Vec<Option<ValueId>>> {
    if op.operands.is_empty() {
        return Some(alike(scene, picks));
    }
    let place = op.operands.iter().position(|name| is_main(name));
    let main = main_operand(scene, op, picks);
    let operand = |(i, name): (usize, &&str)| match Some(i) == place {
        true => Some(Some(main)),
        false => operand(scene, op, name, main, picks),
    };
    op.operands.iter().enumerate().map(operand).collect()
}

fn is_main(name: &str) -> bool {
    matches!(name, "input" | "x" | "a" | "base" | "y")
}

/// What the others are chosen to fit.
fn main_operand(scene: &mut Scene, op: &Description, picks: &mut Picks) -> ValueId {
    let spatial = op.operands.iter().any(|name| matches!(*name, "filter" | "block" | "size"))
        || ["Pool", "Depth", "RoPE", "InstanceNorm"].iter().any(|part| op.name.contains(part));
    let fits = |v: &Value| !spatial || v.shape().is_some_and(|s| s.rank() == 4);
    let there = scene.fitting(|v| v.data.is_none() && fits(v));
    match picks.of(&there) {
        Some(id) if !picks.one_in(4) => id,
        _ => {
            let shapes: Vec<_> = SHAPES.iter().copied().filter(|s| !spatial || s.len() == 4).collect();
            let dims = picks.of(&shapes).unwrap_or(&[1, 4, 4, 2]);
            let dtype = dtype(op, picks);
            scene.input(Type::fixed(dtype, dims))
        }
    }
}

fn dtype(op: &Description, picks: &mut Picks) -> DType {
    match op.name {
        "LogicalAnd" | "LogicalOr" | "LogicalNot" | "ReduceAny" | "ReduceAll" => DType::Bool,
        "BitwiseXor" | "RightShift" => DType::I32,
        "Dequantize" => DType::F16,
        _ => picks.of(&DTYPES).unwrap_or(DType::F32),
    }
}

/// Two to four values of one type.
fn alike(scene: &mut Scene, picks: &mut Picks) -> Vec<Option<ValueId>> {
    let first = picks.of(&scene.fitting(|v| v.data.is_none() && v.shape().is_some()));
    let first = first.unwrap_or_else(|| scene.input(Type::fixed(DType::F32, SHAPES[0])));
    let ty = scene.graph.value(first).ty.clone();
    let more = (0..picks.below(3)).map(|_| match picks.of(&scene.fitting(|v| v.ty == ty)) {
        Some(id) if !picks.one_in(3) => id,
        _ => scene.numbers(ty.dtype, &ty.shape.as_ref().and_then(|s| s.known()).unwrap_or_default(), picks),
    });
    let more: Vec<ValueId> = more.collect();
    std::iter::once(first).chain(more).map(Some).collect()
}

/// An operand by its name; the outer `None` if nothing can be thought of, the inner one for an absent operand.
fn operand(
    scene: &mut Scene,
    op: &Description,
    name: &str,
    main: ValueId,
    picks: &mut Picks,
) -> Option<Option<ValueId>> {
    let (dims, dtype) = (scene.dims(main), scene.graph.value(main).ty.dtype);
    let (rank, last) = (dims.len(), dims.last().copied().unwrap_or(1));
    let id = match name {
        "weights" => {
            let rows = 1 + picks.below(6);
            scene.numbers(dtype, &[rows, last], picks)
        }
        // Two rows of two bits.
        "scales" => scene.numbers(DType::F32, &[4], picks),
        "binary" => scene.numbers(DType::I32, &[4, 1], picks),
        "clusters" => scene.ints(&[1, 2], vec![2, 2]),
        "filter" => filter(scene, op, &dims, picks),
        "bias" if picks.one_in(2) => return Some(None),
        "bias" => {
            let count = bias_length(scene, op, picks);
            scene.numbers(dtype, &[count], picks)
        }
        "hidden_hidden" => scene.numbers(dtype, &[3 * UNITS, UNITS], picks),
        "hidden_input" => scene.numbers(dtype, &[3 * UNITS, last], picks),
        "hidden_hidden_bias" | "hidden_input_bias" => scene.numbers(dtype, &[3 * UNITS], picks),
        "state" => scene.numbers(dtype, &[1, UNITS], picks),
        "gamma" | "beta" => scene.numbers(dtype, &[last], picks),
        "alpha" => {
            let shape = picks.of(&[&dims[..], &dims[rank.saturating_sub(1)..], &[]])?.to_vec();
            scene.numbers(dtype, &shape, picks)
        }
        "a" | "b" | "x" | "exponent" => second(scene, op, main, picks),
        "condition" => condition(scene, &dims, picks),
        "sin" | "cos" => scene.numbers(dtype, &[1, 1, dims.get(2).copied()?, last], picks),
        "value" | "on" | "off" | "start" | "limit" | "delta" => scene.numbers(dtype, &[], picks),
        "table" | "update" => scene.numbers(dtype, &dims, picks),
        _ => match indices(scene, op, name, &dims, picks) {
            Some(id) => id,
            None if picks.one_in(2) => scene.numbers(DType::I32, &dims, picks),
            None => scene.numbers(DType::F32, &dims, picks),
        },
    };
    Some(Some(id))
}

fn filter(scene: &mut Scene, op: &Description, dims: &[usize], picks: &mut Picks) -> ValueId {
    let depth = dims.last().copied().unwrap_or(1);
    let (count, height, width) = (1 + picks.below(4), 1 + picks.below(3), 1 + picks.below(3));
    let shape = match op.name.contains("Depthwise") {
        true => [1, height, width, depth * (1 + count % 2)],
        false => [count, height, width, depth],
    };
    scene.numbers(DType::F32, &shape, picks)
}

/// As many as the weights or the filter, made just before, give results.
fn bias_length(scene: &Scene, op: &Description, picks: &mut Picks) -> usize {
    let weights = scene.fitting(|v| v.data.is_some() && v.shape().is_some_and(|s| s.rank() >= 2));
    let dims = weights.first().map(|&id| scene.dims(id)).unwrap_or_default();
    let side = if op.name.contains("Depthwise") { dims.last() } else { dims.first() };
    side.copied().unwrap_or(1 + picks.below(4))
}

/// The second operand of a binary operator: of the same shape, or broadcast.
fn second(scene: &mut Scene, op: &Description, main: ValueId, picks: &mut Picks) -> ValueId {
    let (dims, dtype) = (scene.dims(main), scene.graph.value(main).ty.dtype);
    if op.name == "BatchMatMul" && dims.len() >= 2 {
        let (rows, columns) = (dims[dims.len() - 1], 1 + picks.below(4));
        let shape = [&dims[..dims.len() - 2], &[rows, columns]].concat();
        return if picks.one_in(2) {
            scene.numbers(dtype, &shape, picks)
        } else {
            scene.input(Type::fixed(dtype, &shape))
        };
    }
    let there =
        scene.fitting(|v| v.ty.dtype == dtype && (v.ty == scene.graph.value(main).ty || v.data.is_none()));
    match picks.below(4) {
        0 => {
            let last = dims[dims.len().saturating_sub(1)..].to_vec();
            scene.numbers(dtype, &last, picks)
        }
        1 => scene.numbers(dtype, &[], picks),
        2 => {
            let shape: Vec<usize> = dims.iter().map(|&n| if picks.one_in(2) { 1 } else { n }).collect();
            scene.numbers(dtype, &shape, picks)
        }
        _ => picks.of(&there).unwrap_or(main),
    }
}

fn condition(scene: &mut Scene, dims: &[usize], picks: &mut Picks) -> ValueId {
    let there = scene.fitting(|v| v.ty.dtype == DType::Bool);
    picks.of(&there).unwrap_or_else(|| scene.input(Type::fixed(DType::Bool, dims)))
}

/// Constants that say which elements, where to, or how many.
fn indices(
    scene: &mut Scene,
    op: &Description,
    name: &str,
    dims: &[usize],
    picks: &mut Picks,
) -> Option<ValueId> {
    let rank = dims.len();
    let axis = |picks: &mut Picks| picks.below(2 * rank.max(1)) as i32 - rank as i32;
    let per_axis = |f: &mut dyn FnMut(usize) -> i32| dims.iter().map(|&n| f(n)).collect::<Vec<i32>>();
    let (shape, ints): (Vec<usize>, Vec<i32>) = match name {
        "axis" => (vec![], vec![axis(picks)]),
        "axes" => (vec![1], vec![axis(picks)]),
        "permutation" => {
            let mut left: Vec<i32> = (0..rank as i32).collect();
            (vec![rank], (0..rank).map(|_| left.remove(picks.below(left.len()))).collect())
        }
        "shape" if op.name == "BroadcastTo" => (
            vec![rank + 1],
            std::iter::once(1 + picks.below(3) as i32).chain(dims.iter().map(|&n| n as i32)).collect(),
        ),
        "shape" => other_shape(dims, picks),
        "begin" => (vec![rank], per_axis(&mut |n| picks.below(n) as i32)),
        "size" if op.name.contains("Resize") => {
            (vec![2], vec![1 + picks.below(6) as i32, 1 + picks.below(6) as i32])
        }
        "size" => (vec![rank], per_axis(&mut |_| [-1, 1, 2][picks.below(3)])),
        "end" => (vec![rank], per_axis(&mut |n| n.saturating_sub(picks.below(2)) as i32)),
        "strides" => (vec![rank], per_axis(&mut |_| [1, 1, 1, 2, -1][picks.below(5)])),
        "paddings" if rank == 4 && op.name.contains("Space") => {
            (vec![2, 2], (0..4).map(|_| 2 * picks.below(2) as i32).collect())
        }
        "paddings" => (vec![rank, 2], (0..2 * rank).map(|_| picks.below(3) as i32).collect()),
        "block" => (vec![2], vec![1 + picks.below(2) as i32, 1 + picks.below(2) as i32]),
        "crops" => (vec![2, 2], vec![0; 4]),
        "multiples" => (vec![rank], per_axis(&mut |_| 1 + picks.below(2) as i32)),
        "dims" => (vec![2], vec![1 + picks.below(3) as i32, 1 + picks.below(3) as i32]),
        "indices" | "ids" => {
            let extent = dims.iter().min().copied().unwrap_or(1);
            let count = 1 + picks.below(3);
            (vec![count], (0..count).map(|_| picks.below(extent) as i32).collect())
        }
        "segments" | "lengths" => {
            let count = dims.first().copied()?;
            (vec![count], (0..count as i32).map(|i| i / 2).collect())
        }
        "count" => (vec![], vec![dims.first().copied()? as i32]),
        "dilations" => (vec![rank], per_axis(&mut |_| 1 + picks.below(2) as i32)),
        "depth" | "k" => (vec![], vec![1 + picks.below(3) as i32]),
        "sizes" => {
            let first = picks.below(dims.first().copied()?) as i32;
            (vec![2], vec![first, dims[0] as i32 - first])
        }
        "output_shape" => (
            vec![4],
            vec![1, 1 + picks.below(8) as i32, 1 + picks.below(8) as i32, 1 + picks.below(4) as i32],
        ),
        _ => return None,
    };
    Some(scene.ints(&shape, ints))
}

/// As many elements in other dims, one of them perhaps left open.
fn other_shape(dims: &[usize], picks: &mut Picks) -> (Vec<usize>, Vec<i32>) {
    let count: usize = dims.iter().product();
    let mut left = count;
    let mut shape = Vec::new();
    for factor in [2, 3, 4, 1] {
        if left.is_multiple_of(factor) && picks.one_in(2) {
            shape.push(factor as i32);
            left /= factor;
        }
    }
    shape.push(if picks.one_in(3) && count > 0 { -1 } else { left as i32 });
    let by = picks.below(shape.len());
    shape.rotate_left(by);
    (vec![shape.len()], shape)
}
