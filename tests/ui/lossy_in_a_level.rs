optimizer_macros::patterns! {
    /// Two negations cancel.
    #[lossy]
    rule cancel {
        match Neg(Neg(x))
        rewrite x
        example { x: f32[2] }
    }
}

fn main() {}
