//! Checks of the left side.
//!
//! Invariant: alternatives bind the same names, and each root can be found from what is matched before it.

use crate::ast::{Head, Pattern, Rule, Shape};
use crate::emit::{at_hand_before, shared_value};
use crate::errors::{Errors, listed, with_note};
use crate::plan::{Body, Form, Kind, Scope, bound_by_pattern, connection};
use proc_macro2::Ident;

/// Notes alternatives that bind different names.
pub(super) fn alternatives(pattern: &Pattern, errors: &mut Errors) {
    match &pattern.shape {
        Shape::Operator(operator) => operator.operands.iter().for_each(|p| alternatives(p, errors)),
        Shape::Call(call) => call.arguments.iter().for_each(|p| alternatives(p, errors)),
        Shape::OneOf(patterns) => {
            agree(patterns, errors);
            patterns.iter().for_each(|p| alternatives(p, errors));
        }
        Shape::Binder(_) | Shape::Any { .. } | Shape::Rest | Shape::Expr(_) => {}
    }
}

fn agree(patterns: &[Pattern], errors: &mut Errors) {
    let bound: Vec<Vec<Ident>> = patterns.iter().map(bound_by_pattern).collect();
    for (pattern, names) in patterns.iter().zip(&bound) {
        if let Some(missing) = bound.iter().flatten().find(|name| !names.contains(name)) {
            let message = format!("this alternative does not bind `{missing}`, another one does");
            let note = format!("`{missing}` is bound here; all alternatives bind the same names");
            errors.push(with_note(pattern.span, message, missing.span(), note));
        }
    }
}

/// Notes roots that are no operators or cannot be found, and groups without a shared value.
pub(super) fn structure(rule: &Rule, bodies: &[(Body, Scope)], errors: &mut Errors) {
    for (body, scope) in bodies {
        let mut own = Errors::default();
        roots(body, scope, &mut own);
        if let Head::Each { sharing, .. } = &rule.head {
            group(body, sharing, scope, &mut own);
        }
        if errors.take(own.finish()).is_none() {
            return;
        }
    }
}

fn roots(body: &Body, scope: &Scope, errors: &mut Errors) {
    for (i, root) in body.roots.iter().enumerate() {
        if !matches!(root.form, Form::Operator(_)) {
            errors.at(root.span, "a rule is anchored at an operator, such as `Mul(x, y)`; here is none");
        } else if i > 0 && connection(root, &at_hand_before(&body.roots, i, scope)).is_none() {
            let message = "root not connected: none of its operands is a value that the roots before it bind";
            errors.at(root.span, message);
        }
    }
}

fn group(body: &Body, sharing: &[Ident], scope: &Scope, errors: &mut Errors) {
    for name in sharing {
        if scope.get(name) == Some(&Kind::Rest) {
            errors.at(name.span(), format!("`{name}..` is a list of operands, which members do not share"));
        } else if scope.get(name).is_none() {
            let known: Vec<&Ident> = scope.names().map(|(name, _)| name).collect();
            errors
                .at(name.span(), format!("the pattern does not bind `{name}`; it binds {}", listed(&known)));
        }
    }
    let root = &body.roots[0];
    if matches!(root.form, Form::Operator(_)) && shared_value(root, sharing, scope).is_none() {
        errors.at(
            root.span,
            "a group shares a value that its members read: name one of the operands in `sharing`",
        );
    }
}
