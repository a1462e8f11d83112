//! Checks of a file as a whole: names and recursion.
//!
//! Invariant: once these pass, every fragment can be inlined.

use crate::ast::{File, Pattern, Shape};
use crate::errors::{Errors, with_note};
use proc_macro2::Ident;
use std::collections::{HashMap, HashSet};

/// Notes names that stand for two rules or two fragments.
pub(super) fn duplicates(file: &File, errors: &mut Errors) {
    unique(file.rules.iter().map(|rule| &rule.name), "rule", errors);
    unique(file.fragments.iter().map(|fragment| &fragment.name), "fragment", errors);
}

fn unique<'a>(names: impl Iterator<Item = &'a Ident>, what: &str, errors: &mut Errors) {
    let mut first: HashMap<String, &Ident> = HashMap::new();
    for name in names {
        match first.get(&name.to_string()) {
            Some(first) => {
                let message = format!("there is a {what} `{name}` already");
                errors.push(with_note(
                    name.span(),
                    message,
                    first.span(),
                    format!("the first `{name}` is here"),
                ));
            }
            None => drop(first.insert(name.to_string(), name)),
        }
    }
}

/// The names of the fragments that cannot be inlined since they contain themselves; each is noted.
pub(super) fn recursive(file: &File, errors: &mut Errors) -> HashSet<String> {
    let graph: HashMap<String, Vec<String>> =
        file.fragments.iter().map(|fragment| (fragment.name.to_string(), calls(&fragment.body))).collect();
    let mut recursive = HashSet::new();
    for fragment in &file.fragments {
        let name = fragment.name.to_string();
        if let Some(path) = way_back(&name, &name, &graph, &mut Vec::new()) {
            let message = format!("fragment `{name}` contains itself: {}", path.join(" -> "));
            errors.at(fragment.name.span(), message);
            recursive.insert(name);
        }
    }
    let leads_into = |name: &String| recursive.iter().any(|bad| way(name, bad, &graph));
    graph.keys().filter(|name| leads_into(name)).cloned().collect()
}

/// Whether a pattern calls one of the fragments.
pub(super) fn calls_any(pattern: &Pattern, fragments: &HashSet<String>) -> bool {
    calls(pattern).iter().any(|name| fragments.contains(name))
}

fn calls(pattern: &Pattern) -> Vec<String> {
    let mut called = Vec::new();
    collect_calls(pattern, &mut called);
    called
}

fn way(from: &str, to: &str, graph: &HashMap<String, Vec<String>>) -> bool {
    from == to || way_back(from, to, graph, &mut Vec::new()).is_some()
}

fn collect_calls(pattern: &Pattern, called: &mut Vec<String>) {
    match &pattern.shape {
        Shape::Operator(operator) => operator.operands.iter().for_each(|o| collect_calls(o, called)),
        Shape::Call(call) => {
            called.extend(call.path.get_ident().map(Ident::to_string));
            call.arguments.iter().for_each(|argument| collect_calls(argument, called));
        }
        Shape::OneOf(patterns) => patterns.iter().for_each(|p| collect_calls(p, called)),
        Shape::Binder(_) | Shape::Any { .. } | Shape::Rest | Shape::Expr(_) => {}
    }
}

/// The fragments on a way from `at` to `goal`, both included.
fn way_back(
    at: &str,
    goal: &str,
    graph: &HashMap<String, Vec<String>>,
    seen: &mut Vec<String>,
) -> Option<Vec<String>> {
    for called in graph.get(at)? {
        if called == goal {
            return Some(vec![at.to_string(), goal.to_string()]);
        }
        if seen.contains(called) {
            continue;
        }
        seen.push(called.clone());
        if let Some(mut path) = way_back(called, goal, graph, seen) {
            path.insert(0, at.to_string());
            return Some(path);
        }
    }
    None
}
