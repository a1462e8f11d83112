//! Straight-line matching code that opens loops where there is a choice.
//!
//! Invariant: a failed step leaves the innermost choice, whose next candidate starts from the same state.

use super::vocabulary::{beside, label, matching, numbered, shown};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::Lifetime;

/// Statements in order; those behind a choice are nested into its loop when the code is closed.
pub(crate) struct Code {
    lines: Vec<Line>,
    label: Lifetime,
    choices: usize,
    locals: usize,
}

enum Line {
    Statement(TokenStream),
    Choice { item: Ident, candidates: TokenStream, mark: Ident, label: Lifetime },
}

impl Code {
    /// Code inside the labelled block `outermost`.
    pub(crate) fn inside(outermost: &Lifetime) -> Code {
        Code { lines: Vec::new(), label: outermost.clone(), choices: 0, locals: 0 }
    }

    pub(crate) fn push(&mut self, statement: TokenStream) {
        self.lines.push(Line::Statement(statement));
    }

    /// A local that is not yet in use.
    pub(crate) fn fresh(&mut self, name: &str) -> Ident {
        self.locals += 1;
        numbered(name, self.locals)
    }

    /// A local that stands for the author's token at `span`.
    pub(crate) fn fresh_at(&mut self, name: &str, span: Span) -> Ident {
        let mut fresh = self.fresh(name);
        fresh.set_span(beside(span));
        fresh
    }

    /// Leaves the innermost choice.
    pub(crate) fn fail(&self) -> TokenStream {
        let label = &self.label;
        quote!(break #label)
    }

    /// Leaves the innermost choice unless `condition` holds, whose failure has been recorded.
    pub(crate) fn require(&mut self, condition: TokenStream) {
        let fail = self.fail();
        self.push(quote!(if !(#condition) { #fail }));
    }

    /// Records that `what` differs, unless `condition` holds.
    pub(crate) fn require_same(&mut self, condition: TokenStream, what: &str, at: &TokenStream) {
        let (m, fail) = (matching(), self.fail());
        self.push(quote!(if !(#condition) { #m.differs(#what, #at); #fail }));
    }

    /// Records what was found and what was wanted, unless they are equal.
    pub(crate) fn require_equal(
        &mut self,
        found: TokenStream,
        wanted: TokenStream,
        what: &str,
        at: &TokenStream,
    ) {
        let (m, fail) = (matching(), self.fail());
        let (left, right) = (shown(&found), shown(&wanted));
        self.push(quote!(if #found != #wanted { #m.compared(#what, #at, #left, #right); #fail }));
    }

    /// Binds what `value` holds, which has recorded its failure otherwise.
    pub(crate) fn bind(&mut self, pattern: TokenStream, value: TokenStream) {
        let fail = self.fail();
        self.push(quote!(let Some(#pattern) = #value else { #fail };));
    }

    /// Tries the rest for each of the candidates.
    pub(crate) fn choose(&mut self, item: &Ident, candidates: TokenStream) {
        self.choices += 1;
        let (mark, label) = (numbered("mark", self.choices), label(&format!("choice{}", self.choices)));
        self.label = label.clone();
        self.lines.push(Line::Choice { item: item.clone(), candidates, mark, label });
    }

    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Takes out the statements from `start` on, none of which opens a choice.
    pub(crate) fn split_off(&mut self, start: usize) -> TokenStream {
        let statements = self.lines.split_off(start).into_iter();
        statements.filter_map(|line| if let Line::Statement(s) = line { Some(s) } else { None }).collect()
    }

    /// All statements, nested.
    pub(crate) fn close(self) -> TokenStream {
        self.lines.into_iter().rev().fold(TokenStream::new(), |rest, line| match line {
            Line::Statement(statement) => quote!(#statement #rest),
            Line::Choice { item, candidates, mark, label } => {
                let m = matching();
                quote! {
                    let #mark = #m.mark();
                    for #item in #candidates {
                        #m.rewind(#mark);
                        #label: { #rest }
                    }
                }
            }
        })
    }
}
