//! Convolutions.
//!
//! Invariant: feature maps are batch, height, width, channels.

use crate::circle::schema::*;
use crate::op::operators;

operators! {
    /// A convolution over height and width; filters are output, height, width, input.
    Conv2D = CONV_2D(input, filter, bias) Conv2DOptionsT {}
    /// A convolution of each channel on its own; filters are 1, height, width, output.
    DepthwiseConv2D = DEPTHWISE_CONV_2D(input, filter, bias) DepthwiseConv2DOptionsT {}
    /// The gradient of [`Conv2D`] towards its input.
    TransposeConv = TRANSPOSE_CONV(output_shape, filter, input, bias) TransposeConvOptionsT {}
    /// A convolution over depth, height and width.
    Conv3D = CONV_3D(input, filter, bias) Conv3DOptionsT {}
    /// The gradient of [`Conv3D`] towards its input.
    Conv3DTranspose = CONV_3D_TRANSPOSE(output_shape, filter, input, bias) Conv3DOptionsT {}
}
