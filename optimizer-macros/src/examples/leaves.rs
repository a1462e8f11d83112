//! Emits the values that an example starts from.
//!
//! Invariant: leaves come in the order in which the example gives them.

use super::givens::{Givens, Leaf};
use crate::ast::{Dim, Type};
use crate::emit::vocabulary::local;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

pub(super) fn function(name: &Ident, givens: &Givens) -> TokenStream {
    let l = local("l");
    let leaves = givens.leaves.iter().map(|leaf| self::leaf(leaf, &l));
    let pins = givens.leaves.iter().filter_map(|leaf| {
        let (text, value) = (leaf.name.to_string(), givens.pin(leaf.name, None)?);
        Some(quote!(#l.pin(#text, #value);))
    });
    let uses = givens.uses.iter().map(|name| {
        let text = name.to_string();
        quote!(#l.use_(#text);)
    });
    quote! {
        #[allow(unused, clippy::all)]
        fn #name(#l: &mut ::optimizer_core::testing::Leaves) { #(#leaves)* #(#pins)* #(#uses)* }
    }
}

fn leaf(leaf: &Leaf, l: &Ident) -> TokenStream {
    let text = leaf.name.to_string();
    let method = match (leaf.optional, leaf.constant, leaf.each) {
        (false, false, false) => "value",
        (false, false, true) => "values",
        (false, true, false) => "constant",
        (false, true, true) => "constants",
        (true, false, false) => "optional_value",
        (true, false, true) => "optional_values",
        (true, true, false) => "optional_constant",
        (true, true, true) => "optional_constants",
    };
    let (method, kinds) =
        (Ident::new(method, proc_macro2::Span::call_site()), leaf.kinds.iter().map(|k| kind(k)));
    if leaf.each {
        quote!(#l.#method(#text, &[#((#kinds)),*]);)
    } else {
        quote!(#l.#method(#text, #(#kinds),*);)
    }
}

/// The dtype and extents of a leaf.
fn kind(kind: &Type) -> TokenStream {
    let element = &kind.element;
    let dims = kind.dims.iter().flatten().filter_map(|dim| match dim {
        Dim::Exactly(n) => Some(n),
        _ => None,
    });
    quote!(<#element as ::optimizer_core::ir::Element>::DTYPE, &[#(#dims),*])
}
