//! Emits the right side.
//!
//! Invariant: a bound constant that is named as an operand is used again, not copied, until a `let` shadows its name.

use super::types::{Alias, Types};
use super::vocabulary::*;
use crate::ast::{Block, Build, BuildOperator, End, Fields, Guard, Head, Replacement, Rule};
use crate::plan::{Body, Form, Kind, Scope, bound_by_rust};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use std::collections::{HashMap, HashSet};
use syn::Expr;
use syn::spanned::Spanned;

pub(super) struct Right<'a> {
    types: &'a mut Types,
    scope: &'a Scope,
    /// Names that no longer mean what the pattern bound.
    shadowed: HashSet<String>,
    /// Whether matched operators are lists.
    group: bool,
    /// What the names of matched operators stand for in this body.
    kinds: HashMap<String, Ident>,
    statements: TokenStream,
    locals: usize,
}

/// The statements that build the right side of a rule for one of its bodies.
pub(super) fn right_side(rule: &Rule, body: &Body, scope: &Scope, types: &mut Types) -> TokenStream {
    let shadowed = shadowed(rule, scope);
    let group = matches!(rule.head, Head::Each { .. });
    let kinds = kinds(body);
    let mut right = Right { types, scope, shadowed, group, kinds, statements: TokenStream::new(), locals: 0 };
    right.build(&rule.build, body);
    right.statements
}

/// The operators of a body by the names they have there.
fn kinds(body: &Body) -> HashMap<String, Ident> {
    let named = body.nodes().flat_map(|node| match &node.form {
        Form::Operator(operator) => {
            node.names.iter().map(|name| (name.to_string(), operator.op.clone())).collect()
        }
        _ => Vec::new(),
    });
    named.collect()
}

fn shadowed(rule: &Rule, scope: &Scope) -> HashSet<String> {
    let lets = rule.guards.iter().filter_map(|guard| match guard {
        Guard::Let { pattern, .. } => Some(bound_by_rust(pattern)),
        Guard::Where(_) => None,
    });
    let mut names: HashSet<String> = lets.flatten().map(|name| name.to_string()).collect();
    if let Head::Each { sharing, .. } = &rule.head {
        let listed = scope.names().map(|(name, _)| name).filter(|name| !sharing.contains(name));
        names.extend(listed.map(ToString::to_string));
    }
    names
}

impl Right<'_> {
    fn build(&mut self, build: &Build, body: &Body) {
        match build {
            Build::Block(block) => self.block(block, body),
            build => self.replace_root(build, body),
        }
    }

    fn block(&mut self, block: &Block, body: &Body) {
        for (name, build) in &block.lets {
            let value = self.value(build);
            self.shadowed.insert(name.to_string());
            self.push(quote!(let #name = #value;));
        }
        match &block.end {
            End::Value(build) => self.replace_root(build, body),
            End::Replacements(replacements) => replacements.iter().for_each(|r| self.replacement(r)),
        }
    }

    fn push(&mut self, statement: TokenStream) {
        self.statements.extend(statement);
    }

    fn replace_root(&mut self, build: &Build, body: &Body) {
        let result = match &body.roots[0].form {
            Form::Operator(operator) => operator.result,
            _ => 0,
        };
        self.replace(&super::roots::root_local(0), result, build);
    }

    /// Replaces an operator, or its one result that the pattern means.
    fn replace(&mut self, name: &Ident, result: usize, build: &Build) {
        let (b, value, place) = (builder(), self.value(build), beside(span_of(build)));
        self.push(match result {
            0 => quote_spanned!(place=> #b.replace_all(#name, #value);),
            result => quote_spanned!(place=> #b.replace(#name.result(#result), #value);),
        });
    }

    fn replacement(&mut self, replacement: &Replacement) {
        let (b, name, built) = (builder(), &replacement.name, self.fresh("built"));
        let result = match self.scope.get(name) {
            Some(Kind::Operator { result }) => *result,
            _ => 0,
        };
        if !replacement.each {
            return self.replace(name, result, &replacement.build);
        }
        let value = self.value(&replacement.build);
        let (i, member) = (local("i"), local("member"));
        self.push(quote! {
            let #built = #value;
            for (#i, #member) in (0u32..).zip(&#name) {
                #b.replace(#member.result(#result), #built.result(#i));
            }
        });
    }

    fn fresh(&mut self, name: &str) -> Ident {
        self.locals += 1;
        numbered(name, self.locals)
    }

    /// A build as the value of a `let`.
    fn value(&mut self, build: &Build) -> TokenStream {
        match build {
            Build::Value(expr) => self.expr(expr),
            Build::Operator(operator) => self.operator(operator),
            Build::Block(_) => TokenStream::new(),
        }
    }

    /// A build as a wire in a local.
    fn operand(&mut self, build: &Build) -> Ident {
        let (b, value, wire) = (builder(), self.value(build), self.fresh("wire"));
        let place = beside(span_of(build));
        self.push(quote_spanned!(place=> let #wire = #b.operand(#value);));
        wire
    }

    /// All items of an iterable as wires in a local.
    fn further(&mut self, rest: &Expr) -> Ident {
        let (b, value, wires) = (builder(), self.expr(rest), self.fresh("wires"));
        let listed = lone_name(rest).is_some_and(|name| self.scope.get(name) == Some(&Kind::Rest));
        let value = if listed { quote!(::core::clone::Clone::clone(&#value)) } else { value };
        self.push(quote_spanned!(beside(rest.span())=> let #wires = #b.operands(#value);));
        wires
    }

    /// A Rust expression; a name of the pattern alone means the value it stands for.
    fn expr(&self, expr: &Expr) -> TokenStream {
        let name = lone_name(expr).filter(|name| !self.shadowed.contains(&name.to_string()));
        match name.map(|name| (name, self.scope.get(name))) {
            Some((name, Some(Kind::Constant { .. }))) => {
                let value = value_of_constant(name);
                quote!({ let _ = &#name; #value })
            }
            Some((name, Some(Kind::Operator { result }))) => quote!(#name.result(#result)),
            _ => quote!(#expr),
        }
    }

    fn operator(&mut self, operator: &BuildOperator) -> TokenStream {
        let matched = self.kinds.get(&operator.op.to_string());
        let alias = self.types.alias(matched.unwrap_or(&operator.op));
        if matched.is_some() {
            let name = &operator.op;
            self.push(quote!(let _ = &#name;));
        }
        let wires: Vec<Ident> = operator.operands.iter().map(|operand| self.operand(operand)).collect();
        let further = operator.rest.as_ref().map(|rest| self.further(rest));
        let (b, op, at, built) = (builder(), &alias.op, at(operator.op.span()), self.fresh("built"));
        let wires = in_brackets(quote!(#(#wires),*), operator.parens);
        let options = self.options(&operator.fields, &alias);
        let place = beside(operator.op.span());
        self.push(match further {
            None => quote_spanned!(place=> let #built = #b.op::<#op, _>(#wires, #options, #at)?;),
            Some(further) => quote_spanned! {place=>
                let #built = #b.op_of_any::<#op>(#wires, #further, #options, #at)?;
            },
        });
        match operator.result {
            Some(result) => {
                let result = result as u32;
                quote!(#built.result(#result))
            }
            None => quote!(#built),
        }
    }

    fn options(&self, fields: &Fields, alias: &Alias) -> TokenStream {
        let table = &alias.options;
        let rest = match &fields.rest {
            Some(name) if self.group => quote!(#name[0].options()),
            Some(name) => quote!(#name.options()),
            None => quote!(<#table as ::core::default::Default>::default()),
        };
        if fields.fields.is_empty() {
            return rest;
        }
        let options = local("options");
        let fields = fields.fields.iter().map(|field| {
            let name = &field.name;
            let value = field.value.as_ref().map_or(quote!(#name), |value| quote!(#value));
            let place = beside(name.span());
            let slot = Ident::new("slot", place);
            quote_spanned!(place=> { let #table { #name: #slot, .. } = &mut #options; *#slot = #value; })
        });
        quote!({ let mut #options = #rest; #(#fields)* #options })
    }
}

/// Where a part of the right side stands.
fn span_of(build: &Build) -> Span {
    match build {
        Build::Operator(operator) => operator.op.span(),
        Build::Value(expr) => expr.span(),
        Build::Block(_) => Span::call_site(),
    }
}
