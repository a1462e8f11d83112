//! Compiles examples: the left side of a rule as code that builds it.
//!
//! Invariant: the built left side is the pattern itself, so an example needs shapes and nothing else.

mod givens;
mod leaves;
mod left;
mod options;

pub(crate) use givens::{Givens, givens};

use crate::emit::Planned;
use crate::emit::types::Types;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

/// The code of a rule's examples.
pub(crate) struct Emitted {
    /// Two functions per example.
    pub(crate) functions: TokenStream,
    /// An `Example` per example.
    pub(crate) initializers: Vec<TokenStream>,
}

pub(crate) fn emit(planned: &Planned, types: &mut Types) -> Emitted {
    let mut emitted = Emitted { functions: TokenStream::new(), initializers: Vec::new() };
    for (i, givens) in planned.examples.iter().enumerate() {
        let name =
            |part| format_ident!("{}_{part}_{i}", planned.rule.name, span = proc_macro2::Span::mixed_site());
        let (leaves, build): (Ident, Ident) = (name("leaves"), name("left_side"));
        emitted.functions.extend(leaves::function(&leaves, givens));
        emitted.functions.extend(left::function(&build, planned, givens, types));
        let (line, counter) =
            (Literal::usize_unsuffixed(givens.example.span.start().line), givens.example.counter);
        emitted.initializers.push(quote! {
            ::optimizer_core::testing::Example { line: #line, counter: #counter, leaves: #leaves, build: #build }
        });
    }
    emitted
}
