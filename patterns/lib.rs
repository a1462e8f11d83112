//! The rewrite rules of circle-opt: one module per `patterns/*.pat`, and [`RULES`], all of them.
//!
//! Invariant: rules stand in `.pat` files and nowhere else.

pub mod options;

optimizer_macros::pattern_dir!("patterns");
