//! Operators that keep all elements in order and change the shape, or tell it.
//!
//! Invariant: the number of elements stays.

use crate::circle::schema::*;
use crate::op::operators;

operators! {
    /// Another shape for the same elements; at most one -1 is whatever is left.
    Reshape = RESHAPE(input, shape) ReshapeOptionsT {}
    /// Without axes of extent 1.
    Squeeze = SQUEEZE(input) SqueezeOptionsT {}
    /// With one more axis of extent 1.
    ExpandDims = EXPAND_DIMS(input, axis) ExpandDimsOptionsT {}
    /// The extents.
    Shape = SHAPE(input) ShapeOptionsT {}
    /// The number of axes.
    Rank = RANK(input) RankOptionsT {}
}
