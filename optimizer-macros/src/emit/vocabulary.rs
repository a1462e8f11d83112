//! The few words that all generated code is made of.
//!
//! Invariant: generated locals are hygienic (`mixed_site`), so no name of an author can meet one.

use proc_macro2::{Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Expr, Lifetime};

/// A local variable of the generated code.
pub(crate) fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// A hygienic span that points at the author's token, for code that rustc may complain about.
pub(crate) fn beside(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// A numbered local variable.
pub(crate) fn numbered(name: &str, n: usize) -> Ident {
    local(&format!("{name}{n}"))
}

/// A local named after an author's name.
pub(crate) fn derived(name: &Ident, suffix: &str) -> Ident {
    local(&format!("{}_{suffix}", name.unraw()))
}

/// The local that holds the value from which the constant `name` was read.
pub(crate) fn value_of_constant(name: &Ident) -> Ident {
    derived(name, "value")
}

/// The match in progress.
pub(crate) fn matching() -> Ident {
    local("m")
}

/// The builder of the right side.
pub(crate) fn builder() -> Ident {
    local("builder")
}

/// The lifetime of the graph.
pub(crate) fn graph_lifetime() -> Lifetime {
    Lifetime::new("'g", Span::mixed_site())
}

pub(crate) fn label(name: &str) -> Lifetime {
    Lifetime::new(&format!("'{name}"), Span::mixed_site())
}

/// The place of a token as an `At`.
pub(crate) fn at(span: Span) -> TokenStream {
    let start = span.start();
    let line = Literal::u32_unsuffixed(start.line as u32);
    let column = Literal::u32_unsuffixed(start.column as u32);
    quote!(::optimizer_core::rewrite::At::new(#line, #column))
}

/// What an expression has, to be shown in a reject.
pub(crate) fn shown(expr: impl ToTokens) -> TokenStream {
    quote!((&&&::optimizer_core::rewrite::evidence::Name(&#expr)).shown())
}

/// The pattern's own text, to be shown in a reject.
pub(crate) fn written(text: &str) -> TokenStream {
    quote!(::optimizer_core::rewrite::Shown::Written(#text))
}

/// `[..]` at the place of the author's parentheses.
pub(crate) fn in_brackets(items: impl ToTokens, span: Span) -> TokenTree {
    in_delimiters(proc_macro2::Delimiter::Bracket, items, span)
}

/// `(..)` at the place of the author's parentheses.
pub(crate) fn in_parens(items: impl ToTokens, span: Span) -> TokenTree {
    in_delimiters(proc_macro2::Delimiter::Parenthesis, items, span)
}

fn in_delimiters(delimiter: proc_macro2::Delimiter, items: impl ToTokens, span: Span) -> TokenTree {
    let mut group = Group::new(delimiter, items.into_token_stream());
    group.set_span(span);
    group.into()
}

/// The name, if the expression is nothing else.
pub(crate) fn lone_name(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(path) if path.qself.is_none() => path.path.get_ident(),
        _ => None,
    }
}
