//! Emits the matching of `each .. sharing ..`: all readers of a shared value, as one group.
//!
//! Invariant: the anchor is the first member in graph order, so a group is matched once and not once per member.

use super::code::Code;
use super::matcher::Matcher;
use super::roots::root_local;
use super::types::Types;
use super::usage::Usage;
use super::vocabulary::*;
use crate::plan::{Body, Connection, Form, Kind, Node, Scope, connection};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use std::collections::HashSet;

/// One name of a member: what it is called inside, in one candidate and over all members.
struct Name<'a> {
    name: &'a Ident,
    kind: &'a Kind,
    shared: bool,
}

/// Appends the matching of a group to `code`; `tail` are the guards of each member.
pub(super) fn group<'a>(
    body: &'a Body,
    sharing: &[Ident],
    scope: &'a Scope,
    usage: &'a Usage,
    types: &'a mut Types,
    code: Code,
) -> Code {
    let names: Vec<Name> =
        scope.names().map(|(name, kind)| Name { name, kind, shared: sharing.contains(name) }).collect();
    let root = &body.roots[0];
    let member = member(body, &names, scope, usage, types);
    let mut matcher = Matcher::new(code, types, scope, usage);
    let found = root_local(0);
    matcher.anchor(root, &found);
    let m = matching();
    let (match_member, anchored) = (local("match_member"), local("anchored"));
    matcher.code.push(quote!(let #match_member = #member; let #anchored = #m.mark();));
    matcher.code.bind(shared_names(&names), quote!(#match_member(#m, #found)));
    matcher.code.push(quote!(#m.rewind(#anchored);));
    collect(&mut matcher, root, &names, sharing);
    matcher.code
}

/// The closure that matches one member and returns all its names.
fn member(body: &Body, names: &[Name], scope: &Scope, usage: &Usage, types: &mut Types) -> TokenStream {
    let (m, g, found, label) = (matching(), graph_lifetime(), root_local(0), label("member"));
    let root = &body.roots[0];
    let Form::Operator(operator) = &root.form else { return TokenStream::new() };
    let op = types.alias(&operator.op).op;
    let mut matcher = Matcher::new(Code::inside(&label), types, scope, usage);
    matcher.root(root, &found);
    matcher.compare();
    matcher.guards(&body.guards);
    let values = names.iter().flat_map(Name::inside);
    matcher.code.push(quote!(return Some((#(#values,)*));));
    let steps = matcher.code.close();
    quote! {
        |#m: &mut ::optimizer_core::rewrite::Match<#g>, #found: ::optimizer_core::rewrite::Node<#g, #op>| {
            #label: { #steps }
            None
        }
    }
}

/// The loop over the candidates, and the names as the rest of the rule sees them.
fn collect(matcher: &mut Matcher, root: &Node, names: &[Name], sharing: &[Ident]) {
    let Some(connection) = shared_value(root, sharing, matcher.scope) else { return };
    let (m, anchor, at, fail) = (matching(), root_local(0), at(root.span), matcher.code.fail());
    let candidates = matcher.candidates(&connection);
    let here = names.iter().flat_map(Name::here_pattern);
    let agree = names.iter().filter(|name| name.shared).map(Name::agrees);
    let (all, push): (Vec<Ident>, Vec<TokenStream>) =
        names.iter().filter(|n| !n.shared).map(Name::push).unzip();
    let own: Vec<&Ident> = names.iter().filter(|name| !name.shared).map(|name| name.name).collect();
    let dims = names.iter().filter(|name| !name.shared && *name.kind == Kind::Dim).map(|name| name.name);
    matcher.code.push(quote_spanned! {Span::mixed_site()=>
        let mut members = Vec::new();
        #(let mut #all = Vec::new();)*
        for candidate in #candidates {
            let before = #m.mark();
            let Some((#(#here,)*)) = match_member(#m, candidate) else { #m.rewind(before); continue };
            if members.contains(&candidate.id()) #(|| !(#agree))* { #m.rewind(before); continue; }
            if candidate.id() == #anchor.id() {
            } else if members.is_empty() {
                #m.differs("the first member of the group", #at);
                #fail
            } else if #m.also_root(candidate, #at).is_none() {
                #fail
            }
            members.push(candidate.id());
            #(#push)*
        }
        #(let #own = #all;)*
        #(let _ = &#dims;)*
    });
}

/// How the members are found.
pub(crate) fn shared_value<'a>(root: &'a Node, sharing: &[Ident], scope: &Scope) -> Option<Connection<'a>> {
    let values = crate::plan::values_of(root, scope);
    let at_hand: HashSet<String> =
        sharing.iter().map(ToString::to_string).filter(|n| values.contains(n)).collect();
    connection(root, &at_hand)
}

/// The anchor's names that all members share, in a pattern over all of its names.
fn shared_names(names: &[Name]) -> TokenStream {
    let patterns = names.iter().flat_map(|name| {
        let inside = name.inside();
        inside.into_iter().map(|n| if name.shared { quote!(#n) } else { quote!(_) })
    });
    quote!((#(#patterns,)*))
}

impl Name<'_> {
    /// The locals of one member: the name and, for a constant, its value.
    fn inside(&self) -> Vec<Ident> {
        let value = matches!(self.kind, Kind::Constant { .. }).then(|| value_of_constant(self.name));
        std::iter::once(self.name.clone()).chain(value).collect()
    }

    fn here(&self) -> Ident {
        derived(self.name, "here")
    }

    /// What is taken of a candidate: for comparison its value, for collection the name.
    fn here_pattern(&self) -> Vec<TokenStream> {
        let here = self.here();
        match (self.kind, self.shared) {
            (Kind::Constant { .. }, true) => vec![quote!(_), quote!(#here)],
            (Kind::Constant { .. }, false) => vec![quote!(#here), quote!(_)],
            _ => vec![quote!(#here)],
        }
    }

    fn agrees(&self) -> TokenStream {
        let (name, here) = (self.name, self.here());
        match self.kind {
            Kind::Constant { .. } => {
                let value = value_of_constant(name);
                quote!({ let _ = &#name; #here == #value })
            }
            _ => quote!(#here == #name),
        }
    }

    /// The list over all members, and the statement that extends it.
    fn push(&self) -> (Ident, TokenStream) {
        let (all, here) = (derived(self.name, "all"), self.here());
        let push = quote!(#all.push(#here););
        (all, push)
    }
}
