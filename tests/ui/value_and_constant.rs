optimizer_macros::patterns! {
    /// Two negations cancel.
    #[exact]
    rule fold {
        match Mul(Mul(x, c), c: const f32)
        rewrite Mul(x, &c * &c)
        example { x: f32[2], c: f32[2] }
    }
}

fn main() {}
