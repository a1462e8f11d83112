//! Reads `(A | B)(operands) { .. }`: any of these operators, all with the same operands and attributes.
//!
//! Invariant: a set is nothing but its alternatives written out; on the right, `name(..) { .. }` is the one that
//! matched.

use super::pattern;
use crate::ast::{Operator, Pattern, Shape};
use crate::errors::is_variable;
use proc_macro2::{Ident, Span};
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative;
use syn::{Result, Token, parenthesized, token};

/// The set that comes next, if one does.
pub(super) fn pattern(input: ParseStream) -> Result<Option<Shape>> {
    let (fork, span) = (input.fork(), input.span());
    let Ok(ops) = names(&fork) else { return Ok(None) };
    if ops.len() < 2 || !ops.iter().all(|op| !is_variable(op)) || !fork.peek(token::Paren) {
        return Ok(None);
    }
    input.advance_to(&fork);
    let one = pattern::operator_after(input, ops[0].clone())?;
    let alternative = |op: Ident| alternative(Operator { op, ..one.clone() }, span);
    Ok(Some(Shape::OneOf(ops.into_iter().map(alternative).collect())))
}

fn names(input: ParseStream) -> Result<Vec<Ident>> {
    let content;
    parenthesized!(content in input);
    let mut ops = vec![content.parse()?];
    while !content.is_empty() {
        content.parse::<Token![|]>()?;
        ops.push(content.parse()?);
    }
    Ok(ops)
}

fn alternative(operator: Operator, span: Span) -> Pattern {
    Pattern { shared: false, name: None, shape: Shape::Operator(operator), span }
}
