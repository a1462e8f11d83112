//! Emits `where` and `let`.
//!
//! Invariant: conditions are the author's tokens, so type errors in them are rustc's own, in the pattern file.

use super::matcher::Matcher;
use super::vocabulary::*;
use crate::ast::Guard;
use crate::errors::is_variable;
use crate::text::text;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Pat};

impl Matcher<'_> {
    pub(super) fn guards(&mut self, guards: &[Guard]) {
        for guard in guards {
            match guard {
                Guard::Where(condition) => self.condition(condition),
                Guard::Let { pattern, value } if is_irrefutable(pattern) => {
                    self.code.push(quote!(let #pattern = #value;));
                }
                Guard::Let { pattern, value } => self.refutable(pattern, value),
            }
        }
    }

    fn condition(&mut self, condition: &Expr) {
        let (holds, refuse) = (self.code.fresh("holds"), self.refusal(&text(condition), condition));
        let holding = quote_spanned!(beside(condition.span())=> let #holds: bool = #condition;);
        self.code.push(quote!(#holding if !#holds { #refuse }));
    }

    fn refutable(&mut self, pattern: &Pat, value: &Expr) {
        let written = format!("let {} = {}", text(pattern), text(value));
        let refuse = self.refusal(&written, pattern);
        self.code.push(quote!(let (#pattern) = (#value) else { #refuse };));
    }

    fn refusal(&self, written: &str, place: &impl Spanned) -> TokenStream {
        let (m, at, fail) = (matching(), at(place.span()), self.code.fail());
        quote!(#m.refuse(#written, #at); #fail)
    }
}

/// Whether a pattern binds or ignores without asking anything.
pub(crate) fn is_irrefutable(pattern: &Pat) -> bool {
    match pattern {
        Pat::Ident(ident) => is_variable(&ident.ident) && ident.subpat.is_none(),
        Pat::Wild(_) => true,
        Pat::Type(typed) => is_irrefutable(&typed.pat),
        Pat::Paren(inner) => is_irrefutable(&inner.pat),
        Pat::Tuple(tuple) => tuple.elems.iter().all(is_irrefutable),
        _ => false,
    }
}
