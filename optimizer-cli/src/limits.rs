//! What folding constants and running models may take, as flags of every command that does either.
//!
//! Invariant: without a flag, what an honest model of its size needs.

use anyhow::bail;
use optimizer_core::interp::{ELEMENT, Limits};
use optimizer_core::ir::{Graph, Model};

#[derive(clap::Args, Clone, Copy)]
pub(crate) struct FoldLimit {
    /// How many megabytes folded constants may take beyond what they replace; without it 32 and three times the
    /// model's constants
    #[arg(long, value_name = "MB")]
    fold_limit: Option<u64>,
}

impl FoldLimit {
    pub(crate) fn bytes(self) -> Option<u64> {
        self.fold_limit.map(|mega| mega.saturating_mul(1 << 20))
    }
}

#[derive(clap::Args)]
pub(crate) struct RunLimits {
    /// How many megabytes of values may be alive while a model runs; without it 96 and twice its constants
    #[arg(long, value_name = "MB")]
    run_memory: Option<usize>,
    /// How many billions of multiplications, or eighths of elements read or written, a run may take; without it 1, and
    /// 512 for each byte of constants
    #[arg(long, value_name = "N")]
    run_work: Option<u64>,
}

impl RunLimits {
    pub(crate) fn of(&self, model: &Model) -> Limits {
        let usual = Limits::of(model);
        Limits {
            bytes: self.run_memory.map_or(usual.bytes, |mega| mega.saturating_mul(1 << 20)),
            work: self.run_work.map_or(usual.work, |giga| giga.saturating_mul(1_000_000_000)),
            ..usual
        }
    }
}

/// Refuses inputs, where unknown dims are `dim`, that take more memory or more time to make than a run may.
///
/// # Errors
/// One line with the flag that allows more.
pub(crate) fn check_inputs(graph: &Graph, dim: usize, limits: &Limits) -> anyhow::Result<()> {
    let types = || graph.inputs().iter().map(|&id| &graph.value(id).ty);
    let bytes = types().map(|ty| ty.bytes(dim)).fold(0, usize::saturating_add);
    if bytes > limits.bytes {
        bail!(
            "its inputs take {bytes} bytes, of {} that a run may take; --run-memory allows more",
            limits.bytes
        );
    }
    let elements = types().map(|ty| ty.elements(dim)).fold(0, usize::saturating_add);
    if (elements as u64).saturating_mul(ELEMENT) > limits.work {
        bail!("its inputs are {elements} elements, more than a run may take; --run-work allows more");
    }
    Ok(())
}
