//! What an author reads when a pattern is wrong: one case per diagnostic.
//!
//! Invariant: every error points at the author's own token.

#[test]
fn diagnostics() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
