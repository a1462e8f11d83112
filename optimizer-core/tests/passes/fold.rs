//! Constant folding: what it computes, what it leaves alone, and what it may cost.

use crate::net::{Net, floats};
use optimizer_core::circle::schema::*;
use optimizer_core::interp::{Tensor, run};
use optimizer_core::ir::{Data, Dim, Model, OpCode, Symbol, Type};
use optimizer_core::op::OptionsTable;
use optimizer_core::pass::{FoldBudget, fold_constants};

/// The model after folding within `growth`, the numbers of operators that went and are left.
fn folded(mut model: Model, mut growth: i64) -> (Model, usize, usize) {
    let removed = fold_constants(&mut model, &mut growth, &mut FoldBudget::default());
    let left = model.graphs[0].op_count();
    (model, removed, left)
}

/// Fails unless `model` folds to one operator with the same output.
fn assert_folds(model: Model) {
    let x = &model.graphs[0].value(model.graphs[0].inputs()[0]).ty;
    let dims = x.shape.as_ref().unwrap().known().unwrap();
    let inputs = [Tensor::new(x.dtype, &dims, &Data::of(vec![0u8; x.bytes(1)])).unwrap()];
    let before = run(&model, 0, &inputs).unwrap();
    let (after, _, left) = folded(model, 0);
    assert_eq!(left, 1);
    let after = run(&after, 0, &inputs).unwrap();
    assert_eq!(before[0].data.bytes(), after[0].data.bytes());
}

#[test]
fn gathering_rows_takes_all_of_each_row() {
    let mut net = Net::default();
    let table = net.constant(&[3, 2], &[1i32, 2, 3, 4, 5, 6]);
    let rows = net.constant(&[2], &[2i32, 0]);
    let picked = net.plain(OpCode::GATHER, &[table, rows], Type::fixed(DType::I32, &[2, 2]));
    let (model, removed, left) = folded(net.finish(picked), 0);
    assert_eq!((removed, left), (1, 1));
    let folded = model.graphs[0].value(picked).data.as_ref().unwrap();
    assert_eq!(folded.elements::<i32>(), Some(&[5, 6, 1, 2][..]));
}

#[test]
fn an_index_outside_stays_for_the_runtime_to_report() {
    for index in [3i32, -1] {
        let mut net = Net::default();
        let table = net.constant(&[3], &[1.0f32, 2.0, 3.0]);
        let rows = net.constant(&[1], &[index]);
        let picked = net.plain(OpCode::GATHER, &[table, rows], floats(&[1]));
        assert_eq!(folded(net.finish(picked), 0).1, 0);
    }
}

#[test]
fn a_fused_activation_is_part_of_what_folds() {
    let mut net = Net::default();
    let (a, b) = (net.constant(&[2], &[-1.0f32, 3.0]), net.constant(&[1], &[2.0f32]));
    let mut options = MulOptionsT::default();
    options.act = Activation::Relu;
    let product = net.op(OpCode::MUL, options.wrap(), &[a, b], floats(&[2]));
    let (model, ..) = folded(net.finish(product), 0);
    let folded = model.graphs[0].value(product).data.as_ref().unwrap();
    assert_eq!(folded.elements::<f32>(), Some(&[0.0, 6.0][..]));
}

#[test]
fn a_dense_layer_without_bias_and_a_reshape_to_minus_one_fold() {
    let mut net = Net::default();
    let (x, w) = (net.constant(&[1, 2], &[1.0f32, 2.0]), net.constant(&[2, 2], &[1.0f32, 0.0, 3.0, 1.0]));
    let y = net.plain(OpCode::FULLY_CONNECTED, &[x, w], floats(&[1, 2]));
    let shape = net.constant(&[1], &[-1i32]);
    let flat = net.plain(OpCode::RESHAPE, &[y, shape], floats(&[2]));
    assert_folds(net.finish(flat));
}

#[test]
fn chains_of_shapes_fold_where_all_dims_are_known() {
    let build = |dim: Dim| {
        let mut net = Net::default();
        let x = net.input(Type::new(DType::F32, vec![dim, Dim::Known(4)].into()));
        let mut options = ShapeOptionsT::default();
        options.out_type = DType::I32;
        let shape = net.op(OpCode::SHAPE, options.wrap(), &[x], Type::fixed(DType::I32, &[2]));
        let axis = net.constant(&[1], &[0i32]);
        let count = net.plain(OpCode::REDUCE_PROD, &[shape, axis], Type::fixed(DType::I32, &[]));
        net.finish(count)
    };
    assert_eq!(folded(build(Dim::Known(3)), 0).2, 1);
    assert_eq!(folded(build(Dim::Unknown(Symbol(0))), 0).1, 0);
}

/// A large constant made of a small one is kept only if the model may grow; what is small again folds at once.
#[test]
fn folding_keeps_to_its_budget() {
    let build = |sum: bool| {
        let mut net = Net::default();
        let (one, to) = (net.constant(&[1], &[1.5f32]), net.constant(&[2], &[100i32, 100]));
        let wide = net.plain(OpCode::BROADCAST_TO, &[one, to], floats(&[100, 100]));
        let axes = net.constant(&[2], &[0i32, 1]);
        match sum {
            false => net.finish(wide),
            true => {
                let sum = net.plain(OpCode::SUM, &[wide, axes], floats(&[]));
                net.finish(sum)
            }
        }
    };
    assert_eq!(folded(build(false), 0).1, 0);
    assert_eq!(folded(build(false), 39_000).1, 0);
    assert_eq!(folded(build(false), 41_000).1, 1);
    assert_eq!(folded(build(true), 0).2, 1);
    let mut growth = 41_000;
    fold_constants(&mut build(false), &mut growth, &mut FoldBudget::default());
    assert!(growth < 1_100, "what was spent is gone: {growth}");
}

#[test]
fn outputs_quantized_numbers_and_shared_operands_stay() {
    let mut net = Net::default();
    let (a, b) = (net.constant(&[1], &[1.0f32]), net.constant(&[1], &[2.0f32]));
    let sum = net.plain(OpCode::ADD, &[a, b], floats(&[1]));
    net.0.add_output(sum);
    assert_eq!(folded(Model { graphs: vec![net.0], ..Model::default() }, 0).1, 0, "an output");

    let mut net = Net::default();
    let a = net.constant(&[1], &[1.0f32]);
    let twice = net.plain(OpCode::ADD, &[a, a], floats(&[1]));
    let mut scale = QuantizationParametersT::default();
    scale.scale = Some(vec![0.5]);
    net.0.value_mut(a).quant = Some(Box::new(scale));
    assert_eq!(folded(net.finish(twice), 0).1, 0, "quantized");

    let mut net = Net::default();
    let a = net.constant(&[64], &[1.0f32; 64]);
    let negative = net.plain(OpCode::NEG, &[a], floats(&[64]));
    let sum = net.plain(OpCode::SUB, &[a, negative], floats(&[64]));
    let model = net.finish(sum);
    assert_eq!(folded(model, 0).2, 1, "both go at once");
    let mut net = Net::default();
    let a = net.constant(&[64], &[1.0f32; 64]);
    let negative = net.plain(OpCode::NEG, &[a], floats(&[64]));
    net.0.add_output(a);
    assert_eq!(folded(net.finish(negative), 0).1, 0, "a second copy would be made");
}
