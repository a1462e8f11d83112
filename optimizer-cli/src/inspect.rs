//! `circle-opt inspect`.
//!
//! Invariant: shows the model as the file has it; nothing is rewritten before it is shown.

use crate::counts::Counts;
use crate::dim::{self, DimArgs};
use crate::{Verdict, input, table};
use optimizer_core::ir::{Graph, Model, ValueId, text};
use optimizer_core::rewrite::{Cost, Profile};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

/// Shows a model's operators, shapes, constants and cost.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The model; `-` is standard input
    file: PathBuf,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    dim: DimArgs,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Verdict> {
    let model = input::load(&args.file)?;
    let dims = args.dim.of(&model)?;
    let profile = Profile::of(&model, &dims);
    let mut out = BufWriter::new(std::io::stdout().lock());
    match args.json {
        true => {
            serde_json::to_writer_pretty(&mut out, &summary(&model, &profile)).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        false => {
            write_graphs(&model, &mut out)?;
            out.write_all((costs(&profile) + &dim::said(profile.assumed, &dims)).as_bytes())?;
        }
    }
    out.flush()?;
    Ok(Verdict::Good)
}

fn write_graphs(model: &Model, out: &mut impl Write) -> io::Result<()> {
    for (i, graph) in model.graphs.iter().enumerate() {
        writeln!(out, "graph {i} {}", graph.name.as_deref().unwrap_or(""))?;
        text::lines(graph).try_for_each(|line| writeln!(out, "{line}"))?;
        writeln!(out)?;
    }
    Ok(())
}

fn costs(profile: &Profile) -> String {
    let row = |(name, cost): (&str, &Cost)| {
        let numbers = [cost.ops, cost.bytes, cost.traffic, cost.macs, cost.peak].map(table::grouped);
        [vec![name.to_owned()], numbers.to_vec()].concat()
    };
    let kinds = profile.kinds.iter().map(|(name, cost)| (name.as_str(), cost));
    let rows = kinds.chain([("total", &profile.total)]).map(row);
    table::plain(&["operator", "count", "constants", "traffic", "MACs", "peak activations"], 5, rows)
}

/// The JSON form, version 2.
#[derive(Serialize)]
struct Summary<'a> {
    version: u32,
    /// What unknown dims were taken for, if there are any.
    assumed_dim: Option<usize>,
    #[serde(flatten)]
    total: Counts,
    kinds: BTreeMap<&'a str, Counts>,
    graphs: Vec<GraphSummary<'a>>,
}

#[derive(Serialize)]
struct GraphSummary<'a> {
    name: Option<&'a str>,
    inputs: Vec<Tensor<'a>>,
    outputs: Vec<Tensor<'a>>,
    operators: Vec<OperatorSummary<'a>>,
}

#[derive(Serialize)]
struct OperatorSummary<'a> {
    kind: &'a str,
    operands: Vec<Option<Tensor<'a>>>,
    results: Vec<Tensor<'a>>,
    options: String,
    /// Of the constants that it reads.
    constant_bytes: i64,
    traffic: i64,
    macs: i64,
    /// Bytes of activations that are alive while it runs.
    live_bytes: i64,
}

#[derive(Serialize)]
struct Tensor<'a> {
    name: &'a str,
    dtype: String,
    /// `null` where a dim is not known.
    shape: Option<Vec<Option<usize>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    constant_bytes: Option<usize>,
}

fn summary<'a>(model: &'a Model, profile: &'a Profile) -> Summary<'a> {
    Summary {
        version: 2,
        assumed_dim: profile.assumed,
        total: Counts::of(&profile.total),
        kinds: Counts::by_kind(profile),
        graphs: model.graphs.iter().enumerate().map(|(i, found)| graph(found, i, profile)).collect(),
    }
}

fn graph<'a>(graph: &'a Graph, index: usize, profile: &Profile) -> GraphSummary<'a> {
    let tensors = |ids: &[ValueId]| ids.iter().map(|&v| tensor(graph, v)).collect::<Vec<_>>();
    let operators = profile.ops.iter().filter(|op| op.graph == index).map(|found| {
        let op = graph.op(found.op);
        OperatorSummary {
            kind: op.name(),
            operands: op.operands().iter().map(|v| v.map(|v| tensor(graph, v))).collect(),
            results: tensors(op.results()),
            options: op.options.to_string(),
            constant_bytes: found.cost.bytes,
            traffic: found.cost.traffic,
            macs: found.cost.macs,
            live_bytes: found.cost.peak,
        }
    });
    GraphSummary {
        name: graph.name.as_deref(),
        inputs: tensors(graph.inputs()),
        outputs: tensors(graph.outputs()),
        operators: operators.collect(),
    }
}

fn tensor(graph: &Graph, id: ValueId) -> Tensor<'_> {
    let value = graph.value(id);
    Tensor {
        name: &value.name,
        dtype: value.ty.dtype.name(),
        shape: value.shape().map(|shape| shape.dims().iter().map(|dim| dim.known()).collect()),
        constant_bytes: value.data.as_ref().map(|data| data.len()),
    }
}
