patterns! {
    /// Two negations cancel.
    #[exact]
    rule drop {
        match Mul(Neg(x), Neg(y), z)
        rewrite Mul(x, y, z)
        example { x: f32[2], y: f32[2], z: f32[2] }
    }
}
