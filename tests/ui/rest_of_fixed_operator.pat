patterns! {
    /// Two negations cancel.
    #[exact]
    rule drop {
        match Mul(Neg(x), rest..)
        rewrite Mul(x, rest..)
        example { x: f32[2], rest: [f32[2]] }
    }

    /// Two terms are a sum.
    #[exact]
    rule split {
        match Neg(AddN(x, rest..))
        rewrite Add(x, rest..)
        example { x: f32[2], rest: [f32[2]] }
    }
}
