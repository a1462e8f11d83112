optimizer_macros::patterns! {
    /// Two negations cancel.
    #[exact]
    rule first {
        match Neg(Neg(x))
            where
        rewrite x
    }

    /// Two negations cancel.
    #[exact]
    rule second {
        match Neg(Neg(x))
        rewrote x
    }

    /// Two negations cancel.
    #[exact]
    rule third {
        match Neg(Neg(x))
        rewrite z
        example { x: f32[2] }
    }
}

fn main() {}
