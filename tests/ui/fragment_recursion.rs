optimizer_macros::patterns! {
    def twice(x) = Neg(again(x));
    def again(x) = Neg(twice(x));

    /// Two negations cancel.
    #[exact]
    rule cancel {
        match twice(x)
        rewrite x
        example { x: f32[2] }
    }
}

fn main() {}
