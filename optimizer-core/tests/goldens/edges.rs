//! Which edges the recordings of each operator have: shapes, axes, windows, special numbers, and values of options.
//!
//! Invariant: an edge that an operator can have is recorded, or stands in `tests/goldens/unrecorded_edges.txt` with the
//! reason. What it can have is derived from its description and from what is recorded of it.

use crate::recording::{Case, recordings};
use crate::{listed, model_of};
use optimizer_core::interp::Tensor;
use optimizer_core::ir::{DType, Graph, Operator};
use optimizer_core::op::{self, Description};
use std::collections::{BTreeMap, BTreeSet};

/// The values that a field of options may have, by how its values are written.
const ENUMS: [(&str, &[&str]); 3] = [
    ("act", &["None", "Relu", "ReluN1To1", "Relu6"]),
    ("padding", &["Same", "Valid"]),
    ("mode", &["Reflect", "Symmetric"]),
];

#[test]
fn every_edge_is_recorded_or_says_why_not() {
    let missing: BTreeSet<(String, String)> = recordings()
        .iter()
        .flat_map(|(op, cases)| missing(cases).into_iter().map(|edge| (op.clone(), edge)))
        .collect();
    let listed: BTreeSet<(String, String)> = listed("unrecorded_edges.txt")
        .into_iter()
        .flat_map(|(line, _)| {
            let (edge, ops) = line.split_once(':').expect("a line is an edge and operators");
            let pairs: Vec<_> = ops.split_whitespace().map(|op| (op.to_owned(), edge.to_owned())).collect();
            pairs
        })
        .collect();
    let unlisted: Vec<_> = missing.difference(&listed).collect();
    let recorded: Vec<_> = listed.difference(&missing).collect();
    assert!(unlisted.is_empty(), "neither recorded nor listed: {unlisted:?}");
    assert!(recorded.is_empty(), "listed, and recorded all the same: {recorded:?}");
}

/// The edges that the operator of these cases can have, and that none of them has.
fn missing(cases: &[Case]) -> BTreeSet<String> {
    let (mut possible, mut found) = (BTreeSet::new(), BTreeSet::new());
    let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for case in cases.iter().filter(|case| !case.outputs.is_empty()) {
        let model = model_of(case);
        let graph = &model.graphs[0];
        let Some((_, op)) = graph.ops().next() else { continue };
        let Some(description) = op::describe(op) else { continue };
        shapes(graph, op, case, &mut possible, &mut found);
        numbers(graph, op, case, &mut possible, &mut found);
        axes(graph, op, description, &mut possible, &mut found);
        for (field, value) in fields(&op.options.to_string()) {
            values.entry(field).or_default().insert(value);
        }
    }
    for (field, values) in values {
        let wanted = wanted_values(&field, &values);
        possible.extend(wanted.iter().map(|value| format!("{field} {value}")));
        let large = |value: &String| value.parse::<i64>().is_ok_and(|n| n > 1);
        found.extend(values.iter().map(|value| format!("{field} {value}")));
        found.extend(values.iter().any(large).then(|| format!("{field} above 1")));
    }
    possible.difference(&found).cloned().collect()
}

/// What ought to be recorded of a field: all values of a kind, or a stride or dilation that is one.
fn wanted_values(field: &str, values: &BTreeSet<String>) -> Vec<&'static str> {
    if let Some((_, all)) =
        ENUMS.iter().find(|(name, all)| *name == field && values.iter().any(|v| all.contains(&&**v)))
    {
        return all.to_vec();
    }
    let steps = field.starts_with("stride_") || field.starts_with("dilation_");
    match values.iter().any(|value| value == "true" || value == "false") {
        true => vec!["false", "true"],
        false if steps => vec!["above 1"],
        false => Vec::new(),
    }
}

/// The fields of a table as it is printed, where none holds another table.
fn fields(options: &str) -> Vec<(String, String)> {
    let inner = options.split_once('{').map_or("", |(_, inner)| inner.trim_end_matches(['}', ' ']));
    let pairs = inner.split(", ").filter_map(|pair| pair.trim().split_once(": "));
    pairs.map(|(field, value)| (field.to_owned(), value.to_owned())).collect()
}

fn shapes(
    graph: &Graph,
    op: &Operator,
    case: &Case,
    possible: &mut BTreeSet<String>,
    found: &mut BTreeSet<String>,
) {
    let dims: Vec<Vec<usize>> =
        op.operands().iter().flatten().filter_map(|&v| graph.value(v).shape()?.known()).collect();
    possible.extend(["rank 0", "a dim of 0", "a dim of 1"].map(str::to_owned));
    let mut note = |holds: bool, edge: &str| found.extend(holds.then(|| edge.to_owned()));
    let given = graph.inputs().first().and_then(|&input| graph.value(input).shape());
    note(given.is_some_and(|shape| shape.rank() == 0), "rank 0");
    note(dims.iter().any(|dims| dims.contains(&0)), "a dim of 0");
    note(dims.iter().any(|dims| dims.contains(&1)), "a dim of 1");
    if let ([a, b], [result]) = (&dims[..], &case.outputs[..])
        && is_broadcasting(op)
    {
        possible.extend(["left is broadcast", "right is broadcast"].map(str::to_owned));
        note(a.iter().product::<usize>() < result.dims.iter().product(), "left is broadcast");
        note(b.iter().product::<usize>() < result.dims.iter().product(), "right is broadcast");
    }
}

/// Whether the operator computes element by element on two operands: their names say so.
fn is_broadcasting(op: &Operator) -> bool {
    let alike = ["BatchMatMul", "BroadcastArgs"];
    op::describe(op).is_some_and(|d| {
        d.operands == ["a", "b"] && !d.name.starts_with("Stablehlo") && !alike.contains(&d.name)
    })
}

fn numbers(
    graph: &Graph,
    op: &Operator,
    case: &Case,
    possible: &mut BTreeSet<String>,
    found: &mut BTreeSet<String>,
) {
    let Some(&first) = graph.inputs().first().filter(|input| op.operands().contains(&Some(**input))) else {
        return;
    };
    let inputs = case.inputs_of(graph);
    let Some(tensor) = inputs.first().filter(|_| !graph.value(first).is_quantized()) else { return };
    let Some(numbers) = tensor.numbers() else { return };
    let floats: [(&str, fn(f64) -> bool); 4] = [
        ("NaN", f64::is_nan),
        ("infinity", f64::is_infinite),
        ("-0.0", |n| n == 0.0 && n.is_sign_negative()),
        ("extreme", |n| n.abs() > 1e30 && n.is_finite()),
    ];
    if tensor.dtype == DType::F32 {
        possible.extend(floats.map(|(edge, _)| edge.to_owned()));
        found.extend(
            floats
                .iter()
                .filter(|(_, is)| numbers.iter().any(|&n| is(n)))
                .map(|(edge, _)| (*edge).to_owned()),
        );
    }
    if tensor.dtype == DType::I32 {
        possible.insert("extreme i32".to_owned());
        let extreme = |&n: &f64| n == f64::from(i32::MIN) || n == f64::from(i32::MAX);
        found.extend(numbers.iter().any(extreme).then(|| "extreme i32".to_owned()));
    }
}

fn axes(
    graph: &Graph,
    op: &Operator,
    description: &Description,
    possible: &mut BTreeSet<String>,
    found: &mut BTreeSet<String>,
) {
    let is_axis = |name: &str| matches!(name, "axis" | "axes" | "dim" | "batch_dims" | "seq_dim");
    let in_options = fields(&op.options.to_string()).into_iter().filter(|(field, _)| is_axis(field));
    let in_options = in_options.filter_map(|(_, value)| value.parse::<i64>().ok());
    let places = description.operands.iter().zip(op.operands()).filter(|(name, _)| is_axis(name));
    let constants = places.filter_map(|(_, id)| {
        let value = graph.value((*id)?);
        Tensor::new(value.ty.dtype, &value.shape()?.known()?, value.data.as_ref()?).ok()?.ints()
    });
    let axes: Vec<i64> = in_options.chain(constants.flatten()).collect();
    possible.extend((!axes.is_empty()).then(|| "a negative axis".to_owned()));
    found.extend(axes.iter().any(|&axis| axis < 0).then(|| "a negative axis".to_owned()));
}
