optimizer_macros::patterns! {
    /// Two negations cancel.
    #[exact]
    rule cancel {
        match Neg(Neg(x))
        rewrite x
        example { x: f32[2] }
    }

    /// The absolute value is positive.
    #[exact]
    rule cancel {
        match Abs(Abs(x))
        rewrite Abs(x)
        example { x: f32[2] }
    }
}

fn main() {}
