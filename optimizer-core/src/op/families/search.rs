//! Operators that look for elements.
//!
//! Invariant: indices count from zero.

use crate::circle::schema::*;
use crate::op::operators;

operators! {
    /// Where the largest element is; the first of equals.
    ArgMax = ARG_MAX(input, axis) ArgMaxOptionsT {}
    /// Where the smallest element is; the first of equals.
    ArgMin = ARG_MIN(input, axis) ArgMinOptionsT {}
    /// The `k` largest elements of each row, and where they are.
    TopKV2 = TOPK_V2(input, k) TopKV2OptionsT {}
    /// The indices of elements that are not zero.
    Where = WHERE(condition) WhereOptionsT {}
    /// The distinct elements, and for each element which of them it is.
    Unique = UNIQUE(input) UniqueOptionsT {}
    /// For each element the number of boundaries at or below it.
    Bucketize = BUCKETIZE(input) BucketizeOptionsT {}
    /// Boxes that no better box overlaps.
    NonMaxSuppressionV4 = NON_MAX_SUPPRESSION_V4(
        boxes, scores, max_output_size, iou_threshold, score_threshold
    ) NonMaxSuppressionV4OptionsT {}
    /// Boxes that no better box overlaps, with softened scores.
    NonMaxSuppressionV5 = NON_MAX_SUPPRESSION_V5(
        boxes, scores, max_output_size, iou_threshold, score_threshold, soft_nms_sigma
    ) NonMaxSuppressionV5OptionsT {}
}
