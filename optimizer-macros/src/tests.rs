//! Snapshots of generated code and of diagnostics.
//!
//! Invariant: the six patterns of DSL.md stand in `tests/six.pat` verbatim.

use crate::errors::Errors;
use crate::{check, emit, parse};
use proc_macro2::{Group, TokenStream, TokenTree};

/// Formatted lines of generated code, its tests included: of the median rule and of the largest.
const MEDIAN_LINES: usize = 500;
const MOST_LINES: usize = 9000;

/// The tokens between the braces of `patterns! { .. }`.
fn inside(file: &str) -> TokenStream {
    let tokens: TokenStream = file.parse().expect("the file lexes");
    let groups =
        tokens.into_iter().filter_map(|t| if let TokenTree::Group(g) = t { Some(g.stream()) } else { None });
    groups.last().expect("the file is one macro call")
}

fn formatted(tokens: TokenStream) -> String {
    let file = syn::parse2(tokens).expect("generated code is Rust");
    let text = prettyplease::unparse(&file);
    text.split('\n')
        .map(|line| if line.contains("<parsed string") { "        file: ..," } else { line })
        .fold(String::new(), |text, line| text + line + "\n")
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

/// The time that rules cost a build is that of the code they become.
#[test]
fn rules_become_little_code() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../patterns");
    let files =
        std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry").path());
    let files = files.filter(|path| path.extension().is_some_and(|kind| kind == "pat"));
    let mut lines: Vec<(usize, String)> = files
        .flat_map(|path| lines_by_rule(&std::fs::read_to_string(path).expect("the file can be read")))
        .collect();
    lines.sort();
    let (median, most) = (&lines[lines.len() / 2], &lines[lines.len() - 1]);
    assert!(median.0 <= MEDIAN_LINES && most.0 <= MOST_LINES, "the median is {median:?}, the most {most:?}");
}

/// How many lines of Rust each rule of a file becomes.
fn lines_by_rule(file: &str) -> Vec<(usize, String)> {
    let mut errors = Errors::default();
    let parsed = parse::file(inside(file), &mut errors);
    let rules = check::plan(&parsed, &mut errors);
    errors.finish().expect("the file has no faults");
    let names = rules.iter().map(|planned| planned.rule.name.to_string());
    names.map(|name| (expanded(file, &name).lines().count(), name)).collect()
}

#[test]
fn further_roots_and_alternatives() {
    insta::assert_snapshot!(expanded(include_str!("tests/more.pat"), "two_roots"));
    insta::assert_snapshot!(expanded(include_str!("tests/more.pat"), "alternatives"));
}

#[test]
fn rest_operands() {
    insta::assert_snapshot!(expanded(include_str!("tests/more.pat"), "rest_operands"));
}

#[test]
fn several_faults_are_reported_in_one_run() {
    insta::assert_snapshot!(faults(include_str!("tests/faults.pat")));
}

#[test]
fn broken_items_are_errors() {
    let broken = [
        "rule",
        "rule a",
        "rule a {}",
        "def f(x = Neg(x));",
        "#[exact]",
        "x",
        "rule a { match {} rewrite x }",
    ];
    for items in broken {
        assert_ne!(items.parse::<TokenStream>().map(crate::expand::patterns).map_or(0, count), 0, "{items}");
    }
}

#[test]
fn names_may_be_raw_identifiers() {
    assert!(expanded(include_str!("tests/raw.pat"), "raw_names").contains("let r#type = "));
}

/// Whatever single token is missing, there is an error or a rule, never a panic.
#[test]
fn a_missing_token_is_no_panic() {
    for file in [include_str!("tests/six.pat"), include_str!("tests/more.pat")] {
        let tokens = inside(file);
        for missing in (0..count(tokens.clone())).step_by(3) {
            let mut left = missing;
            crate::expand::patterns(without(tokens.clone(), &mut left));
        }
    }
}

fn count(tokens: TokenStream) -> usize {
    let below =
        |token: TokenTree| if let TokenTree::Group(group) = token { count(group.stream()) } else { 0 };
    tokens.into_iter().map(|token| 1 + below(token)).sum()
}

/// The tokens but for one, which `left` others come before.
fn without(tokens: TokenStream, left: &mut usize) -> TokenStream {
    let mut kept = TokenStream::new();
    for token in tokens {
        let here = *left == 0;
        *left = left.wrapping_sub(1);
        match token {
            _ if here => {}
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), without(group.stream(), left));
                inner.set_span(group.span());
                kept.extend([TokenTree::Group(inner)]);
            }
            token => kept.extend([token]),
        }
    }
    kept
}

#[test]
fn a_folder_is_one_module_per_file_in_order() {
    let folder = syn::LitStr::new("src/tests", proc_macro2::Span::call_site());
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let expanded = crate::dir::expand(&folder, root).expect("the folder exists");
    let text = formatted(expanded).replace(env!("CARGO_MANIFEST_DIR"), "");
    insta::assert_snapshot!(text);
}

#[test]
fn the_kind_of_a_new_operator_is_a_matched_one() {
    let rule = |right: &str| {
        format!(
            "/// D.\n#[exact]\nrule r {{ match f @ (Abs | Cos)(Neg(x)) rewrite {right} example {{ x: f32[2] }} }}"
        )
    };
    assert_eq!(faults(&rule("f(x) { ..f }")), "none");
    let wanted = "3:47: `x` names no matched operator; write `x @ (A | B)(..)` on the left";
    assert_eq!(faults(&rule("x(x) { ..f }")), wanted);
}
