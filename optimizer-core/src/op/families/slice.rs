//! Slices and padding.
//!
//! Invariant: an axis that is not mentioned stays whole.

use crate::circle::schema::*;
use crate::op::operators;

operators! {
    /// `size` elements from `begin` on; size -1 is all that is left.
    Slice = SLICE(input, begin, size) SliceOptionsT {}
    /// Every `strides`-th element from `begin` to before `end`.
    StridedSlice = STRIDED_SLICE(input, begin, end, strides) StridedSliceOptionsT {}
    /// The input with `update` written at `begin`.
    DynamicUpdateSlice = DYNAMIC_UPDATE_SLICE(input, update, begin) DynamicUpdateSliceOptionsT {}
    /// With zeros before and after each axis.
    Pad = PAD(input, paddings) PadOptionsT {}
    /// With `value` before and after each axis.
    PadV2 = PADV2(input, paddings, value) PadV2OptionsT {}
    /// With mirrored elements before and after each axis.
    MirrorPad = MIRROR_PAD(input, paddings) MirrorPadOptionsT {}
    /// With `value` between the elements.
    Dilate = DILATE(input, dilations, value) DilateOptionsT {}
}
