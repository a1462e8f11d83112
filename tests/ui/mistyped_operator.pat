patterns! {
    /// Two negations cancel.
    #[exact]
    rule drop {
        match Mull(Neg(x), Neg(y))
        rewrite Mul(x, y)
        example { x: f32[2], y: f32[2] }
    }
}
