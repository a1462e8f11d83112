optimizer_macros::patterns! {
    /// Two negations cancel.
    #[exact]
    rule turn {
        match Neg(Abs(x))
        rewrite Mul(Abs(x), -1.0)
        example { x: f32[2] }
    }
}

fn main() {}
