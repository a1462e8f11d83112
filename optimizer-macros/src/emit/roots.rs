//! Emits the search for the roots of a body.
//!
//! Invariant: the first root is the anchor that the engine chose; every other one reads a value that is matched by
//! then.

use super::matcher::Matcher;
use super::vocabulary::*;
use crate::plan::{Connection, Form, Node, Scope, connection, values_of};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use std::collections::HashSet;

/// The local that holds root number `i`.
pub(super) fn root_local(i: usize) -> Ident {
    numbered("root", i)
}

impl Matcher<'_> {
    /// Matches all roots, the first one at the anchor.
    pub(super) fn roots(&mut self, roots: &[Node]) {
        let mut at_hand = HashSet::new();
        for (i, root) in roots.iter().enumerate() {
            let found = root_local(i);
            if i == 0 {
                self.anchor(root, &found);
            } else if let Some(connection) = connection(root, &at_hand) {
                self.further_root(root, i, &connection);
            }
            self.root(root, &found);
            at_hand.extend(values_of(root, self.scope));
        }
    }

    /// Binds the local `found` to the anchor.
    pub(super) fn anchor(&mut self, root: &Node, found: &Ident) {
        let Form::Operator(operator) = &root.form else { return };
        let (m, at, op) = (matching(), at(root.span), self.types.alias(&operator.op).op);
        self.code.bind(quote!(#found), quote!(#m.root::<#op>(#at)));
    }

    fn further_root(&mut self, root: &Node, i: usize, connection: &Connection) {
        let (m, at, found) = (matching(), at(root.span), root_local(i));
        let candidates = self.candidates(connection);
        self.code.choose(&found, candidates);
        for earlier in (0..i).map(root_local) {
            let condition = quote!(#found.id() != #earlier.id());
            self.code.require_same(condition, "the operator", &at);
        }
        self.code.require(quote!(#m.also_root(#found, #at).is_some()));
    }

    /// The operators that a connection leads to.
    pub(super) fn candidates(&mut self, connection: &Connection) -> TokenStream {
        let (m, value) = (matching(), self.value_of(connection.name));
        let mut path = connection.path.iter().rev();
        let Some(reader) = path.next() else { return quote!([]) };
        let op = self.types.alias(&reader.op).op;
        let mut candidates = quote!(#m.users::<#op>(#value));
        let mut result = reader.result;
        for above in path {
            let (op, below) = (self.types.alias(&above.op).op, local("below"));
            candidates = quote! {
                #candidates.into_iter().flat_map(|#below| #m.users::<#op>(#below.result(#result))).collect::<Vec<_>>()
            };
            result = above.result;
        }
        candidates
    }
}

/// The names of values that every root but those from `end` on binds.
pub(crate) fn at_hand_before(roots: &[Node], end: usize, scope: &Scope) -> HashSet<String> {
    roots[..end].iter().flat_map(|root| values_of(root, scope)).collect()
}
