//! The families of operators, one file each.
//!
//! Invariant: every operator code of circle 0.10 is in exactly one family.

use crate::op::Description;

pub mod arithmetic;

pub use arithmetic::*;

/// All families.
pub const ALL: &[&[&Description]] = &[arithmetic::ALL];
