patterns! {
    use optimizer_core::elements::{drops_axes, is_all, scalar};
    use optimizer_core::filters::{pooling_pads_alike, sees_elements};
    use optimizer_core::views::nonnegative;

    /// Padding with zeros needs no operand to say so.
    #[exact]
    rule turn_zero_pad_v2_into_pad {
        match PadV2(x, p: const, v: const f32)
        where is_all(&v, 0.0)
        rewrite Pad(x, p)
        cost ops <= 0, traffic <= 0, bytes <= 0
        example { x: f32[2, 3], p: i32[2, 2], p = [0, 1, 2, 0], v: f32[], v = [0.0f32] }
        counterexample { x: f32[2, 3], p: i32[2, 2], p = [0, 1, 2, 0], v: f32[], v = [1.0f32] }
    }

    /// Around a maximum, padding with the least number is the padding that it does by itself.
    #[exact]
    rule absorb_pad_into_max_pool {
        match pool @ MaxPool2D(PadV2(x, p: const, v: const f32)) { act: _, .. }
        where scalar(&v).is_some_and(|v| v <= f32::MIN), pooling_pads_alike(&pool.options(), x.shape(), p)
        rewrite MaxPool2D(x) { padding: Padding::Same, ..pool }
        example {
            x: f32[1, 4, 4, 2], p: i32[4, 2], p = [0, 0, 1, 1, 1, 1, 0, 0], v: f32[], v = [f32::MIN],
            pool.filter_height = 3, pool.filter_width = 3, pool.stride_h = 1, pool.stride_w = 1,
            pool.padding = Padding::Valid
        }
        counterexample {
            x: f32[1, 4, 4, 2], p: i32[4, 2], p = [0, 0, 1, 1, 1, 1, 0, 0], v: f32[], v = [-100.0f32],
            pool.filter_height = 3, pool.filter_width = 3, pool.stride_h = 1, pool.stride_w = 1,
            pool.padding = Padding::Valid
        }
        counterexample {
            x: f32[1, 4, 4, 2], p: i32[4, 2], p = [0, 0, 1, 1, 1, 1, 0, 0], v: f32[], v = [f32::MIN],
            pool.filter_height = 3, pool.filter_width = 3, pool.stride_h = 2, pool.stride_w = 2,
            pool.padding = Padding::Valid
        }
    }

    /// Around a maximum of what is not negative, zeros and less are the padding that it does by itself.
    #[exact]
    rule absorb_low_pad_into_max_pool {
        match pool @ MaxPool2D(PadV2(nonnegative(x), p: const, v: const f32)) { act: _, .. }
        where scalar(&v).is_some_and(|v| v <= 0.0), pooling_pads_alike(&pool.options(), x.shape(), p)
        rewrite MaxPool2D(x) { padding: Padding::Same, ..pool }
        example {
            x: f32[1, 4, 4, 2], p: i32[4, 2], p = [0, 0, 1, 1, 1, 1, 0, 0], v: f32[], v = [-100.0f32],
            pool.filter_height = 3, pool.filter_width = 3, pool.stride_h = 1, pool.stride_w = 1,
            pool.padding = Padding::Valid
        }
        counterexample {
            x: f32[1, 4, 4, 2], p: i32[4, 2], p = [0, 0, 1, 1, 1, 1, 0, 0], v: f32[], v = [0.1f32],
            pool.filter_height = 3, pool.filter_width = 3, pool.stride_h = 1, pool.stride_w = 1,
            pool.padding = Padding::Valid
        }
    }

    /// Zeros around a maximum of what is not negative are the padding that it does by itself.
    #[exact]
    rule absorb_zero_pad_into_max_pool {
        match pool @ MaxPool2D(Pad(nonnegative(x: f32), p: const)) { act: _, .. }
        where pooling_pads_alike(&pool.options(), x.shape(), p)
        rewrite MaxPool2D(x) { padding: Padding::Same, ..pool }
        example {
            x: f32[1, 4, 4, 2], p: i32[4, 2], p = [0, 0, 0, 1, 0, 1, 0, 0],
            pool.filter_height = 3, pool.filter_width = 3, pool.stride_h = 2, pool.stride_w = 2,
            pool.padding = Padding::Valid
        }
        counterexample {
            x: f32[1, 4, 4, 2], p: i32[4, 2], p = [0, 0, 1, 1, 1, 1, 0, 0],
            pool.filter_height = 3, pool.filter_width = 3, pool.stride_h = 1, pool.stride_w = 1
        }
    }

    /// Where every window of a maximum sees an element that is not negative, padding below zero may as well
    /// be zero. A window of nothing but NaN and padding gives the padding, which is no number to keep.
    #[approx(1e-6)]
    #[drops_nan]
    #[group(substitute_padv2_to_pad)]
    rule pad_maximum_with_zeros {
        match pool @ MaxPool2D(PadV2(nonnegative(x), p: const, v: const f32)) { act: _, .. }
        where scalar(&v).is_some_and(|v| v <= 0.0), sees_elements(&pool.options(), x.shape(), p)
        rewrite MaxPool2D(Pad(x, p)) { ..pool }
        cost ops == 0, traffic <= 0, bytes <= 0
        example {
            x: f32[1, 3, 3, 2], p: i32[4, 2], p = [0, 0, 1, 1, 1, 1, 0, 0], v: f32[], v = [-100.0f32],
            pool.filter_height = 3, pool.filter_width = 3, pool.stride_h = 1, pool.stride_w = 1
        }
        counterexample {
            x: f32[1, 3, 3, 2], p: i32[4, 2], p = [0, 0, 2, 0, 0, 0, 0, 0], v: f32[], v = [-100.0f32],
            pool.filter_height = 2, pool.filter_width = 2, pool.stride_h = 1, pool.stride_w = 1
        }
        counterexample {
            x: f32[1, 3, 3, 2], p: i32[4, 2], p = [0, 0, 1, 1, 1, 1, 0, 0], v: f32[], v = [0.5f32],
            pool.filter_height = 3, pool.filter_width = 3, pool.stride_h = 1, pool.stride_w = 1
        }
    }

    /// A reduction drops the axes that it reduces by itself.
    #[exact]
    rule absorb_reshape_into_reduction {
        match flat @ Reshape(
            sum @ (Mean | Sum | ReduceMax | ReduceMin)(x, axes: const i32) { keep_dims: true },
            _shape: const i32[_],
        ) { .. }
        where drops_axes(x.shape(), &axes, flat.result(0).shape())
        rewrite sum(x, axes) { keep_dims: false }
        example {
            x: f32[2, 3, 3, 4], axes: i32[2], axes = [-2, 1], _shape: i32[2], _shape = [2, 4]
        }
        counterexample {
            x: f32[2, 3, 3, 4], axes: i32[2], axes = [1, 2], _shape: i32[2], _shape = [4, 2]
        }
        counterexample {
            x: f32[2, 3, 3, 4], axes: i32[1], axes = [1], _shape: i32[2], _shape = [6, 4]
        }
    }
}
