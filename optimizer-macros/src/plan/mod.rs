//! The left side of a rule with fragments inlined and alternatives multiplied out.
//!
//! Invariant: a body has no fragment call and no `|`; matching it needs backtracking only for operand orders, users of
//! a shared value and nothing else.

mod connect;
mod expand;
mod key;
mod names;
mod rename;
mod scope;

pub(crate) use connect::{Connection, connection, values_of};
pub(crate) use expand::{Fragments, bodies};
pub(crate) use key::attributes as attributes_key;
pub(crate) use names::{bound_by_pattern, bound_by_rust};
pub(crate) use scope::{Kind, Scope};

use crate::ast::{Attributes, Binder, Guard};
use proc_macro2::{Ident, Span};
use syn::{Expr, Path};

/// One combination of alternatives.
pub(crate) struct Body {
    /// The first anchors.
    pub(crate) roots: Vec<Node>,
    /// The guards of the inlined fragments.
    pub(crate) guards: Vec<Guard>,
}

/// What one operand, view field or root must be.
#[derive(Clone)]
pub(crate) struct Node {
    /// `name @`
    pub(crate) names: Vec<Ident>,
    /// The fragments whose root this is.
    pub(crate) fragments: Vec<Ident>,
    /// Names and types of the value itself.
    pub(crate) binders: Vec<Binder>,
    pub(crate) shared: bool,
    pub(crate) form: Form,
    pub(crate) span: Span,
}

#[derive(Clone)]
pub(crate) enum Form {
    Operator(Operator),
    View {
        path: Path,
        fields: Vec<Node>,
        parens: Span,
    },
    /// Nothing but its binders.
    Bound,
    Any {
        optional: bool,
    },
    /// All further operands; the last operand of its operator.
    Rest,
    Expr(Expr),
}

#[derive(Clone)]
pub(crate) struct Operator {
    pub(crate) op: Ident,
    pub(crate) operands: Vec<Node>,
    pub(crate) parens: Span,
    pub(crate) attributes: Attributes,
    pub(crate) result: usize,
}

impl Node {
    pub(crate) fn plain(form: Form, span: Span) -> Node {
        Node { names: Vec::new(), fragments: Vec::new(), binders: Vec::new(), shared: false, form, span }
    }

    pub(crate) fn children(&self) -> &[Node] {
        match &self.form {
            Form::Operator(operator) => &operator.operands,
            Form::View { fields, .. } => fields,
            Form::Bound | Form::Any { .. } | Form::Rest | Form::Expr(_) => &[],
        }
    }

    pub(crate) fn children_mut(&mut self) -> &mut [Node] {
        match &mut self.form {
            Form::Operator(operator) => &mut operator.operands,
            Form::View { fields, .. } => fields,
            Form::Bound | Form::Any { .. } | Form::Rest | Form::Expr(_) => &mut [],
        }
    }

    /// This node and all below it, in reading order.
    pub(crate) fn all(&self) -> Vec<&Node> {
        let below = self.children().iter().flat_map(Node::all);
        std::iter::once(self).chain(below).collect()
    }

    /// Operators on the left side; a view counts as one.
    pub(crate) fn size(&self) -> usize {
        self.all().iter().filter(|n| matches!(n.form, Form::Operator(_) | Form::View { .. })).count()
    }

    /// Whether it stands for all further operands.
    pub(crate) fn is_rest(&self) -> bool {
        matches!(self.form, Form::Rest)
    }

    /// Whether it is nothing but names of what an example gives.
    pub(crate) fn is_leaf(&self) -> bool {
        matches!(self.form, Form::Bound | Form::Rest)
    }

    /// Whether the operand may be left out.
    pub(crate) fn may_be_absent(&self) -> bool {
        match self.form {
            Form::Any { optional } => optional,
            Form::Bound => self.binders.iter().all(|b| b.optional),
            _ => false,
        }
    }

    /// Whether the name stands at this node.
    pub(crate) fn binds(&self, name: &Ident) -> bool {
        self.names.contains(name) || self.binders.iter().any(|binder| binder.name == *name)
    }

    /// The binder, if the node is nothing but a name without a type.
    pub(crate) fn untyped_name(&self) -> Option<&Ident> {
        match (&self.form, self.binders.as_slice()) {
            (Form::Bound, [binder]) if binder.kind.is_none() && !binder.optional => Some(&binder.name),
            _ => None,
        }
    }
}

impl Operator {
    /// The operands that stand for one each, and the rest.
    pub(crate) fn split(&self) -> (&[Node], Option<&Node>) {
        match self.operands.split_last() {
            Some((rest @ Node { form: Form::Rest, .. }, single)) => (single, Some(rest)),
            _ => (&self.operands, None),
        }
    }
}

impl Body {
    pub(crate) fn size(&self) -> usize {
        self.roots.iter().map(Node::size).sum()
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.roots.iter().flat_map(Node::all)
    }
}
