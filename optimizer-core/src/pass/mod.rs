//! Whole-graph transformations that no pattern can state.
//!
//! Invariant: a pass gives how many operators or constants it removed; zero means that it changed nothing.

mod constants;
mod cse;
mod dead;
mod layout;
mod shapes;

pub use constants::merge_equal_constants;
pub use cse::merge_common_subexpressions;
pub use dead::remove_dead_code;
pub use layout::settle_layouts;
pub use shapes::settle_shapes;

use crate::ir::Model;

/// A pass over a whole model.
pub type Pass = fn(&mut Model) -> usize;

/// The passes of each round, in order.
pub const ALL: &[(&str, Pass)] = &[
    ("merge_equal_constants", merge_equal_constants),
    ("merge_common_subexpressions", merge_common_subexpressions),
    ("settle_layouts", settle_layouts),
    ("remove_dead_code", remove_dead_code),
];
