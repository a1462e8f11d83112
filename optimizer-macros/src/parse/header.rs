//! Reads what stands above a rule: its doc comment and attributes.
//!
//! Invariant: an attribute that is not understood is an error, never ignored.

use crate::ast::{Exactness, Header};
use crate::errors::{Errors, suggestion};
use proc_macro2::Ident;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, Lit, LitFloat, LitInt, Meta, Result};

const KNOWN: [&str; 10] = [
    "exact",
    "approx",
    "lossy",
    "drops_nan",
    "finite",
    "priority",
    "group",
    "provisional",
    "once",
    "quantized",
];

/// The header; a faulty attribute is noted and taken for whatever the rule may lack.
pub(crate) fn header(attributes: &[Attribute], errors: &mut Errors) -> Header {
    let mut header = Header::default();
    for attribute in attributes {
        let read = read(attribute, &mut header);
        if errors.take(read).is_none() {
            header.exactness.get_or_insert(Exactness::Exact);
        }
    }
    header
}

fn read(attribute: &Attribute, header: &mut Header) -> Result<()> {
    let name = attribute.path().get_ident().map(Ident::to_string).unwrap_or_default();
    match name.as_str() {
        "doc" => header.docs.extend(doc_lines(attribute)),
        "exact" => set_exactness(header, attribute, Exactness::Exact)?,
        "approx" => {
            let bound: LitFloat = argument(attribute, "approx(1e-5)")?;
            set_exactness(header, attribute, Exactness::Approx(bound.base10_parse()?))?;
        }
        "lossy" => set_exactness(header, attribute, Exactness::Lossy)?,
        "drops_nan" => header.drops_nan = flag(attribute)?,
        "finite" => header.finite = flag(attribute)?,
        "priority" => header.priority = priority(attribute)?,
        "group" => header.groups.push(argument(attribute, "group(name)")?),
        "provisional" => header.provisional = flag(attribute)?,
        "once" => header.once = flag(attribute)?,
        "quantized" => header.quantized = flag(attribute)?,
        _ => return Err(unknown(attribute, &name)),
    }
    Ok(())
}

fn unknown(attribute: &Attribute, name: &str) -> Error {
    let message = format!("a rule has no attribute `{name}`{}", suggestion(name, KNOWN));
    Error::new(attribute.path().span(), message)
}

fn doc_lines(attribute: &Attribute) -> Vec<String> {
    let Meta::NameValue(meta) = &attribute.meta else { return Vec::new() };
    let Expr::Lit(literal) = &meta.value else { return Vec::new() };
    let Lit::Str(text) = &literal.lit else { return Vec::new() };
    text.value().lines().map(|line| line.trim().to_string()).collect()
}

fn set_exactness(header: &mut Header, attribute: &Attribute, exactness: Exactness) -> Result<()> {
    if matches!(exactness, Exactness::Exact | Exactness::Lossy) {
        flag(attribute)?;
    }
    if header.exactness.is_some() {
        let message = "say once how exact the rule is: `#[exact]`, one `#[approx(bound)]` or `#[lossy]`";
        return Err(Error::new(attribute.path().span(), message));
    }
    header.exactness = Some(exactness);
    Ok(())
}

fn priority(attribute: &Attribute) -> Result<i32> {
    attribute.parse_args_with(|input: syn::parse::ParseStream| {
        let sign = if input.parse::<Option<syn::Token![-]>>()?.is_some() { -1 } else { 1 };
        Ok(sign * input.parse::<LitInt>()?.base10_parse::<i32>()?)
    })
}

/// An attribute without arguments.
fn flag(attribute: &Attribute) -> Result<bool> {
    attribute.meta.require_path_only().map(|_| true)
}

fn argument<T: syn::parse::Parse>(attribute: &Attribute, usage: &str) -> Result<T> {
    let parsed = attribute.parse_args();
    parsed.map_err(|e| Error::new(e.span(), format!("{e}; write `#[{usage}]`")))
}
