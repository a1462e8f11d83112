//! Reads a pattern file.
//!
//! Invariant: a fault in one item hides no fault in another; what could be read is returned beside the errors.

mod build;
mod example;
mod guard;
mod header;
mod pattern;
mod rest;
mod set;

use crate::ast::{File, Fragment, Head, Rule};
use crate::errors::Errors;
use crate::text;
use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, Result, Token, braced, parenthesized, token};

/// The words that are special in some place of the language.
mod word {
    syn::custom_keyword!(def);
    syn::custom_keyword!(rule);
    syn::custom_keyword!(each);
    syn::custom_keyword!(sharing);
    syn::custom_keyword!(shared);
    syn::custom_keyword!(rewrite);
    syn::custom_keyword!(cost);
    syn::custom_keyword!(example);
    syn::custom_keyword!(counterexample);
}

/// The items between the braces of `patterns! { .. }`.
pub(crate) fn file(tokens: TokenStream, errors: &mut Errors) -> File {
    let mut file = File::default();
    let items = |input: ParseStream| {
        while !input.is_empty() {
            if let Err(error) = item(input, &mut file, errors) {
                errors.push(error);
                skip_to_item(input)?;
            }
        }
        Ok(())
    };
    let parsed = items.parse2(tokens);
    errors.take(parsed);
    file
}

fn item(input: ParseStream, file: &mut File, errors: &mut Errors) -> Result<()> {
    if input.peek(Token![use]) || input.peek(Token![pub]) {
        file.uses.push(input.parse()?);
        return Ok(());
    }
    let attributes = input.call(Attribute::parse_outer)?;
    if input.peek(word::def) {
        file.fragments.push(fragment(input)?);
        Ok(())
    } else if input.peek(word::rule) {
        file.rules.extend(rule(input, &attributes, errors)?);
        Ok(())
    } else {
        Err(input.error("expected `use`, `def name(..) = ..;` or `rule name { .. }`"))
    }
}

/// Leaves at least one token behind, up to where an item may begin.
fn skip_to_item(input: ParseStream) -> Result<()> {
    while !input.is_empty() {
        input.parse::<TokenTree>()?;
        let named = (input.peek(word::def) || input.peek(word::rule)) && input.peek2(syn::Ident);
        if named || input.peek(Token![#]) || input.peek(Token![use]) {
            break;
        }
    }
    Ok(())
}

fn fragment(input: ParseStream) -> Result<Fragment> {
    input.parse::<word::def>()?;
    let name = input.parse()?;
    let content;
    parenthesized!(content in input);
    let parameters = rest::list(&content, pattern::binder, rest::parameter)?;
    input.parse::<Token![=]>()?;
    let body = pattern::alternatives(input)?;
    let guards = guard::guards(input)?;
    input.parse::<Token![;]>()?;
    Ok(Fragment { name, parameters, body, guards })
}

/// The rule, or nothing if its body is faulty and the error is noted.
fn rule(input: ParseStream, attributes: &[Attribute], errors: &mut Errors) -> Result<Option<Rule>> {
    input.parse::<word::rule>()?;
    let name: Ident = input.parse()?;
    if !input.peek(token::Brace) {
        return Err(input.error("expected `{ match .. rewrite .. example { .. } }`"));
    }
    let body: Group = input.parse()?;
    let header = header::header(attributes, errors);
    let source = format!("rule {name} {}", text::source(&body));
    let parsed = in_braces(body, |input| {
        let mut rule = rule_body(input, name)?;
        (rule.header, rule.source) = (header, source);
        Ok(rule)
    });
    Ok(errors.take(parsed))
}

/// Parses what stands in the braces; an unexpected end is reported at the closing brace.
fn in_braces<T>(group: Group, parse: impl FnOnce(ParseStream) -> Result<T>) -> Result<T> {
    let parser = |input: ParseStream| {
        let content;
        braced!(content in input);
        let parsed = parse(&content)?;
        if content.is_empty() { Ok(parsed) } else { Err(unexpected_tail(&content)) }
    };
    parser.parse2(group.into_token_stream())
}

fn unexpected_tail(input: ParseStream) -> Error {
    input.error("expected `example { .. }`, `counterexample { .. }` or the end of the rule")
}

fn rule_body(input: ParseStream, name: Ident) -> Result<Rule> {
    input.parse::<Token![match]>()?;
    let head = head(input)?;
    let guards = guard::guards(input)?;
    if !input.peek(word::rewrite) {
        return Err(input.error("expected `where`, `let` or `rewrite`"));
    }
    input.parse::<word::rewrite>()?;
    let build = build::build(input)?;
    let cost = if input.peek(word::cost) { Some(guard::cost(input)?) } else { None };
    let examples = example::examples(input)?;
    Ok(Rule { header: Default::default(), name, source: String::new(), head, guards, build, cost, examples })
}

fn head(input: ParseStream) -> Result<Head> {
    if input.peek(word::each) {
        input.parse::<word::each>()?;
        let pattern = pattern::alternatives(input)?;
        input.parse::<word::sharing>().map_err(|e| Error::new(e.span(), "expected `sharing name, ..`"))?;
        return Ok(Head::Each { pattern, sharing: names(input)? });
    }
    if input.peek(token::Brace) {
        let content;
        braced!(content in input);
        if content.is_empty() {
            return Err(content.error("expected a root, such as `a @ Add(x, y)`"));
        }
        let roots = content.parse_terminated(pattern::alternatives, Token![,])?;
        return Ok(Head::Several(roots.into_iter().collect()));
    }
    Ok(Head::One(pattern::alternatives(input)?))
}

fn names(input: ParseStream) -> Result<Vec<Ident>> {
    let mut names = vec![input.parse()?];
    while input.peek(Token![,]) {
        input.parse::<Token![,]>()?;
        names.push(input.parse()?);
    }
    Ok(names)
}
