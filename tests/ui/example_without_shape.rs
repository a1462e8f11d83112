optimizer_macros::patterns! {
    /// Two negations cancel.
    #[exact]
    rule fold {
        match Mul(Mul(x, c: const f32), 2.0)
        rewrite Mul(x, &c * 2.0)
        cost ops < 0
        example { x: f32[2] }
    }
}

fn main() {}
