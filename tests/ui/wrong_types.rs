optimizer_macros::patterns! {
    /// Two negations cancel.
    #[exact]
    rule cancel {
        match Neg(Neg(x: f32[n, m]))
        where n + m
        let k: i32 = n;
        rewrite x
        cost ops
        example { x: f32[2, 2] }
    }
}

fn main() {}
