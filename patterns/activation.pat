patterns! {
    use optimizer_core::elements::is_about;
    use optimizer_core::views::{activated, compose_activations};

    /// An activation is fused into the operator before it, whichever takes one.
    #[exact]
    #[group(fuse_activation_function)]
    rule fuse_activation {
        match act @ (Relu | Relu6 | ReluN1To1)(activated(op, inner))
        where inner == Activation::None
        let Some(fused) = act.as_activation();
        rewrite op.with(fused)
        example { op: f32[1, 3, 3, 2], inner = Activation::None }
        counterexample { op: f32[1, 3, 3, 2], inner = Tanh }
    }

    /// Of two activations one does both, where one interval of results lies within the other.
    #[exact]
    #[group(fuse_activation_function)]
    rule absorb_activation {
        match act @ (Relu | Relu6)(activated(op, inner))
        where inner != Activation::None
        let Some(fused) = act.as_activation().and_then(|outer| compose_activations(inner, outer));
        rewrite op.with(fused)
        example { op: f32[1, 3, 3, 2], inner = Relu }
        example { op: f32[1, 3, 3, 2], inner = Relu6 }
        counterexample { op: f32[1, 3, 3, 2], inner = ReluN1To1 }
        counterexample { op: f32[1, 3, 3, 2], inner = Tanh }
    }

    /// Of two clamps in a row one does both, where one interval lies within the other.
    #[exact]
    rule absorb_clamp {
        match outer @ (Relu | Relu6)(Relu(x))
        rewrite outer(x) { ..outer }
        example { x: f32[2, 3] }
    }

    /// What is clamped to zero and six already is not changed by a clamp to zero.
    #[exact]
    rule drop_clamp {
        match (Relu | Relu6)(Relu6(x))
        rewrite Relu6(x)
        example { x: f32[2, 3] }
    }

    /// The larger of a value and zero is its positive part.
    /// What is not a number may come out as a bound.
    #[approx(1e-6)]
    #[drops_nan]
    rule turn_maximum_into_relu {
        match Maximum(x, 0.0f32)
        rewrite Relu(x)
        cost ops <= 0, traffic <= 0, bytes <= 0
        example { x: f32[2, 3] }
    }

    /// At most six and at least zero, one after the other, is one clamp.
    /// What is not a number may come out as a bound.
    #[approx(1e-6)]
    #[drops_nan]
    #[group(transform_min_max_to_relu6)]
    rule turn_bounds_into_relu6 {
        match Maximum(Minimum(x, 6.0f32), 0.0f32) | Minimum(Maximum(x, 0.0f32), 6.0f32)
        rewrite Relu6(x)
        example { x: f32[2, 3] }
    }

    /// At most one and at least minus one, one after the other, is one clamp.
    /// What is not a number may come out as a bound.
    #[approx(1e-6)]
    #[drops_nan]
    rule turn_bounds_into_relu_n1_to_1 {
        match Maximum(Minimum(x, 1.0f32), -1.0f32) | Minimum(Maximum(x, -1.0f32), 1.0f32)
        rewrite ReluN1To1(x)
        example { x: f32[2, 3] }
    }

    /// The positive part of what is at most six is one clamp, and so the other way round.
    /// What is not a number may come out as a bound.
    #[approx(1e-6)]
    #[drops_nan]
    #[group(transform_min_relu_to_relu6)]
    rule turn_bounded_relu_into_relu6 {
        match Relu(Minimum(x, 6.0f32)) | Minimum(Relu(x), 6.0f32)
        rewrite Relu6(x)
        example { x: f32[2, 3] }
    }

    /// The positive part and a multiple of the negative part, told from the absolute value.
    #[approx(1e-5)]
    #[group(fuse_prelu)]
    rule fuse_prelu_of_abs {
        match sum @ Add(Relu(x), Mul(Mul(Sub(x, Abs(x)) { .. }, alpha: const f32), 0.5f32)
            | Mul(Mul(Sub(x, Abs(x)) { .. }, 0.5f32), alpha: const f32)) { .. }
        where sum.result(0).shape() == x.shape()
        rewrite PRelu(x, alpha)
        example { x: f32[2, 3, 4], alpha: f32[4] }
        example { x: f32[2, 3, 4], alpha: f32[1, 1] }
        counterexample { x: f32[2, 3, 1], alpha: f32[4] }
    }

    /// The same once constants in a row are one.
    #[approx(1e-5)]
    #[group(fuse_prelu)]
    rule fuse_prelu_of_half_abs {
        match sum @ Add(Relu(x), Mul(Sub(x, Abs(x)) { .. }, half: const f32)) { .. }
        where sum.result(0).shape() == x.shape()
        let alpha = half.mapv(|x| 2.0 * x);
        rewrite PRelu(x, alpha)
        example { x: f32[2, 3, 4], half: f32[4] }
        counterexample { x: f32[2, 3, 1], half: f32[4] }
    }

    /// The positive part and a multiple of the positive part of the negation.
    #[approx(1e-5)]
    rule fuse_prelu_of_negation {
        match sum @ Add(Relu(x), Mul(Relu(Neg(x)), c: const f32)) { .. }
        where sum.result(0).shape() == x.shape()
        let alpha = c.mapv(|x| -x);
        rewrite PRelu(x, alpha)
        example { x: f32[2, 3, 4], c: f32[4] }
        counterexample { x: f32[2, 3, 1], c: f32[4] }
    }

    /// What is clamped to zero and six, three to the right of `x`.
    def six_sided(x) = Relu6(Add(x, 3.0f32) { .. }) | Add(x, 3.0f32) { act: Activation::Relu6, .. };

    /// A value times a sixth of itself clamped, three to the right, is a hard swish.
    #[approx(1e-6)]
    rule fuse_hard_swish {
        match Mul(Mul(x: f32, six_sided(x)), sixth: const f32)
            | Mul(x: f32, Mul(six_sided(x), sixth: const f32))
        where is_about(&sixth, 1.0 / 6.0)
        rewrite HardSwish(x)
        example { x: f32[2, 3], sixth: f32[], sixth = [1.0f32 / 6.0] }
        counterexample { x: f32[2, 3], sixth: f32[], sixth = [0.2f32] }
    }

    /// A hard swish whose sixth is a division.
    #[approx(1e-6)]
    rule fuse_divided_hard_swish {
        match Div(Mul(x: f32, six_sided(x)), 6.0f32) | Mul(x: f32, Div(six_sided(x), 6.0f32))
        rewrite HardSwish(x)
        example { x: f32[2, 3] }
        counterexample { x: f32[2, 3], use six_sided }
    }

    /// A hard swish is a product with a clamped sum.
    #[approx(1e-6)]
    #[group(decompose_hardswish)]
    #[group(opt_in)]
    rule decompose_hard_swish {
        match HardSwish(x: f32)
        rewrite Mul(x, Mul(Relu6(Add(x, 3.0f32)), 1.0f32 / 6.0))
        cost ops == 3
        example { x: f32[2, 3] }
    }

    /// An activation of a transposed convolution is an operator of its own, since backends lack a fused one.
    #[exact]
    #[group(exp_disable_sep_transposeconv_actfunc)]
    #[group(opt_in)]
    #[priority(-1)]
    rule split_activation_of_transpose_conv {
        match conv @ TransposeConv(size, w, x, b?) { act, .. }
        where act != Activation::None
        let Some(activation) = optimizer_core::views::standalone(act);
        rewrite {
            let plain = TransposeConv(size, w, x, b) { act: Activation::None, ..conv };
            activation.over(plain)
        }
        cost ops == 1
        example {
            size: const i32[4], size = [1, 4, 4, 3], w: f32[3, 2, 2, 2], x: f32[1, 2, 2, 2], b?: f32[3],
            act = Relu6, conv.stride_h = 2, conv.stride_w = 2
        }
        counterexample {
            size: const i32[4], size = [1, 4, 4, 3], w: f32[3, 2, 2, 2], x: f32[1, 2, 2, 2],
            act = Activation::None, conv.stride_h = 2, conv.stride_w = 2
        }
    }
}
