//! Everything that can be said of a pattern file without knowing an operator.
//!
//! Invariant: what passes these checks compiles, or fails with an error of rustc on the author's own tokens.

mod file;
mod left;
mod right;
mod shadow;

use crate::ast::{Exactness, File, Head, Rule};
use crate::emit::Planned;
use crate::emit::descriptor::operators;
use crate::errors::{Errors, counted};
use crate::examples::givens;
use crate::plan::{Body, Fragments, Scope, bodies};
use syn::{Error, Result};

/// Works out all rules; one that is faulty is left out and its errors are noted.
pub(crate) fn plan<'a>(file: &'a File, errors: &mut Errors) -> Vec<Planned<'a>> {
    file::duplicates(file, errors);
    let recursive = file::recursive(file, errors);
    let fragments: Fragments = file.fragments.iter().map(|f| (f.name.to_string(), f)).collect();
    file.fragments.iter().for_each(|fragment| left::alternatives(&fragment.body, errors));
    let mut planned = Vec::new();
    for rule in &file.rules {
        header(rule, errors);
        if !rule.head.patterns().iter().any(|pattern| file::calls_any(pattern, &recursive)) {
            planned.extend(plan_rule(rule, &fragments, errors));
        }
    }
    shadow::shadows(&planned, errors);
    planned
}

fn plan_rule<'a>(rule: &'a Rule, fragments: &Fragments, errors: &mut Errors) -> Option<Planned<'a>> {
    let mut own = Errors::default();
    rule.head.patterns().iter().for_each(|pattern| left::alternatives(pattern, &mut own));
    errors.take(own.finish())?;
    let bodies = scoped(rule, fragments);
    let bodies = errors.take(bodies)?;
    let mut own = Errors::default();
    left::structure(rule, &bodies, &mut own);
    right::names(rule, &bodies[0].1, &mut own);
    let pays = shrinks(rule, &bodies);
    own.take(pays);
    let examples =
        rule.examples.iter().filter_map(|example| givens(example, rule, &bodies, &mut own)).collect();
    errors.take(own.finish()).map(|()| Planned { rule, bodies, examples })
}

fn scoped(rule: &Rule, fragments: &Fragments) -> Result<Vec<(Body, Scope)>> {
    let bodies = bodies(rule.head.patterns(), fragments)?;
    bodies.into_iter().map(|body| Scope::of(&body).map(|scope| (body, scope))).collect()
}

/// What stands above a rule, and that it has an example.
fn header(rule: &Rule, errors: &mut Errors) {
    let (name, header) = (&rule.name, &rule.header);
    if header.docs.iter().all(|line| line.is_empty()) {
        errors.at(
            name.span(),
            format!("rule `{name}` needs a doc comment: `/// What it does and why it is right.`"),
        );
    }
    if header.exactness.is_none() {
        let message =
            format!("say how exact rule `{name}` is: `#[exact]`, or `#[approx(1e-5)]` with its bound");
        errors.at(name.span(), message);
    }
    if matches!(header.exactness, Some(Exactness::Lossy)) && header.groups.iter().all(|g| g != "opt_in") {
        let message = format!("rule `{name}` is lossy, so no level may include it: add `#[group(opt_in)]`");
        errors.at(name.span(), message);
    }
    if rule.examples.iter().all(|example| example.counter) {
        let message =
            format!("rule `{name}` needs an example that it fires on: `example {{ x: f32[2, 3] }}`");
        errors.at(name.span(), message);
    }
}

/// Without a `cost` clause operators must become fewer.
fn shrinks(rule: &Rule, bodies: &[(Body, Scope)]) -> Result<()> {
    if rule.cost.is_some() {
        return Ok(());
    }
    let added = operators(&rule.build).len();
    let removed = bodies.iter().map(|(body, _)| body.size()).min().unwrap_or(0);
    let message = match rule.head {
        Head::Each { .. } => "a group has no fixed size; say why the rule pays with `cost`".to_string(),
        _ if removed > added => return Ok(()),
        _ => format!(
            "does not shrink the graph: removes {}, adds {added}; say why it pays with `cost`",
            counted(removed)
        ),
    };
    Err(Error::new(rule.name.span(), message))
}
