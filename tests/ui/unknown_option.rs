optimizer_macros::patterns! {
    /// Two negations cancel.
    #[exact]
    rule cancel {
        match Mul(Neg(x), Neg(y)) { akt }
        rewrite Mul(x, y) { act: akt }
        example { x: f32[2], y: f32[2] }
    }
}

fn main() {}
