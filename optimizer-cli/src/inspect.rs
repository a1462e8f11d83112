//! `circle-opt inspect`.
//!
//! Invariant: shows the model as the file has it; nothing is rewritten before it is shown.

use crate::{Verdict, table};
use optimizer_core::circle;
use optimizer_core::ir::{Graph, Model, ValueId, text};
use optimizer_core::rewrite::Cost;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

/// Shows a model's operators, shapes, constants and cost.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The model; `-` is standard input
    file: PathBuf,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Verdict> {
    let model = circle::load(&args.file)?;
    let text = match args.json {
        true => serde_json::to_string_pretty(&summary(&model))? + "\n",
        false => describe(&model),
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(Verdict::Good)
}

fn describe(model: &Model) -> String {
    let mut out = String::new();
    for (i, graph) in model.graphs.iter().enumerate() {
        out += &format!("graph {i} {}\n{}\n", graph.name.as_deref().unwrap_or(""), text::graph(graph));
    }
    let kinds = kinds(model).into_iter().map(|(name, cost)| {
        let numbers = [cost.ops, cost.traffic, cost.macs].map(table::grouped);
        [vec![name], numbers.to_vec()].concat()
    });
    let total = Cost::of(model);
    let total_row =
        [vec!["total".to_owned()], [total.ops, total.traffic, total.macs].map(table::grouped).to_vec()]
            .concat();
    out += &table::plain(&["operator", "count", "traffic", "MACs"], 3, kinds.chain([total_row]));
    out + &format!("constants: {} bytes\n", table::grouped(total.bytes))
}

fn kinds(model: &Model) -> BTreeMap<String, Cost> {
    let mut kinds: BTreeMap<String, Cost> = BTreeMap::new();
    for graph in &model.graphs {
        for (_, op) in graph.ops() {
            *kinds.entry(op.name().to_owned()).or_default() += Cost::of_op(graph, op);
        }
    }
    kinds
}

/// The JSON form, version 1.
#[derive(Serialize)]
struct Summary {
    version: u32,
    operators: i64,
    constant_bytes: i64,
    traffic: i64,
    macs: i64,
    graphs: Vec<GraphSummary>,
}

#[derive(Serialize)]
struct GraphSummary {
    name: Option<String>,
    inputs: Vec<Tensor>,
    outputs: Vec<Tensor>,
    operators: Vec<OperatorSummary>,
}

#[derive(Serialize)]
struct OperatorSummary {
    kind: String,
    operands: Vec<Option<Tensor>>,
    results: Vec<Tensor>,
    options: String,
    traffic: i64,
    macs: i64,
}

#[derive(Serialize)]
struct Tensor {
    name: String,
    dtype: String,
    /// `null` where a dim is not known.
    shape: Option<Vec<Option<usize>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    constant_bytes: Option<usize>,
}

fn summary(model: &Model) -> Summary {
    let Cost { ops, bytes, traffic, macs } = Cost::of(model);
    let graphs = model.graphs.iter().map(graph).collect();
    Summary { version: 1, operators: ops, constant_bytes: bytes, traffic, macs, graphs }
}

fn graph(graph: &Graph) -> GraphSummary {
    let tensors = |ids: &[ValueId]| ids.iter().map(|&v| tensor(graph, v)).collect::<Vec<_>>();
    let operators = graph.order().unwrap_or_default().into_iter().map(|id| {
        let op = graph.op(id);
        let cost = Cost::of_op(graph, op);
        OperatorSummary {
            kind: op.name().to_owned(),
            operands: op.operands().iter().map(|v| v.map(|v| tensor(graph, v))).collect(),
            results: tensors(op.results()),
            options: op.options.to_string(),
            traffic: cost.traffic,
            macs: cost.macs,
        }
    });
    GraphSummary {
        name: graph.name.clone(),
        inputs: tensors(graph.inputs()),
        outputs: tensors(graph.outputs()),
        operators: operators.collect(),
    }
}

fn tensor(graph: &Graph, id: ValueId) -> Tensor {
    let value = graph.value(id);
    Tensor {
        name: value.name.clone(),
        dtype: value.ty.dtype.name(),
        shape: value.shape().map(|shape| shape.dims().iter().map(|dim| dim.known()).collect()),
        constant_bytes: value.data.as_ref().map(|data| data.len()),
    }
}
