//! Reads `where`, `let` and `cost`.
//!
//! Invariant: conditions are Rust, kept as the author wrote them.

use super::word;
use crate::ast::Guard;
use syn::parse::ParseStream;
use syn::{Expr, Pat, PatType, Result, Token};

pub(crate) fn guards(input: ParseStream) -> Result<Vec<Guard>> {
    let mut guards = Vec::new();
    loop {
        if input.peek(Token![where]) {
            input.parse::<Token![where]>()?;
            guards.extend(conditions(input)?.into_iter().map(Guard::Where));
        } else if input.peek(Token![let]) {
            guards.push(let_guard(input)?);
        } else {
            return Ok(guards);
        }
    }
}

pub(crate) fn cost(input: ParseStream) -> Result<Vec<Expr>> {
    input.parse::<word::cost>()?;
    conditions(input)
}

fn let_guard(input: ParseStream) -> Result<Guard> {
    input.parse::<Token![let]>()?;
    let mut pattern = input.call(Pat::parse_multi_with_leading_vert)?;
    if input.peek(Token![:]) {
        let (colon_token, ty) = (input.parse()?, input.parse()?);
        pattern = Pat::Type(PatType { attrs: Vec::new(), pat: Box::new(pattern), colon_token, ty });
    }
    input.parse::<Token![=]>()?;
    let value = input.parse()?;
    input.parse::<Token![;]>()?;
    Ok(Guard::Let { pattern: Box::new(pattern), value })
}

/// One or more expressions; a comma may end the list.
fn conditions(input: ParseStream) -> Result<Vec<Expr>> {
    if at_clause(input) {
        return Err(input.error("expected a condition in Rust"));
    }
    let mut conditions: Vec<Expr> = vec![input.parse()?];
    while input.peek(Token![,]) {
        input.parse::<Token![,]>()?;
        if at_clause(input) {
            break;
        }
        conditions.push(input.parse()?);
    }
    Ok(conditions)
}

fn at_clause(input: ParseStream) -> bool {
    let word = input.peek(word::rewrite)
        || input.peek(word::example)
        || input.peek(word::counterexample)
        || input.peek(word::cost);
    let keyword = input.peek(Token![where]) || input.peek(Token![let]) || input.peek(Token![;]);
    word || keyword || input.is_empty()
}
