//! The rewrite rules of circle-opt: one module per `patterns/*.pat`, and [`RULES`], all of them.

optimizer_macros::pattern_dir!("patterns");
