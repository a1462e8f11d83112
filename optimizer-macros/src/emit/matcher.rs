//! Emits the code that matches the nodes of a body.
//!
//! Invariant: nodes are matched in the order of `plan::Scope`; Rust expressions are compared last, when every name is
//! bound.

use super::code::Code;
use super::types::Types;
use super::usage::Usage;
use super::vocabulary::*;
use crate::ast::Binder;
use crate::plan::{Form, Kind, Node, Operator, Scope};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use std::collections::HashSet;
use syn::{Expr, Path};

pub(super) struct Matcher<'a> {
    pub(super) code: Code,
    pub(super) types: &'a mut Types,
    pub(super) scope: &'a Scope,
    usage: &'a Usage,
    /// Names that have a value by now.
    bound: HashSet<String>,
    equalities: Vec<Equality>,
}

/// A comparison that waits for all names to be bound.
struct Equality {
    left: Ident,
    expr: Expr,
    at: TokenStream,
    form: Compare,
}

enum Compare {
    /// A value of the graph against a constant.
    Operand,
    /// An attribute or a view's field, named so in the reject.
    Plain(String),
}

impl<'a> Matcher<'a> {
    pub(super) fn new(code: Code, types: &'a mut Types, scope: &'a Scope, usage: &'a Usage) -> Matcher<'a> {
        Matcher { code, types, scope, usage, bound: HashSet::new(), equalities: Vec::new() }
    }

    /// Matches `node` against the operator in the local `found`.
    pub(super) fn root(&mut self, node: &Node, found: &Ident) {
        if let Form::Operator(operator) = &node.form {
            self.operator(node, operator, found);
        }
    }

    /// Notes that a name has a value and says whether it had one before.
    pub(super) fn note_bound(&mut self, name: &Ident) -> bool {
        !self.bound.insert(name.to_string())
    }

    pub(super) fn is_bound(&self, name: &Ident) -> bool {
        self.bound.contains(&name.to_string())
    }

    /// Matches `node` against the operand in the local `slot`, which may be absent.
    fn operand(&mut self, node: &Node, slot: &Ident) {
        let (m, at) = (matching(), at(node.span));
        if node.may_be_absent() {
            node.binders.iter().for_each(|binder| self.bind_optional(binder, slot));
        } else if is_ignored(node) {
            self.code.require(quote!(#m.present(#slot, #at).is_some()));
        } else {
            let value = self.code.fresh("v");
            self.code.bind(quote!(#value), quote!(#m.present(#slot, #at)));
            self.value(node, &value);
        }
    }

    /// Matches `node` against the value in the local `value`.
    fn value(&mut self, node: &Node, value: &Ident) {
        let (m, at) = (matching(), at(node.span));
        node.binders.iter().for_each(|binder| self.bind_present(binder, value));
        match &node.form {
            Form::Operator(operator) => {
                let (found, op) = (self.code.fresh("n"), self.types.alias(&operator.op).op);
                let (result, shared) = (operator.result, node.shared);
                self.code.bind(quote!(#found), quote!(#m.produced::<#op>(#value, #result, #shared, #at)));
                self.operator(node, operator, &found);
            }
            Form::View { path, fields, parens } => {
                self.name_all(node, value);
                self.view(path, fields, *parens, value, &at);
            }
            Form::Expr(expr) => {
                self.name_all(node, value);
                self.defer(value, expr, at, Compare::Operand);
            }
            Form::Bound | Form::Any { .. } | Form::Rest => {}
        }
    }

    fn name_all(&mut self, node: &Node, local: &Ident) {
        for name in &node.names {
            self.note_bound(name);
            self.code.push(quote!(let #name = #local;));
        }
    }

    fn operator(&mut self, node: &Node, operator: &Operator, found: &Ident) {
        let alias = self.types.alias(&operator.op);
        self.name_all(node, found);
        self.attributes(&operator.attributes, found, &alias, &at(operator.op.span()));
        let (single, rest) = operator.split();
        let slots: Vec<Option<Ident>> = single.iter().map(|o| self.slot(o)).collect();
        let further = rest.map(|rest| (rest, self.code.fresh_at("rest", rest.span)));
        self.take_operands(operator, found, &slots, further.as_ref());
        for (operand, slot) in single.iter().zip(&slots) {
            if let Some(slot) = slot {
                self.operand(operand, slot);
            }
        }
        if let Some((rest, slot)) = further {
            self.rest(rest, &slot);
        }
    }

    /// Binds the names of all further operands, which the local `slot` borrows.
    fn rest(&mut self, node: &Node, slot: &Ident) {
        let (m, at) = (matching(), at(node.span));
        let all = quote!(#m.all_present(#slot, #at));
        for Binder { name, .. } in &node.binders {
            if self.note_bound(name) {
                let again = self.code.fresh("all");
                self.code.bind(quote!(#again), all.clone());
                self.code.require_equal(quote!(#again), quote!(#name), &format!("`{name}`"), &at);
            } else {
                self.code.bind(quote!(#name), all.clone());
            }
        }
    }

    /// The local for an operand or field, if anything is asked of it.
    fn slot(&mut self, node: &Node) -> Option<Ident> {
        let ignored = matches!(node.form, Form::Any { optional: true }) && node.binders.is_empty();
        (!ignored).then(|| self.code.fresh_at("a", node.span))
    }

    fn take_operands(
        &mut self,
        operator: &Operator,
        found: &Ident,
        slots: &[Option<Ident>],
        further: Option<&(&Node, Ident)>,
    ) {
        let (m, operands) = (matching(), self.code.fresh("operands"));
        if let Some((rest, _)) = further {
            let place = beside(rest.span);
            self.code.push(quote_spanned!(place=> let #operands = #m.any_operands(#found);));
        } else if self.usage.may_swap(&operator.operands) {
            self.code.choose(&operands, quote!(#m.orders(#found, true)));
        } else {
            self.code.push(quote!(let #operands = #m.operands(#found);));
        }
        let rest = further.map(|(rest, slot)| match rest.binders.is_empty() {
            true => quote!(..),
            false => quote!(ref #slot @ ..),
        });
        let patterns = slot_patterns(slots).chain(rest);
        let pattern = in_brackets(quote!(#(#patterns),*), operator.parens);
        let (fail, at) = (self.code.fail(), at(operator.parens));
        self.code.push(quote! {
            let #pattern = *#operands else { #m.differs("the number of operands", #at); #fail };
        });
    }

    fn view(
        &mut self,
        path: &Path,
        fields: &[Node],
        parens: proc_macro2::Span,
        value: &Ident,
        at: &TokenStream,
    ) {
        let m = matching();
        let slots: Vec<Option<Ident>> = fields.iter().map(|f| self.field_slot(f)).collect();
        let patterns = slot_patterns(&slots);
        let pattern = in_parens(quote!(#(#patterns),*), parens);
        self.code.bind(quote!(#path #pattern), quote!(#m.extract(#value, #at)));
        for (field, slot) in fields.iter().zip(&slots) {
            if let Some(slot) = slot {
                self.field(field, slot, path);
            }
        }
    }

    fn field_slot(&mut self, node: &Node) -> Option<Ident> {
        let ignored = matches!(node.form, Form::Any { .. }) && node.binders.is_empty();
        (!ignored).then(|| self.code.fresh_at("f", node.span))
    }

    /// Matches `node` against a field of a view.
    fn field(&mut self, node: &Node, slot: &Ident, view: &Path) {
        match &node.form {
            Form::Expr(expr) if node.binders.is_empty() => {
                self.name_all(node, slot);
                let what = format!("a field of `{}`", crate::text::text(view));
                self.defer(slot, expr, at(node.span), Compare::Plain(what));
            }
            _ if node.may_be_absent() => self.operand(node, slot),
            _ => self.value(node, slot),
        }
    }

    fn defer(&mut self, left: &Ident, expr: &Expr, at: TokenStream, form: Compare) {
        self.equalities.push(Equality { left: left.clone(), expr: expr.clone(), at, form });
    }

    /// Puts off the comparison of an attribute.
    pub(super) fn defer_attribute(&mut self, left: &Ident, expr: &Expr, name: &Ident) {
        let what = Compare::Plain(format!("attribute `{name}`"));
        self.defer(left, expr, at(name.span()), what);
    }

    /// Compares what had been put off.
    pub(super) fn compare(&mut self) {
        let m = matching();
        for Equality { left, expr, at, form } in std::mem::take(&mut self.equalities) {
            match form {
                Compare::Operand => self.code.require(quote!(#m.equals(#left, #expr, #at).is_some())),
                Compare::Plain(what) => {
                    let (fail, wanted) = (self.code.fail(), local("wanted"));
                    let (left_shown, wanted_shown) = (shown(&left), shown(quote!(*#wanted)));
                    self.code.push(quote! {
                        match &(#expr) {
                            #wanted => if !::optimizer_core::rewrite::Same::same(&#left, #wanted) {
                                #m.compared(#what, #at, #left_shown, #wanted_shown);
                                #fail
                            }
                        }
                    });
                }
            }
        }
    }

    /// The value that a name of the pattern stands for: a `Val`, or an `Option` of one if it is optional.
    pub(super) fn value_of(&self, name: &Ident) -> TokenStream {
        match self.scope.get(name) {
            Some(Kind::Constant { .. }) => value_of_constant(name).to_token_stream(),
            Some(Kind::Operator { result }) => quote_spanned!(name.span()=> #name.result(#result)),
            _ => name.to_token_stream(),
        }
    }
}

fn is_ignored(node: &Node) -> bool {
    matches!(node.form, Form::Any { .. }) && node.binders.is_empty()
}

fn slot_patterns(slots: &[Option<Ident>]) -> impl Iterator<Item = TokenStream> {
    slots.iter().map(|slot| slot.as_ref().map_or(quote!(_), |slot| quote!(#slot)))
}
