patterns! {
    use optimizer_core::consts::{all_finite, reciprocal};

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
        counterexample { x: f32[2, 3], c1: f32[], c1 = [3.0e38f32], c2: f32[], c2 = [3.0e38f32] }
    }

    /// Dividing by a constant is multiplying by its reciprocal, which other rules can fold.
    #[approx(1e-6)]
    rule turn_division_into_scale {
        match Div(x, c: const f32) { act }
        let Some(r) = reciprocal(&c);
        rewrite Mul(x, r) { act }
        cost ops <= 0, traffic <= 0, bytes <= 256
        example { x: f32[2, 3], c: f32[3] }
        example { x: f32[2, 3], c: f32[] }
        counterexample { x: f32[2, 3], c: f32[], c = [0.0f32] }
    }
}
