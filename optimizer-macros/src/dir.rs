//! Finds the pattern files of a folder and includes each as a module.
//!
//! Invariant: files are included and never read here, so that rustc lexes them and errors point into them.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use std::path::{Path, PathBuf};
use syn::{Error, LitStr, Result};

/// What `pattern_dir!("patterns")` expands to; the folder is relative to `root`.
pub(crate) fn expand(folder: &LitStr, root: &Path) -> Result<TokenStream> {
    let folder_path = root.join(folder.value());
    let files = pattern_files(&folder_path).map_err(|e| {
        Error::new(folder.span(), format!("cannot list folder `{}` beside Cargo.toml: {e}", folder.value()))
    })?;
    let modules: Vec<(Ident, String)> =
        files.iter().map(|file| module(file, folder)).collect::<Result<_>>()?;
    let (names, paths): (Vec<&Ident>, Vec<&String>) = modules.iter().map(|(n, p)| (n, p)).unzip();
    let docs = names.iter().map(|name| format!("The rules of `{name}.pat`."));
    Ok(quote! {
        #(
            #[doc = #docs]
            pub mod #names {
                #[allow(unused_imports)]
                use ::optimizer_macros::patterns;
                include!(#paths);
            }
        )*
        /// All rules, by file.
        pub static RULES: &[&[::optimizer_core::rewrite::Rule]] = &[#(#names::RULES),*];
    })
}

fn pattern_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "pat") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn file_name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn module(file: &Path, folder: &LitStr) -> Result<(Ident, String)> {
    let refuse = |why: &str| Error::new(folder.span(), format!("{}: {why}", file_name(file)));
    let path = file.to_str().ok_or_else(|| refuse("the path is not UTF-8"))?;
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let mut name: Ident = syn::parse_str(stem).map_err(|_| {
        refuse("the file name becomes a module: use letters, digits and `_`, such as `scale.pat`")
    })?;
    name.set_span(folder.span());
    Ok((name, path.to_string()))
}
