//! Emits the options of an operator that an example builds.
//!
//! Invariant: an attribute is what the example pins, else what the pattern says, else its default; a fused activation
//! that the pattern leaves open is tried in several values.

use super::left::{Left, sample};
use crate::ast::{Attribute, Test};
use crate::emit::types::Alias;
use crate::emit::vocabulary::*;
use crate::errors::is_variable;
use crate::plan::{Node, Operator};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::Pat;

impl Left<'_> {
    /// Sets up the options and gives the local that holds them.
    pub(super) fn options(&mut self, node: &Node, operator: &Operator, alias: &Alias) -> Ident {
        let (table, options) = (&alias.options, self.fresh("options"));
        self.push(quote!(let mut #options = <#table as ::core::default::Default>::default();));
        for field in &operator.attributes.fields {
            self.attribute(field, &options, table);
        }
        let pins = node.names.iter().flat_map(|name| pins_of(name, self.givens));
        for (attribute, value) in pins.collect::<Vec<_>>() {
            self.set(&attribute, assign(&value), &options, table);
        }
        for field in &operator.attributes.fields {
            self.take_apart(field, &options, table);
        }
        options
    }

    fn attribute(&mut self, field: &Attribute, options: &Ident, table: &Ident) {
        match &field.test {
            Test::Bind(name) => {
                self.bind_attribute(name, &field.name, table);
                let slot = local("slot");
                self.set(&field.name, quote!(*#slot = ::core::clone::Clone::clone(&#name);), options, table);
            }
            Test::Pattern(pattern) => {
                if let Some(value) = instance(pattern) {
                    self.set(&field.name, assign(&value), options, table);
                }
            }
            Test::Equal(expr) => self.set(&field.name, assign(&expr.to_token_stream()), options, table),
        }
    }

    /// Brings a bound attribute into scope.
    pub(super) fn bind_attribute(&mut self, name: &Ident, attribute: &Ident, table: &Ident) {
        if self.note_known(name) {
            return;
        }
        let s = sample();
        self.push(match self.givens.pin(name, None) {
            Some(value) => quote!(let #name = #value;),
            None if attribute == "act" => quote!(let #name = #s.activation();),
            None => quote!(let #table { #attribute: #name, .. } = ::core::default::Default::default();),
        });
    }

    /// Runs `assignment` with the local `slot` on the attribute.
    fn set(&mut self, attribute: &Ident, assignment: TokenStream, options: &Ident, table: &Ident) {
        let slot = local("slot");
        self.push(quote!({ let #table { #attribute: #slot, .. } = &mut #options; #assignment }));
    }

    /// Brings the names inside of an attribute's pattern into scope.
    fn take_apart(&mut self, field: &Attribute, options: &Ident, table: &Ident) {
        let Test::Pattern(pattern) = &field.test else { return };
        if crate::plan::bound_by_rust(pattern).is_empty() {
            return;
        }
        let (slot, name, at) = (self.fresh("slot"), &field.name, at(field.name.span()));
        let message = format!("the example gives attribute `{name}` no value that fits the pattern: pin it");
        self.push(quote! {
            let #table { #name: #slot, .. } = ::core::clone::Clone::clone(&#options);
            let (#pattern) = #slot else {
                return Err(::optimizer_core::rewrite::Reject::build(#at, #message));
            };
        });
    }
}

fn assign(value: &TokenStream) -> TokenStream {
    let slot = local("slot");
    quote!(::optimizer_core::rewrite::Same::assign(#slot, #value);)
}

fn pins_of(name: &Ident, givens: &super::Givens) -> Vec<(Ident, TokenStream)> {
    let pins = givens.example.givens.iter().filter_map(|given| match given {
        crate::ast::Given::Pin { place, attribute: Some(attribute), value } if place == name => {
            Some((attribute.clone(), value.to_token_stream()))
        }
        _ => None,
    });
    pins.collect()
}

/// A value that the pattern matches, if one can be read off it.
pub(crate) fn instance(pattern: &Pat) -> Option<TokenStream> {
    match pattern {
        Pat::Lit(literal) => Some(literal.to_token_stream()),
        Pat::Path(path) => Some(path.to_token_stream()),
        Pat::Ident(ident) => match &ident.subpat {
            Some((_, inner)) => instance(inner),
            None => (!is_variable(&ident.ident)).then(|| ident.ident.to_token_stream()),
        },
        Pat::Paren(inner) => instance(&inner.pat),
        Pat::Or(alternatives) => alternatives.cases.iter().find_map(instance),
        Pat::Range(range) => range.start.as_ref().map(ToTokens::to_token_stream),
        _ => None,
    }
}
