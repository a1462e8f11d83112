patterns! {
    use optimizer_core::consts::{per_channel, shift_bias};
    use optimizer_core::elements::{quotient, raise_negatives, scalar};
    use optimizer_core::filters::scale_slices;

    /// The mean of each channel of a feature map.
    def mean(x) = Mean(x, [1, 2]) { keep_dims: true };

    /// The variance of each channel of a feature map.
    def variance(x) =
        Mean(SquaredDifference(x, mean(x)) | Square(Sub(x, mean(x)) { .. }), [1, 2]) { keep_dims: true };

    /// A feature map less its mean, divided by the root of its variance, is normalized.
    #[approx(1e-5)]
    #[group(fuse_instnorm)]
    rule fuse_instance_norm {
        match Div(
            Sub(x: f32[_, _, _, n], mean(x)) { .. },
            Sqrt(Add(variance(x), eps: const f32) { .. })
                | Pow(Add(variance(x), eps: const f32) { .. }, 0.5f32),
        ) { act } | Mul(
            Sub(x: f32[_, _, _, n], mean(x)) { .. },
            Rsqrt(Add(variance(x), eps: const f32) { .. }),
        ) { act }
        let Some(epsilon) = scalar(&eps).filter(|&eps| eps > 0.0);
        rewrite InstanceNorm(x, Array1::<f32>::ones(n), Array1::<f32>::zeros(n)) { epsilon, act }
        cost ops < 0, traffic < 0, bytes <= growth + 4096
        example { x: f32[1, 4, 3, 2], eps: f32[], eps = [0.001f32] }
        counterexample { x: f32[1, 4, 3, 2], eps: f32[2], eps = [0.001f32, 0.002] }
        counterexample { x: f32[1, 4, 3, 2], eps: f32[], eps = [0.001f32], use variance }
    }

    /// Dividing by a deviation plus a tiny number is taken for dividing by the root of the variance plus its
    /// square, which differs where the deviation is as tiny.
    #[lossy]
    #[group(fuse_instnorm)]
    #[group(opt_in)]
    rule fuse_instance_norm_by_deviation {
        match Div(
            Sub(x: f32[_, _, _, n], mean(x)) { .. },
            Add(Sqrt(variance(x)), eps: const f32) { .. },
        ) { act }
        let Some(epsilon) = scalar(&eps).filter(|&eps| eps > 0.0 && eps <= 1e-5);
        let (g, b) = (Array1::<f32>::ones(n), Array1::<f32>::zeros(n));
        rewrite InstanceNorm(x, g, b) { epsilon: epsilon * epsilon, act }
        cost ops < 0, traffic < 0, bytes <= growth + 4096
        example { x: f32[1, 4, 3, 2], eps: f32[], eps = [1.0e-9f32] }
        counterexample { x: f32[1, 4, 3, 2], eps: f32[], eps = [0.1f32] }
    }

    /// What is added to a scaled feature map: a shift less the scaled mean.
    def offset(x, scale, beta: const f32) =
        Sub(beta, Mul(mean(x), scale)) { .. } | Add(Mul(Neg(mean(x)), scale), beta) { .. };

    /// A feature map times its scale, the mean taken off as an offset, is normalized.
    #[approx(1e-5)]
    #[group(fuse_instnorm)]
    rule fuse_instance_norm_by_offset {
        match Add(
            Mul(
                x: f32[_, _, _, n],
                scale @ Mul(Rsqrt(Add(variance(x), eps: const f32) { .. }), gamma: const f32),
            ),
            offset(x, scale, beta),
        ) { act, .. }
        let (Some(g), Some(b)) = (per_channel(&gamma, n), per_channel(&beta, n));
        let Some(epsilon) = scalar(&eps).filter(|&eps| eps > 0.0);
        rewrite InstanceNorm(x, g, b) { epsilon, act }
        cost ops < 0, traffic < 0, bytes <= growth + 4096
        example { x: f32[1, 4, 3, 2], eps: f32[], eps = [0.001f32], gamma: f32[2], beta: f32[1, 1, 1, 2] }
        counterexample { x: f32[1, 2, 3, 2], eps: f32[], eps = [0.001f32], gamma: f32[2, 1, 1], beta: f32[2] }
    }

    /// The same behind reshapes that add an axis of one element and drop it again.
    #[approx(1e-5)]
    #[group(fuse_instnorm)]
    rule fuse_reshaped_instance_norm {
        match out @ Reshape(
            Add(
                Mul(
                    flat @ Reshape(x: f32[_, _, _, n], _inner: const i32[_]) { .. },
                    scale @ Mul(
                        Rsqrt(Add(
                            Mean(
                                SquaredDifference(flat, Mean(flat, [1, 2, 4]) { keep_dims: true })
                                    | Square(Sub(flat, Mean(flat, [1, 2, 4]) { keep_dims: true }) { .. }),
                                [1, 2, 4],
                            ) { keep_dims: true },
                            eps: const f32,
                        ) { .. }),
                        gamma: const f32[1, 1, 1, n, 1],
                    ),
                ),
                Add(
                    Mul(Neg(Mean(flat, [1, 2, 4]) { keep_dims: true }), scale),
                    beta: const f32[1, 1, 1, n, 1],
                ) { .. },
            ) { act, .. },
            _outer: const i32[_],
        ) { .. }
        where out.result(0).shape() == x.shape(), flat.result(0).dims()[..4] == *x.dims()
        let Some(epsilon) = scalar(&eps).filter(|&eps| eps > 0.0);
        let (g, b) = (Array1::from_iter(gamma.iter().copied()), Array1::from_iter(beta.iter().copied()));
        rewrite InstanceNorm(x, g, b) { epsilon, act }
        cost ops < 0, traffic < 0, bytes <= growth
        example {
            x: f32[1, 4, 3, 2], _inner: i32[5], _inner = [-1, 4, 3, 2, 1], _outer: i32[4],
            _outer = [1, 4, 3, 2],
            eps: f32[], eps = [0.001f32], gamma: f32[1, 1, 1, 2, 1], beta: f32[1, 1, 1, 2, 1]
        }
        counterexample {
            x: f32[1, 4, 4, 2], _inner: i32[5], _inner = [1, 2, 8, 2, 1], _outer: i32[4],
            _outer = [1, 4, 4, 2],
            eps: f32[], eps = [0.001f32], gamma: f32[1, 1, 1, 2, 1], beta: f32[1, 1, 1, 2, 1]
        }
    }

    /// Rows of a single element are normalized as feature maps of a single position.
    #[approx(1e-5)]
    #[group(fuse_instnorm)]
    rule fuse_instance_norm_of_rows {
        match Add(
            Mul(
                x: f32[batch, n, 1],
                scale @ Rsqrt(Add(
                    Mean(SquaredDifference(x, Mean(x, [2]) { keep_dims: true }), [2]) { keep_dims: true },
                    eps: const f32,
                ) { .. }),
            ),
            Sub(beta: const f32[1, n, 1], Mul(Mean(x, [2]) { keep_dims: true }, scale)) { .. },
        ) { act, .. }
        let Some(epsilon) = scalar(&eps).filter(|&eps| eps > 0.0);
        let b = Array1::from_iter(beta.iter().copied());
        rewrite {
            let map = Reshape(x, [batch, 1, 1, n]) { new_shape: Some(vec![batch as i32, 1, 1, n as i32]) };
            let norm = InstanceNorm(map, Array1::<f32>::ones(n), b) { epsilon, act };
            Reshape(norm, [batch, n, 1]) { new_shape: Some(vec![batch as i32, n as i32, 1]) }
        }
        cost ops < 0, traffic < 0, bytes <= growth + 4096
        example { x: f32[2, 3, 1], eps: f32[], eps = [0.001f32], beta: f32[1, 3, 1] }
        counterexample { x: f32[2, 3, 4], eps: f32[], eps = [0.001f32], beta: f32[1, 3, 1] }
    }

    /// A constant scale on a normalized feature map is part of its own.
    #[approx(1e-6)]
    #[group(fuse_instnorm)]
    rule fold_scale_into_instance_norm {
        match Mul(
            norm @ InstanceNorm(x: f32[_, _, _, n], gamma: const f32[n], beta: const f32[n]) { .. },
            c: const f32,
        ) { act }
        let Some(s) = per_channel(&c, n);
        rewrite InstanceNorm(x, &gamma * &s, &beta * &s) { act, ..norm }
        cost ops < 0, traffic < 0, bytes <= 256
        example { x: f32[1, 4, 3, 2], gamma: f32[2], beta: f32[2], c: f32[1, 1, 1, 2], norm.epsilon = 0.1 }
        counterexample {
            x: f32[1, 2, 3, 2], gamma: f32[2], beta: f32[2], c: f32[2, 1, 1], norm.epsilon = 0.1
        }
        counterexample { x: f32[1, 4, 3, 2], gamma: f32[2], beta: f32[2], c: f32[2], norm.act = Relu }
    }

    /// A constant added to a normalized feature map is part of its own shift.
    #[approx(1e-6)]
    #[group(fuse_instnorm)]
    rule fold_shift_into_instance_norm {
        match Add(
            norm @ InstanceNorm(x: f32[_, _, _, n], gamma: const f32[n], beta: const f32[n]) { .. },
            c: const f32,
        ) { act, .. }
        let Some(s) = per_channel(&c, n);
        rewrite InstanceNorm(x, gamma, shift_bias(Some(beta), &s)) { act, ..norm }
        cost ops < 0, traffic < 0, bytes <= 256
        example { x: f32[1, 4, 3, 2], gamma: f32[2], beta: f32[2], c: f32[], norm.epsilon = 0.1 }
        counterexample {
            x: f32[1, 2, 3, 2], gamma: f32[2], beta: f32[2], c: f32[2, 1, 1], norm.epsilon = 0.1
        }
    }

    /// A positive scale before an activation and a convolution moves over the activation into the filter.
    /// Padding is zero before and after; a scale that is zero or negative does not move over an activation.
    #[approx(1e-4)]
    #[group(fuse_preactivation_batchnorm)]
    rule move_scale_over_activation_into_conv {
        match conv @ Conv2D(
            Add(Mul(x: f32[_, _, _, k], gamma: const f32), beta: const f32) { act: Activation::Relu, .. },
            w: const f32[_, _, _, k],
            b?,
        ) { act: _, .. }
        let (Some(g), Some(shift)) = (per_channel(&gamma, k), quotient(&beta, &gamma));
        where g.iter().all(|&g| g >= 1e-10), per_channel(&beta, k).is_some()
        rewrite Conv2D(Add(x, shift) { act: Relu }, scale_slices(&w, 3, &g), b) { ..conv }
        cost ops < 0, traffic < 0, bytes <= 256
        example {
            x: f32[1, 4, 3, 2], gamma: f32[2], gamma = [0.5f32, 2.0], beta: f32[1, 1, 1, 2],
            w: f32[3, 2, 2, 2],
            b?: f32[3], conv.stride_h = 1, conv.stride_w = 1
        }
        counterexample {
            x: f32[1, 4, 3, 2], gamma: f32[2], gamma = [0.0f32, 2.0], beta: f32[2], w: f32[3, 2, 2, 2],
            conv.stride_h = 1, conv.stride_w = 1
        }
        counterexample {
            x: f32[1, 4, 3, 2], gamma: f32[2], gamma = [-1.0f32, 2.0], beta: f32[2], w: f32[3, 2, 2, 2],
            conv.stride_h = 1, conv.stride_w = 1
        }
        counterexample {
            x: f32[1, 2, 3, 2], gamma: f32[2], gamma = [1.0f32, 2.0], beta: f32[2, 1, 1], w: f32[3, 2, 2, 2],
            conv.stride_h = 1, conv.stride_w = 1
        }
    }

    /// Negative scales before a clamped shift are raised to almost nothing, which changes what they gave.
    #[lossy]
    #[group(make_batchnorm_gamma_positive)]
    #[group(opt_in)]
    rule make_scale_positive {
        match norm @ Add(Mul(x: f32[.., n], gamma: const f32), beta: const f32) { act: Activation::Relu, .. }
        where per_channel(&gamma, n).is_some(), per_channel(&beta, n).is_some()
        let Some(positive) = raise_negatives(&gamma);
        rewrite Add(Mul(x, positive), beta) { ..norm }
        cost ops == 0
        example { x: f32[1, 3, 2], gamma: f32[2], gamma = [-1.0f32, 2.0], beta: f32[2] }
        counterexample { x: f32[1, 3, 2], gamma: f32[2], gamma = [0.0f32, 2.0], beta: f32[2] }
        counterexample { x: f32[1, 2, 2], gamma: f32[2, 1], gamma = [-1.0f32, 2.0], beta: f32[2] }
    }

    /// A softmax is a quotient of powers, the largest element taken off before.
    #[approx(1e-5)]
    #[group(decompose_softmax)]
    #[group(opt_in)]
    rule decompose_softmax {
        match Softmax(x: f32[.., _]) { beta }
        where beta == 1.0
        rewrite {
            let last = x.rank() as i32 - 1;
            let largest = ReduceMax(x, [last]) { keep_dims: true };
            let powers = Exp(Sub(x, largest));
            Div(powers, Sum(powers, [last]) { keep_dims: true })
        }
        cost ops == 4
        example { x: f32[2, 3], beta = 1.0 }
        counterexample { x: f32[2, 3], beta = 0.5 }
    }

    /// A softmax of scaled elements is a quotient of scaled powers.
    #[approx(1e-5)]
    #[group(decompose_softmax)]
    #[group(opt_in)]
    rule decompose_scaled_softmax {
        match Softmax(x: f32[.., _]) { beta }
        where beta != 1.0
        rewrite {
            let last = x.rank() as i32 - 1;
            let largest = ReduceMax(x, [last]) { keep_dims: true };
            let powers = Exp(Mul(Sub(x, largest), beta));
            Div(powers, Sum(powers, [last]) { keep_dims: true })
        }
        cost ops == 5
        example { x: f32[2, 3], beta = 0.5 }
        counterexample { x: f32[2, 3], beta = 1.0 }
    }

    /// Every channel scaled and shifted by itself is a depthwise convolution of one tap.
    #[approx(1e-6)]
    #[group(replace_cw_mul_add_with_depthwise_conv)]
    #[group(opt_in)]
    rule turn_channelwise_scale_into_depthwise_conv {
        match Add(Mul(x: f32[_, _, _, n], gamma: const f32), beta: const f32) { act, .. }
        let (Some(g), Some(b)) = (per_channel(&gamma, n), per_channel(&beta, n));
        let filter = g.into_shape_with_order([1, 1, 1, n]);
        let Ok(w) = filter;
        rewrite DepthwiseConv2D(x, w, b) {
            act, stride_h: 1, stride_w: 1, depth_multiplier: 1, padding: Padding::Valid
        }
        cost ops < 0
        example { x: f32[1, 4, 3, 2], gamma: f32[2], beta: f32[1, 1, 1, 2] }
        counterexample { x: f32[1, 2, 3, 2], gamma: f32[2, 1, 1], beta: f32[2] }
        counterexample { x: f32[1, 4, 2], gamma: f32[2], beta: f32[2] }
    }
}
