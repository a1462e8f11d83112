patterns! {
    use optimizer_core::consts::{compose_axes, reshape_operand};
    use optimizer_core::views::{axis_before_reshape, unit_axes};

    /// Of two reshapes in a row the second decides.
    #[exact]
    #[group(remove_redundant_reshape)]
    rule merge_reshapes {
        match outer @ Reshape(first @ Reshape(x, _between: const i32[_]) { .. }, shape: const i32[_]) { .. }
        rewrite Reshape(x, shape) { ..outer }
        example { x: f32[2, 6], _between: i32[2], _between = [3, 4], shape: i32[1], shape = [12] }
        counterexample {
            x: f32[2, 6], _between: i32[2], _between = [3, 4], shape: i32[1], shape = [12], use first
        }
    }

    /// A reshape to the same shape is nothing.
    #[exact]
    #[group(remove_unnecessary_reshape)]
    rule drop_reshape {
        match same @ Reshape(x, _shape: const i32[_]) { .. }
        where x.shape() == same.result(0).shape()
        rewrite x
        example { x: f32[2, 6], _shape: i32[2], _shape = [2, 6] }
        counterexample { x: f32[2, 6], _shape: i32[2], _shape = [6, 2] }
    }

    /// Two transposes in a row are one.
    #[exact]
    #[group(remove_redundant_transpose)]
    rule merge_transposes {
        match Transpose(Transpose(x, inner: const i32[n]), outer: const i32[n])
        let Some(perm) = compose_axes(&inner, &outer);
        rewrite Transpose(x, perm)
        example { x: f32[2, 3, 4], inner: i32[3], inner = [1, 2, 0], outer: i32[3], outer = [0, 2, 1] }
    }

    /// A transpose that keeps all axes where they are is nothing.
    #[exact]
    #[group(remove_redundant_transpose)]
    rule drop_transpose {
        match Transpose(x, perm: const i32[_])
        where perm.iter().enumerate().all(|(i, &axis)| axis == i as i32)
        rewrite x
        example { x: f32[2, 3], perm: i32[2], perm = [0, 1] }
        counterexample { x: f32[2, 3], perm: i32[2], perm = [1, 0] }
    }

    /// A strided slice drops axes of one element by itself; LiteRT takes longer for that.
    #[exact]
    #[group(O3)]
    rule absorb_reshape_into_strided_slice {
        match flat @ Reshape(
            slice @ StridedSlice(x, begin: const i32[_], end: const i32[_], strides: const i32[_]) { .. },
            _shape: const i32[_],
        ) { .. }
        where slice.options().is_plain(), strides.iter().all(|&s| s == 1)
        let Some(mask) = unit_axes(slice.result(0).shape(), flat.result(0).shape());
        rewrite StridedSlice(x, begin, end, strides) { shrink_axis_mask: mask, ..slice }
        example {
            x: f32[2, 3, 4], begin: const i32[3], begin = [0, 1, 0], end: const i32[3], end = [2, 2, 4],
            strides: i32[3], strides = [1, 1, 1], _shape: i32[2], _shape = [2, 4]
        }
    }


    /// Reshapes on both sides of what works on each element are one.
    #[exact]
    #[group(remove_unnecessary_reshape)]
    rule merge_reshapes_around_unary {
        match last @ Reshape(
            act @ (Abs | Neg | Logistic | Relu | Relu6 | Tanh | Gelu)(
                first @ Reshape(x, _between: const i32[_]) { .. },
            ) { .. },
            shape: const i32[_],
        ) { .. }
        rewrite Reshape(act(x) { ..act }, shape) { ..last }
        example { x: f32[2, 6], _between: i32[2], _between = [3, 4], shape: i32[1], shape = [12] }
        counterexample {
            x: f32[2, 6], _between: i32[2], _between = [3, 4], shape: i32[1], shape = [12], use first
        }
    }

    /// What works on each element of two values needs them in no other shape than their own.
    #[exact]
    #[group(remove_unnecessary_reshape)]
    rule drop_reshapes_around_sum {
        match last @ Reshape(
            sum @ (Add | Mul | Sub | Div)(
                Reshape(x, _left: const i32[_]) { .. },
                Reshape(y, _right: const i32[_]) { .. },
            ) { act, .. },
            _shape: const i32[_],
        ) { .. }
        where x.shape() == y.shape(), last.result(0).shape() == x.shape()
        rewrite sum(x, y) { act, ..sum }
        example {
            x: f32[2, 6], _left: i32[2], _left = [3, 4], _shape: i32[2], _shape = [2, 6],
            y: f32[2, 6], _right: i32[2], _right = [3, 4]
        }
        counterexample {
            x: f32[2, 6], _left: i32[2], _left = [3, 4], _shape: i32[2], _shape = [2, 6],
            y: f32[6, 2], _right: i32[2], _right = [3, 4]
        }
    }

    /// A reshape sinks below what works on each element, to where it may meet another one.
    #[exact]
    #[group(forward_reshape_to_unaryop)]
    #[group(opt_in)]
    rule sink_reshape {
        match act @ (Abs | Neg | Logistic | Relu | Relu6 | Tanh)(
            flat @ Reshape(x, shape: const i32[_]) { .. },
        )
        rewrite Reshape(act(x) { ..act }, shape) { ..flat }
        cost ops <= 0, traffic <= 0
        example { x: f32[2, 6], shape: i32[2], shape = [3, 4] }
        counterexample { x: f32[2, 6], shape: i32[2], shape = [3, 4], use flat }
    }

    /// A reshape sinks below a scale by one number.
    #[exact]
    #[group(forward_reshape_to_unaryop)]
    #[group(opt_in)]
    rule sink_reshape_below_scale {
        match scale @ (Mul | Div)(flat @ Reshape(x, shape: const i32[_]) { .. }, c: const f32) { act }
        where c.len() == 1
        let Some(&factor) = c.first();
        rewrite Reshape(scale(x, factor) { act, ..scale }, shape) { ..flat }
        cost ops <= 0, traffic <= 0
        example { x: f32[2, 6], shape: i32[2], shape = [3, 4], c: f32[] }
        example { x: f32[2, 6], shape: i32[3], shape = [3, 2, 2], c: f32[1, 1, 1] }
        counterexample { x: f32[2, 6], shape: i32[2], shape = [3, 4], c: f32[4] }
    }

    /// A reshape that regroups only what comes after an axis sinks below the mean along it.
    #[approx(1e-6)]
    #[group(forward_reshape_to_unaryop)]
    #[group(opt_in)]
    rule sink_reshape_below_mean {
        match mean @ Mean(flat @ Reshape(x, _shape: const i32[_]) { .. }, axes: const i32) { keep_dims: true }
        let Some(axis) = axis_before_reshape(x.shape(), flat.result(0).shape(), &axes);
        let Some(target) = reshape_operand(mean.result(0).shape());
        rewrite Reshape(Mean(x, axis) { ..mean }, target)
        cost ops <= 0, traffic <= 0
        example { x: f32[2, 3, 4, 5], _shape: i32[4], _shape = [2, 3, 5, 4], axes: i32[1], axes = [-3] }
        counterexample { x: f32[2, 3, 4, 5], _shape: i32[4], _shape = [2, 3, 5, 4], axes: i32[1], axes = [2] }
        counterexample { x: f32[2, 3, 4, 5], _shape: i32[3], _shape = [2, 3, 20], axes: i32[1], axes = [-1] }
    }
}
