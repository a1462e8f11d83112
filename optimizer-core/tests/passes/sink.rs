//! Splits that sink: results stay, operators go, and what is not alike stays apart.

use crate::net::{Net, floats};
use optimizer_core::circle::schema::*;
use optimizer_core::interp::{self, Inputs};
use optimizer_core::ir::{Model, OpCode, Operator, Type, Value, ValueId};
use optimizer_core::op::OptionsTable;
use optimizer_core::pass::{remove_dead_code, sink_splits, slice_uneven_splits};

impl Net {
    /// The parts of `x` along `axis`, of these dims.
    fn split(&mut self, x: ValueId, axis: i32, parts: &[&[usize]]) -> Vec<ValueId> {
        let sizes: Vec<i32> = parts.iter().map(|dims| dims[axis as usize] as i32).collect();
        let (sizes, axis) = (self.constant(&[sizes.len()], &sizes), self.constant(&[], &[axis]));
        let mut options = SplitVOptionsT::default();
        options.num_splits = parts.len() as i32;
        let mut values = Vec::new();
        for dims in parts {
            let name = format!("v{}", self.0.value_count());
            values.push(self.0.add_value(Value::new(name, floats(dims))));
        }
        let operands = [x, sizes, axis].map(Some).to_vec();
        self.0.add_op(Operator::new(OpCode::SPLIT_V, options.wrap(), operands, values.clone()));
        values
    }

    fn reshape(&mut self, x: ValueId, dims: &[usize]) -> ValueId {
        let shape: Vec<i32> = dims.iter().map(|&d| d as i32).collect();
        let shape = self.constant(&[dims.len()], &shape);
        self.plain(OpCode::RESHAPE, &[x, shape], floats(dims))
    }

    fn transpose(&mut self, x: ValueId, perm: &[i32], dims: &[usize]) -> ValueId {
        let perm = self.constant(&[perm.len()], perm);
        self.plain(OpCode::TRANSPOSE, &[x, perm], floats(dims))
    }

    fn outputs(mut self, outputs: &[ValueId]) -> Model {
        outputs.iter().for_each(|&v| self.0.add_output(v));
        Model { graphs: vec![self.0], ..Model::default() }
    }
}

/// How many operators are left after splits have sunk; fails if a result changes or a second run does anything.
fn sunk(model: Model) -> usize {
    let mut after = model.clone();
    optimizer_core::pass::merge_equal_constants(&mut after);
    sink_splits(&mut after);
    remove_dead_code(&mut after);
    let outputs = interp::compare(&model, &after, &Inputs::seeded(5)).unwrap();
    outputs.iter().for_each(|c| assert!(c.within(0.0), "{c}"));
    assert_eq!(sink_splits(&mut after), 0, "a second run");
    after.graphs[0].op_count()
}

/// Heads are cut out of rows: three chains of reshape and transpose are one, whatever the number of heads.
#[test]
fn heads_are_formed_once() {
    for heads in [[2, 2, 2], [4, 1, 1]] {
        let mut net = Net::default();
        let x = net.input(floats(&[1, 5, 24]));
        let widths = heads.map(|h| [1, 5, 4 * h]);
        let parts = net.split(x, 2, &widths.each_ref().map(|w| w.as_slice()));
        let outputs: Vec<ValueId> = parts
            .into_iter()
            .zip(heads)
            .map(|(part, h)| {
                let split = net.reshape(part, &[1, 5, h, 4]);
                net.transpose(split, &[0, 2, 1, 3], &[1, h, 5, 4])
            })
            .collect();
        assert_eq!(sunk(net.outputs(&outputs)), 3);
    }
}

/// `x * c + turned(x) * s` on two of three parts is done once; the third part goes its own way.
#[test]
fn two_of_three_rotations_are_one() {
    let mut net = Net::default();
    let x = net.input(floats(&[1, 6, 3, 4]));
    let parts = net.split(x, 1, &[&[1, 3, 3, 4], &[1, 1, 3, 4], &[1, 2, 3, 4]]);
    let table: Vec<f32> = (0..12).map(|i| i as f32).collect();
    let (cos, sin) = (net.constant(&[1, 1, 3, 4], &table), net.constant(&[3, 4], &table[..12]));
    let mut outputs = Vec::new();
    for (&part, heads) in parts.iter().zip([3, 1]) {
        let (whole, half) = ([1, heads, 3, 4], [1, heads, 3, 2]);
        let straight = net.plain(OpCode::MUL, &[part, cos], floats(&whole));
        let halves = net.split(part, 3, &[&half, &half]);
        let negative = net.plain(OpCode::NEG, &[halves[1]], floats(&half));
        let mut options = ConcatenationOptionsT::default();
        options.axis = 3;
        let turned = net.op(OpCode::CONCATENATION, options.wrap(), &[negative, halves[0]], floats(&whole));
        let turned = net.plain(OpCode::MUL, &[turned, sin], floats(&whole));
        outputs.push(net.plain(OpCode::ADD, &[straight, turned], floats(&whole)));
    }
    outputs.push(net.plain(OpCode::RELU, &[parts[2]], floats(&[1, 2, 3, 4])));
    assert_eq!(sunk(net.outputs(&outputs)), 9, "two splits, six of the rotation, and the third part's");
}

/// What differs in any way stays: the operator, its attributes, its operands' order, another reader, an unequal cut.
#[test]
fn what_is_not_alike_stays() {
    let halves: [&[usize]; 2] = [&[2, 3], &[2, 3]];
    let with = |build: &dyn Fn(&mut Net, &[ValueId]) -> Vec<ValueId>| {
        let mut net = Net::default();
        let x = net.input(floats(&[2, 6]));
        let parts = net.split(x, 1, &halves);
        let outputs = build(&mut net, &parts);
        let model = net.outputs(&outputs);
        let before = model.graphs[0].op_count();
        assert_eq!(sunk(model), before);
    };
    with(&|net, p| {
        vec![
            net.plain(OpCode::RELU, &[p[0]], floats(&[2, 3])),
            net.plain(OpCode::TANH, &[p[1]], floats(&[2, 3])),
        ]
    });
    with(&|net, p| {
        let act = |act| {
            let mut options = AddOptionsT::default();
            options.act = act;
            options.wrap()
        };
        let c = net.constant(&[1], &[1.0f32]);
        vec![
            net.op(OpCode::ADD, act(Activation::Relu), &[p[0], c], floats(&[2, 3])),
            net.op(OpCode::ADD, act(Activation::None), &[p[1], c], floats(&[2, 3])),
        ]
    });
    with(&|net, p| {
        let c = net.constant(&[1], &[1.0f32]);
        vec![
            net.plain(OpCode::SUB, &[p[0], c], floats(&[2, 3])),
            net.plain(OpCode::SUB, &[c, p[1]], floats(&[2, 3])),
        ]
    });
    with(&|net, p| {
        let c = net.constant(&[3], &[1.0f32, 2.0, 3.0]);
        vec![
            net.plain(OpCode::MUL, &[p[0], c], floats(&[2, 3])),
            net.plain(OpCode::MUL, &[p[1], c], floats(&[2, 3])),
        ]
    });
    with(&|net, p| vec![net.reshape(p[0], &[3, 2]), net.reshape(p[1], &[3, 2])]);
    with(&|net, p| {
        vec![
            net.plain(OpCode::SOFTMAX, &[p[0]], floats(&[2, 3])),
            net.plain(OpCode::SOFTMAX, &[p[1]], floats(&[2, 3])),
        ]
    });
}

/// A factor that both parts meet broadcasts along the cut, or there is no common operator.
#[test]
fn a_common_operand_may_broadcast_along_the_cut() {
    let mut net = Net::default();
    let x = net.input(floats(&[2, 6]));
    let y = net.input(Type::fixed(DType::F32, &[2, 1]));
    let parts = net.split(x, 1, &[&[2, 4], &[2, 2]]);
    let outputs = [
        net.plain(OpCode::MUL, &[parts[0], y], floats(&[2, 4])),
        net.plain(OpCode::MUL, &[parts[1], y], floats(&[2, 2])),
    ];
    assert_eq!(sunk(net.outputs(&outputs)), 2);
}

/// Where a runtime cannot split unevenly, slices take the parts.
#[test]
fn uneven_splits_become_slices_for_runtimes_without_them() {
    let mut net = Net::default();
    let x = net.input(floats(&[2, 6]));
    let parts = net.split(x, 1, &[&[2, 4], &[2, 2]]);
    let outputs = [
        net.plain(OpCode::RELU, &[parts[0]], floats(&[2, 4])),
        net.plain(OpCode::TANH, &[parts[1]], floats(&[2, 2])),
    ];
    let model = net.outputs(&outputs);
    let mut after = model.clone();
    assert_eq!(slice_uneven_splits(&mut after), 1);
    assert_eq!(after.graphs[0].ops().filter(|(_, op)| op.code == OpCode::SLICE).count(), 2);
    let outputs = interp::compare(&model, &after, &Inputs::seeded(5)).unwrap();
    outputs.iter().for_each(|c| assert!(c.within(0.0), "{c}"));
}
