//! Small models on which random graphs once found a law broken.
//!
//! Invariant: what was found stays found; each model is as small as shrinking made it.

use crate::law::laws;
use crate::{rules, rules_of_levels};
use optimizer_core::circle::schema::PackOptionsT;
use optimizer_core::ir::{DType, Graph, Model, OpCode, Operator, Type, Value};
use optimizer_core::op::OptionsTable;

/// Each rewrite reads a shape more; that is little for each, however many there are.
#[test]
fn small_costs_of_many_rewrites_are_small() {
    let mut graph = Graph::default();
    for (dtype, dims, packed) in
        [(DType::F32, &[2, 4][..], &[2, 1, 4][..]), (DType::Bool, &[2, 2, 1, 3, 2], &[2, 1, 2, 1, 3, 2])]
    {
        let name = dtype.name();
        let x = graph.add_input(Value::new(format!("x_{name}"), Type::fixed(dtype, dims)));
        let y = graph.add_value(Value::new(format!("y_{name}"), Type::fixed(dtype, packed)));
        let mut options = PackOptionsT::default();
        (options.values_count, options.axis) = (1, 1);
        graph.add_op(Operator::new(OpCode::PACK, options.wrap(), vec![Some(x)], vec![y]));
        graph.add_output(y);
    }
    keeps_every_law(graph);
}

fn keeps_every_law(graph: Graph) {
    let model = Model { graphs: vec![graph], ..Model::default() };
    if let Err(broken) = laws(&model, &rules_of_levels(), &rules()) {
        panic!("{broken}");
    }
}
