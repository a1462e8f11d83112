//! The rewrite rules of circle-opt: one module per `patterns/*.pat`, and [`rules`], all of them.
//!
//! Invariant: rules stand in `.pat` files and nowhere else.

pub mod options;

use optimizer_core::rewrite::Rule;

optimizer_macros::pattern_dir!("patterns");

/// All rules, in the order of their files.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().flat_map(|file| file.iter())
}

/// Every example of the book's reference is a doctest.
#[cfg(doctest)]
#[doc = include_str!("../docs/language.md")]
mod language {}
