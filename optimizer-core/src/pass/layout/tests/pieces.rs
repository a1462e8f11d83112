//! Operators that go over more pieces where channels come last, which takes time that transposes must be worth.
//!
//! Invariant: the fewer channels there are, the less is moved.

use super::{Net, TO_NCHW, TO_NHWC};
use crate::circle::schema::*;
use crate::ir::ValueId;
use crate::op;

/// How many transposes are left of the two around `body`, in maps of 32 x 32 and so many channels.
fn left(channels: usize, body: impl Fn(&mut Net, ValueId) -> ValueId) -> usize {
    let mut net = Net::default();
    let x = net.input(&[1, 32, 32, channels]);
    let inner = net.transpose(x, &TO_NCHW);
    let result = body(&mut net, inner);
    let back = net.transpose(result, &TO_NHWC);
    net.output(back);
    net.settled()
}

/// A sum with one number for each channel.
fn shift(net: &mut Net, x: ValueId, channels: usize) -> ValueId {
    let c = net.weights(&[1, channels, 1, 1]);
    net.add(x, c)
}

#[test]
fn a_number_for_each_channel_is_broadcast_over_long_rows() {
    assert_eq!(left(2, |net, x| shift(net, x, 2)), 2);
    assert_eq!(left(32, |net, x| shift(net, x, 32)), 0);
}

#[test]
fn one_number_is_broadcast_over_everything() {
    let scalar = |net: &mut Net, x| {
        let c = net.weights(&[1]);
        net.add(x, c)
    };
    assert_eq!(left(2, scalar), 0);
}

#[test]
fn maps_of_few_channels_are_joined_channels_first() {
    let joined = |net: &mut Net, x| {
        let (y, options) =
            (net.relu(x), ConcatenationOptionsT { axis: 1, ..ConcatenationOptionsT::default() });
        net.op::<op::Concatenation>(&[x, y], options)
    };
    assert_eq!((left(2, joined), left(32, joined)), (2, 0));
}

#[test]
fn few_channels_are_split_channels_first() {
    let halved = |net: &mut Net, x| {
        let axis = net.ints(&[1]);
        let halves = net.ops::<op::Split>(&[axis, x], SplitOptionsT { num_splits: 2 });
        net.add(halves[0], halves[1])
    };
    assert_eq!((left(2, halved), left(64, halved)), (2, 0));
}

#[test]
fn constants_that_weights_take_in_are_broadcast_for_nothing() {
    let mut net = Net::default();
    let (x, filter, bias) = (net.input(&[1, 32, 32, 2]), net.weights(&[2, 1, 1, 2]), net.weights(&[2]));
    let options = Conv2DOptionsT { stride_w: 1, stride_h: 1, ..Conv2DOptionsT::default() };
    let convolved = net.op::<op::Conv2D>(&[x, filter, bias], options);
    let inner = net.transpose(convolved, &TO_NCHW);
    let once = shift(&mut net, inner, 2);
    let twice = shift(&mut net, once, 2);
    let back = net.transpose(twice, &TO_NHWC);
    net.output(back);
    assert_eq!(net.settled(), 0);
}

#[test]
fn what_else_reads_the_convolution_keeps_its_constants_apart() {
    let mut net = Net::default();
    let (x, filter, bias) = (net.input(&[1, 32, 32, 2]), net.weights(&[2, 1, 1, 2]), net.weights(&[2]));
    let options = Conv2DOptionsT { stride_w: 1, stride_h: 1, ..Conv2DOptionsT::default() };
    let convolved = net.op::<op::Conv2D>(&[x, filter, bias], options);
    let inner = net.transpose(convolved, &TO_NCHW);
    let shifted = shift(&mut net, inner, 2);
    let back = net.transpose(shifted, &TO_NHWC);
    net.output(back);
    net.output(convolved);
    assert_eq!(net.settled(), 2);
}
