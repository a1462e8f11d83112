optimizer_macros::patterns! {
    /// Two negations cancel.
    #[exact]
    rule pair {
        match { a @ Neg(x), b @ Neg(y) }
        rewrite {
            a => Abs(x);
            b => Abs(y);
        }
        cost traffic < 0
        example { x: f32[2], y: f32[2] }
    }
}

fn main() {}
