//! Emits what is compared across files: the structure of a rule's left side.
//!
//! Invariant: an outline that is in doubt covers nothing.

use super::types::{Types, description};
use crate::ast::{Guard, Head, Rule};
use crate::emit::guards::is_irrefutable;
use crate::plan::{Body, Form, Node, Operator};
use proc_macro2::TokenStream;
use quote::quote;
use std::collections::HashSet;

/// The outline of a rule; rules with alternatives, groups or several roots are compared as opaque.
pub(super) fn outline(rule: &Rule, bodies: &[&Body], types: &mut Types) -> TokenStream {
    match (&rule.head, bodies) {
        (Head::One(_), [body]) => node(&body.roots[0], types),
        _ => quote!(::optimizer_core::rewrite::Outline::View),
    }
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

fn node(node: &Node, types: &mut Types) -> TokenStream {
    match &node.form {
        Form::Operator(operator) if operator.split().1.is_none() => self::operator(node, operator, types),
        Form::Bound if node.binders.iter().any(|b| b.kind.as_ref().is_some_and(|kind| kind.constant)) => {
            quote!(::optimizer_core::rewrite::Outline::Const)
        }
        Form::Bound | Form::Any { .. } => quote!(::optimizer_core::rewrite::Outline::Any),
        Form::Operator(_) | Form::View { .. } | Form::Rest | Form::Expr(_) => {
            quote!(::optimizer_core::rewrite::Outline::View)
        }
    }
}

fn operator(node: &Node, operator: &Operator, types: &mut Types) -> TokenStream {
    let op = description(&types.alias(&operator.op));
    let attributes = &operator.attributes;
    let plain = attributes.fields.is_empty() && !attributes.rest && !node.shared && operator.result == 0;
    let operands: Vec<TokenStream> =
        operator.operands.iter().map(|operand| self::node(operand, types)).collect();
    quote! {
        ::optimizer_core::rewrite::Outline::Op { op: #op, operands: &[#(#operands),*], plain: #plain }
    }
}
