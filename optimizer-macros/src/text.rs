//! Author's tokens as text, for reject reasons and rule listings.
//!
//! Invariant: spaces are those of the file wherever the tokens stand in one line.

use proc_macro2::{LineColumn, Span, TokenStream, TokenTree};
use quote::ToTokens;

/// The text of a piece of the file.
pub(crate) fn text(tokens: impl ToTokens) -> String {
    let mut printed = Printed::default();
    printed.stream(tokens.into_token_stream());
    printed.text
}

/// The text of a `{ .. }` as in the file, comments and all, if the file is at hand.
pub(crate) fn source(group: &proc_macro2::Group) -> String {
    group.span().source_text().unwrap_or_else(|| text(group))
}

#[derive(Default)]
struct Printed {
    text: String,
    end: Option<LineColumn>,
}

impl Printed {
    fn stream(&mut self, tokens: TokenStream) {
        tokens.into_iter().for_each(|token| self.token(token));
    }

    fn token(&mut self, token: TokenTree) {
        match token {
            TokenTree::Group(group) => {
                let delimiters = match group.delimiter() {
                    proc_macro2::Delimiter::Parenthesis => ("(", ")"),
                    proc_macro2::Delimiter::Brace => ("{", "}"),
                    proc_macro2::Delimiter::Bracket => ("[", "]"),
                    proc_macro2::Delimiter::None => ("", ""),
                };
                self.word(delimiters.0, group.span_open());
                self.stream(group.stream());
                self.word(delimiters.1, group.span_close());
            }
            token => self.word(&token.to_string(), token.span()),
        }
    }

    fn word(&mut self, word: &str, span: Span) {
        let start = span.start();
        let gap = match self.end {
            None => 0,
            Some(end) if end.line == start.line => start.column.saturating_sub(end.column).min(1),
            Some(_) => 1,
        };
        self.text.extend(std::iter::repeat_n(' ', gap));
        self.text.push_str(word);
        self.end = Some(span.end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_are_kept_as_written() {
        let written = "all_finite(&c) && x.dim(-1) == [d, 2][0] / 2";
        let tokens: TokenStream = written.parse().expect("the text is Rust");
        assert_eq!(text(tokens), written);
    }
}
