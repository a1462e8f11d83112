//! Reads `example { .. }` and `counterexample { .. }`.
//!
//! Invariant: a given is read without knowing what the rule binds; `examples` relates the two.

use super::{pattern, word};
use crate::ast::{Example, Given, Kinds};
use syn::parse::ParseStream;
use syn::{Result, Token, braced, bracketed, token};

pub(crate) fn examples(input: ParseStream) -> Result<Vec<Example>> {
    let mut examples = Vec::new();
    loop {
        let span = input.span();
        let counter = input.peek(word::counterexample);
        if counter {
            input.parse::<word::counterexample>()?;
        } else if input.peek(word::example) {
            input.parse::<word::example>()?;
        } else {
            return Ok(examples);
        }
        let content;
        braced!(content in input);
        let givens = content.parse_terminated(given, Token![,])?.into_iter().collect();
        examples.push(Example { counter, span, givens });
    }
}

fn given(input: ParseStream) -> Result<Given> {
    if input.parse::<Option<Token![use]>>()?.is_some() {
        return input.parse().map(Given::Use);
    }
    let name = input.parse()?;
    if input.peek(Token![.]) || input.peek(Token![=]) {
        let dotted = input.parse::<Option<Token![.]>>()?.is_some();
        let attribute = if dotted { Some(input.parse()?) } else { None };
        input.parse::<Token![=]>()?;
        return Ok(Given::Pin { place: name, attribute, value: input.parse()? });
    }
    let optional = input.parse::<Option<Token![?]>>()?.is_some();
    if !input.peek(Token![:]) {
        return Err(input.error("expected `: type` to give a shape or `= EXPR` to give a value"));
    }
    input.parse::<Token![:]>()?;
    Ok(Given::Leaf { name, optional, kinds: kinds(input)? })
}

fn kinds(input: ParseStream) -> Result<Kinds> {
    if !input.peek(token::Bracket) {
        return pattern::kind(input).map(Kinds::One);
    }
    let content;
    bracketed!(content in input);
    let kinds = content.parse_terminated(pattern::kind, Token![,])?;
    Ok(Kinds::Each(kinds.into_iter().collect()))
}
