//! Emits the `Rule` that describes a rule to the engine.
//!
//! Invariant: it is constant data; what it says of the left side holds for every alternative.

use super::outline::{is_guarded, outlines};
use super::types::{Types, description};
use super::vocabulary::{beside, local};
use crate::ast::{Block, Build, BuildOperator, End, Exactness, Header, Rule};
use crate::errors::is_variable;
use crate::plan::{Body, Form, Scope};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use std::collections::HashSet;
use syn::Expr;
use syn::spanned::Spanned;

/// The initializer of a rule's `Rule`; `examples` are those of its `Example`s.
pub(super) fn descriptor(
    rule: &Rule,
    bodies: &[(Body, Scope)],
    types: &mut Types,
    examples: &[TokenStream],
) -> TokenStream {
    let bodies: Vec<&Body> = bodies.iter().map(|(body, _)| body).collect();
    let (name, text, source, file) =
        (&rule.name, rule.name.to_string(), &rule.source, file(rule.name.span()));
    let line = Literal::u32_unsuffixed(rule.name.span().start().line as u32);
    let doc = first_paragraph(&rule.header.docs);
    let groups = rule.header.groups.iter().map(ToString::to_string);
    let roots = descriptions(bodies.iter().filter_map(|body| root(body)), types);
    let emits = operators(&rule.build).into_iter().filter(|op| !is_variable(op));
    let emits = descriptions(emits, types);
    let size = Literal::u32_unsuffixed(bodies.iter().map(|body| body.size()).max().unwrap_or(0) as u32);
    let (exactness, priority) = (exactness(rule), rule.header.priority);
    let (provisional, once, cost) = (rule.header.provisional, rule.header.once, cost(rule));
    let Header { quantized, drops_nan, finite, .. } = rule.header;
    let (outlines, guarded) = (outlines(rule, &bodies, types), is_guarded(rule, &bodies));
    quote! {
        ::optimizer_core::rewrite::Rule {
            name: #text,
            doc: #doc,
            groups: &[#(#groups),*],
            file: #file,
            line: #line,
            source: #source,
            roots: &[#(#roots),*],
            emits: &[#(#emits),*],
            size: #size,
            exactness: #exactness,
            drops_nan: #drops_nan,
            finite: #finite,
            priority: #priority,
            provisional: #provisional,
            once: #once,
            quantized: #quantized,
            cost: #cost,
            outlines: &[#(#outlines),*],
            guarded: #guarded,
            apply: #name,
            examples: &[#(#examples),*],
        }
    }
}

fn first_paragraph(docs: &[String]) -> String {
    let lines = docs.iter().skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty());
    lines.map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn root(body: &Body) -> Option<&Ident> {
    match &body.roots[0].form {
        Form::Operator(operator) => Some(&operator.op),
        _ => None,
    }
}

/// The description of each operator, once per name.
fn descriptions<'a>(ops: impl Iterator<Item = &'a Ident>, types: &mut Types) -> Vec<TokenStream> {
    let mut seen = HashSet::new();
    ops.filter(|op| seen.insert(op.to_string())).map(|op| description(&types.alias(op))).collect()
}

/// The operators that a right side makes; one of a matched kind goes by the name of the matched one.
pub(crate) fn operators(build: &Build) -> Vec<&Ident> {
    match build {
        Build::Value(_) => Vec::new(),
        Build::Operator(BuildOperator { op, operands, .. }) => {
            std::iter::once(op).chain(operands.iter().flat_map(operators)).collect()
        }
        Build::Block(Block { lets, end }) => {
            let end: Vec<&Ident> = match end {
                End::Value(build) => operators(build),
                End::Replacements(replacements) => {
                    replacements.iter().flat_map(|r| operators(&r.build)).collect()
                }
            };
            lets.iter().flat_map(|(_, build)| operators(build)).chain(end).collect()
        }
    }
}

fn exactness(rule: &Rule) -> TokenStream {
    match rule.header.exactness {
        Some(Exactness::Approx(bound)) => quote!(::optimizer_core::rewrite::Exactness::Approx(#bound)),
        Some(Exactness::Lossy) => quote!(::optimizer_core::rewrite::Exactness::Lossy),
        _ => quote!(::optimizer_core::rewrite::Exactness::Exact),
    }
}

/// The `cost` clause over the names of a delta; without one, operators must become fewer.
fn cost(rule: &Rule) -> TokenStream {
    let Some(conditions) = &rule.cost else {
        return quote!(|delta| delta.ops < 0);
    };
    let names = ["ops", "bytes", "traffic", "macs", "growth"].map(|name| named_beside(name, conditions));
    let holds = local("holds");
    let holding = conditions
        .iter()
        .map(|condition| quote_spanned!(beside(condition.span())=> let #holds: bool = #condition;));
    quote! {
        |delta| {
            #[allow(unused_variables)]
            let ::optimizer_core::rewrite::Delta { #(#names,)* .. } = *delta;
            #(
                #holding
                if !#holds {
                    return false;
                }
            )*
            true
        }
    }
}

/// A name that the author's tokens can see.
fn named_beside(name: &str, conditions: &[Expr]) -> Ident {
    let span = conditions.first().map_or_else(Span::call_site, |condition| condition.span());
    Ident::new(name, span)
}

/// The pattern file, from the folder `patterns` on.
fn file(span: Span) -> String {
    let file = span.file().replace('\\', "/");
    match file.rfind("patterns/") {
        Some(start) if start == 0 || file[..start].ends_with('/') => file[start..].to_string(),
        _ => file,
    }
}
