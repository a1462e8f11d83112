//! Views: several spellings of one meaning, as one pattern.
//!
//! Invariant: whatever a view extracts, it can spell again, each spelling computing the same.

#![allow(non_camel_case_types)]

mod activation;
mod features;
mod layout;
mod matrices;
mod order;
mod runs;
mod slices;
mod window_search;

pub use activation::{
    Activated, Activating, Reactivated, Standalone, activated, compose_activations, nonnegative, standalone,
};
pub use features::{per_feature, turned_features};
pub use layout::{Moved, Path, Step, flattened, moved, moved_shared, swap_last_two, unit_axes};
pub use matrices::{is_one_matrix, is_same_batch, is_same_matrix, joins_groups, regrouped};
pub use order::{axes_before_transpose, axes_of_both, axis_before_reshape};
pub use runs::{Run, joined_runs};
pub use slices::{Cut, last_axis_slice, signed_slice};
pub use window_search::{Found, WindowSearch};
