patterns! {
    use optimizer_core::views::unit_axes;

    /// A strided slice drops axes of one element by itself.
    #[exact]
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
