patterns! {
    /// Two sums of the same value.
    #[exact]
    #[group(O2)]
    #[priority(-3)]
    rule two_roots {
        match { a @ Add(x, y), b @ Neg(Abs(x)).0 }
        where x.rank() == 2, y.rank() == 2
        rewrite {
            let s = Sub(x, y);
            a => s;
            b => Neg(s);
        }
        cost ops < 1
        example { x: f32[2, 3], y: f32[2, 3] }
    }

    /// One of several activations behind a reshape or not.
    #[exact]
    rule alternatives {
        match Mul(r @ (Relu(x) | Relu6(Neg(x))), 2.0 | -1.5) { act: Relu | Relu6 }
        rewrite x
        example { x: f32[2, 3] }
    }

    def negated_sum(x, others..) = Neg(AddN(x, others..)) where others.len() < 3;

    /// A rest below the root, through a fragment, twice, and one that is ignored.
    #[exact]
    rule rest_operands {
        match Sub(negated_sum(x, rest..), Concatenation(AddN(y, rest..), ..) { axis })
        rewrite Concatenation(AddN(x, rest..), AddN(y, rest.iter().rev().copied()..)) { axis }
        cost ops < 0
        example { x: f32[2, 3], y: f32[2, 3], rest: [f32[2, 3], f32[2, 3]] }
        counterexample { x: f32[2, 3], y: f32[2, 3], rest: [] }
    }
}
