//! What each operator of a model costs.
//!
//! Invariant: the costs of operators add up to those of their kinds, and these to the total; but constants that several
//! read are stored once, and of peaks the highest counts.

use crate::ir::{Model, OpId};
use crate::rewrite::cost::Holders;
use crate::rewrite::memory::Memory;
use crate::rewrite::{Cost, Dims};
use std::collections::{BTreeMap, HashSet};

/// The cost of a model, of its operators and of their kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    pub total: Cost,
    /// By the operators' names; the peak is that of the operator while most is alive.
    pub kinds: BTreeMap<String, Cost>,
    /// Every operator of every graph, in running order.
    pub ops: Vec<OpCost>,
    /// What unknown dims were taken for; `None` if all that counts is known.
    pub assumed: Option<usize>,
}

/// The cost of one operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpCost {
    pub graph: usize,
    pub op: OpId,
    /// Its peak is what is alive while it runs.
    pub cost: Cost,
}

impl Profile {
    /// Graphs that operators call count once, however often they run.
    pub fn of(model: &Model, dims: &Dims) -> Profile {
        let mut profile = Profile { assumed: dims.assumed(model), ..Profile::default() };
        let model = &*dims.bind(model);
        let memory = Memory::of(model, dims.all);
        let mut stored = HashSet::new();
        for (i, (graph, live)) in model.graphs.iter().zip(&memory.live).enumerate() {
            for &(id, peak) in live {
                let op = graph.op(id);
                let cost = Cost { peak, ..Cost::of_op(graph, op, dims.all) };
                let bytes = op.operands().iter().flatten().filter_map(|&v| {
                    let data = graph.value(v).data.as_ref().filter(|_| graph.value(v).is_stored())?;
                    stored.insert((op.name(), data.key())).then_some(data.len() as i64)
                });
                let of_kind = Cost { bytes: bytes.sum(), ..cost };
                *profile.kinds.entry(op.name().to_owned()).or_default() += of_kind;
                profile.ops.push(OpCost { graph: i, op: id, cost });
            }
        }
        let total: Cost = profile.ops.iter().map(|op| op.cost).sum();
        profile.total = Cost { bytes: Holders::of(model).stored(), peak: memory.peak, ..total };
        profile
    }
}
