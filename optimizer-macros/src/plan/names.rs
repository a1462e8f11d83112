//! The names that a pattern binds.
//!
//! Invariant: each name is listed once, in reading order; constants and types (upper case) are no names.

use crate::ast::{Dim, Guard, Pattern, Shape, Test, Type};
use crate::errors::is_variable;
use proc_macro2::Ident;
use syn::visit::Visit;
use syn::{Pat, PatIdent};

/// The names that matching the pattern binds, those inside of fragments not counted.
pub(crate) fn bound_by_pattern(pattern: &Pattern) -> Vec<Ident> {
    let mut names = Names::default();
    names.pattern(pattern);
    names.0
}

/// The names that a Rust pattern binds.
pub(crate) fn bound_by_rust(pattern: &Pat) -> Vec<Ident> {
    let mut names = Names::default();
    names.visit_pat(pattern);
    names.0
}

/// The names that guards bind.
pub(super) fn bound_by_guards(guards: &[Guard]) -> Vec<Ident> {
    let mut names = Names::default();
    for guard in guards {
        if let Guard::Let { pattern, .. } = guard {
            names.visit_pat(pattern);
        }
    }
    names.0
}

#[derive(Default)]
struct Names(Vec<Ident>);

impl Names {
    fn add(&mut self, name: &Ident) {
        if !self.0.contains(name) {
            self.0.push(name.clone());
        }
    }

    fn pattern(&mut self, pattern: &Pattern) {
        pattern.name.iter().for_each(|name| self.add(name));
        match &pattern.shape {
            Shape::Operator(operator) => {
                operator.attributes.fields.iter().for_each(|field| self.test(&field.test));
                operator.operands.iter().for_each(|operand| self.pattern(operand));
            }
            Shape::Call(call) => call.arguments.iter().for_each(|argument| self.pattern(argument)),
            Shape::Binder(binder) => {
                self.add(&binder.name);
                binder.kind.iter().for_each(|kind| self.kind(kind));
            }
            Shape::OneOf(patterns) => patterns.iter().for_each(|pattern| self.pattern(pattern)),
            Shape::Any { .. } | Shape::Rest | Shape::Expr(_) => {}
        }
    }

    fn kind(&mut self, kind: &Type) {
        for dim in kind.dims.iter().flatten() {
            if let Dim::Named(name) = dim {
                self.add(name);
            }
        }
    }

    fn test(&mut self, test: &Test) {
        match test {
            Test::Bind(name) => self.add(name),
            Test::Pattern(pattern) => self.visit_pat(pattern),
            Test::Equal(_) => {}
        }
    }
}

impl Visit<'_> for Names {
    fn visit_pat_ident(&mut self, pattern: &PatIdent) {
        if is_variable(&pattern.ident) {
            self.add(&pattern.ident);
        }
        syn::visit::visit_pat_ident(self, pattern);
    }
}
