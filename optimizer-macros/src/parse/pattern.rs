//! Reads patterns of the left side.
//!
//! ```text
//! pattern  := one (`|` one)*
//! one      := `shared`? (name `@`)? shape
//! shape    := ops `(` operands `)` attrs? (`.` INT)?  |  path `(` operands `)`  |  name `?`? (`:` type)?
//!          |  `_` `?`?  |  `(` pattern `)`  |  EXPR
//! ops      := Op  |  `(` Op (`|` Op)+ `)`
//! operands := (pattern `,`)* (pattern | rest)? `,`?
//! rest     := name? `..`
//! ```
//!
//! A rest stands for all further operands of an operator that takes any number; its name binds them as a
//! `Vec<Val>`, none of them absent. An argument of a `def` fragment may be one where its parameter is: `def f(x, rest..)`.
//!
//! Invariant: the form of an operand follows from its first tokens (DSL.md 2.2), never from what a name means.

use super::{rest, set, word};
use crate::ast::*;
use crate::errors::is_variable;
use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Expr, LitInt, Pat, Path, Result, Token, braced, bracketed, parenthesized, token};

/// `one | one | ..`
pub(crate) fn alternatives(input: ParseStream) -> Result<Pattern> {
    let first = one(input)?;
    if !input.peek(Token![|]) {
        return Ok(first);
    }
    let span = first.span;
    let mut patterns = vec![first];
    while input.peek(Token![|]) {
        input.parse::<Token![|]>()?;
        patterns.push(one(input)?);
    }
    Ok(Pattern { shared: false, name: None, shape: Shape::OneOf(patterns), span })
}

/// `name?: type`
pub(crate) fn binder(input: ParseStream) -> Result<Binder> {
    let name = input.parse()?;
    let optional = input.parse::<Option<Token![?]>>()?.is_some();
    let kind = if input.parse::<Option<Token![:]>>()?.is_some() { Some(kind(input)?) } else { None };
    Ok(Binder { name, optional, rest: false, kind })
}

fn one(input: ParseStream) -> Result<Pattern> {
    let span = input.span();
    let shared = input.peek(word::shared) && input.peek2(syn::Ident);
    if shared {
        input.parse::<word::shared>()?;
    }
    let mut name = None;
    if input.peek(syn::Ident) && input.peek2(Token![@]) {
        name = Some(input.parse()?);
        input.parse::<Token![@]>()?;
    }
    Ok(Pattern { shared, name, shape: shape(input)?, span })
}

fn shape(input: ParseStream) -> Result<Shape> {
    if input.peek(Token![_]) {
        return any(input);
    }
    if let Some(set) = set::pattern(input)? {
        return Ok(set);
    }
    if let Some(inner) = speculate(input, parenthesised) {
        return Ok(inner.shape);
    }
    if let Some(path) = path_before_parens(input) {
        return match operator_name(&path) {
            Some(op) => operator(input, op).map(Shape::Operator),
            None => call(input, path).map(Shape::Call),
        };
    }
    if at_binder(input) { binder(input).map(Shape::Binder) } else { expression(input).map(Shape::Expr) }
}

fn any(input: ParseStream) -> Result<Shape> {
    input.parse::<Token![_]>()?;
    let optional = input.parse::<Option<Token![?]>>()?.is_some();
    if input.peek(Token![:]) {
        return Err(input.error("`_` takes no type; give the operand a name, such as `_x: f32`"));
    }
    Ok(Shape::Any { optional })
}

/// `( pattern )` where an operand ends behind the parenthesis.
fn parenthesised(input: ParseStream) -> Option<Pattern> {
    let content = group(input).ok()?;
    let pattern = alternatives(&content).ok()?;
    (content.is_empty() && (at_end(input) || at_guard(input))).then_some(pattern)
}

fn group<'a>(input: ParseStream<'a>) -> Result<syn::parse::ParseBuffer<'a>> {
    let content;
    parenthesized!(content in input);
    Ok(content)
}

/// Keeps what was read only if it succeeds.
fn speculate<T>(input: ParseStream, parse: impl FnOnce(ParseStream) -> Option<T>) -> Option<T> {
    let fork = input.fork();
    let parsed = parse(&fork)?;
    input.advance_to(&fork);
    Some(parsed)
}

/// A path in front of parentheses behind which an operand may end; nothing is consumed.
fn path_before_parens(input: ParseStream) -> Option<Path> {
    let fork = input.fork();
    let path = fork.call(Path::parse_mod_style).ok()?;
    group(&fork).ok().map(|content| drain(&content))?;
    let operator = operator_name(&path).is_some();
    (at_end(&fork) || (operator && fork.peek(token::Brace)) || at_result(&fork) || at_guard(&fork))
        .then_some(path)
}

fn drain(content: ParseStream) {
    let _ = content.parse::<TokenStream>();
}

fn at_end(input: ParseStream) -> bool {
    let closure = input.peek(Token![||]);
    input.is_empty() || input.peek(Token![,]) || (input.peek(Token![|]) && !closure)
}

/// `.1`
fn at_result(input: ParseStream) -> bool {
    input.peek(Token![.]) && input.peek2(LitInt)
}

/// Where a root ends.
fn at_guard(input: ParseStream) -> bool {
    let keyword = input.peek(Token![where]) || input.peek(Token![let]) || input.peek(Token![;]);
    keyword || input.peek(word::rewrite) || input.peek(word::sharing)
}

fn operator_name(path: &Path) -> Option<syn::Ident> {
    path.get_ident().filter(|name| !is_variable(name)).cloned()
}

fn at_binder(input: ParseStream) -> bool {
    let fork = input.fork();
    let Ok(name) = fork.parse::<syn::Ident>() else { return false };
    if !is_variable(&name) || fork.peek(Token![::]) {
        return false;
    }
    let optional = fork.peek(Token![?]) && fork.parse::<Token![?]>().is_ok();
    let ends = at_end(&fork) || at_guard(&fork) || fork.peek(Token![:]);
    ends || (!optional && fork.peek(Token![@]))
}

fn operator(input: ParseStream, op: syn::Ident) -> Result<Operator> {
    input.parse::<syn::Ident>()?;
    operator_after(input, op)
}

/// What follows the name of an operator.
pub(super) fn operator_after(input: ParseStream, op: syn::Ident) -> Result<Operator> {
    let (operands, parens) = operands(input)?;
    let attributes = if input.peek(token::Brace) { attributes(input)? } else { Attributes::default() };
    let result = if at_result(input) { result(input)? } else { 0 };
    Ok(Operator { op, operands, parens, attributes, result })
}

fn call(input: ParseStream, path: Path) -> Result<Call> {
    input.call(Path::parse_mod_style)?;
    let (arguments, parens) = operands(input)?;
    Ok(Call { path, arguments, parens })
}

fn operands(input: ParseStream) -> Result<(Vec<Pattern>, Span)> {
    let content;
    let parens = parenthesized!(content in input);
    let operands = rest::list(&content, alternatives, rest::pattern)?;
    Ok((operands, parens.span.join()))
}

/// `.1`: which result of the operator.
pub(crate) fn result(input: ParseStream) -> Result<usize> {
    input.parse::<Token![.]>()?;
    input.parse::<LitInt>()?.base10_parse()
}

/// Rust up to the end of the operand; a `|` outside of parentheses ends it too.
fn expression(input: ParseStream) -> Result<Expr> {
    if input.is_empty() {
        return Err(input.error("expected an operand: an operator, a name, `_` or a Rust expression"));
    }
    if rest::at(input) {
        return Err(input.error(rest::MISPLACED));
    }
    let Some(tokens) = tokens_before_bar(&input.fork()) else { return input.parse() };
    for _ in tokens.clone() {
        input.parse::<TokenTree>()?;
    }
    let whole = |input: ParseStream| input.parse::<Expr>();
    whole.parse2(tokens)
}

/// The tokens up to the next alternative; `None` if the operand has no further one.
fn tokens_before_bar(input: ParseStream) -> Option<TokenStream> {
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        if input.peek(Token![||]) || (tokens.is_empty() && input.peek(Token![|])) {
            return None;
        }
        if input.peek(Token![|]) {
            return Some(tokens);
        }
        tokens.extend(input.parse::<TokenTree>());
    }
    None
}

/// `const f32 [n, k]`
pub(crate) fn kind(input: ParseStream) -> Result<Type> {
    let span = input.span();
    let constant = input.parse::<Option<Token![const]>>()?.is_some();
    let element = if input.peek(syn::Ident) { Some(input.parse()?) } else { None };
    let dims = if input.peek(token::Bracket) { Some(dims(input)?) } else { None };
    if !constant && element.is_none() && dims.is_none() {
        return Err(
            input.error("expected a type: `const`, an element type such as `f32`, or dims such as `[n, 4]`")
        );
    }
    Ok(Type { constant, element, dims, span })
}

fn dims(input: ParseStream) -> Result<Vec<Dim>> {
    let content;
    bracketed!(content in input);
    let dims: Vec<Dim> = content.parse_terminated(dim, Token![,])?.into_iter().collect();
    let mut rests = dims.iter().filter_map(|d| if let Dim::Rest(span) = d { Some(*span) } else { None });
    match (rests.next(), rests.next()) {
        (Some(_), Some(second)) => Err(Error::new(second, "`..` may stand once in a shape")),
        _ => Ok(dims),
    }
}

fn dim(input: ParseStream) -> Result<Dim> {
    let span = input.span();
    if input.peek(LitInt) {
        Ok(Dim::Exactly(input.parse()?))
    } else if input.parse::<Option<Token![_]>>()?.is_some() {
        Ok(Dim::Any(span))
    } else if input.parse::<Option<Token![..]>>()?.is_some() {
        Ok(Dim::Rest(span))
    } else {
        let name =
            input.parse().map_err(|e| Error::new(e.span(), "expected a number, a name, `_` or `..`"))?;
        Ok(Dim::Named(name))
    }
}

fn attributes(input: ParseStream) -> Result<Attributes> {
    let content;
    braced!(content in input);
    let mut attributes = Attributes::default();
    while !content.is_empty() {
        if content.parse::<Option<Token![..]>>()?.is_some() {
            attributes.rest = true;
        } else {
            attributes.fields.push(attribute(&content)?);
        }
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(attributes)
}

fn attribute(input: ParseStream) -> Result<Attribute> {
    let name = input.call(syn::Ident::parse_any)?;
    let test = if input.parse::<Option<Token![:]>>()?.is_some() {
        plain_name(input.call(Pat::parse_multi_with_leading_vert)?)
    } else if input.parse::<Option<Token![=]>>()?.is_some() {
        Test::Equal(input.parse()?)
    } else {
        Test::Bind(name.clone())
    };
    Ok(Attribute { name, test })
}

/// `name: other` binds; anything else is a test.
fn plain_name(pattern: Pat) -> Test {
    match pattern {
        Pat::Ident(p) if p.by_ref.is_none() && p.subpat.is_none() && is_variable(&p.ident) => {
            Test::Bind(p.ident)
        }
        pattern => Test::Pattern(pattern),
    }
}
