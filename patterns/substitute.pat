patterns! {
    use optimizer_core::consts::{narrowed, reshape_operand};

    /// A new axis of one element is another shape.
    #[exact]
    #[group(substitute_expand_dims_to_reshape)]
    rule turn_expand_dims_into_reshape {
        match wider @ ExpandDims(x, axis) { .. }
        where axis.is_const()
        let Some(shape) = reshape_operand(wider.result(0).shape());
        rewrite Reshape(x, shape)
        cost ops <= 0, bytes <= 256
        example { x: f32[2, 3], axis: const i32[], axis = 1 }
        example { x: i32[2, 3], axis: const i32[1], axis = -1 }
    }

    /// Dropping axes of one element is another shape.
    #[exact]
    #[group(substitute_squeeze_to_reshape)]
    rule turn_squeeze_into_reshape {
        match flat @ Squeeze(x) { .. }
        let Some(shape) = reshape_operand(flat.result(0).shape());
        rewrite Reshape(x, shape)
        cost ops <= 0, bytes <= 256
        example { x: f32[2, 1, 3] }
    }

    /// Packing one value is giving it another axis.
    #[exact]
    #[group(substitute_pack_to_reshape)]
    rule turn_single_pack_into_reshape {
        match packed @ Pack(x) { .. }
        let Some(shape) = reshape_operand(packed.result(0).shape());
        rewrite Reshape(x, shape)
        cost ops <= 0, bytes <= 256
        example { x: f32[2, 3] }
    }

    /// A slice that keeps all elements and drops axes of one is another shape.
    #[exact]
    #[group(substitute_strided_slice_to_reshape)]
    rule turn_strided_slice_into_reshape {
        match slice @ StridedSlice(x, begin, end, strides: const i32[_]) { .. }
        where begin.is_const(), end.is_const(), strides.iter().all(|&step| step > 0)
        where x.shape().elements() == slice.result(0).shape().elements(), x.shape().is_known()
        where x.rank() != slice.result(0).rank()
        let Some(shape) = reshape_operand(slice.result(0).shape());
        rewrite Reshape(x, shape)
        cost ops <= 0, bytes <= 256
        example {
            x: f32[2, 1, 3], begin: const i32[3], begin = [0, 0, 0], end: const i32[3], end = [2, 1, 3],
            strides: i32[3], strides = [1, 1, 1], slice.shrink_axis_mask = 2
        }
        counterexample {
            x: f32[2, 2, 3], begin: const i32[3], begin = [0, 0, 0], end: const i32[3], end = [2, 1, 3],
            strides: i32[3], strides = [1, 1, 1], slice.shrink_axis_mask = 2
        }
        counterexample {
            x: f32[1, 3], begin: const i32[2], begin = [0, 2], end: const i32[2], end = [1, -4],
            strides: i32[2], strides = [1, -1], slice.shrink_axis_mask = 1
        }
    }

    /// A slice of all elements is nothing: forward steps reach as many only if they leave none out.
    #[exact]
    #[group(remove_unnecessary_strided_slice)]
    rule drop_whole_strided_slice {
        match slice @ StridedSlice(x, begin, end, strides: const i32[_]) { .. }
        where begin.is_const(), end.is_const(), strides.iter().all(|&step| step > 0)
        where x.shape() == slice.result(0).shape()
        rewrite x
        example {
            x: f32[2, 3], begin: const i32[2], begin = [0, 0], end: const i32[2], end = [2, 3],
            strides: i32[2], strides = [1, 1]
        }
        counterexample {
            x: f32[4], begin: const i32[1], begin = [0], end: const i32[1], end = [-1],
            strides: i32[1], strides = [1]
        }
        counterexample {
            x: f32[4], begin: const i32[1], begin = [-1], end: const i32[1], end = [-5],
            strides: i32[1], strides = [-1]
        }
    }

    /// A slice of all elements is nothing.
    #[exact]
    #[group(remove_unnecessary_slice)]
    rule drop_whole_slice {
        match slice @ Slice(x, begin, size)
        where begin.is_const(), size.is_const(), x.shape() == slice.result(0).shape()
        rewrite x
        example {
            x: f32[2, 3], begin: const i32[2], begin = [0, 0], size: const i32[2], size = [2, -1]
        }
        counterexample {
            x: f32[2, 3], begin: const i32[2], begin = [0, 1], size: const i32[2], size = [2, -1]
        }
    }

    /// A split into one part is nothing.
    #[exact]
    #[group(remove_unnecessary_split)]
    rule drop_split_into_one {
        match Split(_axis, x) { num_splits: 1 }
        rewrite x
        example { _axis: const i32[], _axis = 0, x: f32[2, 3] }
    }

    /// A split into one part is nothing.
    #[exact]
    #[group(remove_unnecessary_split)]
    rule drop_split_v_into_one {
        match SplitV(x, _sizes, _axis) { num_splits: 1 }
        rewrite x
        example { x: f32[2, 3], _sizes: const i32[1], _sizes = [2], _axis: const i32[], _axis = 0 }
    }

    /// Parts of one size need no list of sizes.
    #[exact]
    #[group(substitute_splitv_to_split)]
    rule turn_split_v_into_split {
        match SplitV(x, sizes: const i32[_], axis: const i32) { num_splits }
        where axis.len() == 1, sizes.iter().all(|&size| size > 0 && size == sizes[0])
        rewrite Split(axis, x) { num_splits }
        cost ops <= 0, bytes <= 0
        example {
            x: f32[4, 6], sizes: i32[3], sizes = [2, 2, 2], axis: i32[], axis = 1, num_splits = 3
        }
        counterexample {
            x: f32[4, 6], sizes: i32[3], sizes = [1, 2, 3], axis: i32[], axis = 1, num_splits = 3
        }
        counterexample {
            x: f32[4, 6], sizes: i32[3], sizes = [3, -1, 3], axis: i32[], axis = 1, num_splits = 3
        }
    }

    /// A cast to the same type is nothing.
    #[exact]
    #[group(remove_unnecessary_cast)]
    rule drop_cast {
        match cast @ Cast(x) { .. }
        where x.dtype() == cast.result(0).dtype()
        rewrite x
        example { x: f32[2, 3] }
        counterexample { x: i32[2, 3] }
    }

    /// Padding by nothing is nothing.
    #[exact]
    rule drop_empty_padding {
        match Pad(x, paddings: const i32[_, 2])
        where paddings.iter().all(|&amount| amount == 0)
        rewrite x
        example { x: f32[2, 3], paddings: i32[2, 2], paddings = [0, 0, 0, 0] }
        counterexample { x: f32[2, 3], paddings: i32[2, 2], paddings = [0, 0, 0, 1] }
    }

    /// Paddings fit into 32 bits.
    #[exact]
    #[group(canonicalize)]
    rule narrow_paddings {
        match Pad(x, paddings: const i64[_, 2])
        let Some(narrow) = narrowed(&paddings);
        rewrite Pad(x, narrow)
        cost ops <= 0, bytes <= 0
        example { x: f32[2, 3], paddings: i64[2, 2], paddings = [0i64, 1, 2, 0] }
    }

    /// Paddings fit into 32 bits.
    #[exact]
    #[group(canonicalize)]
    rule narrow_paddings_v2 {
        match PadV2(x, paddings: const i64[_, 2], value)
        let Some(narrow) = narrowed(&paddings);
        rewrite PadV2(x, narrow, value)
        cost ops <= 0, bytes <= 0
        example { x: f32[2, 3], paddings: i64[2, 2], paddings = [0i64, 1, 2, 0], value: f32[] }
    }
}
