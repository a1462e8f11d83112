//! Which edges the recordings of each operator have: shapes, axes, windows, special numbers, and values of options.
//!
//! Invariant: an edge that an operator can have is recorded, or stands in `tests/goldens/unrecorded_edges.txt` with the
//! reason. What it can have is derived from its description and from what is recorded of it.

use crate::recording::{Case, recordings};
use crate::{listed, model_of};
use optimizer_core::interp::Tensor;
use optimizer_core::ir::{DType, Graph, Operator, ValueId};
use optimizer_core::op::{self, Description};
use std::collections::{BTreeMap, BTreeSet};

/// The values that a field of options may have, by how its values are written.
const ENUMS: [(&str, &[&str]); 3] = [
    ("act", &["None", "Relu", "ReluN1To1", "Relu6"]),
    ("padding", &["Same", "Valid"]),
    ("mode", &["Reflect", "Symmetric"]),
];

/// What a stride or dilation should be in some case.
const ABOVE_ONE: &str = "above 1";

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
    let mut edges = Edges::default();
    for case in cases.iter().filter(|case| !case.outputs.is_empty()) {
        let model = model_of(case);
        let graph = &model.graphs[0];
        let Some((_, op)) = graph.ops().next() else { continue };
        let Some(description) = op::describe(op) else { continue };
        edges.note_shapes(graph, op, description, case);
        edges.note_numbers(graph, op, case);
        edges.note_axes(graph, op, description);
        edges.note_options(op);
    }
    edges.missing()
}

/// What the cases of an operator have, and what they could have.
#[derive(Default)]
struct Edges {
    possible: BTreeSet<String>,
    found: BTreeSet<String>,
    /// What stands in the fields of its options.
    values: BTreeMap<String, BTreeSet<String>>,
}

/// What an element may be, by name.
type Kind = (&'static str, fn(f64) -> bool);

const FLOATS: [Kind; 4] = [
    ("NaN", f64::is_nan),
    ("infinity", f64::is_infinite),
    ("-0.0", |n| n == 0.0 && n.is_sign_negative()),
    ("extreme", |n| n.abs() > 1e30 && n.is_finite()),
];
const INTEGERS: [Kind; 1] = [("extreme i32", |n| n == f64::from(i32::MIN) || n == f64::from(i32::MAX))];

impl Edges {
    fn note(&mut self, edge: &str, holds: bool) {
        self.possible.insert(edge.to_owned());
        self.found.extend(holds.then(|| edge.to_owned()));
    }

    fn note_shapes(&mut self, graph: &Graph, op: &Operator, description: &Description, case: &Case) {
        let dims: Vec<Vec<usize>> =
            op.operands().iter().flatten().filter_map(|&v| graph.value(v).shape()?.known()).collect();
        let given = graph.inputs().first().and_then(|&input| graph.value(input).shape());
        self.note("rank 0", given.is_some_and(|shape| shape.rank() == 0));
        self.note("a dim of 0", dims.iter().any(|dims| dims.contains(&0)));
        self.note("a dim of 1", dims.iter().any(|dims| dims.contains(&1)));
        if let ([a, b], [result]) = (&dims[..], &case.outputs[..])
            && is_broadcasting(description)
        {
            let is_less = |dims: &[usize]| dims.iter().product::<usize>() < result.dims.iter().product();
            self.note("left is broadcast", is_less(a));
            self.note("right is broadcast", is_less(b));
        }
    }

    /// Of the first input that a caller gives.
    fn note_numbers(&mut self, graph: &Graph, op: &Operator, case: &Case) {
        let is_plain = |id: &ValueId| op.operands().contains(&Some(*id)) && !graph.value(*id).is_quantized();
        let Some(_) = graph.inputs().first().filter(|id| is_plain(id)) else { return };
        let inputs = case.inputs_of(graph);
        let Some(numbers) = inputs.first().and_then(Tensor::numbers) else { return };
        let kinds: &[Kind] = match inputs[0].dtype {
            DType::F32 => &FLOATS,
            DType::I32 => &INTEGERS,
            _ => &[],
        };
        kinds.iter().for_each(|(edge, is)| self.note(edge, numbers.iter().any(|&n| is(n))));
    }

    fn note_axes(&mut self, graph: &Graph, op: &Operator, description: &Description) {
        let is_axis = |name: &str| matches!(name, "axis" | "axes" | "dim" | "batch_dims" | "seq_dim");
        let in_options = fields(&op.options.to_string()).into_iter().filter(|(field, _)| is_axis(field));
        let in_options = in_options.filter_map(|(_, value)| value.parse::<i64>().ok());
        let places = description.operands.iter().zip(op.operands()).filter(|(name, _)| is_axis(name));
        let constants = places.filter_map(|(_, id)| {
            let value = graph.value((*id)?);
            Tensor::new(value.ty.dtype, &value.shape()?.known()?, value.data.as_ref()?).ok()?.ints()
        });
        let axes: Vec<i64> = in_options.chain(constants.flatten()).collect();
        if !axes.is_empty() {
            self.note("a negative axis", axes.iter().any(|&axis| axis < 0));
        }
    }

    fn note_options(&mut self, op: &Operator) {
        for (field, value) in fields(&op.options.to_string()) {
            self.values.entry(field).or_default().insert(value);
        }
    }

    fn missing(mut self) -> BTreeSet<String> {
        for (field, values) in std::mem::take(&mut self.values) {
            let large = values.iter().any(|value| value.parse::<i64>().is_ok_and(|n| n > 1));
            for wanted in wanted_values(&field, &values) {
                let found = values.contains(wanted) || (wanted == ABOVE_ONE && large);
                self.note(&format!("{field} {wanted}"), found);
            }
        }
        self.possible.difference(&self.found).cloned().collect()
    }
}

/// Whether the operator computes element by element on two operands of any shapes that fit.
fn is_broadcasting(op: &Description) -> bool {
    let alike = ["BatchMatMul", "BroadcastArgs"];
    op.operands == ["a", "b"] && !op.name.starts_with("Stablehlo") && !alike.contains(&op.name)
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
        false if steps => vec![ABOVE_ONE],
        false => Vec::new(),
    }
}

/// The fields of a table as it is printed, where none holds another table.
fn fields(options: &str) -> Vec<(String, String)> {
    let inner = options.split_once('{').map_or("", |(_, inner)| inner.trim_end_matches(['}', ' ']));
    let pairs = inner.split(", ").filter_map(|pair| pair.trim().split_once(": "));
    pairs.map(|(field, value)| (field.to_owned(), value.to_owned())).collect()
}
