//! Constructs of the pattern language that the rules at hand do not use; a rule's examples are its test.
//!
//! Invariant: the rules here are right, but nobody is meant to run them.

mod rest {
    optimizer_macros::patterns! {
        def negated_sum(x, others..) = Neg(AddN(x, others..)) where others.len() < 3;

        /// Two negations of a sum cancel: a rest passes through a fragment, below the root.
        #[exact]
        rule drop_two_negations {
            match Neg(negated_sum(x, others..))
            rewrite AddN(x, others..)
            example { x: f32[2], others: [] }
            example { x: f32[2], others: [f32[2], f32[2]] }
            counterexample { x: f32[2], others: [f32[2], f32[2], f32[2]] }
            counterexample { x: f32[2], others: [f32[2]], use negated_sum }
        }

        /// What two sums have in common cancels in their difference: a rest occurs twice.
        #[approx(1e-5)]
        rule cancel_common_terms {
            match Sub(sum @ AddN(x, terms..), AddN(y, terms..)) { act }
            rewrite Sub(x, y) { act }
            example { x: f32[2], y: f32[2], terms: [f32[2], f32[2]] }
            counterexample { x: f32[2], y: f32[2], terms: [f32[2]], use sum }
        }

        /// A negated term is a difference: any iterable passes operands on.
        #[approx(1e-6)]
        rule subtract_negated_term {
            match AddN(Neg(x), terms..)
            where !terms.is_empty()
            rewrite Sub(AddN(terms.iter().rev().copied()..), x)
            cost ops <= 0
            example { x: f32[2], terms: [f32[2], f32[2]] }
            counterexample { x: f32[2], terms: [] }
        }

        /// The rank of stacked values follows from one of them: the others are ignored.
        #[exact]
        rule fold_rank_of_pack {
            match Rank(Pack(x, ..) { .. })
            rewrite x.rank() as i32 + 1
            example { x: f32[2, 3] }
        }

        /// Two equal sums are one: a rest within a group is a list per member.
        #[exact]
        #[group(opt_in)]
        rule share_sum {
            match each sum @ AddN(x, terms..) sharing x
            where sum.len() == 2, terms[0] == terms[1]
            rewrite {
                let once = AddN(x, terms[0].clone()..);
                let twice = Pack(once, once) { values_count: 2 };
                each sum => Unpack(twice) { num: 2 };
            }
            cost ops < 2
            example { x: f32[2], terms: [f32[2]] }
        }
    }
}

mod alternatives {
    optimizer_macros::patterns! {
        /// Neither one nor minus one changes the magnitude of a matrix.
        #[exact]
        rule drop_sign_before_abs {
            match Abs(Mul(x, 1.0f32 | -1.0f32))
            where x.rank() == 2
            rewrite Abs(x)
            example { x: f32[2, 3] }
            counterexample { x: f32[3] }
        }
    }

    /// Neither the other operand order nor the other alternative hides the guard.
    #[test]
    fn the_guard_is_the_reason() {
        let reason = optimizer_core::testing::reason(&RULES[0], 1);
        assert!(reason.contains("`x.rank() == 2` does not hold"), "{reason}");
    }
}

mod sets {
    optimizer_macros::patterns! {
        /// A sign is taken off before what does not see it: the right side has the operator that matched.
        #[exact]
        rule drop_negation_below_even_function {
            match even @ (Abs | Square | Cos)(Neg(x))
            rewrite even(x) { ..even }
            example { x: f32[2, 3] }
        }

        /// A common factor leaves a sum or a difference: a set below the root, with attributes.
        #[approx(1e-5)]
        rule factor_out {
            match sum @ (Add | Sub)(Mul(x: f32, y), Mul(x, z)) { act, .. }
            rewrite Mul(x, sum(y, z) { act: Activation::None, ..sum }) { act }
            example { x: f32[2, 3], y: f32[2, 3], z: f32[2, 3] }
        }
    }
}

mod results {
    optimizer_macros::patterns! {
        /// Parts of given sizes that are equal: all results of the root are replaced, one by one.
        #[exact]
        rule turn_split_v_into_split {
            match SplitV(x, sizes: const i32[_], axis: const i32[]) { num_splits }
            where sizes.iter().all(|&size| size == sizes[0])
            rewrite Split(axis, x) { num_splits }
            cost ops <= 0
            example { x: f32[6, 2], sizes: i32[3], sizes = [2, 2, 2], axis: i32[], axis = 0, num_splits = 3 }
            counterexample { x: f32[6, 2], sizes: i32[2], sizes = [2, 4], axis: i32[], axis = 0, num_splits = 2 }
        }
    }
}

mod growth {
    use optimizer_core::rewrite::{Options, Target, optimize};
    use optimizer_core::testing::Choices;

    optimizer_macros::patterns! {
        /// A sign taken off twice is back.
        #[exact]
        rule drop_inner_negation {
            match Abs(Neg(Neg(x)))
            rewrite Abs(x)
            cost ops < 0, bytes <= growth + 4096
            example { x: f32[2] }
        }
    }

    /// A cost may add to a budget without bounds.
    #[test]
    fn unlimited_growth_is_still_a_number() {
        Choices::all(|choices| {
            let mut instance = RULES[0].examples[0].instance(choices).expect("the example can be built");
            let options = Options { max_growth: f64::MAX, ..Options::new(Target::circle()) };
            let outcome = optimize(&mut instance.model, &[&RULES[0]], &options);
            assert_eq!(outcome.kept().count(), 1);
        });
    }
}
