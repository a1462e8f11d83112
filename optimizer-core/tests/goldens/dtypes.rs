//! docs/dtypes.md: which dtypes the kernel of each operator takes, and which LiteRT takes besides.
//!
//! Invariant: the page says what kernels do when they are tried; where it does not, it is rewritten and the test fails
//! once. `tests/goldens/allowed.py` tries the same in LiteRT and writes `allowed.txt`.

use crate::recording::{Case, folder, recordings};
use optimizer_core::circle;
use optimizer_core::interp::{Tensor, run};
use optimizer_core::ir::{DType, Data, Graph, Input, Model, ValueId};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

const PLAIN: [DType; 13] = [
    DType::F32,
    DType::F16,
    DType::F64,
    DType::I8,
    DType::U8,
    DType::I16,
    DType::U16,
    DType::I32,
    DType::U32,
    DType::I64,
    DType::U64,
    DType::Bool,
    DType::Complex64,
];
const QUANTIZED: [DType; 3] = [DType::I8, DType::U8, DType::I16];

/// What an operator takes: names of plain dtypes and of quantized ones.
#[derive(Default)]
struct Taken {
    plain: Vec<String>,
    quantized: Vec<String>,
}

#[test]
fn the_page_of_dtypes_is_up_to_date() {
    let path = folder().join("../../docs/dtypes.md");
    let (ours, theirs) = (ours(), theirs());
    assert!(theirs.keys().all(|op| ours.contains_key(op)), "allowed.txt has operators without a recording");
    let want = page(&ours, &theirs);
    if std::fs::read_to_string(&path).ok().as_deref() != Some(&*want) {
        std::fs::write(path, want).expect("the page can be written");
        panic!("docs/dtypes.md did not say what the kernels take; it has been rewritten, commit it");
    }
}

/// Why the interpreter refuses what LiteRT computes.
const REASONS: [(&str, &[&str]); 5] = [
    ("it reads the bias of 32 bits as one of 64", &["CONV_2D", "FULLY_CONNECTED"]),
    (
        "it compares the numbers as they are stored, whatever their scales",
        &["GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL"],
    ),
    (
        "it reads them as other types than they are",
        &["EMBEDDING_LOOKUP", "FAKE_QUANT", "LSH_PROJECTION", "PRELU"],
    ),
    ("it gives what is in memory", &["SUM"]),
    ("no kernel here casts complex numbers", &["CAST"]),
];

fn page(ours: &BTreeMap<String, Taken>, theirs: &BTreeMap<String, Taken>) -> String {
    let mut text = "# Which dtypes an operator takes\n\n\
        Written by `cargo test` from trying the kernels, and LiteRT; do not edit. An operator is tried as it was first\n\
        recorded, in every dtype in place of f32, or of the dtype of its first operand. The last column is what LiteRT\n\
        computes and the interpreter refuses, and why. Plain i8, u8 and i16 do not count there if LiteRT takes them for\n\
        quantized: it then computes with a scale of zero.\n\n\
        | operator | plain | quantized | LiteRT alone |\n|---|---|---|---|\n"
        .to_owned();
    for (op, taken) in ours {
        let reason = REASONS.iter().find(|(_, ops)| ops.contains(&&**op)).map(|(reason, _)| *reason);
        let alone = match (alone(taken, theirs.get(op)), reason) {
            (none, None) if none.is_empty() => none,
            (some, Some(reason)) if !some.is_empty() => format!("{some}: {reason}"),
            (alone, reason) => panic!("{op}: LiteRT alone takes {alone:?}, and the reason is {reason:?}"),
        };
        let row = [taken.plain.join(" "), taken.quantized.join(" "), alone];
        writeln!(text, "| {op} | {} |", row.join(" | ")).expect("a string can be written to");
    }
    text
}

/// What LiteRT takes besides.
fn alone(ours: &Taken, theirs: Option<&Taken>) -> String {
    let Some(theirs) = theirs else { return String::new() };
    let means_something = |dtype: &&String| !theirs.quantized.contains(dtype);
    let plain = theirs.plain.iter().filter(|d| !ours.plain.contains(d)).filter(means_something);
    let quantized = theirs.quantized.iter().filter(|d| !ours.quantized.contains(d));
    plain.cloned().chain(quantized.map(|d| format!("quantized {d}"))).collect::<Vec<_>>().join(", ")
}

fn theirs() -> BTreeMap<String, Taken> {
    let text = std::fs::read_to_string(folder().join("allowed.txt")).expect("the list is there");
    let names = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    let line = |line: &str| {
        let (op, dtypes) = line.split_once(':')?;
        let (plain, quantized) = dtypes.split_once('|')?;
        Some((op.to_owned(), Taken { plain: names(plain), quantized: names(quantized) }))
    };
    text.lines().map(|text| line(text).expect("a line is an operator and its dtypes")).collect()
}

fn ours() -> BTreeMap<String, Taken> {
    let taken = |cases: &[Case]| {
        let first = |groups: &[&str]| {
            cases.iter().find(|case| groups.contains(&&*case.group) && !case.outputs.is_empty())
        };
        let names = |of: Option<&Case>, dtypes: &[DType], tried: fn(&Case, DType) -> Option<bool>| {
            let taken = dtypes.iter().filter(|&&dtype| of.and_then(|case| tried(case, dtype)) == Some(true));
            taken.map(|dtype| dtype.name().to_owned()).collect()
        };
        Taken {
            plain: names(first(&["", "rare", "variables"]), &PLAIN, takes),
            quantized: names(first(&["quantized"]), &QUANTIZED, takes_quantized),
        }
    };
    recordings().iter().map(|(op, cases)| (op.clone(), taken(cases))).collect()
}

/// Whether the case runs with its main dtype replaced.
fn takes(case: &Case, dtype: DType) -> Option<bool> {
    let model = model(case);
    let operands = operands(&model.graphs[0])?;
    let dtypes: Vec<_> = operands.iter().map(|&id| model.graphs[0].value(id).ty.dtype).collect();
    let base = if dtypes.contains(&DType::F32) { DType::F32 } else { *dtypes.first()? };
    tried(model, case, dtype, |graph, id| {
        let value = graph.value(id);
        (value.ty.dtype == base && !value.is_quantized()).then_some(0.0)
    })
}

/// Whether the case runs with its quantized dtype replaced, around zero.
fn takes_quantized(case: &Case, dtype: DType) -> Option<bool> {
    let model = model(case);
    let base = quantized_dtype(&model.graphs[0])?;
    tried(model, case, dtype, |graph, id| {
        let value = graph.value(id);
        let zero = value.quant.as_ref().and_then(|q| q.zero_point.as_ref()?.first().copied()).unwrap_or(0);
        (value.ty.dtype == base && value.is_quantized()).then_some(zero as f64)
    })
}

/// That of the first quantized operand or result.
fn quantized_dtype(graph: &Graph) -> Option<DType> {
    let results = graph.ops().flat_map(|(_, op)| op.results().iter().copied());
    let mut values = operands(graph)?.into_iter().chain(results).map(|id| graph.value(id));
    values.find(|value| value.is_quantized()).map(|value| value.ty.dtype)
}

fn model(case: &Case) -> Model {
    circle::read(Arc::new(Input::owned(case.model.clone()))).expect("recorded models are sound")
}

fn operands(graph: &Graph) -> Option<Vec<ValueId>> {
    Some(graph.ops().next()?.1.operands().iter().flatten().copied().collect())
}

/// Runs the model with the values for which `zero` gives a zero point in another dtype, around 0.
fn tried(
    mut model: Model,
    case: &Case,
    dtype: DType,
    zero: impl Fn(&Graph, ValueId) -> Option<f64>,
) -> Option<bool> {
    let graph = &mut model.graphs[0];
    let mut inputs = case.inputs_of(graph);
    for (id, zero) in graph.values().filter_map(|(id, _)| Some((id, zero(graph, id)?))).collect::<Vec<_>>() {
        if let Some(at) = graph.inputs().iter().position(|&input| input == id) {
            inputs[at] = converted(&inputs[at], dtype, zero)?;
        }
        let value = graph.value_mut(id);
        if let Some(data) = &value.data {
            let tensor = Tensor::new(value.ty.dtype, &value.ty.shape.as_ref()?.known()?, data).ok()?;
            value.data = Some(converted(&tensor, dtype, zero)?.data);
        }
        if let Some(zeros) = value.quant.as_mut().and_then(|quant| quant.zero_point.as_mut()) {
            zeros.fill(0);
        }
        value.ty.dtype = dtype;
    }
    for result in graph.ops().flat_map(|(_, op)| op.results().to_vec()).collect::<Vec<_>>() {
        // Wider elements may make other shapes.
        graph.value_mut(result).ty.shape = None;
    }
    Some(run(&model, 0, &inputs).is_ok())
}

/// The tensor's numbers without `zero` in another dtype, rounded and kept within it.
fn converted(tensor: &Tensor, dtype: DType, zero: f64) -> Option<Tensor> {
    let numbers = tensor.numbers()?;
    let parts = if tensor.dtype == DType::Complex64 { 2 } else { 1 };
    let numbers: Vec<f64> = numbers.into_iter().step_by(parts).collect();
    macro_rules! integers {
        ($integer:ty) => {
            Data::of(numbers.iter().map(|n| (n - zero).round() as $integer).collect::<Vec<$integer>>())
        };
    }
    let magnitudes: Vec<f64> = numbers.iter().map(|n| n.abs()).collect();
    macro_rules! naturals {
        ($natural:ty) => {
            Data::of(magnitudes.iter().map(|n| n.round() as $natural).collect::<Vec<$natural>>())
        };
    }
    let data = match dtype {
        DType::F32 => Data::of(numbers.iter().map(|&n| n as f32).collect()),
        DType::F64 => Data::of(numbers),
        DType::F16 => Data::of(numbers.iter().map(|&n| half::f16::from_f64(n)).collect()),
        DType::Complex64 => Data::of(numbers.iter().flat_map(|&n| [n as f32, 0.0]).collect()),
        DType::Bool => Data::of(numbers.iter().map(|&n| u8::from(n > 0.0)).collect()),
        DType::I8 => integers!(i8),
        DType::I16 => integers!(i16),
        DType::I32 => integers!(i32),
        DType::I64 => integers!(i64),
        DType::U8 => naturals!(u8),
        DType::U16 => naturals!(u16),
        DType::U32 => naturals!(u32),
        DType::U64 => naturals!(u64),
        _ => return None,
    };
    Tensor::new(dtype, &tensor.dims, &data).ok()
}
