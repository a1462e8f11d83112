//! Checks of the names on the right side.
//!
//! Invariant: a lone name there is bound; names inside of Rust expressions are left to rustc.

use crate::ast::{Block, Build, BuildOperator, End, Guard, Head, Replacement, Rule};
use crate::emit::vocabulary::lone_name;
use crate::errors::{Errors, is_variable, listed};
use crate::plan::{Kind, Scope, bound_by_rust};
use proc_macro2::Ident;

/// Notes names that nothing binds, and roots that nothing replaces.
pub(super) fn names(rule: &Rule, scope: &Scope, errors: &mut Errors) {
    let group = matches!(rule.head, Head::Each { .. });
    let mut names = Names { scope, lets: let_names(rule), group, errors };
    match &rule.build {
        Build::Block(block) => names.block(block),
        build => names.build(build),
    }
    replaced_roots(rule, scope, errors);
}

fn let_names(rule: &Rule) -> Vec<Ident> {
    let patterns = rule.guards.iter().filter_map(|guard| match guard {
        Guard::Let { pattern, .. } => Some(pattern),
        Guard::Where(_) => None,
    });
    patterns.flat_map(|pattern| bound_by_rust(pattern)).collect()
}

struct Names<'a> {
    scope: &'a Scope,
    /// Names bound by `let`.
    lets: Vec<Ident>,
    /// Whether names are lists over the members of a group.
    group: bool,
    errors: &'a mut Errors,
}

impl Names<'_> {
    fn block(&mut self, block: &Block) {
        for (name, build) in &block.lets {
            self.build(build);
            self.lets.push(name.clone());
        }
        match &block.end {
            End::Value(build) => self.build(build),
            End::Replacements(replacements) => replacements.iter().for_each(|r| self.build(&r.build)),
        }
    }

    fn build(&mut self, build: &Build) {
        match build {
            Build::Value(expr) => lone_name(expr).into_iter().for_each(|name| self.single(name)),
            Build::Operator(operator) => self.operator(operator),
            Build::Block(block) => self.block(block),
        }
    }

    fn operator(&mut self, operator: &BuildOperator) {
        let op = &operator.op;
        if is_variable(op) && (self.group || !matches!(self.scope.get(op), Some(Kind::Operator { .. }))) {
            let message = format!("`{op}` names no matched operator; write `{op} @ (A | B)(..)` on the left");
            self.errors.at(op.span(), message);
        }
        operator.operands.iter().for_each(|operand| self.build(operand));
        operator.rest.iter().filter_map(lone_name).for_each(|name| self.several(name));
        for field in &operator.fields.fields {
            if field.value.is_none() {
                self.bound(&field.name);
            }
        }
        if let Some(rest) = &operator.fields.rest
            && !matches!(self.scope.get(rest), Some(Kind::Operator { .. }))
        {
            let message = format!(
                "`..{rest}` copies a matched operator's options; write `{rest} @ Op(..)` on the left"
            );
            self.errors.at(rest.span(), message);
        }
    }

    /// A name that stands for one operand.
    fn single(&mut self, name: &Ident) {
        self.bound(name);
        if !self.lets.contains(name) && self.scope.get(name) == Some(&Kind::Rest) {
            let message = format!("`{name}` stands for any number of operands: write `{name}..`, last");
            self.errors.at(name.span(), message);
        }
    }

    /// A name that stands for any number of operands.
    fn several(&mut self, name: &Ident) {
        self.bound(name);
        let single = matches!(
            self.scope.get(name),
            Some(Kind::Value { .. } | Kind::Constant { .. } | Kind::Operator { .. })
        );
        if single && !self.group && !self.lets.contains(name) {
            self.errors.at(name.span(), format!("`{name}` is one operand: drop the `..`"));
        }
    }

    fn bound(&mut self, name: &Ident) {
        if !is_variable(name) || self.lets.contains(name) || self.scope.get(name).is_some() {
            return;
        }
        let known: Vec<&Ident> = self.scope.names().map(|(name, _)| name).chain(&self.lets).collect();
        self.errors.at(name.span(), format!("`{name}` is not bound; bound so far: {}", listed(&known)));
    }
}

fn replaced_roots(rule: &Rule, scope: &Scope, errors: &mut Errors) {
    let replacements: &[Replacement] = match &rule.build {
        Build::Block(Block { end: End::Replacements(replacements), .. }) => replacements,
        _ => &[],
    };
    for replacement in replacements {
        self::replacement(replacement, &rule.head, scope, errors);
    }
    let single = matches!(rule.head, Head::One(_));
    if single && replacements.is_empty() {
        return;
    }
    for root in rule.head.patterns() {
        let named = root.name.as_ref();
        if named.is_none() && !single {
            errors.at(
                root.span,
                "name this root, `name @ Op(..)`, so that the right side can say what replaces it",
            );
        } else if let Some(name) = named.filter(|name| replacements.iter().all(|r| r.name != **name)) {
            let each = if matches!(rule.head, Head::Each { .. }) { "each " } else { "" };
            let message =
                format!("nothing replaces root `{name}`: write `rewrite {{ {each}{name} => ..; }}`");
            errors.at(name.span(), message);
        }
    }
}

fn replacement(replacement: &Replacement, head: &Head, scope: &Scope, errors: &mut Errors) {
    let name = &replacement.name;
    let group = matches!(head, Head::Each { .. });
    if !matches!(scope.get(name), Some(Kind::Operator { .. })) {
        errors.at(
            name.span(),
            format!("`{name}` names no matched operator; write `{name} @ Op(..)` on the left"),
        );
    } else if replacement.each && !group {
        errors.at(name.span(), "`each` replaces the members of a group, and the left side has none");
    } else if group && !replacement.each {
        errors
            .at(name.span(), format!("the members of a group are replaced one by one: `each {name} => ..;`"));
    }
}
