//! Small files that ask for much, and large ones that ask for more.

use crate::bounds::stays_within_bounds;
use crate::net::Net;
use BuiltinOperator as Op;
use BuiltinOptionsT::NONE;
use optimizer_core::circle::schema::*;

/// Numbers of operators and the like; `CIRCLE_OPT_HOSTILE` asks for ten times as many.
fn many(usual: usize) -> usize {
    if std::env::var_os("CIRCLE_OPT_HOSTILE").is_some() { usual * 10 } else { usual }
}

/// The side of matrices that are multiplied over and over.
const SIDE: i32 = 512;

#[test]
fn deep_chains() {
    let mut net = Net::new();
    let mut last = net.input(&[2], DType::F32);
    for turn in 0..many(20_000) {
        last = net.op([Op::NEG, Op::SIN][turn % 2], NONE, &[last], &[2], DType::F32);
    }
    net.output(last);
    stays_within_bounds(&net);
}

#[test]
fn one_value_with_many_readers() {
    let mut net = Net::new();
    let x = net.input(&[2], DType::F32);
    let all: Vec<i32> = (0..many(5_000))
        .map(|turn| {
            let c = net.number(turn as f32);
            net.op(Op::ADD, BuiltinOptionsT::AddOptions(Box::default()), &[x, c], &[2], DType::F32)
        })
        .collect();
    let joined = net.op(
        Op::CONCATENATION,
        BuiltinOptionsT::ConcatenationOptions(Box::default()),
        &all,
        &[2 * all.len() as i32],
        DType::F32,
    );
    net.output(joined);
    stays_within_bounds(&net);
}

#[test]
fn equal_constants_and_operators() {
    let mut net = Net::new();
    let x = net.input(&[2], DType::F32);
    for _ in 0..many(5_000) {
        let c = net.number(1.5);
        let y = net.op(Op::MUL, BuiltinOptionsT::MulOptions(Box::default()), &[x, c], &[2], DType::F32);
        net.output(y);
    }
    stays_within_bounds(&net);
}

#[test]
fn a_constant_of_a_billion_elements() {
    for n in [1 << 24, 1 << 30, i32::MAX] {
        let mut net = Net::new();
        let (dims, value) = (net.ints(&[n]), net.number(1.0));
        let filled = net.op(Op::FILL, NONE, &[dims, value], &[n], DType::F32);
        let negated = net.op(Op::NEG, NONE, &[filled], &[n], DType::F32);
        let axis = net.ints(&[0]);
        let sum = net.op(
            Op::SUM,
            BuiltinOptionsT::ReducerOptions(Box::default()),
            &[negated, axis],
            &[],
            DType::F32,
        );
        let x = net.input(&[2], DType::F32);
        let y = net.op(Op::ADD, BuiltinOptionsT::AddOptions(Box::default()), &[x, sum], &[2], DType::F32);
        net.output(y);
        stays_within_bounds(&net);
    }
}

#[test]
fn many_constants_of_a_megabyte() {
    let mut net = Net::new();
    let value = net.number(1.0);
    let n = 1 << 18;
    for _ in 0..many(20) {
        let dims = net.ints(&[n]);
        let filled = net.op(Op::FILL, NONE, &[dims, value], &[n], DType::F32);
        let y = net.op(Op::SIN, NONE, &[filled], &[n], DType::F32);
        net.output(y);
    }
    stays_within_bounds(&net);
}

#[test]
fn folding_that_takes_forever() {
    let mut net = Net::new();
    let value = net.number(0.5);
    let dims = net.ints(&[SIDE, SIDE]);
    let mut last = net.op(Op::FILL, NONE, &[dims, value], &[SIDE, SIDE], DType::F32);
    for _ in 0..many(1_000) {
        let options = BuiltinOptionsT::BatchMatMulOptions(Box::default());
        last = net.op(Op::BATCH_MATMUL, options, &[last, last], &[SIDE, SIDE], DType::F32);
    }
    net.output(last);
    stays_within_bounds(&net);
}

#[test]
fn windows_as_large_as_what_they_see() {
    let mut net = Net::new();
    let value = net.number(0.5);
    let shape = [1, 512, 512, 1];
    let dims = net.ints(&shape);
    let filled = net.op(Op::FILL, NONE, &[dims, value], &shape, DType::F32);
    for code in [Op::MAX_POOL_2D, Op::AVERAGE_POOL_2D, Op::L2_POOL_2D] {
        for filter in [512, i32::MAX] {
            let pool = table!(Pool2DOptionsT {
                filter_height: filter,
                filter_width: filter,
                stride_h: 1,
                stride_w: 1
            });
            let y =
                net.op(code, BuiltinOptionsT::Pool2DOptions(Box::new(pool)), &[filled], &shape, DType::F32);
            let y = net.op(Op::SIN, NONE, &[y], &shape, DType::F32);
            net.output(y);
        }
    }
    stays_within_bounds(&net);
}

#[test]
fn shapes_past_all_counting() {
    let huge = [i32::MAX; 6];
    let mut net = Net::new();
    let x = net.input(&huge, DType::F32);
    let c = net.number(2.0);
    let sum = net.op(Op::ADD, BuiltinOptionsT::AddOptions(Box::default()), &[x, c], &huge, DType::F32);
    let flat = net.ints(&[-1]);
    let flat = net.op(Op::RESHAPE, NONE, &[sum, flat], &[i32::MAX], DType::F32);
    let joined = net.op(
        Op::CONCATENATION,
        BuiltinOptionsT::ConcatenationOptions(Box::default()),
        &[flat, flat, flat],
        &[i32::MAX],
        DType::F32,
    );
    net.output(joined);
    let zero = net.op(Op::SHAPE, NONE, &[x], &[6], DType::I32);
    let product = net.op(
        Op::REDUCE_PROD,
        BuiltinOptionsT::ReducerOptions(Box::default()),
        &[zero, zero],
        &[],
        DType::I32,
    );
    net.output(product);
    stays_within_bounds(&net);
}

#[test]
fn small_operands_of_large_results() {
    let mut net = Net::new();
    let n = 1 << 30;
    let (value, many) = (net.number(1.0), net.ints(&[n]));
    let (zero, step, end) = (net.ints(&[0]), net.ints(&[1]), net.ints(&[n]));
    let pads = net.bytes(&[1, 2], DType::I32, [n, n].iter().flat_map(|n| n.to_le_bytes()).collect());
    let line = net.bytes(&[1], DType::F32, 1f32.to_le_bytes().to_vec());
    let results = [
        net.op(Op::TILE, NONE, &[line, many], &[n], DType::F32),
        net.op(Op::BROADCAST_TO, NONE, &[line, many], &[n], DType::F32),
        net.op(Op::PAD, NONE, &[line, pads], &[i32::MAX], DType::F32),
        net.op(Op::RANGE, NONE, &[zero, end, step], &[n], DType::I32),
        net.op(Op::FILL, NONE, &[many, value], &[n], DType::F32),
        net.op(Op::ONE_HOT, NONE, &[zero, end, value, value], &[1, n], DType::F32),
    ];
    for result in results {
        let dtype = if result == results[3] { DType::I32 } else { DType::F32 };
        let y = net.op(Op::NEG, NONE, &[result], &[n], dtype);
        net.output(y);
    }
    stays_within_bounds(&net);
}

#[test]
fn names_without_end() {
    let mut net = Net::new();
    let x = net.input(&[2], DType::F32);
    let y = net.op(Op::NEG, NONE, &[x], &[2], DType::F32);
    let z = net.op(Op::NEG, NONE, &[y], &[2], DType::F32);
    net.output(z);
    let length = many(1 << 20);
    for tensor in net.last().tensors.iter_mut().flatten() {
        tensor.name = Some("n".repeat(length / 3));
    }
    stays_within_bounds(&net);
}

/// Each graph calls the next one twice.
#[test]
fn graphs_that_call_each_other() {
    let mut net = Net::new();
    let graphs = many(300);
    for number in 0..graphs {
        if number > 0 {
            net.graph();
        }
        let mut last = net.input(&[2], DType::F32);
        for _ in 0..2 {
            let call = table!(CallOptionsT { subgraph: ((number + 1) % graphs) as u32 });
            last = net.op(Op::CALL, BuiltinOptionsT::CallOptions(Box::new(call)), &[last], &[2], DType::F32);
        }
        net.output(last);
    }
    stays_within_bounds(&net);
}

#[test]
fn lists_without_end() {
    let mut net = Net::new();
    let x = net.input(&[2], DType::F32);
    let y = net.op(Op::NEG, NONE, &[x], &[2], DType::F32);
    net.output(y);
    let maps = |n| Some(vec![table!(TensorMapT { name: Some("m".into()), tensor_index: 1 }); n]);
    let signatures = many(100);
    net.0.signature_defs =
        Some(vec![table!(SignatureDefT { inputs: maps(100), outputs: maps(100) }); signatures]);
    net.0.metadata = Some(vec![table!(MetadataT { name: Some("m".into()) }); many(5_000)]);
    net.0.metadata_buffer = Some(vec![0; many(5_000)]);
    for _ in 0..many(5_000) {
        net.tensor(&[2], DType::F32);
    }
    (0..many(5_000)).for_each(|_| net.output(y));
    let rank = many(10_000);
    let tall = net.tensor(&vec![1; rank], DType::F32);
    let flat = net.op(Op::RESHAPE, NONE, &[tall], &[1], DType::F32);
    net.output(flat);
    stays_within_bounds(&net);
}

/// The ranks of results hang on lists that only a run knows.
#[test]
fn ranks_past_all_counting() {
    for n in [1 << 20, 1 << 30] {
        let mut net = Net::new();
        let x = net.input(&[2, 2], DType::F32);
        let value = net.number(1.0);
        let lists = [0; 3].map(|_| net.input(&[n], DType::I32));
        let results = [
            net.op(Op::RESHAPE, NONE, &[x, lists[0]], &[2, 2], DType::F32),
            net.op(Op::BROADCAST_TO, NONE, &[x, lists[0]], &[2, 2], DType::F32),
            net.op(Op::FILL, NONE, &[lists[0], value], &[2, 2], DType::F32),
            net.op(
                Op::STRIDED_SLICE,
                BuiltinOptionsT::StridedSliceOptions(Box::default()),
                &[x, lists[0], lists[1], lists[2]],
                &[2, 2],
                DType::F32,
            ),
        ];
        results.into_iter().for_each(|result| net.output(result));
        stays_within_bounds(&net);
    }
}
