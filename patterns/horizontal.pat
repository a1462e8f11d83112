patterns! {
    use optimizer_core::consts::{stack_bias, stack_rows};

    /// Dense layers that read the same input become one wider layer and a split.
    #[exact]
    #[priority(-1)]
    rule merge_parallel_fc {
        match each fc @ FullyConnected(x, w: const f32[n, k], b?: const f32[n]) { act, keep_num_dims, .. }
              sharing x, k, act, keep_num_dims
        where fc.len() >= 2
        let w2 = stack_rows(&w);
        let b2 = stack_bias(&b, &n);
        rewrite {
            let y = FullyConnected(x, w2, b2) { act, ..fc };
            each fc => SplitV(y, n, -1);
        }
        cost ops < 0 || traffic < 0, ops <= 0, bytes <= 128
        example { x: f32[4, 16], w: [f32[2, 16], f32[5, 16], f32[3, 16]], b?: [f32[2], f32[5], f32[3]] }
        example { x: f32[4, 8], w: [f32[2, 8], f32[5, 8], f32[3, 8]] }
        counterexample { x: f32[4, 8], w: [f32[2, 8], f32[5, 8]] }
        counterexample { x: f32[4, 8], w: [f32[2, 8]] }
    }
}
