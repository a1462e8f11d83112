//! Compiles pattern files into matchers and rewriters.
//!
//! Invariant: knows the syntax of patterns and no operator; everything but the two entry points works on plain tokens
//! and is tested as such.

mod ast;
mod check;
mod dir;
mod emit;
mod errors;
mod examples;
mod expand;
mod parse;
mod plan;
#[cfg(test)]
mod tests;
mod text;

/// The rules of one pattern file, as `RULES` and a test per example.
#[proc_macro]
pub fn patterns(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand::patterns(input.into()).into()
}

/// All pattern files of a folder beside `Cargo.toml`, as a module each, and `RULES`.
#[proc_macro]
pub fn pattern_dir(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand::pattern_dir(input.into()).into()
}
