//! Names for the operators of a rule and their option tables.
//!
//! Invariant: an operator token of the author appears in the generated code once, so a mistyped name is one error.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use std::collections::HashMap;

/// The aliases of one rule.
pub(crate) struct Types {
    rule: Ident,
    known: HashMap<(String, String), Alias>,
    declared: TokenStream,
}

/// An operator and its option table.
#[derive(Clone)]
pub(crate) struct Alias {
    pub(crate) op: Ident,
    pub(crate) options: Ident,
}

impl Types {
    pub(crate) fn of(rule: &Ident) -> Types {
        Types { rule: rule.clone(), known: HashMap::new(), declared: TokenStream::new() }
    }

    /// The alias of an operator that stands at one place of the file.
    pub(crate) fn alias(&mut self, op: &Ident) -> Alias {
        let place = (op.to_string(), format!("{:?}", op.span()));
        if let Some(alias) = self.known.get(&place) {
            return alias.clone();
        }
        let alias = self.declare(op);
        self.known.insert(place, alias.clone());
        alias
    }

    fn declare(&mut self, op: &Ident) -> Alias {
        let (rule, n) = (&self.rule, self.known.len());
        let alias = format_ident!("{rule}_{op}{n}", span = Span::mixed_site());
        let options = format_ident!("{rule}_{op}{n}_options", span = Span::mixed_site());
        self.declared.extend(quote! {
            #[allow(non_camel_case_types, dead_code)]
            type #alias = ::optimizer_core::op::#op;
            #[allow(non_camel_case_types, dead_code)]
            type #options = <#alias as ::optimizer_core::op::Op>::Options;
        });
        Alias { op: alias, options }
    }

    /// The declarations of all aliases.
    pub(crate) fn declarations(&self) -> &TokenStream {
        &self.declared
    }
}

/// The description of an operator.
pub(crate) fn description(alias: &Alias) -> TokenStream {
    let op = &alias.op;
    quote!(<#op as ::optimizer_core::op::Op>::DESCRIPTION)
}
