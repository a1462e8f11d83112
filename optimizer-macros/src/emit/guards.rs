//! Emits `where` and `let`.
//!
//! Invariant: conditions are the author's tokens, so type errors in them are rustc's own, in the pattern file.

use super::matcher::Matcher;
use super::vocabulary::*;
use crate::ast::Guard;
use crate::emit::outline::restricts;
use crate::errors::is_variable;
use crate::plan::bound_by_rust;
use crate::text::text;
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use std::collections::HashSet;
use syn::spanned::Spanned;
use syn::{Expr, Pat};

impl Matcher<'_> {
    pub(super) fn guards(&mut self, guards: &[Guard]) {
        let mut known: HashSet<String> = self.scope.names().map(|(name, _)| name.to_string()).collect();
        for guard in guards {
            self.show_names(guard, &known);
            match guard {
                Guard::Where(condition) => self.condition(condition),
                Guard::Let { pattern, value } if is_irrefutable(pattern) => {
                    self.code.push(quote!(let #pattern = #value;));
                }
                Guard::Let { pattern, value } => self.refutable(pattern, value),
            }
            if let Guard::Let { pattern, .. } = guard {
                known.extend(bound_by_rust(pattern).iter().map(ToString::to_string));
            }
        }
    }

    /// Hands the values of the names in a guard that can refuse to its reject; before it, since it may move them.
    fn show_names(&mut self, guard: &Guard, known: &HashSet<String>) {
        if !restricts(guard) {
            return;
        }
        let (Guard::Where(tokens) | Guard::Let { value: tokens, .. }) = guard;
        let mut mentioned = Mentioned { known, names: Vec::new() };
        mentioned.stream(tokens.to_token_stream());
        let names = mentioned.names.iter().map(|name| {
            let (text, value) = (name.to_string(), shown(name));
            quote!((#text, #value))
        });
        let m = matching();
        self.code.push(quote!(#m.names(&[#(#names),*]);));
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

/// The variables that an expression mentions, each once: no fields, and no first parts of paths.
struct Mentioned<'a> {
    known: &'a HashSet<String>,
    names: Vec<Ident>,
}

impl Mentioned<'_> {
    fn stream(&mut self, stream: TokenStream) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let is = |i: Option<usize>, c: char| {
            let token = i.and_then(|i| tokens.get(i));
            matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == c)
        };
        for (i, token) in tokens.iter().enumerate() {
            let is_field = is(i.checked_sub(1), '.') && !is(i.checked_sub(2), '.');
            match token {
                TokenTree::Group(group) => self.stream(group.stream()),
                TokenTree::Ident(name) if !is_field && !is(Some(i + 1), ':') => self.name(name),
                _ => {}
            }
        }
    }

    fn name(&mut self, name: &Ident) {
        if self.known.contains(&name.to_string()) && !self.names.contains(name) {
            self.names.push(name.clone());
        }
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
