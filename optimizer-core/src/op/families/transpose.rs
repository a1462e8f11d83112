//! Operators that permute elements.
//!
//! Invariant: every element of the input occurs once.

use crate::circle::schema::*;
use crate::op::operators;

operators! {
    /// Axis `i` of the result is axis `permutation[i]` of the input.
    Transpose = TRANSPOSE(input, permutation) TransposeOptionsT {}
    /// The elements in reverse order along axes.
    ReverseV2 = REVERSE_V2(input, axes) ReverseV2OptionsT {}
    /// The first `lengths[i]` elements of each batch in reverse order.
    ReverseSequence = REVERSE_SEQUENCE(input, lengths) ReverseSequenceOptionsT {}
    /// Blocks of height and width become channels.
    SpaceToDepth = SPACE_TO_DEPTH(input) SpaceToDepthOptionsT {}
    /// Channels become blocks of height and width.
    DepthToSpace = DEPTH_TO_SPACE(input) DepthToSpaceOptionsT {}
    /// Blocks of spatial axes become batches.
    SpaceToBatchND = SPACE_TO_BATCH_ND(input, block, paddings) SpaceToBatchNDOptionsT {}
    /// Batches become blocks of spatial axes.
    BatchToSpaceND = BATCH_TO_SPACE_ND(input, block, crops) BatchToSpaceNDOptionsT {}
}
