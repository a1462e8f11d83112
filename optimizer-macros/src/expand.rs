//! The two macros as functions on tokens.
//!
//! Invariant: a faulty input expands to its errors and to an empty `RULES`, so that no follow-up errors arise.

use crate::errors::Errors;
use crate::{check, dir, emit, parse};
use proc_macro2::TokenStream;
use std::path::PathBuf;
use syn::LitStr;

pub(crate) fn patterns(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let file = parse::file(input, &mut errors);
    let rules = check::plan(&file, &mut errors);
    match errors.finish() {
        Ok(()) => emit::file(&file, &rules),
        Err(error) => with_error(&error, emit::no_rules()),
    }
}

pub(crate) fn pattern_dir(input: TokenStream) -> TokenStream {
    let root = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let expanded = syn::parse2::<LitStr>(input).and_then(|folder| dir::expand(&folder, &root));
    expanded.unwrap_or_else(|error| {
        with_error(
            &error,
            quote::quote!(
                pub static RULES: &[&[::optimizer_core::rewrite::Rule]] = &[];
            ),
        )
    })
}

fn with_error(error: &syn::Error, rest: TokenStream) -> TokenStream {
    let error = error.to_compile_error();
    quote::quote!(#error #rest)
}
