//! Inlines fragments and multiplies out alternatives.
//!
//! Invariant: the first occurrence of a fragment's parameter carries the argument, later ones mean the same value;
//! names of a fragment are renamed, its guards come before those of its user.

use super::names::bound_by_guards;
use super::rename::Renames;
use super::{Body, Form, Node, Operator, bound_by_pattern};
use crate::ast::{self, Binder, Fragment, Guard, Pattern, Shape};
use proc_macro2::{Ident, Span};
use std::collections::HashMap;
use syn::ext::IdentExt;
use syn::{Error, Result};

/// More combinations than this are taken for a mistake.
const MOST_BODIES: usize = 64;

/// The fragments of a file by name.
pub(crate) type Fragments<'a> = HashMap<String, &'a Fragment>;

/// The bodies of a rule; fragments must not contain themselves.
pub(crate) fn bodies(patterns: &[Pattern], fragments: &Fragments) -> Result<Vec<Body>> {
    let mut expander = Expander { fragments, uses: HashMap::new() };
    let bodies = expander.all(patterns)?;
    Ok(bodies.into_iter().map(|(roots, guards)| Body { roots, guards }).collect())
}

struct Expander<'a> {
    fragments: &'a Fragments<'a>,
    /// How often each fragment has been inlined.
    uses: HashMap<String, usize>,
}

type One = (Node, Vec<Guard>);
type Many = (Vec<Node>, Vec<Guard>);

impl Expander<'_> {
    /// Every combination of the alternatives of several patterns.
    fn all(&mut self, patterns: &[Pattern]) -> Result<Vec<Many>> {
        let mut combinations: Vec<Many> = vec![Default::default()];
        for pattern in patterns {
            let choices = self.pattern(pattern)?;
            if combinations.len() * choices.len() > MOST_BODIES {
                let message = format!("more than {MOST_BODIES} combinations of alternatives; split the rule");
                return Err(Error::new(pattern.span, message));
            }
            combinations = multiply(&combinations, &choices);
        }
        Ok(combinations)
    }

    fn pattern(&mut self, pattern: &Pattern) -> Result<Vec<One>> {
        let mut choices = self.shape(&pattern.shape, pattern.span)?;
        for (node, _) in &mut choices {
            decorate(node, pattern)?;
        }
        Ok(choices)
    }

    fn shape(&mut self, shape: &Shape, span: Span) -> Result<Vec<One>> {
        Ok(match shape {
            Shape::Operator(operator) => self.operator(operator, span)?,
            Shape::Call(call) => self.call(call, span)?,
            Shape::OneOf(patterns) => {
                let choices: Result<Vec<Vec<One>>> = patterns.iter().map(|p| self.pattern(p)).collect();
                choices?.into_iter().flatten().collect()
            }
            Shape::Binder(binder) => {
                let form = if binder.rest { Form::Rest } else { Form::Bound };
                let node = Node { binders: vec![binder.clone()], ..Node::plain(form, span) };
                vec![(node, Vec::new())]
            }
            Shape::Any { optional } => {
                vec![(Node::plain(Form::Any { optional: *optional }, span), Vec::new())]
            }
            Shape::Rest => vec![(Node::plain(Form::Rest, span), Vec::new())],
            Shape::Expr(expr) => vec![(Node::plain(Form::Expr(expr.clone()), span), Vec::new())],
        })
    }

    fn operator(&mut self, operator: &ast::Operator, span: Span) -> Result<Vec<One>> {
        let ast::Operator { op, parens, attributes, result, .. } = operator;
        let with = |operands: Vec<Node>| {
            let (op, attributes) = (op.clone(), attributes.clone());
            Form::Operator(Operator { op, operands, parens: *parens, attributes, result: *result })
        };
        let combinations = self.all(&operator.operands)?;
        Ok(combinations.into_iter().map(|(nodes, guards)| (Node::plain(with(nodes), span), guards)).collect())
    }

    fn call(&mut self, call: &ast::Call, span: Span) -> Result<Vec<One>> {
        let fragment = call.path.get_ident().and_then(|name| self.fragments.get(&name.to_string()));
        if let Some(fragment) = fragment.copied() {
            return self.inline(fragment, call);
        }
        let with = |fields| Form::View { path: call.path.clone(), fields, parens: call.parens };
        let combinations = self.all(&call.arguments)?;
        let rest = combinations.iter().flat_map(|(nodes, _)| nodes).find(|node| node.is_rest());
        if let Some(rest) = rest {
            return Err(Error::new(
                rest.span,
                "`..` stands for further operands of an operator; a view has none",
            ));
        }
        Ok(combinations.into_iter().map(|(nodes, guards)| (Node::plain(with(nodes), span), guards)).collect())
    }

    fn inline(&mut self, fragment: &Fragment, call: &ast::Call) -> Result<Vec<One>> {
        check_arity(fragment, call)?;
        let arguments = self.all(&call.arguments)?;
        let mut choices = Vec::new();
        for (arguments, guards) in arguments {
            let Instance { body, parameters, guards: own } = self.instance(fragment, &arguments);
            for (mut node, nested) in self.pattern(&body)? {
                substitute(&mut node, &parameters, &arguments, fragment)?;
                node.fragments.push(fragment.name.clone());
                choices.push((node, [guards.clone(), nested, own.clone()].concat()));
            }
        }
        Ok(choices)
    }

    /// The fragment under names of its own; a parameter whose argument is a plain name takes that name.
    fn instance(&mut self, fragment: &Fragment, arguments: &[Node]) -> Instance {
        let suffix = self.suffix(&fragment.name);
        let mut renames = Renames::default();
        let mut parameters = fragment.parameters.clone();
        let locals = bound_by_pattern(&fragment.body).into_iter().chain(bound_by_guards(&fragment.guards));
        let dims = parameters.iter().flat_map(dim_names).collect::<Vec<_>>();
        for local in locals.chain(dims) {
            renames.add(&local, format!("{}_{suffix}", local.unraw()));
        }
        for (parameter, argument) in parameters.iter_mut().zip(arguments) {
            let unused = format!("_{}_{suffix}", parameter.name.unraw());
            renames.add(&parameter.name, argument.plain_name().map_or(unused, Ident::to_string));
            renames.ident(&mut parameter.name);
            parameter.kind.iter_mut().for_each(|kind| renames.kind(kind));
        }
        let (mut body, mut guards) = (fragment.body.clone(), fragment.guards.clone());
        renames.pattern(&mut body);
        guards.iter_mut().for_each(|guard| renames.guard(guard));
        Instance { body, parameters, guards }
    }

    fn suffix(&mut self, fragment: &Ident) -> String {
        let name = fragment.unraw().to_string();
        let uses = self.uses.entry(name.clone()).or_default();
        *uses += 1;
        if *uses == 1 { name } else { format!("{name}_{uses}") }
    }
}

/// A fragment ready to be inlined at one place.
struct Instance {
    body: Pattern,
    parameters: Vec<Binder>,
    guards: Vec<Guard>,
}

impl Node {
    /// The name of an argument that is nothing else, its type or `?` aside.
    fn plain_name(&self) -> Option<&Ident> {
        let bare = matches!(self.form, Form::Bound | Form::Rest) && self.names.is_empty();
        self.binders.first().filter(|_| bare && self.binders.len() == 1).map(|binder| &binder.name)
    }
}

fn multiply(combinations: &[Many], choices: &[One]) -> Vec<Many> {
    let extended = |(nodes, guards): &Many, (node, more): &One| -> Many {
        let nodes = nodes.iter().chain([node]).cloned().collect();
        (nodes, guards.iter().chain(more).cloned().collect())
    };
    combinations.iter().flat_map(|many| choices.iter().map(move |one| extended(many, one))).collect()
}

/// Puts `shared` and `name @` on what they stand before.
fn decorate(node: &mut Node, pattern: &Pattern) -> Result<()> {
    if pattern.shared && !matches!(node.form, Form::Operator(_)) {
        return Err(Error::new(
            pattern.span,
            "`shared` stands before an operator, which may then be used elsewhere",
        ));
    }
    node.shared |= pattern.shared;
    if let Some(name) = &pattern.name {
        if matches!(node.form, Form::Bound | Form::Any { .. }) {
            let message = format!("write `{name}` alone: it binds the operand without `@`");
            return Err(Error::new(name.span(), message));
        }
        node.names.push(name.clone());
    }
    Ok(())
}

fn check_arity(fragment: &Fragment, call: &ast::Call) -> Result<()> {
    let (wanted, given) = (fragment.parameters.len(), call.arguments.len());
    if wanted == given {
        return Ok(());
    }
    let message = format!("fragment `{}` takes {wanted} arguments, {given} are given", fragment.name);
    Err(Error::new(call.parens, message))
}

fn dim_names(binder: &Binder) -> Vec<Ident> {
    let dims = binder.kind.iter().flat_map(|kind| kind.dims.iter().flatten());
    dims.filter_map(|dim| if let ast::Dim::Named(name) = dim { Some(name.clone()) } else { None }).collect()
}

fn substitute(body: &mut Node, parameters: &[Binder], arguments: &[Node], fragment: &Fragment) -> Result<()> {
    for ((parameter, argument), written) in parameters.iter().zip(arguments).zip(&fragment.parameters) {
        check_argument(argument, written)?;
        match first_occurrence(body, &parameter.name) {
            Some(node) => {
                check_occurrence(node, written)?;
                carry(node, parameter, argument);
            }
            None => {
                let message = format!("parameter `{}` does not occur in the fragment", written.name);
                return Err(Error::new(written.name.span(), message));
            }
        }
    }
    Ok(())
}

fn check_argument(argument: &Node, parameter: &Binder) -> Result<()> {
    let name = &parameter.name;
    let message = match (argument.is_rest(), parameter.rest) {
        (true, false) => format!("parameter `{name}` takes one value, not all that follow"),
        (false, true) => format!("parameter `{name}..` takes further operands: pass `name..`"),
        _ => return Ok(()),
    };
    Err(Error::new(argument.span, message))
}

fn check_occurrence(occurrence: &Node, parameter: &Binder) -> Result<()> {
    if occurrence.is_rest() == parameter.rest {
        return Ok(());
    }
    let message =
        format!("write `{0}..` both as the parameter and in the fragment, or `{0}` in both", parameter.name);
    Err(Error::new(parameter.name.span(), message))
}

fn first_occurrence<'a>(node: &'a mut Node, name: &Ident) -> Option<&'a mut Node> {
    let here = matches!(node.form, Form::Bound | Form::Rest) && node.binders.iter().any(|b| b.name == *name);
    if here {
        return Some(node);
    }
    node.children_mut().iter_mut().find_map(|child| first_occurrence(child, name))
}

/// Puts the argument where the parameter stood, under both of their names and types.
fn carry(node: &mut Node, parameter: &Binder, argument: &Node) {
    let occurrence = node.binders.clone();
    *node = argument.clone();
    let optional = argument.may_be_absent() || parameter.optional;
    let typed = occurrence.into_iter().filter(|binder| binder.kind.is_some());
    let alias = argument.plain_name().is_none() || parameter.kind.is_some();
    let own = alias.then(|| Binder { optional, ..parameter.clone() });
    let mut binders: Vec<Binder> = own.into_iter().chain(typed).collect();
    for binder in std::mem::take(&mut node.binders) {
        if binder.kind.is_some() || binders.iter().all(|b| b.name != binder.name) {
            binders.push(binder);
        }
    }
    node.binders = binders;
}
