optimizer_macros::patterns! {
    /// Two negations cancel.
    #[exact]
    rule cancel {
        match Mul(Neg(x), Neg(y))
        rewrite Mul(x, y) { act: 7 }
        example { x: f32[2], y: f32[2] }
    }
}

fn main() {}
