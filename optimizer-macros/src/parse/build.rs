//! Reads the right side.
//!
//! ```text
//! build    := Op `(` operands `)` fields? (`.` INT)?  |  name `(` operands `)` fields  |  EXPR  |  block
//! operands := (build `,`)* (build | EXPR `..`)? `,`?
//! ```
//!
//! `name(..) { .. }` is an operator of the kind that `name` matched, one of a set. `EXPR..` passes all items of an iterable on as further operands.
//!
//! Invariant: what is not an operator or a block is Rust, kept as the author wrote it.

use super::{pattern, rest, word};
use crate::ast::*;
use crate::errors::is_variable;
use proc_macro2::TokenStream;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Error, Expr, Ident, LitInt, RangeLimits, Result, Token, braced, parenthesized, token};

/// What the root is replaced by.
pub(crate) fn build(input: ParseStream) -> Result<Build> {
    if input.peek(token::Brace) {
        return block(input).map(Build::Block);
    }
    operand(input)
}

fn operand(input: ParseStream) -> Result<Build> {
    match item(input)? {
        Item::One(build) => Ok(build),
        Item::Rest(expr) => Err(Error::new(expr.span(), rest::MISPLACED)),
    }
}

/// What stands between two commas of an operator.
enum Item {
    One(Build),
    /// `EXPR..`
    Rest(Expr),
}

fn item(input: ParseStream) -> Result<Item> {
    if at_operator(input) {
        return operator(input).map(Build::Operator).map(Item::One);
    }
    match input.parse()? {
        Expr::Range(range) if range.end.is_none() && matches!(range.limits, RangeLimits::HalfOpen(_)) => {
            let whole = range.span();
            range.start.map(|start| Item::Rest(*start)).ok_or_else(|| Error::new(whole, UNNAMED))
        }
        expr => Ok(Item::One(Build::Value(expr))),
    }
}

const UNNAMED: &str = "say which operands to pass on: `rest..`";

/// `Upper(..)` behind which an operand, its fields or the clause ends; `lower(..)` with fields.
fn at_operator(input: ParseStream) -> bool {
    let fork = input.fork();
    let Ok(name) = fork.parse::<Ident>() else { return false };
    skip_parens(&fork).is_ok() && if is_variable(&name) { fork.peek(token::Brace) } else { at_end(&fork) }
}

fn skip_parens(input: ParseStream) -> Result<TokenStream> {
    let content;
    parenthesized!(content in input);
    content.parse()
}

fn at_end(input: ParseStream) -> bool {
    let punctuation = input.peek(Token![,]) || input.peek(Token![;]) || input.peek(token::Brace);
    let result = input.peek(Token![.]) && input.peek2(LitInt);
    punctuation || result || input.is_empty() || input.peek(Ident)
}

fn operator(input: ParseStream) -> Result<BuildOperator> {
    let op = input.parse()?;
    let content;
    let parens = parenthesized!(content in input).span.join();
    let (operands, rest) = operands(&content)?;
    let fields = if input.peek(token::Brace) { fields(input)? } else { Fields::default() };
    let selected = input.peek(Token![.]) && input.peek2(LitInt);
    let result = if selected { Some(pattern::result(input)?) } else { None };
    Ok(BuildOperator { op, operands, rest, parens, fields, result })
}

fn operands(input: ParseStream) -> Result<(Vec<Build>, Option<Expr>)> {
    let (mut operands, mut rest) = (Vec::new(), None);
    for item in input.parse_terminated(item, Token![,])? {
        match (item, &rest) {
            (Item::One(build), None) => operands.push(build),
            (Item::Rest(expr), None) => rest = Some(expr),
            (Item::One(_), Some(earlier)) => return Err(Error::new(earlier.span(), rest::NOT_LAST)),
            (Item::Rest(expr), Some(_)) => return Err(Error::new(expr.span(), rest::TWICE)),
        }
    }
    Ok((operands, rest))
}

fn fields(input: ParseStream) -> Result<Fields> {
    let content;
    braced!(content in input);
    let mut fields = Fields::default();
    while !content.is_empty() {
        if content.parse::<Option<Token![..]>>()?.is_some() {
            fields.rest = Some(rest(&content)?);
            break;
        }
        fields.fields.push(field(&content)?);
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    if content.is_empty() { Ok(fields) } else { Err(content.error("`..name` stands last")) }
}

fn rest(input: ParseStream) -> Result<Ident> {
    if input.is_empty() {
        return Err(input.error("name the matched operator whose options to copy, `..fc`"));
    }
    let name = input.parse()?;
    input.parse::<Option<Token![,]>>()?;
    Ok(name)
}

fn field(input: ParseStream) -> Result<Field> {
    let name = input.parse()?;
    let given = input.parse::<Option<Token![:]>>()?.is_some();
    let value = if given { Some(input.parse::<Expr>()?) } else { None };
    Ok(Field { name, value })
}

fn block(input: ParseStream) -> Result<Block> {
    let content;
    braced!(content in input);
    let mut lets = Vec::new();
    while content.peek(Token![let]) {
        lets.push(named_build(&content)?);
    }
    let end = if at_replacement(&content) {
        End::Replacements(replacements(&content)?)
    } else {
        End::Value(Box::new(operand(&content)?))
    };
    content.parse::<Option<Token![;]>>()?;
    if content.is_empty() {
        Ok(Block { lets, end })
    } else {
        Err(content.error("expected the end of the block"))
    }
}

/// `let name = build;`
fn named_build(input: ParseStream) -> Result<(Ident, Build)> {
    input.parse::<Token![let]>()?;
    let name = input.parse()?;
    input.parse::<Token![=]>()?;
    let build = operand(input)?;
    input.parse::<Token![;]>()?;
    Ok((name, build))
}

fn at_replacement(input: ParseStream) -> bool {
    let each = input.peek(word::each) && input.peek2(Ident);
    each || (input.peek(Ident) && input.peek2(Token![=>]))
}

fn replacements(input: ParseStream) -> Result<Vec<Replacement>> {
    let mut replacements = Vec::new();
    while !input.is_empty() {
        let each = input.peek(word::each) && input.peek2(Ident);
        if each {
            input.parse::<word::each>()?;
        }
        let name = input.parse()?;
        input.parse::<Token![=>]>()?;
        let build = operand(input)?;
        input.parse::<Token![;]>()?;
        replacements.push(Replacement { each, name, build });
    }
    Ok(replacements)
}
