//! Errors with a place in the pattern file.
//!
//! Invariant: every message says what is wrong and, where it is not obvious, what to write instead.

use proc_macro2::{Ident, Span};
use std::fmt::Display;
use syn::{Error, Result};

/// Collects errors so that one run reports all of them.
#[derive(Default)]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            None => self.0 = Some(error),
        }
    }

    pub(crate) fn at(&mut self, span: Span, message: impl Display) {
        self.push(Error::new(span, message));
    }

    /// The value, or nothing with its error noted.
    pub(crate) fn take<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    pub(crate) fn finish(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

/// An error with a second place that explains it.
pub(crate) fn with_note(at: Span, message: impl Display, other: Span, note: impl Display) -> Error {
    let mut error = Error::new(at, message);
    error.combine(Error::new(other, note));
    error
}

/// "; did you mean `nearest`?", or the whole list if nothing is near.
pub(crate) fn suggestion<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let near = known.iter().map(|k| (distance(wrong, k), *k)).min();
    match near {
        Some((d, nearest)) if d <= 1 + wrong.chars().count() / 3 => format!("; did you mean `{nearest}`?"),
        Some(_) => format!("; there are {}", listed(&known)),
        None => String::new(),
    }
}

/// "`a`, `b` and `c`".
pub(crate) fn listed<T: Display>(names: &[T]) -> String {
    let quoted: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => "nothing".to_string(),
    }
}

/// "2 ops", "1 op".
pub(crate) fn counted(n: usize) -> String {
    format!("{n} op{}", if n == 1 { "" } else { "s" })
}

/// Whether an identifier names a variable rather than a constant or a type.
pub(crate) fn is_variable(name: &Ident) -> bool {
    name.to_string().starts_with(|c: char| c.is_lowercase() || c == '_')
}

/// Edits that turn one word into the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_suggested_and_far_ones_listed() {
        assert_eq!(suggestion("exct", ["exact", "once"]), "; did you mean `exact`?");
        assert_eq!(suggestion("banana", ["exact", "once"]), "; there are `exact` and `once`");
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
