//! What an output depends on, in the syntax of Make, which Ninja and CMake read too.
//!
//! Invariant: one rule with one target; a path that Make would read as something else is escaped.

use std::path::Path;

/// `output: input`.
pub(crate) fn rule(output: &Path, input: &Path) -> String {
    format!("{}: {}\n", escaped(output), escaped(input))
}

fn escaped(path: &Path) -> String {
    let mut text = String::new();
    for c in path.to_string_lossy().chars() {
        match c {
            ' ' | '#' => text.push('\\'),
            '$' => text.push('$'),
            _ => {}
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_make_would_take_apart_is_escaped() {
        assert_eq!(escaped(Path::new("a b/c#1$.circle")), "a\\ b/c\\#1$$.circle");
        assert_eq!(escaped(Path::new("plain/m.circle")), "plain/m.circle");
    }
}
