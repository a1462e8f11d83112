patterns! {
    use optimizer_core::consts::{all_finite, per_channel, rotate_rows, stack_bias, stack_rows};
    use optimizer_core::views::last_axis_slice;

    /// `[-x_hi, x_lo]` along the last axis.
    def rotate_half(x: [.., d]) =
        Concatenation(Neg(last_axis_slice(x, d / 2..d)), last_axis_slice(x, 0..d / 2)) { axis = x.rank() - 1 }
        where d % 2 == 0;

    /// Rotating the halves of a dense layer's output only permutes and negates
    /// its features, so the weight rows can do it instead.
    #[exact]
    #[provisional]
    rule fold_rotate_half_into_fc {
        match rotate_half(shared fc @ FullyConnected(x, w: const f32[n, k], b?: const f32[n]) { .. })
        let w2 = rotate_rows(&w);
        let b2 = b.map(|b| rotate_rows(&b));
        rewrite FullyConnected(x, w2, b2) { ..fc }
        cost ops < 0, traffic < 0, bytes <= growth
        example { x: f32[2, 6], w: f32[8, 6], b?: f32[8] }
        counterexample { x: f32[2, 6], w: f32[8, 6], fc.act = Relu }
        counterexample { x: f32[2, 6], w: f32[8, 6], use fc }
    }

    /// A constant scale on a dense layer's output folds into its weights and bias.
    #[approx(1e-5)]
    rule fold_scale_into_fc {
        match Mul(fc @ FullyConnected(x, w: const f32[n, k], b?: const f32[n]) { .. }, c: const f32) { act }
        let Some(s) = per_channel(&c, n);
        rewrite FullyConnected(x, &w * &s.view().insert_axis(Axis(1)), b.map(|b| &b * &s)) { act, ..fc }
        cost ops < 0, bytes <= 0
        example { x: f32[2, 4], w: f32[3, 4], b?: f32[3], c: f32[3] }
        example { x: f32[2, 4], w: f32[3, 4], b?: f32[3], c: f32[] }
        counterexample { x: f32[3, 4], w: f32[3, 4], c: f32[3, 1] }
        counterexample { x: f32[2, 4], w: f32[3, 4], c: f32[3], use fc }
    }

    /// Two constant scales in a row are one.
    #[approx(1e-6)]
    rule merge_scales {
        match Mul(Mul(x, c1: const f32), c2: const f32) { act }
        let c = &c1 * &c2;
        where all_finite(&c)
        rewrite Mul(x, c) { act }
        cost ops < 0, bytes <= 0
        example { x: f32[2, 3], c1: f32[3], c2: f32[] }
        counterexample { x: f32[2, 3], c1: f32[2, 1], c2: f32[3] }
    }

    /// `x * c1 + x * c2` is `x * (c1 + c2)`.
    #[approx(1e-6)]
    rule factor_common_input {
        match Add(Mul(x, c1: const f32), Mul(x, c2: const f32)) { act }
        rewrite Mul(x, &c1 + &c2) { act }
        cost ops < 0, bytes <= 0
        example { x: f32[2, 3], c1: f32[3], c2: f32[3] }
    }

    /// Dense layers that read the same input become one wider layer and a split.
    #[exact]
    rule merge_parallel_fc {
        match each fc @ FullyConnected(x, w: const f32[n, k], b?: const f32[n]) { act, keep_num_dims, .. }
              sharing x, k, act, keep_num_dims
        where fc.len() >= 2
        let w2 = stack_rows(&w);
        let b2 = stack_bias(&b, &n);
        rewrite {
            let y = FullyConnected(x, w2, b2) { ..fc };
            each fc => SplitV(y, n, -1);
        }
        cost ops <= 0, traffic < 0
        example { x: f32[4, 8], w: [f32[2, 8], f32[5, 8], f32[3, 8]], b?: [f32[2], f32[5], f32[3]] }
        counterexample { x: f32[4, 8], w: [f32[2, 8]] }
    }

    /// `x * cos + rotate_half(x) * sin` is one rotary embedding, GPT-NeoX layout.
    #[approx(1e-6)]
    rule fuse_rope {
        match Add(Mul(x: f32[_, _, _, d], cos), Mul(rotate_half(x), sin))
        where cos.shape() == sin.shape(), cos.dim(-1) == d
        rewrite RoPE(x, sin, cos) { mode: RoPEMode::GptNeox }
        example { x: f32[1, 2, 3, 8], cos: f32[1, 1, 3, 8], sin: f32[1, 1, 3, 8] }
        counterexample { x: f32[1, 2, 3, 8], cos: f32[1, 1, 3, 8], sin: f32[1, 1, 3, 8], use rotate_half }
    }
}
