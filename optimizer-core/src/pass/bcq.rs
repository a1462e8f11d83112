//! Binary-coded weights: a model may carry, as further outputs, what its weights are in codes.
//!
//! Invariant: an operator reads codes only if its weights equal those that the codes are of, number by number. The
//! layout of the outputs is that of ONE's BCQ tools, version 1.

use crate::circle::schema::*;
use crate::ir::{DType, Graph, Model, OpId, ValueId};
use crate::op::{BCQFullyConnected, BCQGather, FullyConnected, Gather, Op, OptionsTable, Reshape};
use crate::pass::{Limits, carry_out};
use crate::rewrite::views::Step;
use crate::rewrite::{At, Builder, Patch, Reject, Val, Wire};
use ndarray::{Array2, ArrayView2, Ix2};

/// The first and last number of the output that tells of codes.
const MAGIC: [i64; 2] = [-1_999_999_973, 1_999_999_973];

/// How many outputs a matrix has at least: which way round it is, scales, codes, the number of clusters, their rows,
/// their bits, and the matrix.
const PARTS: usize = 7;

/// A matrix and its codes, all of them constants of the first graph.
struct Coded {
    /// Whether the matrix stands on the left of products, as it is; else it is transposed.
    is_left: bool,
    scales: ValueId,
    binary: ValueId,
    clusters: Vec<[i32; 2]>,
    matrix: ValueId,
}

/// Lets operators read codes and removes the outputs that tell of them; gives how many operators and outputs.
pub fn fuse_bcq(model: &mut Model, limits: &mut Limits) -> usize {
    let known = [BCQFullyConnected::DESCRIPTION, BCQGather::DESCRIPTION];
    let Some(graph) = model.graphs.first_mut().filter(|_| known.iter().all(|op| limits.target.has(op)))
    else {
        return 0;
    };
    let Some((kept, coded)) = coded_matrices(graph) else { return 0 };
    let ops: Vec<OpId> = graph.ops().map(|(id, _)| id).collect();
    let fused = ops.into_iter().filter(|&id| fuse(graph, id, &coded).is_some()).count();
    let outputs = graph.take_outputs();
    let gone = outputs.len() - kept.len();
    kept.iter().for_each(|&id| graph.add_output(id));
    for signature in model.signatures.iter_mut().flatten().filter(|signature| signature.graph == 0) {
        signature.outputs.iter_mut().for_each(|outputs| outputs.retain(|(_, id)| kept.contains(id)));
    }
    fused + gone
}

/// The outputs that callers know, and the matrices that the others describe; `None` if they describe none.
fn coded_matrices(graph: &Graph) -> Option<(Vec<ValueId>, Vec<Coded>)> {
    let (&first, further) = graph.outputs().split_first()?;
    let told = Val::new(graph, first)?.ints().filter(|_| graph.value(first).ty.dtype == DType::I32)?;
    let &[start, 1, kept, parts, ..] = told.as_slice() else { return None };
    (start == MAGIC[0] && told.last() == Some(&MAGIC[1])).then_some(())?;
    let (kept, parts) = (usize::try_from(kept).ok()?, usize::try_from(parts).ok()?);
    (kept <= further.len() && parts >= PARTS).then_some(())?;
    let (kept, bundles) = further.split_at(kept);
    let coded = bundles.chunks_exact(parts).filter_map(|bundle| Coded::of(graph, bundle)).collect();
    Some((kept.to_vec(), coded))
}

/// The constant, which older converters put behind a reshape.
fn constant(graph: &Graph, id: ValueId) -> Option<Val<'_>> {
    let value = Val::new(graph, id)?;
    let source = value.producer().map(|(op, _)| graph.op(op));
    let source = source.filter(|op| Reshape::DESCRIPTION.describes(op));
    let value = match source {
        Some(op) => Val::new(graph, op.operands().first().copied().flatten()?)?,
        None => value,
    };
    value.is_const().then_some(value)
}

impl Coded {
    fn of(graph: &Graph, bundle: &[ValueId]) -> Option<Coded> {
        let part = |i: usize| constant(graph, bundle[i]);
        let is_left = part(0).filter(|v| v.dtype() == DType::Bool)?.data()?.bytes().first().copied()? != 0;
        let [scales, binary, matrix] = [part(1)?, part(2)?, part(6)?];
        let sound = scales.dtype() == DType::F32 && binary.dtype() == DType::I32 && binary.rank() == 2;
        let number = usize::try_from(*part(3)?.ints()?.first()?).ok()?;
        let (rows, bits) = (part(4)?.ints()?, part(5)?.ints()?);
        let pair = |i: usize| Some([i32::try_from(*bits.get(i)?).ok()?, i32::try_from(*rows.get(i)?).ok()?]);
        let clusters = (0..number.min(rows.len() + 1)).map(pair).collect::<Option<Vec<_>>>()?;
        (sound && scales.rank() == 1 && matrix.dtype() == DType::F32).then(|| Coded {
            is_left,
            scales: scales.id(),
            binary: binary.id(),
            clusters,
            matrix: matrix.id(),
        })
    }

    /// Whether `weights` are this matrix, or its transposed.
    fn is(&self, graph: &Graph, weights: ArrayView2<f32>) -> bool {
        let matrix = Val::new(graph, self.matrix).and_then(|v| v.array::<f32, Ix2>());
        matrix.is_some_and(|matrix| if self.is_left { matrix == weights } else { matrix.t() == weights })
    }

    fn clusters(&self) -> Array2<i32> {
        Array2::from_shape_fn((self.clusters.len(), 2), |(i, j)| self.clusters[i][j])
    }
}

fn fuse(graph: &mut Graph, id: OpId, coded: &[Coded]) -> Option<()> {
    let op = graph.op(id);
    (!graph.is_quantized(op)).then_some(())?;
    let patch = if FullyConnected::DESCRIPTION.describes(op) {
        fuse_dense_layer(graph, id, coded)
    } else if Gather::DESCRIPTION.describes(op) {
        fuse_gather(graph, id, coded)
    } else {
        None
    };
    let patch = patch?.force();
    carry_out(graph, patch);
    Some(())
}

fn operand(graph: &Graph, id: OpId, i: usize) -> Option<Val<'_>> {
    Val::new(graph, graph.op(id).operands().get(i).copied().flatten()?)
}

/// The patch that lets `new` take the place of the operator's result.
fn finish<'g>(mut b: Builder<'g>, graph: &'g Graph, id: OpId, new: Wire) -> Option<Patch<'g>> {
    b.replace(Val::new(graph, *graph.op(id).results().first()?)?, new);
    b.finish(vec![id], Vec::new(), At::default()).ok()
}

/// Features stand before the batch in codes' layers, so the layer is turned around and back.
fn fuse_dense_layer<'g>(graph: &'g Graph, id: OpId, coded: &[Coded]) -> Option<Patch<'g>> {
    let options = FullyConnectedOptionsT::get(&graph.op(id).options)?;
    let (input, weights) = (operand(graph, id, 0)?, operand(graph, id, 1)?.array::<f32, Ix2>()?);
    let coded = coded.iter().find(|coded| coded.is(graph, weights))?;
    let (depth, mut b) = (weights.ncols(), Builder::new(graph));
    (options.weights_format == WeightsFormat::Default).then_some(())?;
    let rows = input.shape().known()?.iter().product::<usize>().checked_div(depth)?;
    let result = graph.value(*graph.op(id).results().first()?).shape()?.known()?;
    let built = (|| -> Result<Wire, Reject> {
        let x = b.operand(input);
        let x = reshaped(&mut b, x, &[rows, depth])?;
        let x = Step::Transpose(vec![1, 0]).build(&mut b, x)?;
        let bias = b.operand(operand(graph, id, 2));
        let clusters = b.operand(coded.clusters());
        let operands = [x, Wire::Old(coded.scales), Wire::Old(coded.binary), bias, clusters];
        let options = BCQFullyConnectedOptionsT { weights_hidden_size: depth as i32, act: options.act };
        let y = b.op::<BCQFullyConnected, _>(operands, options, At::default())?.result(0);
        let y = Step::Transpose(vec![1, 0]).build(&mut b, y)?;
        reshaped(&mut b, y, &result)
    })();
    finish(b, graph, id, built.ok()?)
}

/// Of a transposed matrix columns are gathered, and their features then come last again.
fn fuse_gather<'g>(graph: &'g Graph, id: OpId, coded: &[Coded]) -> Option<Patch<'g>> {
    let options = GatherOptionsT::get(&graph.op(id).options)?;
    let (weights, indices) = (operand(graph, id, 0)?.array::<f32, Ix2>()?, operand(graph, id, 1)?);
    let coded = coded.iter().find(|coded| coded.is(graph, weights))?;
    (options.axis == 0 && options.batch_dims == 0).then_some(())?;
    let (hidden, axis) = if coded.is_left { (weights.ncols(), 0) } else { (weights.nrows(), 1) };
    let mut b = Builder::new(graph);
    let operands =
        [Wire::Old(coded.scales), Wire::Old(coded.binary), b.operand(indices), b.operand(coded.clusters())];
    let options = BCQGatherOptionsT { input_hidden_size: hidden as i32, axis };
    let mut y = b.op::<BCQGather, _>(operands, options, At::default()).ok()?.result(0);
    if !coded.is_left {
        y = Step::Transpose((1..=indices.rank()).chain([0]).collect()).build(&mut b, y).ok()?;
    }
    finish(b, graph, id, y)
}

/// `x` in these dims, by no operator if it has them.
fn reshaped(b: &mut Builder<'_>, x: Wire, dims: &[usize]) -> Result<Wire, Reject> {
    match b.shape(x)?.known().as_deref() == Some(dims) {
        true => Ok(x),
        false => Step::Reshape(dims.to_vec()).build(b, x),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Data, Operator, Type, Value};
    use crate::rewrite::Target;

    fn limits(target: Target) -> Limits {
        Limits { growth: i64::MAX, target, fold: crate::pass::FoldBudget::default(), since: Vec::new() }
    }

    /// A gather and a dense layer of one matrix of 3 rows and 4 columns, and all that the tools say of it.
    fn model(is_left: bool, matrix_of: f32) -> Model {
        let mut graph = Graph::default();
        let elements: Vec<f32> = (0..12).map(|i| i as f32).collect();
        let w = Value::constant("w", Type::fixed(DType::F32, &[3, 4]), Data::of(elements.clone()));
        let w = graph.add_value(w);
        let x = graph.add_input(Value::new("x", Type::fixed(DType::F32, &[2, 1, 4])));
        let i = graph.add_input(Value::new("i", Type::fixed(DType::I32, &[2, 2])));
        let y = graph.add_value(Value::new("y", Type::fixed(DType::F32, &[2, 3])));
        let z = graph.add_value(Value::new("z", Type::fixed(DType::F32, &[2, 2, 4])));
        let options = (FullyConnected::DESCRIPTION.options)();
        graph.add_op(Operator::of(
            FullyConnected::DESCRIPTION,
            options,
            vec![Some(x), Some(w), None],
            vec![y],
        ));
        let options = (Gather::DESCRIPTION.options)();
        graph.add_op(Operator::of(Gather::DESCRIPTION, options, vec![Some(w), Some(i)], vec![z]));
        let mut tell = |name: &str, dtype, dims: &[usize], data| {
            let id = graph.add_value(Value::constant(name, Type::fixed(dtype, dims), data));
            graph.add_output(id);
        };
        tell("told", DType::I32, &[5], Data::of(vec![MAGIC[0] as i32, 1, 2, 7, MAGIC[1] as i32]));
        let (rows, dims) = if is_left { (3, [3, 4]) } else { (4, [4, 3]) };
        let turned = |at: usize| if is_left { elements[at] } else { elements[at % 3 * 4 + at / 3] };
        let matrix: Vec<f32> = (0..12).map(|at| turned(at) * matrix_of).collect();
        graph.add_output(y);
        graph.add_output(z);
        let mut tell = |name: &str, dtype, dims: &[usize], data| {
            let id = graph.add_value(Value::constant(name, Type::fixed(dtype, dims), data));
            graph.add_output(id);
        };
        tell("is_left", DType::Bool, &[1], Data::of(vec![u8::from(is_left)]));
        tell("scales", DType::F32, &[rows], Data::of(vec![1.0f32; rows]));
        tell("binary", DType::I32, &[rows, 1], Data::of(vec![5i32; rows]));
        tell("number", DType::I32, &[1], Data::of(vec![1i32]));
        tell("rows", DType::I32, &[1], Data::of(vec![rows as i32]));
        tell("bits", DType::I32, &[1], Data::of(vec![1i32]));
        tell("matrix", DType::F32, &dims, Data::of(matrix));
        Model { graphs: vec![graph], ..Model::default() }
    }

    fn names(model: &Model) -> Vec<String> {
        let graph = &model.graphs[0];
        let order = graph.order().unwrap();
        order.into_iter().map(|id| graph.op(id).name().to_owned()).collect()
    }

    #[test]
    fn codes_take_the_place_of_weights_and_what_tells_of_them_goes() {
        let mut left = model(true, 1.0);
        assert_eq!(fuse_bcq(&mut left, &mut limits(Target::circle())), 2 + 8);
        let layer = ["RESHAPE", "TRANSPOSE", "BCQ_FULLY_CONNECTED", "TRANSPOSE"];
        assert_eq!(names(&left), [&layer[..], &["BCQ_GATHER"]].concat());
        assert_eq!(left.graphs[0].outputs().len(), 2);
        assert_eq!(fuse_bcq(&mut left, &mut limits(Target::circle())), 0);
    }

    #[test]
    fn columns_of_a_transposed_matrix_are_turned_back() {
        let mut right = model(false, 1.0);
        fuse_bcq(&mut right, &mut limits(Target::circle()));
        let gather = names(&right).iter().position(|name| name == "BCQ_GATHER").unwrap();
        assert_eq!(names(&right)[gather + 1], "TRANSPOSE");
    }

    #[test]
    fn other_weights_stay_and_so_does_everything_for_runtimes_without_codes() {
        let mut other = model(true, 2.0);
        assert_eq!(fuse_bcq(&mut other, &mut limits(Target::circle())), 8);
        assert_eq!(names(&other), ["FULLY_CONNECTED", "GATHER"]);
        let mut portable = model(true, 1.0);
        let target = Target::portable(&portable);
        assert_eq!(fuse_bcq(&mut portable, &mut limits(target)), 0);
        assert_eq!(portable.graphs[0].outputs().len(), 10);
    }
}
