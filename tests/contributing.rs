//! The walk-through of CONTRIBUTING.md: it shows a pattern file as it is.
//!
//! Invariant: the pattern stands here and there, word for word.

#[test]
fn the_walk_through_shows_this_pattern() {
    let pattern = include_str!("../patterns/shift.pat");
    assert!(
        include_str!("../CONTRIBUTING.md").contains(pattern),
        "CONTRIBUTING.md shows another pattern than\n{pattern}"
    );
}
