//! What an operator is told, for people.
//!
//! Invariant: knows no table by name; fields come in the order of the schema.

use crate::ir::Operator;
use crate::op::{Options, describe};

/// The attributes of an operator that are not what they are by default: `axis: -1`, `act: Relu`.
pub fn attributes(op: &Operator) -> Vec<String> {
    let usual = describe(op).map_or_else(Vec::new, |description| fields(&(description.options)()));
    let mut attributes = fields(&op.options);
    attributes.retain(|field| !usual.contains(field));
    attributes
}

/// Each field of the table as one line.
fn fields(options: &Options) -> Vec<String> {
    let text = format!("{options:#}");
    let mut fields: Vec<String> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("    "), fields.last_mut()) {
            (Some(field), _) if !field.starts_with([' ', ']', '}', ')']) => fields.push(field.to_owned()),
            (Some(rest), Some(field)) => field.push_str(rest.trim_start()),
            _ => {}
        }
    }
    fields.iter().map(|field| tidy(field)).collect()
}

/// `dims: [0,2]` for `dims: Some([0,2,],),`.
fn tidy(field: &str) -> String {
    let field = field.trim_end_matches(',').replace(",]", "]").replace(",)", ")").replace(",}", "}");
    match field.split_once(": Some(") {
        Some((name, value)) => format!("{name}: {}", value.strip_suffix(')').unwrap_or(value)),
        None => field,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circle::schema::{ConcatenationOptionsT, SqueezeOptionsT};
    use crate::ir::OpCode;
    use crate::op::OptionsTable;

    fn of(code: OpCode, options: Options) -> Vec<String> {
        attributes(&Operator::new(code, options, vec![], vec![]))
    }

    #[test]
    fn only_what_is_not_usual_is_named() {
        let options = ConcatenationOptionsT { axis: -1, ..Default::default() };
        assert_eq!(of(OpCode::CONCATENATION, options.wrap()), ["axis: -1"]);
        assert_eq!(of(OpCode::CONCATENATION, Options::default()), [""; 0]);
    }

    #[test]
    fn a_list_is_one_attribute() {
        let options = SqueezeOptionsT { squeeze_dims: Some(vec![0, 2]) };
        assert_eq!(of(OpCode::SQUEEZE, options.wrap()), ["squeeze_dims: [0,2]"]);
    }
}
