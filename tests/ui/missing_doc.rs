optimizer_macros::patterns! {
    #[exact]
    rule cancel {
        match Neg(Neg(x))
        rewrite x
        example { x: f32[2] }
    }
}

fn main() {}
