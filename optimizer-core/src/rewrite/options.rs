//! What a run is asked to do.
//!
//! Invariant: options say what is allowed; nothing here decides.

use crate::pass::{self, Pass};
use crate::rewrite::{Dims, Target};

/// What a run is allowed to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// By how many percent of its bytes the model may grow.
    pub max_growth: f64,
    pub target: Target,
    /// The most rewrites in one run; `None` is generous for the size of the model.
    pub fuel: Option<usize>,
    /// How many bytes folded constants may take beyond those they replace; `None` is enough for what files of the
    /// model's size need.
    pub fold_limit: Option<u64>,
    /// The passes of each round; those that always run need not be among them.
    pub passes: Vec<&'static Pass>,
    /// What unknown dims are taken for where costs decide.
    pub dims: Dims,
    /// Whether the log keeps what the graph was around each rewrite.
    pub record: bool,
}

impl Options {
    /// No growth, and the passes of `-O1`.
    pub fn new(target: Target) -> Options {
        let (dims, record) = (Dims::default(), false);
        Options { max_growth: 0.0, target, fuel: None, fold_limit: None, passes: pass::at(1), dims, record }
    }
}
