optimizer_macros::patterns! {
    /// Two negations cancel.
    #[exact]
    rule not_last {
        match Neg(AddN(rest.., x))
        rewrite AddN(rest.., x)
        example { x: f32[2], rest: [] }
    }

    /// Two negations cancel.
    #[exact]
    rule twice {
        match Neg(AddN(a.., b..))
        rewrite AddN(a.., b..)
        example { a: [f32[2]], b: [] }
    }

    /// Two negations cancel.
    #[exact]
    rule named {
        match Neg(AddN(x, all @ rest..))
        rewrite AddN(x, rest..)
        example { x: f32[2], rest: [] }
    }

    /// Two negations cancel.
    #[exact]
    rule typed {
        match Neg(AddN(x, rest..: f32))
        rewrite AddN(x, rest..)
        example { x: f32[2], rest: [] }
    }

    /// Two negations cancel.
    #[exact]
    rule not_last_on_the_right {
        match Neg(AddN(x, rest..))
        rewrite AddN(rest.., x)
        example { x: f32[2], rest: [] }
    }

    /// Two negations cancel.
    #[exact]
    rule nameless_on_the_right {
        match Neg(AddN(x, ..))
        rewrite AddN(x, ..)
        example { x: f32[2] }
    }

    /// Two negations cancel.
    #[exact]
    rule no_operator_on_the_right {
        match Neg(AddN(rest..))
        rewrite { let all = rest..; AddN(all..) }
        example { rest: [f32[2]] }
    }
}

fn main() {}
