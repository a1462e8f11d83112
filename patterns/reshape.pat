patterns! {
    use optimizer_core::consts::compose_axes;
    use optimizer_core::views::unit_axes;

    /// Of two reshapes in a row the second decides.
    #[exact]
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
    rule drop_reshape {
        match same @ Reshape(x, _shape: const i32[_]) { .. }
        where x.shape() == same.result(0).shape()
        rewrite x
        example { x: f32[2, 6], _shape: i32[2], _shape = [2, 6] }
        counterexample { x: f32[2, 6], _shape: i32[2], _shape = [6, 2] }
    }

    /// Two transposes in a row are one.
    #[exact]
    rule merge_transposes {
        match Transpose(Transpose(x, inner: const i32[n]), outer: const i32[n])
        let Some(perm) = compose_axes(&inner, &outer);
        rewrite Transpose(x, perm)
        example { x: f32[2, 3, 4], inner: i32[3], inner = [1, 2, 0], outer: i32[3], outer = [0, 2, 1] }
    }

    /// A transpose that keeps all axes where they are is nothing.
    #[exact]
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
}
