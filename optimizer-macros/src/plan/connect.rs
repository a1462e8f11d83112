//! How a root that is not the anchor is found: through the readers of a value that is matched already.
//!
//! Invariant: a connection leads through operators only, so that each step is one question to the graph.

use super::{Form, Kind, Node, Operator, Scope};
use proc_macro2::Ident;
use std::collections::HashSet;

/// A name at hand, and the operators from the root down to its reader.
pub(crate) struct Connection<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) path: Vec<&'a Operator>,
}

/// The names of a root that hold a value whenever it has matched.
pub(crate) fn values_of(root: &Node, scope: &Scope) -> HashSet<String> {
    let names = root.all().into_iter().flat_map(|n| n.names.iter().chain(n.binders.iter().map(|b| &b.name)));
    let holds = |name: &&Ident| {
        let others = [Kind::Value { optional: true }, Kind::Constant { optional: true }, Kind::Rest];
        scope.get(name).is_some_and(|kind| !others.contains(kind))
    };
    names.filter(holds).map(ToString::to_string).collect()
}

/// The shortest way from a value at hand to the root.
pub(crate) fn connection<'a>(root: &'a Node, at_hand: &HashSet<String>) -> Option<Connection<'a>> {
    let Form::Operator(operator) = &root.form else { return None };
    let direct = operator.operands.iter().flat_map(|operand| &operand.binders);
    let found = direct.map(|binder| &binder.name).find(|name| at_hand.contains(&name.to_string()));
    if let Some(name) = found {
        return Some(Connection { name, path: vec![operator] });
    }
    let deeper = operator.operands.iter().filter_map(|operand| connection(operand, at_hand));
    let mut shortest = deeper.min_by_key(|connection| connection.path.len())?;
    shortest.path.insert(0, operator);
    Some(shortest)
}
