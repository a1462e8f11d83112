//! Emits the structure of a rule's left side, for the index of rules and for comparing rules of different files.
//!
//! Invariant: an outline that is in doubt covers nothing and admits everything.

use super::types::{Types, description};
use crate::ast::{Guard, Head, Rule};
use crate::emit::guards::is_irrefutable;
use crate::plan::{Body, Form, Node, Operator};
use proc_macro2::TokenStream;
use quote::quote;
use std::collections::HashSet;
use syn::Expr;

/// The outline of the first anchor in each body; where there are further anchors, interiors may be used by those.
pub(super) fn outlines(rule: &Rule, bodies: &[&Body], types: &mut Types) -> Vec<TokenStream> {
    let alone = matches!(rule.head, Head::One(_));
    bodies.iter().map(|body| node(&body.roots[0], alone, types)).collect()
}

/// Whether anything but the outline restricts the rule.
pub(crate) fn is_guarded(rule: &Rule, bodies: &[&Body]) -> bool {
    let opaque = !matches!(rule.head, Head::One(_)) || bodies.len() != 1;
    opaque || rule.cost.is_some() || rule.guards.iter().any(restricts) || bodies.iter().any(|b| restricted(b))
}

/// Whether a guard can refuse.
pub(crate) fn restricts(guard: &Guard) -> bool {
    match guard {
        Guard::Where(_) => true,
        Guard::Let { pattern, .. } => !is_irrefutable(pattern),
    }
}

fn restricted(body: &Body) -> bool {
    let mut names = HashSet::new();
    let mut repeated = false;
    let mut typed = false;
    for binder in body.nodes().flat_map(|node| &node.binders) {
        repeated |= !names.insert(binder.name.to_string());
        typed |= binder.kind.as_ref().is_some_and(|kind| kind.element.is_some() || kind.dims.is_some());
    }
    let compared = body.nodes().any(|node| matches!(node.form, Form::Expr(_)));
    repeated || typed || compared || body.guards.iter().any(restricts)
}

fn node(node: &Node, alone: bool, types: &mut Types) -> TokenStream {
    let constant = node.binders.iter().any(|b| b.kind.as_ref().is_some_and(|kind| kind.constant));
    match &node.form {
        Form::Operator(operator) => self::operator(node, operator, alone, types),
        Form::Bound if constant && node.may_be_absent() => quote!(::optimizer_core::rewrite::Outline::View),
        Form::Bound if constant => quote!(::optimizer_core::rewrite::Outline::Const),
        Form::Expr(Expr::Lit(_)) => quote!(::optimizer_core::rewrite::Outline::Const),
        Form::Bound | Form::Any { .. } => quote!(::optimizer_core::rewrite::Outline::Any),
        Form::View { .. } | Form::Rest | Form::Expr(_) => quote!(::optimizer_core::rewrite::Outline::View),
    }
}

fn operator(node: &Node, operator: &Operator, alone: bool, types: &mut Types) -> TokenStream {
    let op = description(&types.alias(&operator.op));
    let attributes = &operator.attributes;
    let (single, rest) = operator.split();
    let free = alone && !node.shared && operator.result == 0 && rest.is_none();
    let plain = attributes.fields.is_empty() && !attributes.rest && free;
    let operands: Vec<TokenStream> = single.iter().map(|operand| self::node(operand, alone, types)).collect();
    quote! {
        ::optimizer_core::rewrite::Outline::Op { op: #op, operands: &[#(#operands),*], plain: #plain }
    }
}
