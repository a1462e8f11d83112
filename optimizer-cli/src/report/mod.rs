//! `--report`: what a run did, as JSON for programs or as a page for people.
//!
//! Invariant: both forms say the same; a page needs no other file.

mod facts;
mod operators;
mod page;

use facts::Facts;
use optimizer_core::ir::Model;
use optimizer_core::rewrite::{Options, Outcome, Profile, Rule};
use std::path::Path;

/// A run that is over.
pub(crate) struct Run<'a> {
    pub(crate) input: &'a Path,
    pub(crate) target_name: String,
    pub(crate) options: &'a Options,
    pub(crate) original: &'a Model,
    pub(crate) model: &'a Model,
    pub(crate) outcome: &'a Outcome,
    pub(crate) rules: &'a [&'static Rule],
}

/// What a report can be, by the end of its name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Html,
}

impl Form {
    pub(crate) fn of(path: &Path) -> Option<Form> {
        match path.extension()?.to_str()? {
            "json" => Some(Form::Json),
            "html" => Some(Form::Html),
            _ => None,
        }
    }
}

/// # Errors
/// What the form cannot say.
pub(crate) fn text(form: Form, run: &Run) -> anyhow::Result<String> {
    let [before, after] = [run.original, run.model].map(|model| Profile::of(model, &run.options.dims));
    let facts = Facts::of(run, &before, &after, form == Form::Json);
    match form {
        Form::Json => Ok(serde_json::to_string_pretty(&facts)? + "\n"),
        Form::Html => page::text(run, &facts),
    }
}
