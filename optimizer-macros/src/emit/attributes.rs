//! Emits the checks of an operator's attributes.
//!
//! Invariant: an attribute that is not mentioned is at its default, or `..` stands there; the fused activation is never
//! covered by `..`.

use super::matcher::Matcher;
use super::types::Alias;
use super::vocabulary::*;
use crate::ast::{Attribute, Attributes, Test};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

impl Matcher<'_> {
    /// Checks and binds the attributes of the operator in the local `found`.
    pub(super) fn attributes(
        &mut self,
        attributes: &Attributes,
        found: &Ident,
        alias: &Alias,
        at: &TokenStream,
    ) {
        if attributes.fields.is_empty() {
            self.unmentioned(attributes, quote!(#found.options()), alias, at);
            return;
        }
        let options = self.code.fresh("options");
        self.code.push(quote!(let #options = #found.options();));
        self.unmentioned(attributes, quote!(#options), alias, at);
        let slots: Vec<Ident> = attributes.fields.iter().map(|field| self.attribute_slot(field)).collect();
        let names = attributes.fields.iter().map(|field| &field.name);
        let table = &alias.options;
        self.code.push(quote!(let #table { #(#names: #slots,)* .. } = #options;));
        for (field, slot) in attributes.fields.iter().zip(&slots) {
            self.test(field, slot);
        }
    }

    /// The author's name where it is bound here, else a local.
    fn attribute_slot(&mut self, field: &Attribute) -> Ident {
        match &field.test {
            Test::Bind(name) if !self.is_bound(name) => name.clone(),
            _ => self.code.fresh("attribute"),
        }
    }

    fn test(&mut self, field: &Attribute, slot: &Ident) {
        let (m, at, what) = (matching(), at(field.name.span()), format!("attribute `{}`", field.name));
        match &field.test {
            Test::Bind(name) if self.note_bound(name) => {
                self.code.require_equal(quote!(#slot), quote!(#name), &what, &at);
            }
            Test::Bind(_) => {}
            Test::Pattern(pattern) => {
                crate::plan::bound_by_rust(pattern).iter().for_each(|name| {
                    self.note_bound(name);
                });
                let fail = self.code.fail();
                let (found, wanted) = (shown(slot), written(&crate::text::text(pattern)));
                let refusal = quote!(#m.compared(#what, #at, #found, #wanted); #fail);
                self.code.push(quote!(let (#pattern) = #slot else { #refusal };));
            }
            Test::Equal(expr) => self.defer_attribute(slot, expr, &field.name),
        }
    }

    /// Requires what is not mentioned to be at its default.
    fn unmentioned(
        &mut self,
        attributes: &Attributes,
        options: TokenStream,
        alias: &Alias,
        at: &TokenStream,
    ) {
        if attributes.rest {
            if !attributes.fields.iter().any(|field| field.name == "act") {
                self.no_activation(options, at);
            }
            return;
        }
        let (m, table) = (matching(), &alias.options);
        let default = quote!(<#table as ::core::default::Default>::default());
        if attributes.fields.is_empty() {
            self.code.require(quote!(#m.same_options(&#options, &#default, #at).is_some()));
            return;
        }
        let plain = self.code.fresh("plain");
        self.code.push(quote!(let mut #plain = #default;));
        self.take_over(attributes, &plain, &options, table);
        self.code.require(quote!(#m.same_options(&#options, &#plain, #at).is_some()));
    }

    fn no_activation(&mut self, options: TokenStream, at: &TokenStream) {
        let m = matching();
        self.code.require(quote!(#m.inactive(&#options, #at).is_some()));
    }

    /// Copies the mentioned attributes of `options` into `plain`.
    fn take_over(&mut self, attributes: &Attributes, plain: &Ident, options: &TokenStream, table: &Ident) {
        for field in &attributes.fields {
            let (name, from, to) = (&field.name, local("from"), local("to"));
            let copy = quote_spanned! {name.span()=>
                let (#table { #name: #to, .. }, #table { #name: #from, .. }) = (&mut #plain, &#options);
            };
            self.code.push(quote!({ #copy ::core::clone::Clone::clone_from(#to, #from); }));
        }
    }
}
