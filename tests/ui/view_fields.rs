optimizer_macros::patterns! {
    use optimizer_core::views::last_axis_slice;

    /// Two negations cancel.
    #[exact]
    rule cut {
        match Neg(last_axis_slice(x))
        rewrite x
        example { x: f32[2] }
    }
}

fn main() {}
