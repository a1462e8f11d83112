//! How often the names of a body are used, which tells whether the order of two operands matters.
//!
//! Invariant: two operands are called interchangeable only if swapping them gives the same match.

use crate::ast::{Guard, Test};
use crate::plan::{Body, Form, Node};
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use std::collections::{HashMap, HashSet};

pub(crate) struct Usage {
    /// Occurrences as a binder.
    bound: HashMap<String, usize>,
    /// Names that conditions mention.
    asked: HashSet<String>,
}

impl Usage {
    /// The names in a body and in the guards of its rule.
    pub(crate) fn of(body: &Body, guards: &[Guard], sharing: &[proc_macro2::Ident]) -> Usage {
        let mut usage = Usage { bound: HashMap::new(), asked: HashSet::new() };
        body.nodes().for_each(|node| usage.node(node));
        body.guards.iter().chain(guards).for_each(|guard| usage.guard(guard));
        usage.asked.extend(sharing.iter().map(ToString::to_string));
        usage
    }

    /// Whether the two operands of an operator should be tried the other way round too.
    pub(crate) fn may_swap(&self, operands: &[Node]) -> bool {
        let [a, b] = operands else { return false };
        !b.is_rest() && a.key() != b.key() && !(self.is_free(a) && self.is_free(b))
    }

    /// Whether a node takes any value and no condition asks which.
    fn is_free(&self, node: &Node) -> bool {
        node.untyped_name()
            .map(ToString::to_string)
            .is_some_and(|name| self.bound.get(&name) == Some(&1) && !self.asked.contains(&name))
    }

    fn node(&mut self, node: &Node) {
        for binder in &node.binders {
            *self.bound.entry(binder.name.to_string()).or_default() += 1;
        }
        match &node.form {
            Form::Expr(expr) => self.ask(expr),
            Form::Operator(operator) => {
                for field in &operator.attributes.fields {
                    if let Test::Equal(expr) = &field.test {
                        self.ask(expr);
                    }
                }
            }
            Form::View { .. } | Form::Bound | Form::Any { .. } | Form::Rest => {}
        }
    }

    fn guard(&mut self, guard: &Guard) {
        match guard {
            Guard::Where(condition) => self.ask(condition),
            Guard::Let { value, .. } => self.ask(value),
        }
    }

    fn ask(&mut self, tokens: &impl ToTokens) {
        self.tokens(tokens.to_token_stream());
    }

    fn tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(name) => drop(self.asked.insert(name.to_string())),
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
}
