optimizer_macros::patterns! {
    /// Two negations cancel.
    #[exact]
    rule cancel {
        match Neg(Neg(x))
        rewrite x
        counterexample { x: f32[2] }
    }
}

fn main() {}
