//! Every operator that follows, between two transposes that cancel if it does.
//!
//! Invariant: what follows is told from what must not by one hazard each.

use super::{Net, TO_NCHW, TO_NHWC, around, before};
use crate::circle::schema::*;
use crate::ir::{DType, ValueId};
use crate::op::{self, NoOptions};

#[test]
fn elementwise_operators_follow_with_their_constants() {
    assert_eq!(around(|net, x| vec![net.relu(x)]), 0);
    for dims in [&[1, 3, 1, 1][..], &[3, 1, 1], &[5], &[4, 5], &[1], &[], &[1, 3, 4, 5], &[1, 1, 4, 1]] {
        let body = |net: &mut Net, x| {
            let c = net.weights(dims);
            vec![net.add(x, c)]
        };
        assert_eq!(around(body), 0, "{dims:?}");
    }
}

#[test]
fn a_hard_swish_with_a_shared_operand_follows() {
    let body = |net: &mut Net, x| {
        let (three, sixth) = (net.weights(&[1]), net.weights(&[]));
        let shifted = net.add(x, three);
        let clamped = net.op::<op::Relu6>(&[shifted], NoOptions {});
        let gate = net.op::<op::Mul>(&[clamped, sixth], MulOptionsT::default());
        vec![net.op::<op::Mul>(&[x, gate], MulOptionsT::default())]
    };
    assert_eq!(around(body), 0);
}

#[test]
fn axes_follow() {
    let joined = |net: &mut Net, x| {
        let y = net.relu(x);
        vec![net.op::<op::Concatenation>(
            &[x, y],
            ConcatenationOptionsT { axis: -3, ..ConcatenationOptionsT::default() },
        )]
    };
    assert_eq!(around(joined), 0);
    let split = |net: &mut Net, x| {
        let axis = net.ints(&[-2]);
        net.ops::<op::Split>(&[axis, x], SplitOptionsT { num_splits: 2 })
    };
    assert_eq!(around(split), 0);
    let split_v = |net: &mut Net, x| {
        let (sizes, axis) = (net.ints(&[1, -1]), net.ints(&[3]));
        net.ops::<op::SplitV>(&[x, sizes, axis], SplitVOptionsT { num_splits: 2 })
    };
    assert_eq!(around(split_v), 0);
    let reversed = |net: &mut Net, x| {
        let axes = net.ints(&[1, -1]);
        vec![net.op::<op::ReverseV2>(&[x, axes], ReverseV2OptionsT {})]
    };
    assert_eq!(around(reversed), 0);
    let summed = |net: &mut Net, x| {
        let axis = net.ints(&[1]);
        vec![net.op::<op::Cumsum>(&[x, axis], CumsumOptionsT::default())]
    };
    assert_eq!(around(summed), 0);
}

#[test]
fn numbers_for_each_axis_follow() {
    let padded = |net: &mut Net, x| {
        let amounts = net.ints(&[0, 0, 0, 1, 1, 0, 1, 0]);
        vec![net.op::<op::Pad>(&[x, amounts], PadOptionsT {})]
    };
    assert_eq!(around(padded), 0);
    let padded_v2 = |net: &mut Net, x| {
        let (amounts, value) = (net.ints(&[0, 0, 1, 0, 0, 1, 1, 0]), net.weights(&[1]));
        vec![net.op::<op::PadV2>(&[x, amounts, value], PadV2OptionsT {})]
    };
    assert_eq!(around(padded_v2), 0);
    let mirrored = |net: &mut Net, x| {
        let amounts = net.ints(&[0, 0, 0, 0, 0, 0, 0, 1]);
        let mode = MirrorPadMode::Reflect;
        vec![net.op::<op::MirrorPad>(&[x, amounts], MirrorPadOptionsT { mode })]
    };
    assert_eq!(around(mirrored), 0);
    let sliced = |net: &mut Net, x| {
        let (begin, size) = (net.ints(&[0, 1, 2, 0]), net.ints(&[1, 2, -1, 4]));
        vec![net.op::<op::Slice>(&[x, begin, size], SliceOptionsT {})]
    };
    assert_eq!(around(sliced), 0);
    let tiled = |net: &mut Net, x| {
        let multiples = net.ints(&[2, 1, 3, 1]);
        vec![net.op::<op::Tile>(&[x, multiples], TileOptionsT {})]
    };
    assert_eq!(around(tiled), 0);
    let broadcast = |net: &mut Net, x| {
        let mean = net.mean(x, &[1], true);
        let shape = net.ints(&[1, 7, 4, 5]);
        vec![net.op::<op::BroadcastTo>(&[mean, shape], BroadcastToOptionsT {})]
    };
    assert_eq!(around(broadcast), 0);
}

fn strided(net: &mut Net, x: ValueId, options: StridedSliceOptionsT) -> ValueId {
    let (begin, end, strides) =
        (net.ints(&[0, -1, 3, 1]), net.ints(&[1, -4, 9, 4]), net.ints(&[1, -1, 1, 2]));
    net.op::<op::StridedSlice>(&[x, begin, end, strides], options)
}

#[test]
fn strided_slices_follow_with_their_masks() {
    let masks = StridedSliceOptionsT { begin_mask: 0b0010, end_mask: 0b1001, ..Default::default() };
    assert_eq!(around(|net, x| vec![strided(net, x, masks.clone())]), 0);
    let pick = |mask| StridedSliceOptionsT { shrink_axis_mask: mask, ..Default::default() };
    assert_eq!(before(|net, x| strided(net, x, pick(0b0010))), 0, "without channels the order is the same");
    assert_eq!(before(|net, x| strided(net, x, pick(0b0100))), 1, "without rows channels are still first");
}

#[test]
fn reductions_follow() {
    assert_eq!(around(|net, x| vec![net.mean(x, &[2, 3], true)]), 0);
    assert_eq!(around(|net, x| vec![net.mean(x, &[-3], true)]), 0);
    assert_eq!(before(|net, x| net.mean(x, &[-2, -1], false)), 0, "negative axes count from the end");
    assert_eq!(before(|net, x| net.mean(x, &[1], false)), 0);
    assert_eq!(before(|net, x| net.mean(x, &[2], false)), 1, "channels would be last");
    let largest = |net: &mut Net, x| {
        let axis = net.ints(&[1]);
        net.op::<op::ArgMax>(&[x, axis], ArgMaxOptionsT { output_type: DType::I32 })
    };
    assert_eq!(before(largest), 0);
}

#[test]
fn what_works_along_the_last_axis_follows_only_if_that_stays() {
    let softmax = |net: &mut Net, x| net.op::<op::Softmax>(&[x], SoftmaxOptionsT { beta: 1.0 });
    assert_eq!(around(|net, x| vec![softmax(net, x)]), 2);
    let mut net = Net::default();
    let x = net.input(&[1, 4, 5, 3]);
    let heads = net.transpose(x, &[0, 2, 1, 3]);
    let weights = softmax(&mut net, heads);
    let back = net.transpose(weights, &[0, 2, 1, 3]);
    net.output(back);
    assert_eq!(net.settled(), 0);
}

#[test]
fn selection_follows_unless_its_condition_is_for_whole_rows() {
    let select = |net: &mut Net, x, whole: bool| {
        let condition = match whole {
            true => {
                let first = net.mean(x, &[1, 2, 3], false);
                net.op::<op::Greater>(&[first, first], GreaterOptionsT {})
            }
            false => net.op::<op::Greater>(&[x, x], GreaterOptionsT {}),
        };
        vec![net.op::<op::Select>(&[condition, x, x], SelectOptionsT {})]
    };
    assert_eq!(around(|net, x| select(net, x, false)), 0);
    let mut net = Net::default();
    let x = net.input(&[4, 4, 5, 3]);
    let inner = net.transpose(x, &TO_NCHW);
    let chosen = select(&mut net, inner, true)[0];
    let back = net.transpose(chosen, &TO_NHWC);
    net.output(back);
    assert_eq!(net.settled(), 2);
}

#[test]
fn a_squeeze_and_excite_branch_follows() {
    let pooled = |net: &mut Net, x| {
        let mean = net.mean(x, &[2, 3], true);
        let nhwc = net.transpose(mean, &TO_NHWC);
        let conv = net.pool(nhwc);
        let gate = net.transpose(conv, &TO_NCHW);
        vec![net.op::<op::Mul>(&[x, gate], MulOptionsT::default())]
    };
    assert_eq!(around(pooled), 0);
    let dense = |net: &mut Net, x| {
        let mean = net.mean(x, &[2, 3], false);
        let gate = net.reshape(mean, &[1, 3, 1, 1]);
        vec![net.op::<op::Mul>(&[x, gate], MulOptionsT::default())]
    };
    assert_eq!(around(dense), 0);
    let flat = |net: &mut Net, x| {
        let mean = net.mean(x, &[2, 3], true);
        net.reshape(mean, &[1, 3])
    };
    assert_eq!(before(flat), 0);
    assert_eq!(before(|net, x| net.reshape(x, &[1, 60])), 1, "this reshape mixes axes");
}
