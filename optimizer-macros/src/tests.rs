//! Snapshots of generated code and of diagnostics.
//!
//! Invariant: the six patterns of DSL.md stand in `tests/six.pat` verbatim.

use crate::errors::Errors;
use crate::{check, emit, parse};
use proc_macro2::{TokenStream, TokenTree};

/// The tokens between the braces of `patterns! { .. }`.
fn inside(file: &str) -> TokenStream {
    let tokens: TokenStream = file.parse().expect("the file lexes");
    let groups = tokens.into_iter().filter_map(|t| if let TokenTree::Group(g) = t { Some(g.stream()) } else { None });
    groups.last().expect("the file is one macro call")
}

fn formatted(tokens: TokenStream) -> String {
    let file = syn::parse2(tokens).expect("generated code is Rust");
    let text = prettyplease::unparse(&file);
    text.split('\n').map(|line| if line.contains("<parsed string") { "        file: ..," } else { line }).fold(String::new(), |text, line| text + line + "\n")
}

/// What the rule `name` of a file expands to.
fn expanded(file: &str, name: &str) -> String {
    let mut errors = Errors::default();
    let parsed = parse::file(inside(file), &mut errors);
    let mut rules = check::plan(&parsed, &mut errors);
    errors.finish().expect("the file has no faults");
    rules.retain(|planned| planned.rule.name == name);
    formatted(emit::file(&parsed, &rules))
}

/// The errors of a file's items as `line:column: message`.
fn faults(items: &str) -> String {
    let mut errors = Errors::default();
    let tokens = items.parse().expect("the items lex");
    let parsed = parse::file(tokens, &mut errors);
    check::plan(&parsed, &mut errors);
    let Err(error) = errors.finish() else { return "none".to_string() };
    let line = |e: syn::Error| {
        let start = e.span().start();
        format!("{}:{}: {e}", start.line, start.column)
    };
    error.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

macro_rules! snapshots {
    ($($rule:ident)*) => {$(
        #[test]
        fn $rule() {
            insta::assert_snapshot!(expanded(include_str!("tests/six.pat"), stringify!($rule)));
        }
    )*};
}

snapshots! {
    fold_rotate_half_into_fc
    fold_scale_into_fc
    merge_scales
    factor_common_input
    merge_parallel_fc
    fuse_rope
}

#[test]
fn further_roots_and_alternatives() {
    insta::assert_snapshot!(expanded(include_str!("tests/more.pat"), "two_roots"));
    insta::assert_snapshot!(expanded(include_str!("tests/more.pat"), "alternatives"));
}

#[test]
fn several_faults_are_reported_in_one_run() {
    insta::assert_snapshot!(faults(include_str!("tests/faults.pat")));
}

#[test]
fn broken_items_are_errors() {
    for broken in ["rule", "rule a", "rule a {", "def f(x = Neg(x);", "rule a { match rewrite }", "#[exact]", "x"] {
        if broken.parse::<TokenStream>().is_ok() {
            assert_ne!(faults(broken), "none", "{broken}");
        }
    }
}
