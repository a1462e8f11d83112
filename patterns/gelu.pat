patterns! {
    use optimizer_core::consts::scaled;
    use optimizer_core::rewrite::near::{GELU_CUBIC, GELU_SLOPE, Near, ROOT_HALF, ROOT_TWO, is_multiple};

    def cubed(x) = Pow(x, 3.0f32) | Mul(x, Mul(x, x)) | Mul(x, Square(x)) | Mul(x, Pow(x, 2.0f32));

    def erf_above_minus_one(x) = Add(CustomErf(Mul(x, ROOT_HALF) | Div(x, ROOT_TWO)), 1.0f32);

    def tanh_above_minus_one(x) = Add(Tanh(Mul(Add(x, Mul(cubed(x), GELU_CUBIC)), GELU_SLOPE)), 1.0f32);

    /// `x / 2 * (1 + erf(x / sqrt(2)))` is one activation, wherever it is halved.
    #[approx(1e-6)]
    #[group(fuse_gelu)]
    rule fuse_gelu_of_erf {
        match Mul(Mul(x: f32, 0.5f32), erf_above_minus_one(x))
            | Mul(Mul(x: f32, erf_above_minus_one(x)), 0.5f32)
        rewrite Gelu(x) { approximate: false }
        example { x: f32[2, 3] }
    }

    /// `x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))` is one activation, wherever it is halved.
    #[approx(1e-5)]
    #[group(fuse_gelu)]
    rule fuse_gelu_of_tanh {
        match Mul(Mul(x: f32, 0.5f32), tanh_above_minus_one(x))
            | Mul(Mul(x: f32, tanh_above_minus_one(x)), 0.5f32)
        rewrite Gelu(x) { approximate: true }
        example { x: f32[2, 3] }
    }

    /// A layer for the half of what is activated is a copy, which exports make to fold the factor into it.
    #[approx(1e-5)]
    #[group(fuse_gelu)]
    rule fuse_gelu_of_halved_copy {
        match Mul(
            FullyConnected(y, w2: const f32[m, k], b2?: const f32[m]) { keep_num_dims, .. },
            tanh_above_minus_one(
                shared fc @ FullyConnected(y, w1: const f32[m, k], b1?: const f32[m]) { keep_num_dims, .. },
            ),
        )
        where is_multiple(&w2, &w1, Near(0.5)), b1.is_some() == b2.is_some()
        where b2.iter().zip(&b1).all(|(b2, b1)| is_multiple(b2, b1, Near(0.5)))
        rewrite Gelu(fc.result(0)) { approximate: true }
        cost ops < 0, bytes < 0
        example {
            y: f32[2, 1], w1: f32[2, 1], w1 = [1.0f32, 2.0], b1: f32[2], b1 = [1.0f32, -1.0],
            w2: f32[2, 1], w2 = [0.5f32, 1.0], b2: f32[2], b2 = [0.5f32, -0.5]
        }
        example { y: f32[2, 1], w1: f32[2, 1], w1 = [1.0f32, 2.0], w2: f32[2, 1], w2 = [0.5f32, 1.0] }
        counterexample { y: f32[2, 3], w1: f32[4, 3], w2: f32[4, 3] }
        counterexample {
            y: f32[2, 1], w1: f32[2, 1], w1 = [1.0f32, 2.0], w2: f32[2, 1], w2 = [0.5f32, 1.0], b1: f32[2]
        }
    }

    /// An error function whose argument has its own dense layer, `sqrt(2)` times smaller, is half of an
    /// activation.
    #[approx(1e-5)]
    #[group(replace_with_fc_gelu_fc)]
    rule fuse_gelu_of_two_fcs {
        match last @ FullyConnected(
            Mul(
                fc @ FullyConnected(x, w1: const f32[m, k], b1: const f32[m]) { keep_num_dims, .. },
                Add(
                    CustomErf(FullyConnected(x, w2: const f32[m, k], b2: const f32[m]) { keep_num_dims, .. }),
                    1.0f32,
                ),
            ),
            w: const f32[n, m],
            b?,
        ) { act: _, .. }
        where is_multiple(&w2, &w1, ROOT_HALF), is_multiple(&b2, &b1, ROOT_HALF)
        rewrite FullyConnected(
            Gelu(FullyConnected(x, w1, b1) { ..fc }) { approximate: false },
            scaled(&w, 2.0),
            b,
        ) { ..last }
        cost ops < 0, bytes <= 0
        example {
            x: f32[2, 2], w1: f32[2, 2], w1 = [1.0f32, 2.0, 3.0, 4.0], b1: f32[2], b1 = [1.0f32, -1.0],
            w2: f32[2, 2], w2 = [0.70710677f32, 1.4142135, 2.1213202, 2.8284271],
            b2: f32[2], b2 = [0.70710677f32, -0.70710677], w: f32[3, 2], b?: f32[3]
        }
        counterexample {
            x: f32[2, 3], w1: f32[4, 3], b1: f32[4], w2: f32[4, 3], b2: f32[4], w: f32[2, 4], b?: f32[2]
        }
    }
}
