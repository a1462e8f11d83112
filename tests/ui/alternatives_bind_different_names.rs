optimizer_macros::patterns! {
    /// Two negations cancel.
    #[exact]
    rule cancel {
        match Neg(Neg(x) | Abs(y))
        rewrite x
        example { x: f32[2] }
    }
}

fn main() {}
