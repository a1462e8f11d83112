//! Emits the Rust code of a pattern file.
//!
//! Invariant: the author's tokens keep their spans and every path of our own is absolute.

mod attributes;
mod bind;
mod build;
mod code;
pub(crate) mod descriptor;
mod group;
mod guards;
mod matcher;
pub(crate) mod outline;
mod roots;
mod rule;
pub(crate) mod types;
mod usage;
pub(crate) mod vocabulary;

pub(crate) use bind::array_rank;
pub(crate) use group::shared_value;
pub(crate) use roots::at_hand_before;
pub(crate) use usage::Usage;

use crate::ast::{File, Rule};
use crate::examples;
use crate::plan::{Body, Scope};
use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};
use types::Types;

/// A rule whose left side has been worked out.
pub(crate) struct Planned<'a> {
    pub(crate) rule: &'a Rule,
    pub(crate) bodies: Vec<(Body, Scope)>,
    pub(crate) examples: Vec<examples::Givens<'a>>,
}

/// The items that `patterns! { .. }` expands to.
pub(crate) fn file(file: &File, rules: &[Planned]) -> TokenStream {
    let uses = &file.uses;
    let (mut items, mut descriptors, mut tests) = (TokenStream::new(), Vec::new(), TokenStream::new());
    for (index, planned) in rules.iter().enumerate() {
        let mut types = Types::of(&planned.rule.name);
        let function = rule::function(planned.rule, &planned.bodies, &mut types);
        let examples = examples::emit(planned, &mut types);
        descriptors.push(descriptor::descriptor(
            planned.rule,
            &planned.bodies,
            &mut types,
            &examples.initializers,
        ));
        let (declarations, functions) = (types.declarations(), &examples.functions);
        items.extend(quote!(#declarations #function #functions));
        tests.extend(test_functions(planned.rule, index));
    }
    quote! {
        #(#uses)*
        #[allow(unused_imports)]
        use ::optimizer_core::prelude::*;
        #items
        #[doc = "The rules of this file."]
        pub static RULES: &[::optimizer_core::rewrite::Rule] = &[#(#descriptors),*];
        #[cfg(test)]
        mod examples { #tests }
    }
}

/// What a faulty file expands to beside its errors.
pub(crate) fn no_rules() -> TokenStream {
    quote!(
        pub static RULES: &[::optimizer_core::rewrite::Rule] = &[];
    )
}

fn test_functions(rule: &Rule, index: usize) -> TokenStream {
    let (mut examples, mut counterexamples) = (0, 0);
    let index = Literal::usize_unsuffixed(index);
    let test = |(i, example): (usize, &crate::ast::Example)| {
        let (kind, count) = match example.counter {
            true => ("counterexample", &mut counterexamples),
            false => ("example", &mut examples),
        };
        *count += 1;
        let name = quote::format_ident!("{}_{kind}_{count}", rule.name, span = example.span);
        let i = Literal::usize_unsuffixed(i);
        quote! {
            #[test]
            fn #name() { ::optimizer_core::testing::check(&super::RULES[#index], #i) }
        }
    };
    rule.examples.iter().enumerate().map(test).collect::<TokenStream>().into_token_stream()
}
