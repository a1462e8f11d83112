optimizer_macros::patterns! {
    /// Two negations cancel.
    #[exact]
    rule drop_negations {
        match Neg(Neg(x))
        rewrite x
        example { x: f32[2] }
    }

    /// Two negations cancel.
    #[exact]
    rule drop_known_negations {
        match Neg(Neg(x: f32[n]))
        where n > 2
        rewrite x
        example { x: f32[3] }
    }
}

fn main() {}
