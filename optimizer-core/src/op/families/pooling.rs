//! Pooling and resizing of feature maps.
//!
//! Invariant: feature maps are batch, height, width, channels.

use crate::circle::schema::*;
use crate::op::operators;

operators! {
    /// The mean of each window; padding does not count.
    AveragePool2D = AVERAGE_POOL_2D(input) Pool2DOptionsT {}
    /// The largest element of each window.
    MaxPool2D = MAX_POOL_2D(input) Pool2DOptionsT {}
    /// The root mean square of each window.
    L2Pool2D = L2_POOL_2D(input) Pool2DOptionsT {}
    /// Another height and width by linear interpolation.
    ResizeBilinear = RESIZE_BILINEAR(input, size) ResizeBilinearOptionsT {}
    /// Another height and width by the nearest element.
    ResizeNearestNeighbor = RESIZE_NEAREST_NEIGHBOR(input, size) ResizeNearestNeighborOptionsT {}
}
