optimizer_macros::patterns! {
    use optimizer_core::views::swap_last_two;

    def one(x) = Neg(AddN(x));
    def many(rest..) = Neg(AddN(rest..));
    def mixed(rest..) = Neg(rest);

    /// Two negations cancel.
    #[exact]
    rule rest_as_one_operand {
        match Neg(AddN(x, rest..))
        rewrite Add(x, rest)
        example { x: f32[2], rest: [] }
    }

    /// Two negations cancel.
    #[exact]
    rule one_operand_as_rest {
        match Neg(Neg(x))
        rewrite AddN(x..)
        example { x: f32[2] }
    }

    /// Two negations cancel.
    #[exact]
    rule both {
        match Neg(AddN(rest, rest..))
        rewrite rest
        example { rest: [f32[2]] }
    }

    /// Two negations cancel.
    #[exact]
    rule no_list {
        match Neg(AddN(x, rest..))
        rewrite AddN(x, rest..)
        example { x: f32[2], rest: f32[2] }
        example { x: f32[2] }
    }

    /// Two negations cancel.
    #[exact]
    rule shared_by_a_group {
        match each a @ AddN(x, rest..) sharing x, rest
        rewrite { each a => AddN(x, rest[0]..); }
        cost ops < 0
        example { x: f32[2], rest: [f32[2]] }
    }

    /// Two negations cancel.
    #[exact]
    rule rest_for_one_parameter {
        match Neg(AddN(one(rest..)))
        rewrite AddN(rest..)
        example { rest: [f32[2]] }
    }

    /// Two negations cancel.
    #[exact]
    rule one_for_a_rest_parameter {
        match Neg(many(x))
        rewrite x
        example { x: f32[2] }
    }

    /// Two negations cancel.
    #[exact]
    rule unlike_parameter {
        match Neg(AddN(mixed(rest..)))
        rewrite AddN(rest..)
        example { rest: [f32[2]] }
    }

    /// Two negations cancel.
    #[exact]
    rule rest_of_a_view {
        match Neg(swap_last_two(x..))
        rewrite AddN(x..)
        example { x: [f32[2]] }
    }
}

fn main() {}
