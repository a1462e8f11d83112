patterns! {
    use optimizer_core::elements::{expand_one_axis, is_all, quotient};
    use optimizer_core::views::standalone;

    /// Adding nothing changes nothing but the sign of a zero; an activation stays.
    #[exact]
    #[group(remove_unnecessary_add)]
    rule drop_zero_shift {
        match Add(x, c: const f32) { act, .. }
        where is_all(&c, 0.0)
        let Some(activation) = standalone(act);
        rewrite activation.over(x)
        cost ops <= 0, traffic < 0
        example { x: f32[2, 3], c: f32[3], c = [0.0f32, -0.0, 0.0] }
        example { x: f32[2, 3], c: f32[1, 1], c = [0.0f32] }
        counterexample { x: f32[1, 3], c: f32[2, 3], c = [0.0f32; 6] }
        counterexample { x: f32[3], c: f32[1, 1], c = [0.0f32] }
        counterexample { x: f32[2, 3], c: f32[], c = [1.0e-38f32] }
    }

    /// Subtracting nothing changes nothing.
    #[exact]
    rule drop_zero_difference {
        match Sub(x, c: const f32) { act, .. }
        where is_all(&c, 0.0)
        let Some(activation) = standalone(act);
        rewrite activation.over(x)
        cost ops <= 0, traffic < 0
        example { x: f32[2, 3], c: f32[], c = [0.0f32] }
        counterexample { x: f32[1, 3], c: f32[2, 3], c = [0.0f32; 6] }
    }

    /// A factor of one changes nothing; an activation stays.
    #[exact]
    #[group(remove_unnecessary_mul)]
    rule drop_unit_scale {
        match Mul(x, c: const f32) { act }
        where is_all(&c, 1.0)
        let Some(activation) = standalone(act);
        rewrite activation.over(x)
        cost ops <= 0, traffic < 0
        example { x: f32[2, 3], c: f32[3], c = [1.0f32; 3] }
        counterexample { x: f32[1, 3], c: f32[2, 3], c = [1.0f32; 6] }
        counterexample { x: f32[2, 3], c: f32[], c = [-1.0f32] }
    }

    /// Dividing by one changes nothing; an activation stays.
    #[exact]
    #[group(remove_unnecessary_div)]
    rule drop_unit_divisor {
        match Div(x, c: const f32) { act }
        where is_all(&c, 1.0)
        let Some(activation) = standalone(act);
        rewrite activation.over(x)
        cost ops <= 0, traffic < 0
        example { x: f32[2, 3], c: f32[3], c = [1.0f32; 3] }
        counterexample { x: f32[1, 3], c: f32[2, 3], c = [1.0f32; 6] }
    }

    /// Subtracting a constant is adding its negation, which other rules can fold.
    #[exact]
    #[group(replace_sub_with_add)]
    rule turn_subtraction_into_shift {
        match Sub(x, c: const f32) { act, .. }
        where !is_all(&c, 0.0)
        rewrite Add(x, c.mapv(|c| -c)) { act }
        cost ops <= 0, traffic <= 0, bytes <= 0
        example { x: f32[2, 3], c: f32[3] }
        example { x: f32[3], c: f32[2, 1] }
    }

    /// A constant over a scaled value is the quotient of both over the value.
    #[approx(1e-6)]
    #[group(fuse_mul_with_div)]
    rule divide_by_scale {
        match Div(c1: const f32, Mul(x, c2: const f32)) { act }
        let Some(c) = quotient(&c1, &c2);
        rewrite Div(c, x) { act }
        cost ops < 0, bytes <= 0
        example { x: f32[2, 3], c1: f32[1], c2: f32[] }
        counterexample { x: f32[2, 3], c1: f32[], c2: f32[], c2 = [0.0f32] }
        counterexample { x: f32[3], c1: f32[], c1 = [1.0e-30f32], c2: f32[], c2 = [1.0e30f32] }
    }

    /// A scaled value over a constant is scaled by the quotient.
    #[approx(1e-6)]
    #[group(fuse_mul_with_div)]
    rule scale_by_quotient {
        match Div(Mul(x, c1: const f32), c2: const f32) { act }
        let Some(c) = quotient(&c1, &c2);
        rewrite Mul(x, c) { act }
        cost ops < 0, bytes <= 0
        example { x: f32[2, 3], c1: f32[1, 1], c2: f32[] }
        example { x: f32[2, 3], c1: f32[3], c2: f32[] }
        counterexample { x: f32[2, 3], c1: f32[], c2: f32[], c2 = [0.0f32] }
    }

    /// One over a square root is a reciprocal square root.
    #[approx(1e-6)]
    #[group(fuse_rsqrt)]
    rule fuse_rsqrt {
        match Div(1.0f32, Sqrt(x: f32))
        rewrite Rsqrt(x)
        example { x: f32[2, 3] }
    }

    /// Dividing by a square root is multiplying by its reciprocal.
    #[approx(1e-6)]
    #[group(transform_sqrt_div_to_rsqrt_mul)]
    rule turn_division_by_root_into_product {
        match Div(x: f32, root @ Sqrt(y)) { act }
        rewrite Mul(x, Rsqrt(y)) { act }
        cost ops <= 0, traffic <= 0
        example { x: f32[2, 3], y: f32[2, 1] }
        counterexample { x: f32[2, 3], y: f32[2, 1], use root }
    }

    /// A constant that is broadcast along one axis is stored in full, for backends that do not broadcast.
    #[exact]
    #[group(expand_broadcast_const)]
    #[group(opt_in)]
    rule expand_broadcast_constant {
        match op @ (Add | Mul | Div)(x, c: const f32) { act: _, .. }
        let Some(full) = expand_one_axis(&c, x.shape());
        rewrite op(x, full) { ..op }
        cost ops == 0
        example { x: f32[2, 3], c: f32[2, 1] }
        example { x: f32[2, 3], c: f32[1, 3] }
        counterexample { x: f32[2, 3], c: f32[1, 1] }
        counterexample { x: f32[2, 3], c: f32[3] }
        counterexample { x: f32[1, 3], c: f32[2, 3] }
    }
}
