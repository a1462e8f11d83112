//! Emits the function of one rule.
//!
//! Invariant: structure comes first, then equalities, then guards in the author's order, then the patch; nothing is
//! computed for a rule that fails earlier.

use super::build::right_side;
use super::code::Code;
use super::group::group;
use super::matcher::Matcher;
use super::types::Types;
use super::usage::Usage;
use super::vocabulary::*;
use crate::ast::{Given, Head, Rule};
use crate::plan::{Body, Scope};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// The function that matches a rule at an anchor and builds its patch.
pub(super) fn function(rule: &Rule, bodies: &[(Body, Scope)], types: &mut Types) -> TokenStream {
    let (m, g, name, start) = (matching(), graph_lifetime(), &rule.name, local("start"));
    let docs = &rule.header.docs;
    let blocks = bodies.iter().enumerate().map(|(i, (body, scope))| {
        let label = label(&format!("body{i}"));
        let rewind = (i > 0).then(|| quote!(#m.rewind(#start);));
        let steps = steps(rule, body, scope, types, Code::inside(&label));
        quote!(#rewind #label: { #steps })
    });
    let blocks: Vec<TokenStream> = blocks.collect();
    let mark = (bodies.len() > 1).then(|| quote!(let #start = #m.mark();));
    quote! {
        #(#[doc = #docs])*
        #[allow(
            clippy::all,
            irrefutable_let_patterns,
            non_shorthand_field_patterns,
            unreachable_code,
            unused_labels,
            unused_parens
        )]
        fn #name<#g>(
            #m: &mut ::optimizer_core::rewrite::Match<#g>,
        ) -> Option<::optimizer_core::rewrite::Patch<#g>> {
            #mark
            #(#blocks)*
            None
        }
    }
}

fn steps(rule: &Rule, body: &Body, scope: &Scope, types: &mut Types, code: Code) -> TokenStream {
    let sharing: &[Ident] = match &rule.head {
        Head::Each { sharing, .. } => sharing,
        _ => &[],
    };
    let usage = Usage::of(body, &rule.guards, sharing);
    let mut code = match &rule.head {
        Head::Each { .. } => group(body, sharing, scope, &usage, types, code),
        _ => structure(body, scope, &usage, types, code),
    };
    let (m, named) = (matching(), named_by_examples(rule, scope));
    code.push(quote!(#(let _ = &#named;)*));
    if rule.header.quantized {
        code.push(quote!(#m.allow_quantized();));
    }
    code.require(quote!(#m.closed()));
    let mut matcher = Matcher::new(code, types, scope, &usage);
    matcher.guards(&rule.guards);
    let mut code = matcher.code;
    code.push(patch(rule, body, scope, types));
    code.close()
}

/// The names that examples pin or use; they count as used in the rule.
fn named_by_examples<'a>(rule: &'a Rule, scope: &Scope) -> Vec<&'a Ident> {
    let givens = rule.examples.iter().flat_map(|example| &example.givens);
    let named = givens.filter_map(|given| match given {
        Given::Use(name) | Given::Pin { place: name, .. } => Some(name),
        Given::Leaf { .. } => None,
    });
    named.filter(|name| scope.get(name).is_some()).collect()
}

fn structure<'a>(body: &Body, scope: &'a Scope, usage: &'a Usage, types: &'a mut Types, code: Code) -> Code {
    let mut matcher = Matcher::new(code, types, scope, usage);
    matcher.roots(&body.roots);
    matcher.compare();
    matcher.guards(&body.guards);
    matcher.code
}

fn patch(rule: &Rule, body: &Body, scope: &Scope, types: &mut Types) -> TokenStream {
    let (m, g, b) = (matching(), graph_lifetime(), builder());
    let (built, patch) = (local("right_side"), local("patch"));
    let statements = right_side(rule, body, scope, types);
    quote! {
        let #built = (|| -> Result<::optimizer_core::rewrite::Builder<#g>, ::optimizer_core::rewrite::Reject> {
            let mut #b = #m.builder();
            #statements
            Ok(#b)
        })();
        if let Some(#patch) = #m.finish(#built) {
            return Some(#patch);
        }
    }
}
