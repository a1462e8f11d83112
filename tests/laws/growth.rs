//! Growth over a whole run: what one rewrite may add, many may not.
//!
//! Invariant: the rules are those of all levels; none is named.

use crate::{rules_of_levels, run};
use optimizer_core::circle;
use optimizer_core::ir::{DType, Data, Graph, Model, OpCode, Operator, Type, Value};
use optimizer_core::op::{Div, Op, Sub};
use optimizer_core::rewrite::Target;

/// How much larger a file may become, however large the model is: a few indices, and an operator code more.
const FEW: usize = 512;

/// `x / c` and `c - x` for each of `heads` constants, so that none goes when its quotient becomes a product.
fn divided(heads: usize) -> Model {
    let mut graph = Graph::default();
    let row = Type::fixed(DType::F32, &[4]);
    let x = graph.add_input(Value::new("x", row.clone()));
    for head in 0..heads {
        let elements: Vec<f32> = (0..4).map(|i| 1.5 + (4 * head + i) as f32).collect();
        let c = graph.add_value(Value::constant(format!("c{head}"), row.clone(), Data::of(elements)));
        for (code, description, operands) in
            [(OpCode::DIV, Div::DESCRIPTION, [x, c]), (OpCode::SUB, Sub::DESCRIPTION, [c, x])]
        {
            let y = graph.add_value(Value::new(format!("{}{head}", description.name), row.clone()));
            let operands = operands.map(Some).to_vec();
            graph.add_op(Operator::new(code, (description.options)(), operands, vec![y]));
            graph.add_output(y);
        }
    }
    Model { graphs: vec![graph], ..Model::default() }
}

fn bytes(model: &Model) -> usize {
    let mut bytes = Vec::new();
    circle::write(model, &mut bytes).expect("a valid model can be written");
    bytes.len()
}

#[test]
fn many_small_gains_do_not_grow_the_model() {
    let model = divided(64);
    let after = run(&model, &rules_of_levels(), Target::portable(&model));
    assert!(bytes(&after) <= bytes(&model) + FEW, "{} bytes became {}", bytes(&model), bytes(&after));
}
