//! What each name of a body means.
//!
//! Invariant: nodes are visited in the order in which they are matched, so the first occurrence of a name is the one
//! that binds it.

use super::{Body, Form, Node, Operator, bound_by_rust};
use crate::ast::{Attribute, Binder, Dim, Test, Type};
use crate::errors::with_note;
use proc_macro2::Ident;
use syn::{Error, Result};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// A value, whatever computes it.
    Value {
        optional: bool,
    },
    /// A constant seen as an array, and the value it came from.
    Constant {
        optional: bool,
    },
    /// Operands, any number of them.
    Rest,
    Dim,
    Attribute,
    /// A matched operator, of which the pattern means this result.
    Operator {
        result: usize,
    },
    /// A field of a view: a value or anything else, only Rust knows.
    Field,
}

/// The names of a body, in the order in which they are bound.
#[derive(Default)]
pub(crate) struct Scope {
    names: Vec<(Ident, Kind)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Operand,
    Field,
}

impl Scope {
    /// # Errors
    /// A name that stands for two different things.
    pub(crate) fn of(body: &Body) -> Result<Scope> {
        let mut scope = Scope::default();
        body.roots.iter().try_for_each(|root| scope.node(root, Place::Operand))?;
        Ok(scope)
    }

    pub(crate) fn get(&self, name: &Ident) -> Option<&Kind> {
        self.names.iter().find(|(known, _)| known == name).map(|(_, kind)| kind)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &(Ident, Kind)> {
        self.names.iter()
    }

    fn node(&mut self, node: &Node, place: Place) -> Result<()> {
        node.binders.iter().try_for_each(|binder| self.binder(binder, place))?;
        let kind = match &node.form {
            Form::Operator(operator) => Kind::Operator { result: operator.result },
            _ => Kind::Value { optional: false },
        };
        node.names.iter().try_for_each(|name| self.fresh(name, kind.clone()))?;
        match &node.form {
            Form::Operator(operator) => self.operator(operator),
            Form::View { fields, .. } => fields.iter().try_for_each(|field| self.node(field, Place::Field)),
            Form::Bound | Form::Any { .. } | Form::Rest | Form::Expr(_) => Ok(()),
        }
    }

    fn operator(&mut self, operator: &Operator) -> Result<()> {
        operator.attributes.fields.iter().try_for_each(|field| self.attribute(field))?;
        operator.operands.iter().try_for_each(|operand| self.node(operand, Place::Operand))
    }

    fn attribute(&mut self, field: &Attribute) -> Result<()> {
        match &field.test {
            Test::Bind(name) => self.add(name, Kind::Attribute),
            Test::Pattern(pattern) => {
                bound_by_rust(pattern).iter().try_for_each(|name| self.fresh(name, Kind::Attribute))
            }
            Test::Equal(_) => Ok(()),
        }
    }

    fn binder(&mut self, binder: &Binder, place: Place) -> Result<()> {
        match self.known(&binder.name) {
            None => self.names.push((binder.name.clone(), kind_of(binder, place))),
            Some((first, known)) => check_again(binder, first, known)?,
        }
        binder.kind.iter().try_for_each(|kind| self.dims(kind, binder))
    }

    fn known(&self, name: &Ident) -> Option<&(Ident, Kind)> {
        self.names.iter().find(|(known, _)| known == name)
    }

    fn dims(&mut self, kind: &Type, binder: &Binder) -> Result<()> {
        for dim in kind.dims.iter().flatten() {
            let Dim::Named(name) = dim else { continue };
            if binder.optional && self.get(name).is_none() {
                let message = format!(
                    "dim `{name}` has no value where `{}` is absent; bind it elsewhere first",
                    binder.name
                );
                return Err(Error::new(name.span(), message));
            }
            self.add(name, Kind::Dim)?;
        }
        Ok(())
    }

    /// A name that may have occurred before, as the same kind.
    fn add(&mut self, name: &Ident, kind: Kind) -> Result<()> {
        match self.known(name) {
            None => self.names.push((name.clone(), kind)),
            Some((_, known)) if *known == kind => {}
            Some((first, known)) => return Err(clash(name, &kind, first, known)),
        }
        Ok(())
    }

    /// A name that must not have occurred before.
    fn fresh(&mut self, name: &Ident, kind: Kind) -> Result<()> {
        if let Some((first, _)) = self.known(name) {
            let message = format!("`{name}` is bound twice");
            return Err(with_note(name.span(), message, first.span(), "it is bound here first"));
        }
        self.names.push((name.clone(), kind));
        Ok(())
    }
}

fn kind_of(binder: &Binder, place: Place) -> Kind {
    let optional = binder.optional;
    match &binder.kind {
        None if binder.rest => Kind::Rest,
        Some(kind) if kind.constant && kind.element.is_some() => Kind::Constant { optional },
        None if place == Place::Field && !optional => Kind::Field,
        _ => Kind::Value { optional },
    }
}

/// A further occurrence of a name of the left side.
fn check_again(binder: &Binder, first: &Ident, known: &Kind) -> Result<()> {
    let constant = binder.kind.as_ref().map(|kind| kind.constant);
    let agree = match known {
        _ if binder.rest => *known == Kind::Rest,
        Kind::Value { .. } | Kind::Field => constant != Some(true),
        Kind::Constant { .. } => constant != Some(false),
        Kind::Operator { .. } => binder.kind.is_none(),
        Kind::Rest | Kind::Dim | Kind::Attribute => false,
    };
    let wanted = match constant {
        _ if binder.rest => Kind::Rest,
        Some(true) => Kind::Constant { optional: false },
        _ => Kind::Value { optional: false },
    };
    if agree { Ok(()) } else { Err(clash(&binder.name, &wanted, first, known)) }
}

fn clash(name: &Ident, kind: &Kind, first: &Ident, known: &Kind) -> Error {
    let message = format!("`{name}` is used both as {} and as {}", article(known), article(kind));
    let note = format!("`{name}` is {} here", article(known));
    with_note(name.span(), message, first.span(), note)
}

fn article(kind: &Kind) -> &'static str {
    match kind {
        Kind::Value { .. } => "a value",
        Kind::Constant { .. } => "a constant",
        Kind::Rest => "a list of operands",
        Kind::Dim => "a dim",
        Kind::Attribute => "an attribute",
        Kind::Operator { .. } => "an operator",
        Kind::Field => "a field of a view",
    }
}
