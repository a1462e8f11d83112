patterns! {
    use optimizer_core::consts::{all_finite, per_channel, pick_rows, shift_bias};
    use optimizer_core::filters::{
        bias_of_shift, cropped, depthwise_bias_of_shift, pads_alike, repeat_channels, scale_slices,
        stays_inside,
    };
    use optimizer_core::views::standalone;

    /// A constant scale on a convolution's output folds into its filter and bias.
    #[approx(1e-5)]
    #[group(fuse_mul_with_conv)]
    #[group(fuse_batchnorm_with_conv)]
    rule fold_scale_into_conv {
        match Mul(conv @ Conv2D(x, w: const f32[n, _, _, _], b?: const f32[n]) { .. }, c: const f32) { act }
        let Some(s) = per_channel(&c, n);
        rewrite Conv2D(x, scale_slices(&w, 0, &s), b.map(|b| &b * &s)) { act, ..conv }
        cost ops < 0, traffic < 0, bytes <= 256
        example {
            x: f32[1, 4, 3, 2], w: f32[3, 2, 1, 2], b?: f32[3], c: f32[1, 1, 1, 3],
            conv.stride_h = 2, conv.stride_w = 1
        }
        example {
            x: f32[1, 4, 3, 2], w: f32[3, 2, 1, 2], b: f32[3], c: f32[], conv.stride_h = 1, conv.stride_w = 1,
            conv.padding = Padding::Valid
        }
        counterexample {
            x: f32[1, 3, 3, 2], w: f32[3, 2, 1, 2], c: f32[3, 1], conv.stride_h = 1, conv.stride_w = 1
        }
        counterexample {
            x: f32[1, 4, 3, 2], w: f32[3, 2, 1, 2], c: f32[3], conv.stride_h = 1, conv.stride_w = 1, use conv
        }
        counterexample {
            x: f32[1, 4, 3, 2], w: f32[3, 2, 1, 2], c: f32[3], conv.stride_h = 1, conv.stride_w = 1,
            conv.act = Relu
        }
    }

    /// A constant added to a convolution's output is its bias.
    #[approx(1e-6)]
    #[group(fuse_add_with_conv)]
    #[group(fuse_batchnorm_with_conv)]
    rule fold_shift_into_conv {
        match Add(
            conv @ Conv2D(x, w: const f32[n, _, _, _], b?: const f32[n]) { .. },
            c: const f32,
        ) { act, .. }
        let Some(s) = per_channel(&c, n);
        rewrite Conv2D(x, w, shift_bias(b, &s)) { act, ..conv }
        cost ops < 0, traffic < 0, bytes <= 256
        example {
            x: f32[1, 4, 3, 2], w: f32[3, 2, 1, 2], b?: f32[3], c: f32[1, 1, 1, 3],
            conv.stride_h = 1, conv.stride_w = 1
        }
        counterexample {
            x: f32[1, 3, 3, 2], w: f32[3, 2, 1, 2], c: f32[3, 1], conv.stride_h = 1, conv.stride_w = 1
        }
        counterexample {
            x: f32[1, 4, 3, 2], w: f32[3, 2, 1, 2], c: f32[3], conv.stride_h = 1, conv.stride_w = 1,
            conv.act = Relu
        }
    }

    /// A constant scale on a depthwise convolution's output folds into its filter and bias.
    #[approx(1e-5)]
    #[group(fuse_batchnorm_with_dwconv)]
    rule fold_scale_into_depthwise_conv {
        match Mul(
            conv @ DepthwiseConv2D(x, w: const f32[1, _, _, n], b?: const f32[n]) { .. },
            c: const f32,
        ) { act }
        let Some(s) = per_channel(&c, n);
        rewrite DepthwiseConv2D(x, scale_slices(&w, 3, &s), b.map(|b| &b * &s)) { act, ..conv }
        cost ops < 0, traffic < 0, bytes <= 256
        example {
            x: f32[1, 4, 3, 2], w: f32[1, 2, 1, 6], b?: f32[6], c: f32[1, 1, 1, 6],
            conv.stride_h = 1, conv.stride_w = 1, conv.depth_multiplier = 3
        }
        counterexample {
            x: f32[1, 2, 3, 2], w: f32[1, 2, 1, 2], c: f32[2, 1, 1], conv.stride_h = 1, conv.stride_w = 1
        }
        counterexample {
            x: f32[1, 4, 3, 2], w: f32[1, 2, 1, 2], c: f32[2], conv.stride_h = 1, conv.stride_w = 1,
            conv.act = Relu6
        }
    }

    /// A constant added to a depthwise convolution's output is its bias.
    #[approx(1e-6)]
    #[group(fuse_batchnorm_with_dwconv)]
    rule fold_shift_into_depthwise_conv {
        match Add(
            conv @ DepthwiseConv2D(x, w: const f32[1, _, _, n], b?: const f32[n]) { .. },
            c: const f32,
        ) { act, .. }
        let Some(s) = per_channel(&c, n);
        rewrite DepthwiseConv2D(x, w, shift_bias(b, &s)) { act, ..conv }
        cost ops < 0, traffic < 0, bytes <= 256
        example {
            x: f32[1, 4, 3, 2], w: f32[1, 2, 1, 6], b?: f32[6], c: f32[6],
            conv.stride_h = 1, conv.stride_w = 1, conv.depth_multiplier = 3
        }
        counterexample {
            x: f32[1, 2, 3, 2], w: f32[1, 2, 1, 2], c: f32[2, 1, 1], conv.stride_h = 1, conv.stride_w = 1
        }
    }

    /// A constant scale on a transposed convolution's output folds into its filter and bias. An activation
    /// stays an operator, since backends lack a fused one there.
    #[approx(1e-5)]
    #[group(fuse_batchnorm_with_tconv)]
    rule fold_scale_into_transpose_conv {
        match Mul(
            conv @ TransposeConv(size, w: const f32[n, _, _, _], x, b?: const f32[n]) { .. },
            c: const f32,
        ) { act }
        let (Some(s), Some(activation)) = (per_channel(&c, n), standalone(act));
        rewrite {
            let scaled = TransposeConv(size, scale_slices(&w, 0, &s), x, b.map(|b| &b * &s)) { ..conv };
            activation.over(scaled)
        }
        cost ops <= 0, traffic <= 0, bytes <= 256
        example {
            size: const i32[4], size = [1, 4, 4, 3], w: f32[3, 2, 2, 2], x: f32[1, 2, 2, 2], b?: f32[3],
            c: f32[3],
            conv.stride_h = 2, conv.stride_w = 2
        }
        counterexample {
            size: const i32[4], size = [1, 4, 4, 3], w: f32[3, 2, 2, 2], x: f32[1, 2, 2, 2], c: f32[4, 1],
            conv.stride_h = 2, conv.stride_w = 2
        }
        counterexample {
            size: const i32[4], size = [1, 4, 4, 3], w: f32[3, 2, 2, 2], x: f32[1, 2, 2, 2], c: f32[3],
            conv.stride_h = 2, conv.stride_w = 2, conv.act = Relu
        }
    }

    /// A constant added to a transposed convolution's output is its bias; the activation stays an operator.
    #[approx(1e-6)]
    #[group(fuse_add_with_tconv)]
    #[group(fuse_batchnorm_with_tconv)]
    rule fold_shift_into_transpose_conv {
        match Add(
            conv @ TransposeConv(size, w: const f32[n, _, _, _], x, b?: const f32[n]) { .. },
            c: const f32,
        ) { act, .. }
        let (Some(s), Some(activation)) = (per_channel(&c, n), standalone(act));
        rewrite {
            let shifted = TransposeConv(size, w, x, shift_bias(b, &s)) { ..conv };
            activation.over(shifted)
        }
        cost ops <= 0, traffic <= 0, bytes <= 256
        example {
            size: const i32[4], size = [1, 4, 4, 3], w: f32[3, 2, 2, 2], x: f32[1, 2, 2, 2], b?: f32[3],
            c: f32[1, 1, 1, 3], conv.stride_h = 2, conv.stride_w = 2
        }
        counterexample {
            size: const i32[4], size = [1, 4, 4, 1], w: f32[1, 2, 2, 2], x: f32[1, 2, 2, 2],
            c: f32[1, 4, 4, 1],
            conv.stride_h = 2, conv.stride_w = 2
        }
    }

    /// A constant scale on a convolution's input folds into its filter: padding is zero before and after.
    #[approx(1e-5)]
    rule fold_scale_before_conv {
        match conv @ Conv2D(
            Mul(x: f32[_, _, _, k], c: const f32),
            w: const f32[_, _, _, k],
            b?,
        ) { act: _, .. }
        let Some(s) = per_channel(&c, k);
        rewrite Conv2D(x, scale_slices(&w, 3, &s), b) { ..conv }
        cost ops < 0, traffic < 0, bytes <= 256
        example {
            x: f32[1, 4, 3, 2], c: f32[2], w: f32[3, 2, 2, 2], b?: f32[3], conv.stride_h = 1,
            conv.stride_w = 1
        }
        counterexample {
            x: f32[1, 4, 3, 4], c: f32[4], w: f32[4, 2, 2, 2], conv.stride_h = 1, conv.stride_w = 1
        }
        counterexample {
            x: f32[1, 2, 3, 2], c: f32[2, 1, 1], w: f32[3, 2, 2, 2], conv.stride_h = 1, conv.stride_w = 1
        }
    }

    /// A constant scale on a depthwise convolution's input folds into its filter.
    #[approx(1e-5)]
    rule fold_scale_before_depthwise_conv {
        match conv @ DepthwiseConv2D(
            Mul(x: f32[_, _, _, k], c: const f32),
            w: const f32[1, _, _, n],
            b?,
        ) { act: _, .. }
        let Some(s) = per_channel(&c, k);
        rewrite DepthwiseConv2D(x, scale_slices(&w, 3, &repeat_channels(&s, n)), b) { ..conv }
        cost ops < 0, traffic < 0, bytes <= 256
        example {
            x: f32[1, 4, 3, 2], c: f32[2], w: f32[1, 2, 2, 6], b?: f32[6],
            conv.stride_h = 1, conv.stride_w = 1, conv.depth_multiplier = 3
        }
        counterexample {
            x: f32[1, 2, 3, 2], c: f32[2, 1, 1], w: f32[1, 2, 2, 2], conv.stride_h = 1, conv.stride_w = 1
        }
    }

    /// A constant added to a convolution's input moves into its bias, unless windows see zeros
    /// around the input too.
    #[approx(1e-5)]
    rule fold_shift_before_conv {
        match conv @ Conv2D(
            Add(x: f32[_, _, _, k], c: const f32) { act: Activation::None, .. },
            w: const f32[n, h, v, k],
            b?: const f32[n],
        ) { act: _, .. }
        where stays_inside(&conv.options(), x.shape(), [h, v])
        let Some(t) = per_channel(&c, k);
        rewrite Conv2D(x, w, bias_of_shift(&w, &t, b)) { ..conv }
        cost ops < 0, traffic < 0, bytes <= 256
        example {
            x: f32[1, 4, 3, 2], c: f32[2], w: f32[2, 3, 2, 2], b?: f32[2], conv.stride_h = 1,
            conv.stride_w = 1,
            conv.padding = Padding::Valid
        }
        example {
            x: f32[1, 4, 3, 2], c: f32[2], w: f32[2, 1, 1, 2], b?: f32[2], conv.stride_h = 2,
            conv.stride_w = 1
        }
        counterexample {
            x: f32[1, 4, 3, 2], c: f32[2], w: f32[2, 3, 1, 2], conv.stride_h = 1, conv.stride_w = 1
        }
        counterexample {
            x: f32[1, 4, 4, 2], c: f32[2], w: f32[2, 3, 3, 2], conv.stride_h = 2, conv.stride_w = 2
        }
    }

    /// A constant added to a depthwise convolution's input moves into its bias, unless windows see
    /// zeros around it.
    #[approx(1e-5)]
    rule fold_shift_before_depthwise_conv {
        match conv @ DepthwiseConv2D(
            Add(x: f32[_, _, _, k], c: const f32) { act: Activation::None, .. },
            w: const f32[1, h, v, n],
            b?: const f32[n],
        ) { act: _, .. }
        where stays_inside(&conv.options(), x.shape(), [h, v])
        let Some(t) = per_channel(&c, k);
        rewrite DepthwiseConv2D(x, w, depthwise_bias_of_shift(&w, &t, b)) { ..conv }
        cost ops < 0, traffic < 0, bytes <= 256
        example {
            x: f32[1, 4, 3, 2], c: f32[2], w: f32[1, 3, 2, 4], b?: f32[4], conv.stride_h = 1,
            conv.stride_w = 1,
            conv.padding = Padding::Valid, conv.depth_multiplier = 2
        }
        counterexample {
            x: f32[1, 4, 3, 2], c: f32[2], w: f32[1, 3, 1, 2], conv.stride_h = 1, conv.stride_w = 1
        }
    }

    /// Zeros around a feature map are the padding that a convolution adds by itself.
    #[exact]
    rule absorb_pad_into_conv {
        match conv @ Conv2D(Pad(x, p: const), w: const f32[_, h, v, _], b?) { act: _, .. }
        where pads_alike(&conv.options(), x.shape(), p, [h, v]), all_finite(&w)
        rewrite Conv2D(x, w, b) { padding: Padding::Same, ..conv }
        example {
            x: f32[1, 4, 5, 2], p: i32[4, 2], p = [0, 0, 1, 1, 0, 1, 0, 0], w: f32[2, 3, 2, 2], b?: f32[2],
            conv.stride_h = 1, conv.stride_w = 1, conv.padding = Padding::Valid
        }
        counterexample {
            x: f32[1, 4, 4, 2], p: i32[4, 2], p = [0, 0, 1, 1, 1, 1, 0, 0], w: f32[2, 3, 3, 2],
            conv.stride_h = 2, conv.stride_w = 2, conv.padding = Padding::Valid
        }
        counterexample {
            x: f32[1, 4, 4, 2], p: i32[4, 2], p = [0, 0, 1, 1, 1, 1, 0, 1], w: f32[2, 3, 3, 3],
            conv.stride_h = 1, conv.stride_w = 1, conv.padding = Padding::Valid
        }
        counterexample {
            x: f32[1, 4, 4, 2], p: i32[4, 2], p = [0, 0, 1, 1, 1, 1, 0, 0], w: f32[2, 3, 3, 2],
            conv.stride_h = 1, conv.stride_w = 1
        }
    }

    /// Zeros around a feature map are the padding that a depthwise convolution adds by itself.
    #[exact]
    rule absorb_pad_into_depthwise_conv {
        match conv @ DepthwiseConv2D(Pad(x, p: const), w: const f32[_, h, v, _], b?) { act: _, .. }
        where pads_alike(&conv.options(), x.shape(), p, [h, v]), all_finite(&w)
        rewrite DepthwiseConv2D(x, w, b) { padding: Padding::Same, ..conv }
        example {
            x: f32[1, 4, 4, 2], p: i32[4, 2], p = [0, 0, 0, 1, 0, 1, 0, 0], w: f32[1, 3, 3, 4], b?: f32[4],
            conv.stride_h = 2, conv.stride_w = 2, conv.padding = Padding::Valid, conv.depth_multiplier = 2
        }
        counterexample {
            x: f32[1, 4, 4, 2], p: i32[4, 2], p = [0, 0, 1, 0, 1, 0, 0, 0], w: f32[1, 3, 3, 2],
            conv.stride_h = 2, conv.stride_w = 2, conv.padding = Padding::Valid
        }
    }

    /// A part of a transposed convolution's result is computed alone, where its windows start at the same
    /// elements.
    #[exact]
    #[group(fuse_slice_with_tconv)]
    rule crop_transpose_conv {
        match slice @ Slice(
            conv @ TransposeConv(_size, w: const f32[n, h, v, _], x, b?: const f32[n]) { act: _, .. },
            begin: const,
            _sizes: const,
        )
        let (whole, part, o) = (conv.result(0).shape(), slice.result(0).shape(), conv.options());
        let Some((padding, channels)) = cropped(&o, [h, v], whole, begin, part, Some(x.shape()));
        let Some(size) = part.known();
        rewrite TransposeConv(
            size,
            pick_rows(&w, [channels.clone()]),
            x,
            b.map(|b| pick_rows(&b, [channels.clone()])),
        ) { padding, ..conv }
        cost ops < 0, traffic < 0, bytes <= 0
        example {
            _size: const i32[4], _size = [1, 6, 6, 3], w: f32[3, 3, 3, 2], x: f32[1, 3, 3, 2], b?: f32[3],
            begin: i32[4], begin = [0, 1, 1, 1], _sizes: i32[4], _sizes = [1, 5, 5, 2],
            conv.stride_h = 2, conv.stride_w = 2, conv.act = Relu
        }
        example {
            _size: const i32[4], _size = [1, 8, 8, 3], w: f32[3, 4, 4, 2], x: f32[1, 3, 3, 2],
            begin: i64[4], begin = [0i64, 1, 1, 0], _sizes: i64[4], _sizes = [1i64, 6, 6, -1],
            conv.stride_h = 2, conv.stride_w = 2, conv.padding = Padding::Valid
        }
        counterexample {
            _size: const i32[4], _size = [1, 8, 8, 3], w: f32[3, 4, 4, 2], x: f32[1, 3, 3, 2],
            begin: i64[4], begin = [0i64, 1, 1, 0], _sizes: i64[4], _sizes = [1i64, 4, 4, -1],
            conv.stride_h = 2, conv.stride_w = 2, conv.padding = Padding::Valid
        }
        counterexample {
            _size: const i32[4], _size = [1, 6, 6, 3], w: f32[3, 3, 3, 2], x: f32[1, 3, 3, 2],
            begin: i32[4], begin = [0, 2, 1, 0], _sizes: i32[4], _sizes = [1, 4, 5, 3],
            conv.stride_h = 2, conv.stride_w = 2
        }
        counterexample {
            _size: const i32[4], _size = [2, 6, 6, 3], w: f32[3, 3, 3, 2], x: f32[2, 3, 3, 2],
            begin: i32[4], begin = [1, 1, 1, 0], _sizes: i32[4], _sizes = [1, 5, 5, 3],
            conv.stride_h = 2, conv.stride_w = 2
        }
    }

    /// The same where an input reaches past the part, which TFLite refuses to run and ONE's runtimes do not.
    #[exact]
    #[group(fuse_slice_with_tconv)]
    #[group(opt_in)]
    rule crop_transpose_conv_below_input {
        match slice @ Slice(
            conv @ TransposeConv(_size, w: const f32[n, h, v, _], x, b?: const f32[n]) { act: _, .. },
            begin: const,
            _sizes: const,
        )
        let (whole, part, o) = (conv.result(0).shape(), slice.result(0).shape(), conv.options());
        let Some((padding, channels)) = cropped(&o, [h, v], whole, begin, part, None);
        let Some(size) = part.known();
        rewrite TransposeConv(
            size,
            pick_rows(&w, [channels.clone()]),
            x,
            b.map(|b| pick_rows(&b, [channels.clone()])),
        ) { padding, ..conv }
        cost ops < 0, traffic < 0, bytes <= 0
        example {
            _size: const i32[4], _size = [1, 8, 8, 3], w: f32[3, 4, 4, 2], x: f32[1, 3, 3, 2],
            begin: i64[4], begin = [0i64, 1, 1, 0], _sizes: i64[4], _sizes = [1i64, 4, 4, -1],
            conv.stride_h = 2, conv.stride_w = 2, conv.padding = Padding::Valid
        }
        counterexample {
            _size: const i32[4], _size = [1, 6, 6, 3], w: f32[3, 3, 3, 2], x: f32[1, 3, 3, 2],
            begin: i32[4], begin = [0, 2, 1, 0], _sizes: i32[4], _sizes = [1, 4, 5, 3],
            conv.stride_h = 2, conv.stride_w = 2
        }
    }
}
