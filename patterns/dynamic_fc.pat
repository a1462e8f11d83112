patterns! {
    use optimizer_core::views::{flattened, standalone};

    /// A dense layer of computed weights is a product of matrices, to which the bias is added.
    #[approx(1e-5)]
    #[group(replace_non_const_fc_with_batch_matmul)]
    #[group(opt_in)]
    rule turn_biased_fc_into_product {
        match fc @ FullyConnected(x: f32[.., k], w: f32[_, k], b: f32[_]) { act, .. }
        where !w.is_const(), act != Activation::SignBit
        let Some(path) = flattened(x, fc.result(0));
        rewrite {
            let product = BatchMatMul(x, w) { adj_y: true };
            Add(path.over(product), b) { act }
        }
        cost ops <= 2
        example { x: f32[2, 4], w: f32[3, 4], b: f32[3] }
        example { x: const f32[2, 3, 4], w: f32[5, 4], b: const f32[5] }
        example { x: f32[2, 3, 4], w: f32[5, 4], b: f32[5], fc.keep_num_dims = true }
        counterexample { x: f32[2, 4], w: const f32[3, 4], b: f32[3] }
        counterexample { x: f32[2, 2], w: f32[3, 4], b: f32[3] }
        counterexample { x: f32[2, 4], w: f32[3, 4], b: f32[3], act = Activation::SignBit }
    }

    /// A dense layer of computed weights is a product of matrices, and its activation an operator behind it.
    #[approx(1e-5)]
    #[group(replace_non_const_fc_with_batch_matmul)]
    #[group(opt_in)]
    rule turn_fc_into_product {
        match fc @ FullyConnected(x: f32[.., k], w: f32[_, k], b?) { act, .. }
        where !w.is_const(), b.is_none()
        let Some(path) = flattened(x, fc.result(0));
        let Some(activation) = standalone(act);
        rewrite {
            let product = BatchMatMul(x, w) { adj_y: true };
            activation.over(path.over(product))
        }
        cost ops <= 2
        example { x: f32[2, 4], w: f32[3, 4] }
        example { x: f32[2, 3, 4], w: f32[5, 4] }
        counterexample { x: f32[2, 4], w: const f32[3, 4] }
        counterexample { x: f32[2, 4], w: f32[3, 4], b: f32[3] }
        counterexample { x: f32[2, 4], w: f32[3, 4], act = Activation::SignBit }
    }
}
