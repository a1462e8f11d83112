patterns! {
    use optimizer_core::consts::transposed;
    use optimizer_core::views::WindowSearch;

    /// TensorFlow's addition is circle's, and broadcasts by itself what was broadcast before.
    #[exact]
    #[group(resolve_customop_add)]
    rule resolve_add_of_broadcast {
        match CustomAddV2((BroadcastTo(x, _shape) | CustomBroadcastTo(x, _shape)), y)
        where matches!(x.dtype(), DType::F32 | DType::I32 | DType::I64)
        rewrite Add(x, y)
        example { x: f32[3], _shape: const i32[2], _shape = [2, 3], y: f32[2, 3] }
        example { x: i32[2, 1], _shape: const i64[2], _shape = [2i64, 1], y: i32[1, 3] }
        counterexample { x: f32[3], _shape: const i32[2], _shape = [2, 3], y: f32[3] }
        counterexample { x: f32[1, 3], _shape: const i32[2], _shape = [2, 3], y: f32[1] }
    }

    /// TensorFlow's addition is circle's.
    #[exact]
    #[group(resolve_customop_add)]
    rule resolve_add {
        match CustomAddV2(x, y)
        where matches!(x.dtype(), DType::F32 | DType::I32 | DType::I64)
        rewrite Add(x, y)
        cost ops <= 0
        example { x: f32[2, 3], y: f32[3] }
        example { x: i64[2], y: i64[] }
    }

    /// TensorFlow's product of batches of matrices is circle's.
    #[exact]
    #[group(resolve_customop_batchmatmul)]
    rule resolve_batch_matmul {
        match CustomBatchMatMulV2(x: f32, y: f32) { adj_x, adj_y, .. }
        rewrite BatchMatMul(x, y) { adj_x, adj_y }
        cost ops <= 0
        example { x: f32[2, 3, 4], y: f32[2, 4, 5] }
        example { x: f32[2, 2, 4, 3], y: f32[1, 2, 5, 4], adj_x = true, adj_y = true }
    }

    /// TensorFlow's product of matrices, the second a constant, is a dense layer.
    #[exact]
    #[group(resolve_customop_matmul)]
    rule resolve_matmul_by_constant {
        match CustomMatMul(x: f32[_, k], w: const f32[k, n]) { adj_x: false, adj_y: false, .. }
        rewrite FullyConnected(x, transposed(&w), None::<f32>)
        cost ops <= 0, bytes <= 8
        example { x: f32[2, 3], w: f32[3, 4] }
    }

    /// TensorFlow's product of matrices is circle's.
    #[exact]
    #[group(resolve_customop_matmul)]
    rule resolve_matmul {
        match CustomMatMul(x: f32, y: f32) { adj_x, adj_y, .. }
        rewrite BatchMatMul(x, y) { adj_x, adj_y }
        cost ops <= 0
        example { x: f32[2, 3], y: f32[3, 4] }
        example { x: f32[3, 2], y: f32[4, 3], adj_x = true, adj_y = true }
    }

    /// TensorFlow's split into parts of given sizes is circle's, part by part.
    #[exact]
    #[group(resolve_customop_splitv)]
    rule resolve_split_v {
        match CustomSplitV(x, sizes, axis: const i32) { num_splits }
        where axis.len() == 1
        rewrite SplitV(x, sizes, axis) { num_splits }
        cost ops <= 0
        example {
            x: f32[6, 2], sizes: const i32[3], sizes = [1, 3, 2], axis: i32[], axis = 0, num_splits = 3
        }
        example {
            x: f32[2, 6], sizes: const i64[2], sizes = [-1i64, 2], axis: i32[1], axis = -1, num_splits = 2
        }
    }

    /// TensorFlow's broadcast is circle's.
    #[exact]
    #[group(resolve_former_customop)]
    rule resolve_broadcast_to {
        match CustomBroadcastTo(x, shape)
        rewrite BroadcastTo(x, shape)
        cost ops <= 0
        example { x: f32[3], shape: const i32[2], shape = [2, 3] }
        example { x: i64[1], shape: const i64[2], shape = [2i64, 3] }
    }

    /// Where each window's largest element is: a convolution lays the window out, and the rest is arithmetic,
    /// which spreads what is not finite over the window.
    #[exact]
    #[finite]
    #[group(resolve_customop_max_pool_with_argmax)]
    #[group(opt_in)]
    rule resolve_max_pool_with_argmax {
        match pool @ CustomMaxPoolWithArgmax(x: f32) { .. }
        let Some(search) = WindowSearch::of(pool);
        rewrite search.over(x)
        cost ops > 0
        example {
            x: f32[1, 5, 7, 2], pool.padding = Padding::Same,
            pool.filter_height = 3, pool.filter_width = 3, pool.stride_h = 2, pool.stride_w = 2
        }
        example {
            x: f32[2, 4, 5, 1], pool.padding = Padding::Valid,
            pool.filter_height = 2, pool.filter_width = 5, pool.stride_h = 1, pool.stride_w = 1
        }
        counterexample {
            x: f32[1, 2, 4097, 4096], pool.padding = Padding::Same,
            pool.filter_height = 1, pool.filter_width = 1, pool.stride_h = 9, pool.stride_w = 4096
        }
    }
}
