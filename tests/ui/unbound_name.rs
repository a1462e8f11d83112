optimizer_macros::patterns! {
    /// Two negations cancel.
    #[exact]
    rule cancel {
        match Neg(Neg(x)) { .. }
        rewrite y
        example { x: f32[2] }
    }

    /// Two negations cancel.
    #[exact]
    rule keep {
        match Mul(Neg(Neg(x)), y)
        rewrite Mul(x, y) { act }
        example { x: f32[2], y: f32[2] }
    }
}

fn main() {}
