//! Emits the code that builds a left side from the leaves of an example.
//!
//! Invariant: when an author's expression is evaluated, every name that the nodes before it bind is in scope, under the
//! methods it has while matching.

use super::givens::Givens;
use crate::ast::{Binder, Dim, Head, Type};
use crate::emit::types::Types;
use crate::emit::vocabulary::*;
use crate::emit::{Planned, Usage, array_rank};
use crate::plan::{Body, Form, Kind, Node, Operator, Scope};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use std::collections::HashSet;
use syn::Path;

pub(super) struct Left<'a> {
    pub(super) types: &'a mut Types,
    pub(super) scope: &'a Scope,
    pub(super) givens: &'a Givens<'a>,
    usage: &'a Usage,
    statements: TokenStream,
    /// Names that are in scope by now.
    known: HashSet<String>,
    locals: usize,
}

/// The sample in the making.
pub(super) fn sample() -> Ident {
    local("s")
}

/// The function that builds the left side.
pub(super) fn function(name: &Ident, planned: &Planned, givens: &Givens, types: &mut Types) -> TokenStream {
    let (s, g) = (sample(), graph_lifetime());
    let count = planned.bodies.len();
    let mut blocks: Vec<TokenStream> = Vec::new();
    for (body, scope) in &planned.bodies {
        blocks.push(self::body(planned, body, scope, givens, types));
    }
    let numbers = 0..count;
    let choice = match blocks.as_slice() {
        [only] => only.clone(),
        _ => quote!(match #s.choose(#count) { #(#numbers => { #blocks })* _ => {} }),
    };
    quote! {
        #[allow(unused, clippy::all, non_shorthand_field_patterns)]
        fn #name<#g>(
            #s: &mut ::optimizer_core::testing::Sample<#g>,
        ) -> Result<(), ::optimizer_core::rewrite::Reject> {
            #choice
            Ok(())
        }
    }
}

fn body(planned: &Planned, body: &Body, scope: &Scope, givens: &Givens, types: &mut Types) -> TokenStream {
    let sharing: &[Ident] = match &planned.rule.head {
        Head::Each { sharing, .. } => sharing,
        _ => &[],
    };
    let usage = Usage::of(body, &planned.rule.guards, sharing);
    let statements = TokenStream::new();
    let mut left = Left { types, scope, givens, usage: &usage, statements, known: HashSet::new(), locals: 0 };
    match &planned.rule.head {
        Head::Each { sharing, .. } => left.group(body, sharing),
        _ => left.single(body),
    }
    left.statements
}

impl Left<'_> {
    fn single(&mut self, body: &Body) {
        body.nodes().filter(|node| node.is_leaf()).for_each(|node| self.leaf(node, None));
        self.roots(body);
    }

    fn roots(&mut self, body: &Body) {
        let s = sample();
        for root in &body.roots {
            let wire = self.node(root);
            self.push(quote!(#s.root(#wire);));
        }
    }

    fn group(&mut self, body: &Body, sharing: &[Ident]) {
        let shared = |node: &&Node| node.is_leaf() && node.binders.iter().all(|b| sharing.contains(&b.name));
        body.nodes().filter(shared).for_each(|node| self.leaf(node, None));
        if let Form::Operator(operator) = &body.roots[0].form {
            self.shared_attributes(operator, sharing);
        }
        let (outside, known) = (std::mem::take(&mut self.statements), self.known.clone());
        let i = local("i");
        body.nodes().filter(|node| node.is_leaf()).for_each(|node| self.leaf(node, Some(&i)));
        self.roots(body);
        let (inside, members) = (std::mem::replace(&mut self.statements, outside), self.givens.members);
        self.known = known;
        self.push(quote!(for #i in 0..#members { #inside }));
    }

    fn shared_attributes(&mut self, operator: &Operator, sharing: &[Ident]) {
        let table = self.types.alias(&operator.op).options;
        for field in &operator.attributes.fields {
            if let crate::ast::Test::Bind(name) = &field.test
                && sharing.contains(name)
            {
                self.bind_attribute(name, &field.name, &table);
            }
        }
    }

    pub(super) fn push(&mut self, statement: TokenStream) {
        self.statements.extend(statement);
    }

    pub(super) fn fresh(&mut self, name: &str) -> Ident {
        self.locals += 1;
        numbered(name, self.locals)
    }

    /// Notes that a name is in scope and says whether it was before.
    pub(super) fn note_known(&mut self, name: &Ident) -> bool {
        !self.known.insert(name.to_string())
    }

    /// Binds the names of a value that the example gives, member `i` of a group.
    fn leaf(&mut self, node: &Node, i: Option<&Ident>) {
        for binder in &node.binders {
            if let Some(leaf) = self.givens.leaf(&binder.name) {
                let i = i.filter(|_| leaf.each && !leaf.rest);
                if !self.note_known(&binder.name) {
                    self.take(binder, i);
                }
            } else if let (false, Some(value)) =
                (self.is_known(&binder.name), self.givens.pin(&binder.name, None))
            {
                self.note_known(&binder.name);
                let name = &binder.name;
                self.push(quote!(let #name = #value;));
            } else if node.may_be_absent() && !self.note_known(&binder.name) {
                self.take(binder, None);
            }
            if self.is_known(&binder.name) {
                self.dims(binder);
            }
        }
    }

    fn is_known(&self, name: &Ident) -> bool {
        self.known.contains(&name.to_string())
    }

    /// Binds a leaf; what the example does not give is absent.
    fn take(&mut self, binder: &Binder, i: Option<&Ident>) {
        let (s, name, text) = (sample(), &binder.name, binder.name.to_string());
        let slot = match i {
            Some(i) => quote!(#s.optionals(#text)[#i]),
            None => quote!(#s.optional(#text)),
        };
        let present = match i {
            Some(i) => quote!(#s.vals(#text)[#i]),
            None => quote!(#s.val(#text)),
        };
        let twin = value_of_constant(name);
        match self.scope.get(name) {
            Some(Kind::Constant { optional: true }) => {
                let v = local("v");
                let array = self.array(binder, quote!(#v));
                self.push(quote!(let #twin = #slot; let #name = #twin.map(|#v| #array);));
            }
            Some(Kind::Constant { optional: false }) => {
                let array = self.array(binder, quote!(#twin));
                self.push(quote!(let #twin = #present; let #name = #array;));
            }
            Some(Kind::Value { optional: true }) => self.push(quote!(let #name = #slot;)),
            Some(Kind::Rest) => self.push(quote!(let #name = #s.vals(#text);)),
            _ => self.push(quote!(let #name = #present;)),
        }
    }

    fn array(&self, binder: &Binder, value: TokenStream) -> TokenStream {
        let s = sample();
        let Some(Type { element: Some(element), .. }) = &binder.kind else { return value };
        let rank = binder.kind.as_ref().map(array_rank);
        quote!(#s.array::<#element, #rank>(#value))
    }

    /// Binds the dims that a type names, from the value under the binder's name.
    fn dims(&mut self, binder: &Binder) {
        let (Some(Type { dims: Some(dims), .. }), false) = (&binder.kind, self.is_optional(&binder.name))
        else {
            return;
        };
        let value = self.value(&binder.name);
        let rest = dims.iter().position(|dim| matches!(dim, Dim::Rest(_))).unwrap_or(dims.len());
        for (i, dim) in dims.iter().enumerate() {
            let Dim::Named(name) = dim else { continue };
            if self.note_known(name) {
                continue;
            }
            let axis = if i < rest { i as isize } else { i as isize - dims.len() as isize };
            self.push(quote!(let #name = #value.dim(#axis).known().unwrap_or_default();));
        }
    }

    fn is_optional(&self, name: &Ident) -> bool {
        let kind = self.scope.get(name);
        matches!(kind, Some(Kind::Value { optional: true } | Kind::Constant { optional: true }))
    }

    /// What a name stands for as an operand.
    fn value(&self, name: &Ident) -> Ident {
        match self.scope.get(name) {
            Some(Kind::Constant { .. }) => value_of_constant(name),
            _ => name.clone(),
        }
    }

    /// Builds a node and gives the local that holds its wire.
    fn node(&mut self, node: &Node) -> Ident {
        let (s, mut wire) = (sample(), self.fresh("wire"));
        wire.set_span(beside(node.span));
        let value = match &node.form {
            Form::Operator(operator) => self.operator(node, operator),
            Form::View { path, fields, parens } => self.view(path, fields, *parens),
            Form::Expr(expr) => quote!(#s.b.operand(#expr)),
            Form::Any { .. } | Form::Rest => quote!(#s.b.operand(None::<::optimizer_core::rewrite::Val>)),
            Form::Bound => {
                let value = self.value(&node.binders[0].name);
                quote!(#s.b.operand(::core::clone::Clone::clone(&#value)))
            }
        };
        self.push(quote!(let #wire = #value;));
        match node.form {
            Form::Bound => node.binders.iter().for_each(|binder| self.dims(binder)),
            Form::Any { .. } | Form::Rest => {}
            _ => self.label(node, &wire),
        }
        wire
    }

    /// Brings the names of a built node into scope and makes it known to `use`.
    fn label(&mut self, node: &Node, wire: &Ident) {
        let s = sample();
        let view = match &node.form {
            Form::View { path, .. } => path.segments.last().map(|segment| &segment.ident),
            _ => None,
        };
        for name in node.names.iter().chain(&node.fragments).chain(view) {
            let text = name.to_string();
            self.push(quote!(#s.name(#text, #wire);));
        }
        for name in node.names.iter().chain(node.binders.iter().map(|binder| &binder.name)) {
            if !self.note_known(name) {
                self.push(quote!(let #name = #s.computed(#wire)?;));
            }
        }
        node.binders.iter().for_each(|binder| self.dims(binder));
    }

    /// Builds nodes, author's expressions last, since they may need the names of the others.
    fn nodes(&mut self, nodes: &[Node]) -> Vec<Ident> {
        let mut wires: Vec<(usize, Ident)> = Vec::new();
        let (last, first): (Vec<_>, Vec<_>) =
            nodes.iter().enumerate().partition(|(_, node)| matches!(node.form, Form::Expr(_)));
        for (i, node) in first.into_iter().chain(last) {
            let wire = self.node(node);
            wires.push((i, wire));
        }
        wires.sort_by_key(|(i, _)| *i);
        wires.into_iter().map(|(_, wire)| wire).collect()
    }

    fn operator(&mut self, node: &Node, operator: &Operator) -> TokenStream {
        let (s, alias, at) = (sample(), self.types.alias(&operator.op), at(operator.op.span()));
        let (single, rest) = operator.split();
        let wires = self.nodes(single);
        let options = self.options(node, operator, &alias);
        let (op, result) = (&alias.op, operator.result as u32);
        let mut taken = in_brackets(quote!(#(#wires),*), operator.parens);
        if let [a, b] = wires.as_slice()
            && self.usage.may_swap(&operator.operands)
        {
            let ordered = self.fresh("operands");
            self.push(quote!(let #ordered = #s.order::<#op>(#a, #b, true);));
            taken = ordered.into();
        }
        let further = self.further(rest);
        quote!(#s.op::<#op>(#taken, #further, #options, #at)?.result(#result))
    }

    /// The wires of all further operands.
    fn further(&mut self, rest: Option<&Node>) -> TokenStream {
        let Some(Binder { name, .. }) = rest.and_then(|rest| rest.binders.first()) else {
            return quote!(Vec::new());
        };
        let (s, wires) = (sample(), self.fresh("wires"));
        self.push(quote!(let #wires = #s.b.operands(::core::clone::Clone::clone(&#name));));
        quote!(#wires)
    }

    fn view(&mut self, path: &Path, fields: &[Node], parens: Span) -> TokenStream {
        let s = sample();
        let plain = |node: &Node| matches!(node.form, Form::Expr(_)) && node.binders.is_empty();
        let mut values: Vec<Option<TokenStream>> = Vec::new();
        for field in fields {
            let pinned = field.untyped_name().filter(|name| self.givens.leaf(name).is_none());
            let pinned = pinned.filter(|name| self.givens.pin(name, None).is_some()).cloned();
            values.push(match pinned {
                _ if plain(field) => None,
                Some(name) => Some(quote!(::core::clone::Clone::clone(&#name))),
                None => {
                    let wire = self.node(field);
                    Some(quote!(#wire))
                }
            });
        }
        let values = values.into_iter().zip(fields).map(|(value, field)| match (value, &field.form) {
            (None, Form::Expr(expr)) => quote!(#expr),
            (value, _) => quote!(#value),
        });
        let fields = in_parens(quote!(#(#values),*), parens);
        quote_spanned!(beside(parens)=> #s.spell(#path #fields)?)
    }
}
