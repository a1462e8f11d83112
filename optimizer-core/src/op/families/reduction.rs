//! Reductions over axes, and running sums.
//!
//! Invariant: reduced axes vanish, or stay with extent 1 if `keep_dims`.

use crate::circle::schema::*;
use crate::op::operators;

operators! {
    /// The sum.
    Sum = SUM(input, axes) ReducerOptionsT {}
    /// The arithmetic mean.
    Mean = MEAN(input, axes) ReducerOptionsT {}
    /// The product.
    ReduceProd = REDUCE_PROD(input, axes) ReducerOptionsT {}
    /// The largest element.
    ReduceMax = REDUCE_MAX(input, axes) ReducerOptionsT {}
    /// The smallest element.
    ReduceMin = REDUCE_MIN(input, axes) ReducerOptionsT {}
    /// Whether any element holds.
    ReduceAny = REDUCE_ANY(input, axes) ReducerOptionsT {}
    /// Whether all elements hold.
    ReduceAll = REDUCE_ALL(input, axes) ReducerOptionsT {}
    /// Running sums along an axis.
    Cumsum = CUMSUM(input, axis) CumsumOptionsT {}
    /// A reduction over each position of a window.
    ReduceWindow = REDUCE_WINDOW(input, init, window, strides, dilations) ReduceWindowOptionsT {}
}
