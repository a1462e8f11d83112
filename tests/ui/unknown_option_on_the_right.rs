optimizer_macros::patterns! {
    /// Two negations cancel.
    #[exact]
    rule cancel {
        match Mul(Neg(x), Neg(y)) { act }
        rewrite Mul(x, y) { akt: act }
        example { x: f32[2], y: f32[2] }
    }
}

fn main() {}
