//! Finds rules that can never fire since another one always comes first.
//!
//! Invariant: a rule is called shadowed only if the other one is certain to match; in doubt nothing is said.

use crate::ast::{Dim, Header, Test, Type};
use crate::emit::Planned;
use crate::emit::outline::restricts;
use crate::errors::{Errors, with_note};
use crate::plan::{Body, Form, Node, Operator, attributes_key};
use quote::ToTokens;
use std::collections::HashMap;

/// Notes each rule that an earlier one shadows, at both.
pub(super) fn shadows(rules: &[Planned], errors: &mut Errors) {
    for (i, later) in rules.iter().enumerate() {
        let others = rules.iter().enumerate().filter(|(j, _)| *j != i);
        let first = others.filter(|(j, earlier)| precedes(earlier, *j, later, i)).map(|(_, earlier)| earlier);
        if let Some(earlier) = first.into_iter().find(|earlier| covers_rule(earlier, later)) {
            let (a, b) = (&earlier.rule.name, &later.rule.name);
            let message =
                format!("rule `{b}` can never fire: `{a}` matches everything it matches and comes first");
            let note = format!(
                "`{a}` comes first; restrict it with `where`, or give `{b}` a higher `#[priority(n)]`"
            );
            errors.push(with_note(b.span(), message, a.span(), note));
        }
    }
}

/// Bigger left sides come first, then priorities, then the order of the file.
fn precedes(a: &Planned, i: usize, b: &Planned, j: usize) -> bool {
    let order = |rule: &Planned, at: usize| {
        let size = rule.bodies.iter().map(|(body, _)| body.size()).max();
        (size, rule.rule.header.priority, std::cmp::Reverse(at))
    };
    order(a, i) > order(b, j)
}

fn covers_rule(a: &Planned, b: &Planned) -> bool {
    let certain = |header: &Header| !header.provisional && !header.once;
    let free = !a.rule.guards.iter().any(restricts) && certain(&a.rule.header);
    let cheaper = a.rule.cost.is_none() || cost(a) == cost(b);
    let single =
        matches!(a.rule.head, crate::ast::Head::One(_)) && matches!(b.rule.head, crate::ast::Head::One(_));
    let covered = |body: &Body| a.bodies.iter().any(|(general, _)| covers_body(general, body));
    free && cheaper && single && b.bodies.iter().all(|(body, _)| covered(body))
}

fn cost(rule: &Planned) -> Option<String> {
    let conditions = rule.rule.cost.as_ref()?.iter();
    Some(conditions.map(|condition| condition.to_token_stream().to_string()).collect::<Vec<_>>().join(","))
}

fn covers_body(a: &Body, b: &Body) -> bool {
    let mut meant = HashMap::new();
    !a.guards.iter().any(restricts) && covers(&a.roots[0], &b.roots[0], true, &mut meant)
}

/// Whether `a` matches whatever `b` matches; `meant` holds what a name of `a` stands for in `b`.
fn covers(a: &Node, b: &Node, root: bool, meant: &mut HashMap<String, String>) -> bool {
    let absent = !b.may_be_absent() || a.may_be_absent();
    absent && same_values(a, b, meant) && (root || a.shared || !b.shared) && covers_form(a, b, meant)
}

fn covers_form(a: &Node, b: &Node, meant: &mut HashMap<String, String>) -> bool {
    match (&a.form, &b.form) {
        (_, Form::Rest) => false,
        (Form::Bound | Form::Any { .. }, _) => true,
        (Form::Operator(a), Form::Operator(b)) => covers_operator(a, b, meant),
        _ => false,
    }
}

fn covers_operator(a: &Operator, b: &Operator, meant: &mut HashMap<String, String>) -> bool {
    let same = a.op == b.op && a.result == b.result && covers_attributes(a, b);
    let (single, rest) = a.split();
    let (first, further) = b.operands.split_at(single.len().min(b.operands.len()));
    let count = first.len() == single.len() && (rest.is_some() || further.is_empty());
    let mut pairs = single.iter().zip(first);
    same && count && pairs.all(|(a, b)| covers(a, b, false, meant)) && covers_further(rest, further, meant)
}

/// Whether a rest takes all further operands: a name for them must mean nothing else.
fn covers_further(rest: Option<&Node>, further: &[Node], meant: &mut HashMap<String, String>) -> bool {
    let Some(rest) = rest else { return true };
    let value = further.iter().map(Node::key).collect::<Vec<_>>().join(",");
    let mut means = |name: &syn::Ident| {
        let before = meant.insert(name.to_string(), value.clone());
        before.is_none_or(|before| before == value)
    };
    !further.iter().any(Node::may_be_absent) && rest.binders.iter().all(|binder| means(&binder.name))
}

/// Binding an attribute asks nothing of it, so `a` covers `b` if it binds what `b` mentions, and leaves out what `b`
/// leaves out.
fn covers_attributes(a: &Operator, b: &Operator) -> bool {
    let binds = |o: &Operator, name: &syn::Ident| {
        o.attributes.fields.iter().any(|f| f.name == *name && matches!(f.test, Test::Bind(_)))
    };
    let only_binds = a.attributes.fields.iter().all(|f| matches!(f.test, Test::Bind(_)));
    let mentioned = |f: &crate::ast::Attribute| binds(a, &f.name) || (a.attributes.rest && f.name != "act");
    let wide =
        only_binds && b.attributes.fields.iter().all(mentioned) && (a.attributes.rest || !b.attributes.rest);
    wide || attributes_key(&a.attributes) == attributes_key(&b.attributes)
}

/// Whether the names and types of `a` hold for every value that `b` takes.
fn same_values(a: &Node, b: &Node, meant: &mut HashMap<String, String>) -> bool {
    a.binders.iter().all(|binder| {
        let kind = binder.kind.as_ref();
        let typed = kind
            .is_none_or(|kind| b.binders.iter().filter_map(|b| b.kind.as_ref()).any(|k| implies(k, kind)));
        let value = b.binders.first().map_or_else(|| b.key(), |b| b.name.to_string());
        let before = meant.insert(binder.name.to_string(), value.clone());
        typed && before.is_none_or(|before| before == value)
    })
}

/// Whether every value of type `narrow` is one of type `wide`.
fn implies(narrow: &Type, wide: &Type) -> bool {
    let constant = !wide.constant || narrow.constant;
    let element = wide.element.is_none() || wide.element == narrow.element;
    constant && element && wide.dims.as_ref().is_none_or(|dims| only_rank(dims, narrow))
}

/// Whether dims ask for nothing but the rank that `narrow` has.
fn only_rank(dims: &[Dim], narrow: &Type) -> bool {
    let open = dims.iter().all(|dim| matches!(dim, Dim::Any(_)));
    let rank = narrow.dims.as_ref().filter(|dims| !dims.iter().any(|dim| matches!(dim, Dim::Rest(_))));
    open && rank.map(Vec::len) == Some(dims.len())
}
