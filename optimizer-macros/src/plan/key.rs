//! Text that tells whether two patterns are the same.
//!
//! Invariant: equal keys mean equal matches; names count, places do not.

use super::{Form, Node};
use crate::ast::{Attributes, Binder, Dim, Test, Type};
use quote::ToTokens;

impl Node {
    /// Equal for two nodes exactly if they are written alike.
    pub(crate) fn key(&self) -> String {
        let names: Vec<String> = self.names.iter().map(ToString::to_string).collect();
        let binders: Vec<String> = self.binders.iter().map(binder).collect();
        let below: Vec<String> = self.children().iter().map(Node::key).collect();
        let own = match &self.form {
            Form::Operator(o) => format!("{} {} .{}", o.op, attributes(&o.attributes), o.result),
            Form::View { path, .. } => text(path),
            Form::Bound => String::new(),
            Form::Any { optional } => format!("_{optional}"),
            Form::Rest => "..".to_string(),
            Form::Expr(expr) => text(expr),
        };
        format!("{}@{}:{}{own}({})", names.join("@"), binders.join(","), self.shared, below.join(","))
    }
}

/// The attributes as text.
pub(crate) fn attributes(attributes: &Attributes) -> String {
    let test = |test: &Test| match test {
        Test::Bind(name) => name.to_string(),
        Test::Pattern(pattern) => format!(": {}", text(pattern)),
        Test::Equal(expr) => format!("= {}", text(expr)),
    };
    let fields: Vec<String> =
        attributes.fields.iter().map(|f| format!("{} {}", f.name, test(&f.test))).collect();
    format!("{{{} {}}}", fields.join(","), attributes.rest)
}

fn binder(binder: &Binder) -> String {
    let kind = binder.kind.as_ref().map(kind).unwrap_or_default();
    format!("{}{}:{kind}", binder.name, binder.optional)
}

fn kind(kind: &Type) -> String {
    let dim = |dim: &Dim| match dim {
        Dim::Exactly(n) => n.base10_digits().to_string(),
        Dim::Named(name) => name.to_string(),
        Dim::Any(_) => "_".to_string(),
        Dim::Rest(_) => "..".to_string(),
    };
    let dims = kind.dims.as_ref().map(|dims| dims.iter().map(dim).collect::<Vec<_>>().join(","));
    format!("{} {:?} {dims:?}", kind.constant, kind.element.as_ref().map(ToString::to_string))
}

fn text(tokens: &impl ToTokens) -> String {
    tokens.to_token_stream().to_string()
}
