//! Regions small enough to see what should become of them.
//!
//! Invariant: whatever the pass does, results, inputs and outputs stay as they were, and a second run does nothing.

mod conversion;
mod followers;
mod pieces;
mod regions;

use super::settle_layouts;
use crate::circle::schema::*;
use crate::interp::{Inputs, compare, random_data};
use crate::ir::{DType, Data, Graph, Model, OpCode, Operator, Type, Value, ValueId};
use crate::op::{self, NoOptions, Op, OptionsTable, Site};
use crate::pass::remove_dead_code;
use std::cell::Cell;

const TO_NCHW: [i32; 4] = [0, 3, 1, 2];
const TO_NHWC: [i32; 4] = [0, 2, 3, 1];

/// A graph in the making.
#[derive(Default)]
struct Net(Graph);

impl Net {
    fn input(&mut self, dims: &[usize]) -> ValueId {
        let name = self.0.unique_name("input");
        self.0.add_input(Value::new(name, Type::fixed(DType::F32, dims)))
    }

    fn weights(&mut self, dims: &[usize]) -> ValueId {
        let (ty, name) = (Type::fixed(DType::F32, dims), self.0.unique_name("weights"));
        let data = random_data(&ty, 7);
        self.0.add_value(Value::constant(name, ty, data))
    }

    fn ints(&mut self, numbers: &[i32]) -> ValueId {
        let name = self.0.unique_name("ints");
        let ty = Type::fixed(DType::I32, &[numbers.len()]);
        self.0.add_value(Value::constant(name, ty, Data::of(numbers.to_vec())))
    }

    /// The first result of an operator.
    fn op<O: Op>(&mut self, operands: &[ValueId], options: O::Options) -> ValueId {
        self.ops::<O>(operands, options)[0]
    }

    fn ops<O: Op>(&mut self, operands: &[ValueId], options: O::Options) -> Vec<ValueId> {
        let operands: Vec<_> = operands.iter().copied().map(Some).collect();
        let mut op = Operator::new(O::DESCRIPTION.code, options.wrap(), operands.clone(), vec![]);
        op.position = self.0.op_count() as u32;
        let fresh = Cell::new(1000 * op.position);
        let site = Site::of(&self.0, &op, &fresh).expect("ranks are known");
        let types = O::DESCRIPTION.shape.expect("a shape rule")(&site).expect("operands fit");
        let results = types.into_iter().map(|ty| {
            let name = self.0.unique_name(O::DESCRIPTION.name);
            self.0.add_value(Value::new(name, ty))
        });
        let results: Vec<_> = results.collect();
        op.set_values(operands, results.clone());
        self.0.add_op(op);
        results
    }

    fn transpose(&mut self, x: ValueId, perm: &[i32]) -> ValueId {
        let perm = self.ints(perm);
        self.op::<op::Transpose>(&[x, perm], TransposeOptionsT {})
    }

    fn relu(&mut self, x: ValueId) -> ValueId {
        self.op::<op::Relu>(&[x], NoOptions {})
    }

    fn add(&mut self, a: ValueId, b: ValueId) -> ValueId {
        self.op::<op::Add>(&[a, b], AddOptionsT::default())
    }

    fn mean(&mut self, x: ValueId, axes: &[i32], keep_dims: bool) -> ValueId {
        let axes = self.ints(axes);
        self.op::<op::Mean>(&[x, axes], ReducerOptionsT { keep_dims })
    }

    /// An operator that cannot follow.
    fn pool(&mut self, x: ValueId) -> ValueId {
        let one = Pool2DOptionsT {
            stride_w: 1,
            stride_h: 1,
            filter_width: 1,
            filter_height: 1,
            ..Pool2DOptionsT::default()
        };
        self.op::<op::MaxPool2D>(&[x], one)
    }

    fn reshape(&mut self, x: ValueId, dims: &[i32]) -> ValueId {
        let shape = self.ints(dims);
        self.op::<op::Reshape>(&[x, shape], ReshapeOptionsT::default())
    }

    fn output(&mut self, v: ValueId) {
        self.0.add_output(v);
    }

    /// How many transposes are left, once the pass was held to its invariant.
    fn settled(self) -> usize {
        count(&self.settled_graph(), OpCode::TRANSPOSE)
    }

    fn settled_graph(self) -> Graph {
        let before = Model { graphs: vec![self.0], ..Model::default() };
        let mut after = before.clone();
        settle_layouts(&mut after, &[]);
        remove_dead_code(&mut after);
        assert_same(&before, &after);
        assert_eq!(settle_layouts(&mut after, &[]), 0, "a second run does nothing");
        after.graphs.remove(0)
    }
}

fn count(graph: &Graph, code: OpCode) -> usize {
    graph.ops().filter(|(_, op)| op.code == code).count()
}

fn assert_same(before: &Model, after: &Model) {
    let (old, new) = (&before.graphs[0], &after.graphs[0]);
    assert_eq!((old.inputs(), old.outputs()), (new.inputs(), new.outputs()));
    for &v in old.inputs().iter().chain(old.outputs()) {
        assert_eq!((&old.value(v).ty, &old.value(v).name), (&new.value(v).ty, &new.value(v).name));
    }
    new.order().expect("no cycle");
    for (_, op) in new.ops() {
        let fresh = Cell::new(1 << 30);
        let site = Site::of(new, op, &fresh).unwrap();
        let inferred = op::describe(op).unwrap().shape.unwrap()(&site).expect("operands fit");
        for (ty, &result) in inferred.iter().zip(op.results()) {
            assert!(ty.agrees(&new.value(result).ty), "{} gives {ty}", op.name());
        }
    }
    for comparison in compare(before, after, &Inputs::seeded(3).with_dim(2)).expect("both run") {
        assert!(comparison.within(1e-6), "{comparison}");
    }
}

/// What is left of `body` in the middle of an NHWC model that exports it as NCHW: each of its results is transposed back.
fn around(body: impl Fn(&mut Net, ValueId) -> Vec<ValueId>) -> usize {
    let mut net = Net::default();
    let x = net.input(&[1, 4, 5, 3]);
    let inner = net.transpose(x, &TO_NCHW);
    for result in body(&mut net, inner) {
        let back = net.transpose(result, &TO_NHWC);
        net.output(back);
    }
    net.settled()
}

/// [`around`], with results that are outputs as they are.
fn before(body: impl Fn(&mut Net, ValueId) -> ValueId) -> usize {
    let mut net = Net::default();
    let x = net.input(&[1, 4, 5, 3]);
    let inner = net.transpose(x, &TO_NCHW);
    let result = body(&mut net, inner);
    net.output(result);
    net.settled()
}
