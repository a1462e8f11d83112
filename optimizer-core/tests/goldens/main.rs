//! Kernels and shape rules against what LiteRT's reference kernels computed.
//!
//! Invariant: every operator has a recorded case, or stands in `tests/goldens/unrecorded.txt` with the reason.
//! `tests/goldens/record.py` made the recordings; it says what their files look like.

mod dtypes;
mod edges;
mod recording;

use optimizer_core::circle;
use optimizer_core::interp::{Limits, Machine, Tensor, difference, run};
use optimizer_core::ir::{DType, Data, Graph, Input, Model, Type, ValueId};
use optimizer_core::op::{self, Quantized, Site};
use optimizer_core::pass;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use recording::{Case, folder, recordings};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How far float results may be from LiteRT's, relative to the largest: not at all where both make the same IEEE operations
/// in the same order; rounding where functions or the order of sums differ.
fn tolerance(op: &str, dtype: DType) -> f64 {
    match op {
        _ if !matches!(dtype, DType::F16 | DType::F32 | DType::F64) => 0.0,
        // Half floats next to each other are up to this far apart.
        "GELU" | "SOFTMAX" | "TANH" | "LOGISTIC" | "SIN" | "COS" | "ATAN2" if dtype == DType::F16 => 1e-3,
        "EXP" | "LOG" | "SIN" | "COS" | "TANH" | "LOGISTIC" | "POW" | "ATAN2" | "ELU" | "RSQRT" | "GELU" => {
            3e-7
        }
        "SOFTMAX"
        | "LOG_SOFTMAX"
        | "L2_NORMALIZATION"
        | "LOCAL_RESPONSE_NORMALIZATION"
        | "HARD_SWISH"
        | "RFFT2D" => 3e-7,
        "SUM" | "MEAN" | "REDUCE_PROD" | "CUMSUM" | "AVERAGE_POOL_2D" | "L2_POOL_2D" | "RESIZE_BILINEAR" => {
            5e-7
        }
        "UNIDIRECTIONAL_SEQUENCE_LSTM" | "BIDIRECTIONAL_SEQUENCE_LSTM" | "LSTM" | "RNN" => 2e-6,
        "UNIDIRECTIONAL_SEQUENCE_RNN" | "BIDIRECTIONAL_SEQUENCE_RNN" | "SVDF" => 2e-6,
        "FULLY_CONNECTED" | "BATCH_MATMUL" | "CONV_2D" | "DEPTHWISE_CONV_2D" | "TRANSPOSE_CONV"
        | "CONV_3D" | "CONV_3D_TRANSPOSE" => 2e-6,
        _ => 0.0,
    }
}

#[test]
fn kernels_compute_what_litert_does() {
    let mut faults = Vec::new();
    for (op, cases) in recordings() {
        assert!(!cases.is_empty(), "{op} has no case");
        let judged = cases.iter().filter_map(|case| Some((&case.name, judge(&op, case)?)));
        faults.extend(judged.map(|(name, fault)| format!("{op} {name}: {fault}")));
    }
    assert!(faults.is_empty(), "{} cases fail\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_operator_is_recorded_or_says_why_not() {
    let recorded = recordings();
    let name = |d: &&op::Description| d.code.variant_name().expect("a code of the schema has a name");
    let missing = op::all().iter().map(name).filter(|&name| !recorded.contains_key(name));
    let reasons = unrecorded();
    for (name, reason) in &reasons {
        eprintln!("{name} is not recorded: {reason}");
    }
    let listed: BTreeSet<_> = reasons.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(missing.collect::<BTreeSet<_>>(), listed);
    assert_eq!(listed.len(), reasons.len(), "an operator is listed twice");
}

#[test]
fn every_quantized_operator_is_recorded() {
    let recorded = recordings();
    let quantized = op::all().iter().filter(|d| match d.quantized {
        Quantized::Refused => false,
        Quantized::AsStored => d.kernel.is_some(),
        Quantized::By(_) => true,
    });
    let name = |d: &&op::Description| d.code.variant_name().expect("a code of the schema has a name");
    let is_recorded =
        |name: &str| recorded.get(name).is_some_and(|cases| cases.iter().any(|c| c.group == "quantized"));
    let missing: Vec<_> = quantized.map(name).filter(|name| !is_recorded(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Operators without a recording, each with the reason that stands above it.
fn unrecorded() -> Vec<(String, String)> {
    let names = |(line, reason): (String, String)| {
        let names: Vec<_> = line.split_whitespace().map(|name| (name.to_owned(), reason.clone())).collect();
        names
    };
    listed("unrecorded.txt").into_iter().flat_map(names).collect()
}

/// The lines of a list, each with the reason that stands above it.
fn listed(file: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(folder().join(file)).expect("the list is there");
    let mut reason = String::new();
    let mut listed = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        match line.strip_prefix("# ") {
            Some(text) => reason = text.to_owned(),
            None => listed.push((line.to_owned(), reason.clone())),
        }
    }
    listed
}

/// The model of a recorded case.
fn model_of(case: &Case) -> Model {
    circle::read(Arc::new(Input::owned(case.model.clone()))).expect("recorded models are sound")
}

/// A shape rule that is told less may say less, and nothing else than what the operator computes.
#[test]
fn shape_rules_never_take_an_unknown_dim_for_a_number() {
    let mut faults = Vec::new();
    let mut told = 0;
    for (op, cases) in recordings() {
        for case in cases.iter().filter(|case| !case.outputs.is_empty()) {
            let computed: Vec<_> = case.outputs.iter().map(Tensor::ty).collect();
            for types in ignorant_types(case) {
                told += 1;
                let agrees =
                    types.len() == computed.len() && types.iter().zip(&computed).all(|(a, b)| a.agrees(b));
                if !agrees {
                    let types: Vec<_> = types.iter().map(Type::to_string).collect();
                    faults.push(format!("{op} {}: {}", case.name, types.join(", ")));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} cases fail\n{}", faults.len(), faults.join("\n"));
    assert!(told > 2000, "the rules answered only {told} times");
}

/// What the shape rule says when single operands, or all, have unknown dims, their content known or not.
fn ignorant_types(case: &Case) -> Vec<Vec<Type>> {
    let model = model_of(case);
    let (_, op) = model.graphs[0].ops().next().expect("one operator");
    let operands: BTreeSet<_> = op.operands().iter().flatten().copied().collect();
    let hidden = operands.iter().map(|&id| vec![id]).chain([operands.iter().copied().collect()]);
    let choices = hidden.flat_map(|hidden| [false, true].map(|content| (hidden.clone(), content)));
    choices.filter_map(|(hidden, content)| types_without(&model.graphs[0], &hidden, content)).collect()
}

/// The types by the shape rule for the first operator, the dims of `hidden` values being unknown.
fn types_without(graph: &Graph, hidden: &[ValueId], content: bool) -> Option<Vec<Type>> {
    let mut graph = graph.clone();
    let results: Vec<_> = graph.ops().next()?.1.results().to_vec();
    for &id in hidden.iter().chain(&results) {
        let is_const = graph.value(id).is_const();
        let rank = graph.value(id).shape()?.rank();
        let unknown: Vec<_> = (0..rank).map(|_| graph.unknown_dim()).collect();
        let value = graph.value_mut(id);
        // A constant without content keeps its shape: rules may count its elements.
        value.data = value.data.take().filter(|_| content);
        if !is_const {
            value.ty = Type::new(value.ty.dtype, unknown.into());
        }
    }
    let (_, op) = graph.ops().next()?;
    let fresh = Cell::new(1 << 20);
    op::describe(op)?.shape?(&Site::of(&graph, op, &fresh)?)
}

/// What the pass takes apart gives the same results in its first run; what it cannot state, it leaves alone.
#[test]
fn unrolled_layers_compute_what_litert_does() {
    let mut unrolled = Vec::new();
    let recorded = recordings();
    for case in recorded["UNIDIRECTIONAL_SEQUENCE_LSTM"].iter().filter(|case| case.group.is_empty()) {
        let mut model = model_of(case);
        if pass::unroll_lstms(&mut model) == 1 {
            let computed =
                run(&model, 0, &case.inputs_of(&model.graphs[0])).expect("plain operators have kernels");
            let c = difference("result", &case.outputs[0], &computed[0]).expect("the type stays");
            assert!(c.within(2e-6), "{}: {c}", case.name);
            assert!(model.graphs[0].ops().all(|(_, op)| op.name() != "UNIDIRECTIONAL_SEQUENCE_LSTM"));
            unrolled.push(case.name.as_str());
        }
    }
    assert_eq!(unrolled, ["plain_False", "plain_True", "cell_clipped_1", "cell_clipped_4"]);
}

/// Any few bytes of a model may be wrong: kernels and shape rules report it.
#[test]
fn no_bytes_make_a_kernel_panic() {
    let mut random = StdRng::seed_from_u64(7);
    let mut ran = 0;
    for case in recordings().into_values().flatten() {
        for _ in 0..15 {
            let mut bytes = case.model.clone();
            for _ in 0..random.random_range(1..4) {
                let at = random.random_range(0..bytes.len());
                bytes[at] = [0, 1, 0x7f, 0x80, 0xff, random.random()][random.random_range(0..6)];
            }
            let Ok(model) = circle::read(Arc::new(Input::owned(bytes))) else { continue };
            let Some(graph) = model.graphs.first() else { continue };
            let types: Vec<_> = graph.inputs().iter().map(|&id| graph.value(id).ty.clone()).collect();
            if types.iter().all(|ty| ty.bytes(1) < 1 << 16) {
                let inputs: Vec<_> = types.iter().filter_map(|ty| random_tensor(ty, &mut random)).collect();
                let limits = Limits { bytes: 1 << 20, work: 1 << 28, calls: 100, depth: 8 };
                ran += usize::from(Machine::new(&model, limits).run(0, &inputs).is_ok());
            }
        }
    }
    assert!(ran > 1000, "only {ran} models ran");
}

fn random_tensor(ty: &Type, random: &mut StdRng) -> Option<Tensor> {
    let dims: Vec<_> = ty.shape.as_ref()?.dims().iter().map(|d| d.known().unwrap_or(1)).collect();
    let bytes: Vec<u8> = (0..ty.bytes(1)).map(|_| random.random()).collect();
    Tensor::new(ty.dtype, &dims, &Data::of(bytes)).ok()
}

/// What is wrong with our results, if anything.
fn judge(op: &str, case: &Case) -> Option<String> {
    let model = match circle::read(Arc::new(Input::owned(case.model.clone()))) {
        Ok(model) => model,
        Err(error) => return Some(error.to_string()),
    };
    let computed = match (run(&model, 0, &case.inputs_of(&model.graphs[0])), case.outputs.is_empty()) {
        (Ok(computed), false) => computed,
        (Err(_), true) => return None,
        (Ok(_), true) => return Some("LiteRT refuses it, we do not".into()),
        (Err(error), false) => return Some(error.to_string()),
    };
    let mut pairs = case.outputs.iter().zip(computed);
    pairs.find_map(|(theirs, ours)| match difference("result", theirs, &saturated(op, ours)) {
        Ok(c) if c.within(tolerance(op, theirs.dtype)) => None,
        Ok(c) => Some(format!("{c}")),
        Err(error) => Some(error.to_string()),
    })
}

/// Operators with a fused activation whose infinite results LiteRT turns into the largest finite numbers.
const SATURATING: [&str; 14] = [
    "ADD",
    "ADD_N",
    "SUB",
    "MUL",
    "DIV",
    "CONV_2D",
    "CONV_3D",
    "CONV_3D_TRANSPOSE",
    "DEPTHWISE_CONV_2D",
    "TRANSPOSE_CONV",
    "FULLY_CONNECTED",
    "AVERAGE_POOL_2D",
    "MAX_POOL_2D",
    "L2_POOL_2D",
];

fn saturated(op: &str, ours: Tensor) -> Tensor {
    match ours.view::<f32>() {
        Some(view) if SATURATING.contains(&op) => {
            Tensor::of(view.mapv(|x| if x.is_infinite() { f32::MAX.copysign(x) } else { x }))
        }
        _ => ours,
    }
}
