//! Relates what an example gives to what the pattern binds.
//!
//! Invariant: every value that the left side needs and does not compute itself is given, with element type and extents.

use crate::ast::{Binder, Dim, Example, Given, Head, Kinds, Rule, Type};
use crate::errors::{Errors, listed, suggestion};
use crate::plan::{Body, Form, Kind, Node, Scope};
use proc_macro2::Ident;
use std::collections::HashMap;
use syn::{Error, Expr, Result};

/// The givens of one example, checked.
pub(crate) struct Givens<'a> {
    pub(crate) example: &'a Example,
    pub(crate) leaves: Vec<Leaf<'a>>,
    /// Values of attributes, of constants and of view fields, by `name` or `name.attribute`.
    pins: HashMap<String, &'a Expr>,
    pub(crate) uses: Vec<&'a Ident>,
    /// How many members a group has.
    pub(crate) members: usize,
}

pub(crate) struct Leaf<'a> {
    pub(crate) name: &'a Ident,
    /// With and without it.
    pub(crate) optional: bool,
    pub(crate) constant: bool,
    /// More than one for the members of a group or a rest.
    pub(crate) kinds: Vec<&'a Type>,
    /// Given as a list.
    pub(crate) each: bool,
    /// All further operands of an operator.
    pub(crate) rest: bool,
}

impl<'a> Givens<'a> {
    pub(crate) fn pin(&self, place: &Ident, attribute: Option<&Ident>) -> Option<&'a Expr> {
        self.pins.get(&key(place, attribute)).copied()
    }

    pub(crate) fn leaf(&self, name: &Ident) -> Option<&Leaf<'a>> {
        self.leaves.iter().find(|leaf| leaf.name == name)
    }
}

/// The givens of an example of `rule`, or nothing if they do not fit and the errors are noted.
pub(crate) fn givens<'a>(
    example: &'a Example,
    rule: &Rule,
    bodies: &[(Body, Scope)],
    errors: &mut Errors,
) -> Option<Givens<'a>> {
    let mut givens =
        Givens { example, leaves: Vec::new(), pins: HashMap::new(), uses: Vec::new(), members: 2 };
    let mut check = Errors::default();
    for given in &example.givens {
        let taken = take(given, bodies, &mut givens);
        check.take(taken);
    }
    if let Head::Each { sharing, .. } = &rule.head {
        let counted = count_members(&mut givens, sharing);
        check.take(counted);
    } else {
        let message = "a list gives one shape per member of a group, `each ..`, or per operand of `name..`; this is neither";
        let listed = givens.leaves.iter().filter(|leaf| leaf.each && !leaf.rest);
        listed.for_each(|leaf| check.at(leaf.name.span(), message));
    }
    bodies.iter().for_each(|(body, _)| missing(body, &givens, &mut check));
    errors.take(check.finish()).map(|()| givens)
}

fn take<'a>(given: &'a Given, bodies: &[(Body, Scope)], givens: &mut Givens<'a>) -> Result<()> {
    match given {
        Given::Leaf { name, optional, kinds } => {
            let leaf = leaf(name, *optional, kinds, bodies)?;
            givens.leaves.push(leaf);
        }
        Given::Pin { place, attribute, value } => {
            check_place(place, attribute.as_ref(), bodies)?;
            givens.pins.insert(key(place, attribute.as_ref()), value);
        }
        Given::Use(name) => {
            check_use(name, bodies)?;
            givens.uses.push(name);
        }
    }
    Ok(())
}

fn key(place: &Ident, attribute: Option<&Ident>) -> String {
    attribute.map_or_else(|| place.to_string(), |attribute| format!("{place}.{attribute}"))
}

fn leaf<'a>(name: &'a Ident, optional: bool, kinds: &'a Kinds, bodies: &[(Body, Scope)]) -> Result<Leaf<'a>> {
    let binders: Vec<&Binder> = leaves(bodies).filter(|binder| binder.name == *name).collect();
    if binders.is_empty() {
        let known: Vec<String> = leaves(bodies).map(|binder| binder.name.to_string()).collect();
        let hint = suggestion(&name.to_string(), known.iter().map(String::as_str));
        let message = format!("`{name}` is no value that the pattern leaves open{hint}");
        return Err(Error::new(name.span(), message));
    }
    if optional && !binders.iter().any(|binder| binder.optional) {
        return Err(Error::new(
            name.span(),
            format!("`{name}` is not optional in the pattern, drop the `?`"),
        ));
    }
    let (kinds, each): (Vec<&Type>, bool) = match kinds {
        Kinds::One(kind) => (vec![kind], false),
        Kinds::Each(kinds) => (kinds.iter().collect(), true),
    };
    kinds.iter().try_for_each(|kind| check_kind(kind, &binders))?;
    let rest = binders.iter().any(|binder| binder.rest);
    if rest && !each {
        let message = format!("`{name}` takes any number of operands: give a list, `{name}: [f32[2, 3]]`");
        return Err(Error::new(name.span(), message));
    }
    let constant = |binder: &&Binder| binder.kind.as_ref().is_some_and(|kind| kind.constant);
    let constant = binders.iter().any(constant) || kinds.iter().any(|kind| kind.constant);
    Ok(Leaf { name, optional, constant, kinds, each, rest })
}

/// The names of values that the left side does not compute.
fn leaves(bodies: &[(Body, Scope)]) -> impl Iterator<Item = &Binder> {
    let nodes = bodies.iter().flat_map(|(body, _)| body.nodes());
    nodes.filter(|node| node.is_leaf()).flat_map(|node| &node.binders)
}

fn check_kind(kind: &Type, binders: &[&Binder]) -> Result<()> {
    let Some(element) = &kind.element else {
        return Err(Error::new(kind.span, "an example needs an element type: `f32[2, 3]`"));
    };
    let Some(dims) = &kind.dims else {
        return Err(Error::new(
            kind.span,
            format!("an example needs a shape: `{element}[2, 3]`, `{element}[]`"),
        ));
    };
    dims.iter().try_for_each(check_extent)?;
    let wanted = binders.iter().filter_map(|binder| binder.kind.as_ref());
    wanted.filter(|wanted| wanted.constant).try_for_each(|wanted| check_constant(kind, dims.len(), wanted))
}

fn check_extent(dim: &Dim) -> Result<()> {
    let span = match dim {
        Dim::Exactly(_) => return Ok(()),
        Dim::Named(name) => name.span(),
        Dim::Any(span) | Dim::Rest(span) => *span,
    };
    Err(Error::new(span, "an example needs a number here"))
}

/// A constant is read as an array of the pattern's element type and rank, which the example must give.
fn check_constant(kind: &Type, rank: usize, wanted: &Type) -> Result<()> {
    if let Some(element) = wanted.element.as_ref().filter(|e| kind.element.as_ref() != Some(e)) {
        return Err(Error::new(kind.span, format!("the pattern asks for a constant of `{element}`")));
    }
    match &wanted.dims {
        Some(dims) if !dims.iter().any(|d| matches!(d, Dim::Rest(_))) && dims.len() != rank => {
            Err(Error::new(kind.span, format!("the pattern asks for {} dims, here are {rank}", dims.len())))
        }
        _ => Ok(()),
    }
}

fn check_place(place: &Ident, attribute: Option<&Ident>, bodies: &[(Body, Scope)]) -> Result<()> {
    let kind = bodies.iter().find_map(|(_, scope)| scope.get(place));
    let message = match (kind, attribute) {
        (Some(Kind::Operator { .. }), Some(_)) => return Ok(()),
        (Some(Kind::Attribute | Kind::Field | Kind::Constant { .. } | Kind::Value { .. }), None) => {
            return Ok(());
        }
        (Some(Kind::Dim), _) => format!("dim `{place}` follows from the shapes that the example gives"),
        (Some(Kind::Rest), _) => format!("`{place}` takes any number of operands, which have no one value"),
        (Some(Kind::Operator { .. }), None) => {
            format!("say which attribute of `{place}`: `{place}.act = Relu`")
        }
        (Some(_), Some(_)) => format!("`{place}` is no operator; only operators have attributes"),
        (None, _) => unknown(place, bodies),
    };
    Err(Error::new(place.span(), message))
}

fn check_use(name: &Ident, bodies: &[(Body, Scope)]) -> Result<()> {
    let named = |node: &Node| {
        let view = matches!(&node.form, Form::View { path, .. } if path.segments.last().is_some_and(|s| s.ident == *name));
        view || node.names.contains(name) || node.fragments.contains(name)
    };
    let bound = bodies.iter().any(|(_, scope)| scope.get(name).is_some());
    let labels = bodies.iter().flat_map(|(body, _)| body.nodes()).any(named);
    if bound || labels { Ok(()) } else { Err(Error::new(name.span(), unknown(name, bodies))) }
}

fn unknown(name: &Ident, bodies: &[(Body, Scope)]) -> String {
    let known: Vec<&Ident> = bodies[0].1.names().map(|(name, _)| name).collect();
    format!("the pattern has no `{name}`; it has {}", listed(&known))
}

fn count_members(givens: &mut Givens, sharing: &[Ident]) -> Result<()> {
    let lists = givens.leaves.iter().filter(|leaf| leaf.each && !leaf.rest);
    if let Some(first) = lists.clone().next() {
        givens.members = first.kinds.len();
    }
    for leaf in givens.leaves.iter().filter(|leaf| !leaf.rest) {
        let shared = sharing.contains(leaf.name);
        let problem = match (shared, leaf.each) {
            (true, true) => "all members share it: give one shape, not a list".to_string(),
            (false, false) => "give one shape per member of the group: `[f32[2], f32[3]]`".to_string(),
            (false, true) if leaf.kinds.len() != givens.members => {
                format!("here are {} members, above {}", leaf.kinds.len(), givens.members)
            }
            _ => continue,
        };
        return Err(Error::new(leaf.name.span(), format!("`{}`: {problem}", leaf.name)));
    }
    Ok(())
}

/// Notes what a body needs and the example does not give.
fn missing(body: &Body, givens: &Givens, errors: &mut Errors) {
    let mut told: Vec<&Ident> = Vec::new();
    for node in body.nodes() {
        if matches!(node.form, Form::Any { optional: false }) {
            let message =
                "the example cannot build `_`: write a name such as `_x` in the pattern and give its shape";
            errors.at(givens.example.span, message);
        }
        if !node.is_leaf() || node.may_be_absent() {
            continue;
        }
        for binder in &node.binders {
            let name = &binder.name;
            let computed = body.nodes().any(|n| !n.is_leaf() && n.binds(name));
            let pinned = givens.pin(name, None).is_some() && binder.kind.is_none();
            if !computed && !pinned && givens.leaf(name).is_none() && !told.contains(&name) {
                told.push(name);
                let shape = if binder.rest { "[f32[..]]" } else { "f32[..]" };
                let message = format!("the example leaves `{name}` without a shape: add `{name}: {shape}`");
                errors.at(givens.example.span, message);
            }
        }
    }
}
