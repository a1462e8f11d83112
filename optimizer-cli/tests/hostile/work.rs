//! Small files whose operators take more time, or more memory on the way, than their bytes say.

use crate::bounds::stays_within_bounds;
use crate::net::Net;
use BuiltinOperator as Op;
use BuiltinOptionsT::NONE;
use optimizer_core::circle::schema::*;

#[test]
fn inputs_of_many_elements() {
    let mut net = Net::new();
    let x = net.input(&[1, 1 << 24], DType::F32);
    let flags = net.input(&[1 << 25], DType::Bool);
    let w = net.bytes(&[2, 4], DType::F32, vec![0; 32]);
    let dense = BuiltinOptionsT::FullyConnectedOptions(Box::default());
    let y = net.op(Op::FULLY_CONNECTED, dense, &[x, w, -1], &[1 << 22, 2], DType::F32);
    let z = net.op(Op::LOGICAL_NOT, NONE, &[flags], &[1 << 25], DType::Bool);
    net.output(y);
    net.output(z);
    stays_within_bounds(&net);
}

/// Each turn of the loop has many operators and next to no numbers.
#[test]
fn loops_of_many_operators() {
    let mut net = Net::new();
    let x = net.input(&[], DType::F32);
    let options = table!(WhileOptionsT { cond_subgraph_index: 1, body_subgraph_index: 2 });
    let y = net.op(Op::WHILE, BuiltinOptionsT::WhileOptions(Box::new(options)), &[x], &[], DType::F32);
    net.output(y);
    net.graph();
    let x = net.input(&[], DType::F32);
    let same = net.op(Op::EQUAL, NONE, &[x, x], &[], DType::Bool);
    net.output(same);
    net.graph();
    let mut last = net.input(&[], DType::F32);
    for _ in 0..1_000 {
        last = net.op(Op::NEG, NONE, &[last], &[], DType::F32);
    }
    net.output(last);
    stays_within_bounds(&net);
}

#[test]
fn neighbours_of_neighbours() {
    let mut net = Net::new();
    let shape = [1, 1, 1, 1 << 18];
    let (dims, value) = (net.ints(&shape), net.number(0.5));
    let filled = net.op(Op::FILL, NONE, &[dims, value], &shape, DType::F32);
    let options = table!(LocalResponseNormalizationOptionsT { radius: i32::MAX, alpha: 1.0, beta: 0.5 });
    let options = BuiltinOptionsT::LocalResponseNormalizationOptions(Box::new(options));
    let y = net.op(Op::LOCAL_RESPONSE_NORMALIZATION, options, &[filled], &shape, DType::F32);
    net.output(y);
    stays_within_bounds(&net);
}

#[test]
fn boxes_that_none_suppresses() {
    let mut net = Net::new();
    let n = 1 << 16;
    let boxes = net.input(&[n, 4], DType::F32);
    let scores = net.input(&[n], DType::F32);
    let (most, overlap, least) = (net.ints(&[n]), net.number(1.5), net.number(-1e9));
    let most = net.op(Op::REDUCE_MAX, reducer(), &[most, most], &[], DType::I32);
    let count = net.tensor(&[], DType::I32);
    let chosen = net.tensor(&[n], DType::I32);
    net.op_into(Op::NON_MAX_SUPPRESSION_V4, NONE, &[boxes, scores, most, overlap, least], &[chosen, count]);
    net.output(chosen);
    stays_within_bounds(&net);
}

fn reducer() -> BuiltinOptionsT {
    BuiltinOptionsT::ReducerOptions(Box::default())
}

#[test]
fn windows_given_by_operands() {
    let mut net = Net::new();
    let side = 1 << 10;
    let (dims, value) = (net.ints(&[side, side]), net.number(0.5));
    let filled = net.op(Op::FILL, NONE, &[dims, value], &[side, side], DType::F32);
    let (window, one) = (net.ints(&[side / 2, side / 2]), net.ints(&[1, 1]));
    let half = [side / 2 + 1, side / 2 + 1];
    let result = net.tensor(&half, DType::F32);
    net.op_into(Op::REDUCE_WINDOW, NONE, &[filled, value, window, one, one], &[result]);
    let options = table!(ReduceWindowOptionsT { reduce_function: ReduceWindowFunction::Add });
    let op = net.last().operators.as_mut().and_then(|ops| ops.last_mut()).expect("it was added");
    op.builtin_options_2 = BuiltinOptions2T::ReduceWindowOptions(Box::new(options));
    net.output(result);
    stays_within_bounds(&net);
}

#[test]
fn sequences_without_end() {
    let mut net = Net::new();
    let (steps, units) = (1 << 16, 256);
    let x = net.input(&[steps, 1, 1], DType::F32);
    let weights = net.bytes(&[units, 1], DType::F32, vec![0; 4 * units as usize]);
    let again = net.bytes(&[units, units], DType::F32, vec![0; (4 * units * units) as usize]);
    let bias = net.bytes(&[units], DType::F32, vec![0; 4 * units as usize]);
    let state = net.tensor(&[1, units], DType::F32);
    net.last().tensors.as_mut().expect("they are there")[state as usize].is_variable = true;
    let options =
        BuiltinOptionsT::SequenceRNNOptions(Box::new(table!(SequenceRNNOptionsT { time_major: true })));
    let operands = [x, weights, again, bias, state];
    let y = net.op(Op::UNIDIRECTIONAL_SEQUENCE_RNN, options, &operands, &[steps, 1, units], DType::F32);
    net.output(y);
    stays_within_bounds(&net);
}

#[test]
fn inputs_that_leave_no_room() {
    for elements in [1 << 24, 1 << 25] {
        let mut net = Net::new();
        let x = net.input(&[elements], DType::F32);
        let mut last = x;
        for _ in 0..3 {
            let c = net.number(0.25);
            let add = BuiltinOptionsT::AddOptions(Box::default());
            last = net.op(Op::ADD, add, &[last, c], &[elements], DType::F32);
        }
        net.output(last);
        stays_within_bounds(&net);
    }
}

/// One number is stored, and the shape asks for 256 MB.
#[test]
fn sparse_constants_of_few_bytes() {
    let mut net = Net::new();
    let n = 1 << 26;
    let stored = net.bytes(&[n], DType::F32, vec![0; 4]);
    let vector = |values: Vec<i32>| {
        SparseIndexVectorT::Int32Vector(Box::new(table!(Int32VectorT { values: Some(values) })))
    };
    let dim = table!(DimensionMetadataT {
        format: DimensionType::SparseCsr,
        array_segments: vector(vec![0, 1]),
        array_indices: vector(vec![7])
    });
    let sparsity =
        table!(SparsityParametersT { traversal_order: Some(vec![0]), dim_metadata: Some(vec![dim]) });
    net.last().tensors.as_mut().expect("they are there")[stored as usize].sparsity = Some(Box::new(sparsity));
    let full = net.op(Op::DENSIFY, NONE, &[stored], &[n], DType::F32);
    net.output(full);
    stays_within_bounds(&net);
}
