//! Reads `..` and `name..`, which stand for all further operands.
//!
//! Invariant: a rest is the last operand, and the only rest among its operands.

use crate::ast::{Binder, Pattern, Shape};
use crate::errors::is_variable;
use syn::parse::ParseStream;
use syn::{Error, Ident, Result, Token};

pub(super) const MISPLACED: &str =
    "`..` stands for all further operands: write it last within an operator's parentheses";

pub(super) const NOT_LAST: &str = "`..` stands last: it takes all further operands";
pub(super) const TWICE: &str = "`..` may stand once among the operands";

/// Whether `..` or `name..` comes next, with nothing behind that would make it a range.
pub(super) fn at(input: ParseStream) -> bool {
    let fork = input.fork();
    if fork.peek(Ident) && !fork.parse::<Ident>().is_ok_and(|name| is_variable(&name)) {
        return false;
    }
    let dots = fork.parse::<Token![..]>().is_ok();
    dots && (fork.is_empty()
        || [fork.peek(Token![,]), fork.peek(Token![:]), fork.peek(Token![|])].contains(&true))
}

/// Items up to the end, of which the last may be a rest.
pub(super) fn list<T>(
    input: ParseStream,
    item: fn(ParseStream) -> Result<T>,
    rest: fn(ParseStream) -> Result<T>,
) -> Result<Vec<T>> {
    let mut items = Vec::new();
    while !input.is_empty() {
        let (span, is_rest) = (input.span(), at(input));
        items.push(if is_rest { rest(input)? } else { item(input)? });
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        if is_rest && !input.is_empty() {
            return Err(follow(input, span));
        }
    }
    Ok(items)
}

/// The error of a rest, at `span`, that is not the last operand.
fn follow(input: ParseStream, span: proc_macro2::Span) -> Error {
    match at(input) {
        true => input.error(TWICE),
        false => Error::new(span, NOT_LAST),
    }
}

/// `..` or `name..` of the left side.
pub(super) fn pattern(input: ParseStream) -> Result<Pattern> {
    let span = input.span();
    let shape = match input.parse::<Option<Ident>>()? {
        Some(name) => Shape::Binder(Binder { name, optional: false, rest: true, kind: None }),
        None => Shape::Rest,
    };
    dots(input)?;
    Ok(Pattern { shared: false, name: None, shape, span })
}

/// A parameter of a fragment.
pub(super) fn parameter(input: ParseStream) -> Result<Binder> {
    let name = input.parse()?;
    dots(input)?;
    Ok(Binder { name, optional: false, rest: true, kind: None })
}

fn dots(input: ParseStream) -> Result<()> {
    input.parse::<Token![..]>()?;
    if input.peek(Token![:]) {
        let message =
            "further operands take no type; ask for it with `where rest.iter().all(|v| v.rank() == 2)`";
        return Err(input.error(message));
    }
    Ok(())
}
