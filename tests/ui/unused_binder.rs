#![deny(unused_variables)]

optimizer_macros::patterns! {
    /// Two negations cancel.
    #[exact]
    rule cancel {
        match Mul(Neg(x), y)
        rewrite Abs(x)
        example { x: f32[2], y: f32[2] }
    }
}

fn main() {}
