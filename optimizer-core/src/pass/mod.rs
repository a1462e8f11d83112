//! Whole-graph transformations that no pattern can state.
//!
//! Invariant: a pass gives how many changes it made; zero means that it changed nothing.

mod alike;
mod bcq;
mod constants;
mod cse;
mod dead;
mod fold;
mod interface;
mod layout;
mod lstm;
mod requantize;
mod shapes;
mod shuffle;
mod sink;
mod sparsity;

pub use bcq::fuse_bcq;
pub use constants::merge_equal_constants;
pub use cse::{merge_common_subexpressions, merge_equal_outputs};
pub use dead::remove_dead_code;
pub use fold::{FoldBudget, fold_constants};
pub(crate) use interface::set_dims;
pub use interface::{OutputsError, change_outputs, set_batch_to_one};
pub use layout::{convert_inputs_to_nhwc, convert_nchw_to_nhwc, convert_outputs_to_nhwc, settle_layouts};
pub use lstm::unroll_lstms;
pub use requantize::skip_first_quantization;
pub use shapes::settle_shapes;
pub use shuffle::shuffle_weights;
pub use sink::{sink_splits, slice_uneven_splits};
pub use sparsity::{Sparsity, SparsityError, fold_densify, sparsify};

use crate::ir::{Clock, Graph, Model};
use crate::rewrite::cost::Dead;
use crate::rewrite::{Level, Patch, Target};
use std::fmt;

/// A pass over a whole model.
pub struct Pass {
    pub name: &'static str,
    /// What it does, in one sentence.
    pub doc: &'static str,
    pub groups: &'static [&'static str],
    /// Changes the model within the limits; gives how many changes it made.
    pub run: fn(&mut Model, &mut Limits) -> usize,
}

/// When a pass has its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Before the first round, and never again: what later passes may take back where it does not pay.
    Once,
    Round,
    /// When nothing else changes the model: what it makes, no rule matches.
    Last,
}

/// What a pass must keep to.
#[derive(Clone, Debug)]
pub struct Limits {
    /// By how many bytes the model may still grow; a pass takes off what it uses.
    pub growth: i64,
    pub target: Target,
    pub fold: FoldBudget,
    /// When the pass last began to look at each graph; what was not edited since, it has left as it is.
    pub since: Vec<Clock>,
}

/// All passes, in the order of each round; those of group `once` come before the first round, those of group `last`
/// wait until a round changes nothing.
pub static ALL: &[Pass] = &[
    Pass {
        name: "convert_inputs_to_nhwc",
        doc: "Graph inputs of rank 4 come channels last; the model's interface changes.",
        groups: &["nchw_to_nhwc_input_shape", "opt_in", "once"],
        run: |model, _| convert_inputs_to_nhwc(model),
    },
    Pass {
        name: "convert_outputs_to_nhwc",
        doc: "Graph outputs of rank 4 go out channels last; the model's interface changes.",
        groups: &["nchw_to_nhwc_output_shape", "opt_in", "once"],
        run: |model, _| convert_outputs_to_nhwc(model),
    },
    Pass {
        name: "convert_nchw_to_nhwc",
        doc: "Whatever computes feature maps channels first does so channels last, with transposes around it.",
        groups: &["convert_nchw_to_nhwc", "opt_in", "once"],
        run: |model, _| convert_nchw_to_nhwc(model),
    },
    Pass {
        name: "set_batch_to_one",
        doc: "The first dim of each input is 1 where it is unknown, and so is every dim that is the same one.",
        groups: &["dynamic_batch_to_single_batch", "opt_in"],
        run: |model, _| set_batch_to_one(model),
    },
    Pass {
        name: "fold_densify",
        doc: "A sparse constant that an operator makes dense is stored dense, where the model may grow by that.",
        groups: &["fold_densify"],
        run: fold_densify,
    },
    Pass {
        name: "fold_constants",
        doc: "What reads only constants, or only a known shape, is computed now, unless the model would outgrow its budget.",
        groups: &[
            "fold_add_v2",
            "fold_cast",
            "fold_dequantize",
            "fold_dwconv",
            "fold_fully_connected",
            "fold_gather",
            "fold_mul",
            "fold_reshape",
            "fold_shape",
            "fold_sparse_to_dense",
            "fold_squeeze",
        ],
        run: |model, limits| fold_constants(model, &mut limits.growth, &mut limits.fold),
    },
    Pass {
        name: "merge_equal_constants",
        doc: "Equal constants are stored once, over all graphs.",
        groups: &["remove_duplicate_const"],
        run: |model, _| merge_equal_constants(model),
    },
    Pass {
        name: "merge_common_subexpressions",
        doc: "Equal pure operators on equal operands are one.",
        groups: &["common_subexpression_elimination"],
        run: |model, _| merge_common_subexpressions(model),
    },
    Pass {
        name: "merge_equal_outputs",
        doc: "Equal results that callers see are one: the outputs stay, the names of all but the first go.",
        groups: &["common_subexpression_elimination", "opt_in"],
        run: |model, _| merge_equal_outputs(model),
    },
    Pass {
        name: "skip_first_quantization",
        doc: "Of two quantizations in a row only the last is done, whatever the first rounds off.",
        groups: &["remove_redundant_quantize", "opt_in"],
        run: |model, _| skip_first_quantization(model),
    },
    Pass {
        name: "sink_splits",
        doc: "What is done alike to all parts of a split value is done once, before the split.",
        groups: &["attention"],
        run: |model, _| sink_splits(model),
    },
    Pass {
        name: "settle_layouts",
        doc: "Transposes cancel across regions of operators that can follow them, where fewer are left over all.",
        groups: &["layout", "forward_transpose_op", "fuse_transpose_with_mean"],
        run: |model, limits| settle_layouts(model, &limits.since),
    },
    Pass {
        name: "fuse_bcq",
        doc: "Dense layers and gathers whose weights the first output says to be binary-coded use the codes; what says it, \
              all further outputs, goes.",
        groups: &["fuse_bcq", "opt_in"],
        run: fuse_bcq,
    },
    Pass {
        name: "unroll_lstms",
        doc: "A long short-term memory over a sequence becomes plain operators, step by step, each run starting anew.",
        groups: &["unroll_unidirseqlstm", "opt_in"],
        run: |model, _| unroll_lstms(model),
    },
    Pass {
        name: "shuffle_weights",
        doc: "Weights that only dense layers read have sixteen rows side by side, as some runtimes read them.",
        groups: &["shuffle_weight_to_16x1float32", "opt_in", "last"],
        run: |model, _| shuffle_weights(model),
    },
    Pass {
        name: "slice_uneven_splits",
        doc: "Slices stand for a split into unequal parts, where the target gets such a split wrong.",
        groups: &["always", "last"],
        run: |model, limits| match limits.target.splits_unevenly() {
            true => 0,
            false => slice_uneven_splits(model),
        },
    },
    Pass {
        name: "remove_dead_code",
        doc: "Pure operators whose results nobody reads go, and so do values that nothing touches.",
        groups: &["always"],
        run: |model, _| remove_dead_code(model),
    },
];

/// The passes that `-O<level>` includes.
pub fn at(level: u8) -> Vec<&'static Pass> {
    ALL.iter().filter(|pass| pass.level().is_in(level)).collect()
}

impl Pass {
    /// When the pass runs without being named.
    pub fn level(&self) -> Level {
        Level::of(self.groups)
    }

    /// When in a run the pass has its turn; the groups `once` and `last` say so.
    pub fn phase(&self) -> Phase {
        match (self.groups.contains(&"once"), self.groups.contains(&"last")) {
            (true, _) => Phase::Once,
            (false, true) => Phase::Last,
            (false, false) => Phase::Round,
        }
    }
}

/// Applies a patch that a pass vouches for, effects of what it replaces included.
fn carry_out(graph: &mut Graph, patch: Patch<'static>) {
    let dead = Dead::of(&patch, graph);
    patch.apply(graph, &dead.ops);
}

impl fmt::Debug for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
