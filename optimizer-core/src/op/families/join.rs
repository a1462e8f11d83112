//! Joining and splitting along one axis.
//!
//! Invariant: the parts are in order, and together they are the whole.

use crate::circle::schema::*;
use crate::op::operators;

operators! {
    /// The operands one after the other along `axis`.
    Concatenation = CONCATENATION(..) ConcatenationOptionsT {}
    /// The operands one after the other along a new `axis`.
    Pack = PACK(..) PackOptionsT {}
    /// The slices along `axis`, without it.
    Unpack = UNPACK(input) UnpackOptionsT {}
    /// Equal parts along an axis.
    Split = SPLIT(axis, input) SplitOptionsT {}
    /// Parts of given sizes along an axis.
    SplitV = SPLIT_V(input, sizes, axis) SplitVOptionsT {}
}
