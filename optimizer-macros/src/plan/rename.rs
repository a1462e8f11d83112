//! Renames the names of a fragment, so that two uses of it do not clash.
//!
//! Invariant: only the text of a name changes; its span still points at the author's token.

use crate::ast::{Dim, Guard, Pattern, Shape, Test, Type};
use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use std::collections::HashMap;
use syn::visit_mut::{VisitMut, visit_expr_mut};
use syn::{Expr, FieldPat, FieldValue, Macro, Member, PatIdent, Token};

/// New names by old ones.
#[derive(Default)]
pub(super) struct Renames(HashMap<String, String>);

impl Renames {
    pub(super) fn add(&mut self, old: &Ident, new: String) {
        self.0.insert(old.to_string(), new);
    }

    pub(super) fn ident(&self, name: &mut Ident) {
        let new = self.0.get(&name.to_string()).and_then(|new| syn::parse_str::<Ident>(new).ok());
        if let Some(mut new) = new {
            new.set_span(name.span());
            *name = new;
        }
    }

    pub(super) fn pattern(&mut self, pattern: &mut Pattern) {
        pattern.name.iter_mut().for_each(|name| self.ident(name));
        match &mut pattern.shape {
            Shape::Operator(operator) => {
                operator.attributes.fields.iter_mut().for_each(|field| self.test(&mut field.test));
                operator.operands.iter_mut().for_each(|operand| self.pattern(operand));
            }
            Shape::Call(call) => call.arguments.iter_mut().for_each(|argument| self.pattern(argument)),
            Shape::Binder(binder) => {
                self.ident(&mut binder.name);
                binder.kind.iter_mut().for_each(|kind| self.kind(kind));
            }
            Shape::OneOf(patterns) => patterns.iter_mut().for_each(|pattern| self.pattern(pattern)),
            Shape::Expr(expr) => self.visit_expr_mut(expr),
            Shape::Any { .. } | Shape::Rest => {}
        }
    }

    pub(super) fn kind(&self, kind: &mut Type) {
        for dim in kind.dims.iter_mut().flatten() {
            if let Dim::Named(name) = dim {
                self.ident(name);
            }
        }
    }

    pub(super) fn guard(&mut self, guard: &mut Guard) {
        match guard {
            Guard::Where(condition) => self.visit_expr_mut(condition),
            Guard::Let { pattern, value } => {
                self.visit_pat_mut(pattern);
                self.visit_expr_mut(value);
            }
        }
    }

    fn test(&mut self, test: &mut Test) {
        match test {
            Test::Bind(name) => self.ident(name),
            Test::Pattern(pattern) => self.visit_pat_mut(pattern),
            Test::Equal(expr) => self.visit_expr_mut(expr),
        }
    }

    fn tokens(&self, tokens: TokenStream) -> TokenStream {
        tokens.into_iter().map(|token| self.token(token)).collect()
    }

    fn token(&self, token: TokenTree) -> TokenTree {
        match token {
            TokenTree::Ident(mut name) => {
                self.ident(&mut name);
                name.into()
            }
            TokenTree::Group(group) => {
                let mut renamed = Group::new(group.delimiter(), self.tokens(group.stream()));
                renamed.set_span(group.span());
                renamed.into()
            }
            other => other,
        }
    }
}

impl VisitMut for Renames {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Expr::Path(path) = expr
            && path.qself.is_none()
            && path.path.get_ident().is_some()
        {
            self.ident(&mut path.path.segments[0].ident);
        }
        visit_expr_mut(self, expr);
    }

    fn visit_pat_ident_mut(&mut self, pattern: &mut PatIdent) {
        self.ident(&mut pattern.ident);
        syn::visit_mut::visit_pat_ident_mut(self, pattern);
    }

    fn visit_field_value_mut(&mut self, field: &mut FieldValue) {
        spell_out(&field.member, &mut field.colon_token);
        self.visit_expr_mut(&mut field.expr);
    }

    fn visit_field_pat_mut(&mut self, field: &mut FieldPat) {
        spell_out(&field.member, &mut field.colon_token);
        self.visit_pat_mut(&mut field.pat);
    }

    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        mac.tokens = self.tokens(std::mem::take(&mut mac.tokens));
    }
}

/// Turns the shorthand `field` into `field: field`, whose right part may be renamed.
fn spell_out(member: &Member, colon: &mut Option<Token![:]>) {
    if let (Member::Named(name), None) = (member, &colon) {
        *colon = Some(Token![:](name.span()));
    }
}
