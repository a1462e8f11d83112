patterns! {
    use optimizer_core::consts::{is_last_axis, per_channel};
    use ndarray::arr1;

    /// The mean of squares along the last axis, kept from zero.
    def power(x, axes, eps) =
        Add(
            Mean(Mul(x, x) | Square(x) | Pow(x, 2.0f32), axes: const i32) { keep_dims: true },
            eps: const f32,
        );

    /// Dividing by the root mean square along the last axis is one operator.
    #[approx(1e-6)]
    #[group(fuse_rmsnorm)]
    rule fuse_rms_norm {
        match Mul(x: f32[.., d], Rsqrt(power(x, axes, eps)) | Div(1.0f32, Sqrt(power(x, axes, eps))))
            | Div(x: f32[.., d], Sqrt(power(x, axes, eps)))
        where d > 0, is_last_axis(&axes, x.rank())
        where eps.len() == 1, eps.iter().all(|&e| e > 0.0 && e.is_finite())
        let Some(&epsilon) = eps.first();
        rewrite RmsNorm(x, arr1(&[1.0f32])) { epsilon }
        cost ops < 0, bytes <= 64
        example { x: f32[1, 2, 4], axes: i32[1], axes = [-1], eps: f32[], eps = [1.0e-5f32] }
        example { x: f32[1, 2, 4], axes: i32[], axes = [2], eps: f32[], eps = [1.0e-5f32] }
        counterexample { x: f32[1, 2, 4], axes: i32[1], axes = [0], eps: f32[], eps = [1.0e-5f32] }
        counterexample { x: f32[1, 2, 4], axes: i32[1], axes = [1], eps: f32[], eps = [1.0e-5f32] }
        counterexample { x: f32[1, 2, 4], axes: i32[2], axes = [1, 2], eps: f32[], eps = [1.0e-5f32] }
        counterexample {
            x: f32[1, 2, 4], axes: i32[1], axes = [-1], eps: f32[4], eps = [1.0f32, 2.0, 3.0, 4.0]
        }
    }

    /// A scale of the last axis behind the norm is part of it.
    #[approx(1e-6)]
    #[group(fuse_mul_with_rmsnorm)]
    rule fold_scale_into_rms_norm {
        match Mul(norm @ RmsNorm(x: f32[.., d], gamma: const f32) { .. }, c: const f32)
        where x.rank() >= c.ndim()
        let (Some(g), Some(s)) = (per_channel(&gamma, d), per_channel(&c, d));
        rewrite RmsNorm(x, g * s) { ..norm }
        cost ops < 0, bytes <= 0
        example { x: f32[1, 2, 4], gamma: f32[1], c: f32[4] }
        example { x: f32[1, 2, 4], gamma: f32[4], c: f32[1, 1, 4] }
        counterexample { x: f32[1, 2, 4], gamma: f32[1], c: f32[2, 1] }
        counterexample { x: f32[1, 2, 4], gamma: f32[1], c: f32[4], use norm }
    }
}
