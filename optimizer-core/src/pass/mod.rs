//! Whole-graph transformations that no pattern can state.
//!
//! Invariant: a pass gives how many operators or constants it removed; zero means that it changed nothing.

mod constants;
mod cse;
mod dead;
mod fold;
mod shapes;

pub use constants::merge_equal_constants;
pub use cse::merge_common_subexpressions;
pub use dead::remove_dead_code;
pub use fold::fold_constants;
pub use shapes::settle_shapes;

use crate::ir::Model;

/// A pass over a whole model, and by how many bytes it may still grow.
pub type Pass = fn(&mut Model, &mut i64) -> usize;

/// The passes of each round, in order.
pub const ALL: &[(&str, Pass)] = &[
    ("fold_constants", fold_constants),
    ("merge_equal_constants", |model, _| merge_equal_constants(model)),
    ("merge_common_subexpressions", |model, _| merge_common_subexpressions(model)),
    ("remove_dead_code", |model, _| remove_dead_code(model)),
];
