patterns! {
    use optimizer_core::consts::{Rows, pick_rows, signs};
    use optimizer_core::views::{Path, moved_shared, signed_slice, turned_features};

    /// Two stretches of the last axis, negated or not, put together again: rotating halves is one case.
    def turned(x, first, second) =
        Concatenation(signed_slice(x, first), signed_slice(x, second)) { axis = x.rank() - 1 };

    /// Turning the halves of a dense layer's output only permutes and negates
    /// its features, so the weight rows can do it instead.
    #[exact]
    #[provisional]
    rule fold_turned_halves_into_fc {
        match turned(
            moved_shared(shared fc @ FullyConnected(x, w: const f32[n, k], b?: const f32[n]) { .. }, path),
            first,
            second,
        )
        let Some(rows) = turned_features(&path, fc.result(0).shape(), &first, &second);
        rewrite {
            let y = FullyConnected(x, pick_rows(&w, rows.clone()), b.map(|b| pick_rows(&b, rows))) { ..fc };
            path.over(y)
        }
        cost ops < 0, traffic < 0, bytes <= growth
        example {
            x: f32[2, 6], w: f32[8, 6], b?: f32[8], path = Path::direct(),
            first = Rows::minus(4..8), second = Rows::plus(0..4)
        }
        example {
            x: f32[2, 6], w: f32[8, 6], b?: f32[8], path = Path::direct(),
            first = Rows::plus(3..8), second = Rows::minus(0..3)
        }
        example {
            x: f32[2, 6], w: f32[8, 6], path = Path::heads([1, 2, 2, 4]),
            first = Rows::minus(2..4), second = Rows::plus(0..2)
        }
        counterexample {
            x: f32[2, 6], w: f32[8, 6], path = Path::direct(),
            first = Rows::minus(4..8), second = Rows::plus(0..4), fc.act = Relu
        }
        counterexample {
            x: f32[2, 6], w: f32[8, 6], path = Path::direct(),
            first = Rows::minus(4..8), second = Rows::plus(0..4), use fc
        }
    }

    /// Negating stretches of the last axis in place is a scale of ones and minus ones.
    #[exact]
    rule turn_signs_into_scale {
        match turned(x: f32[.., d], first, second)
        where first.range.start == 0, first.range.end == second.range.start, second.range.end == d
        where first.negative || second.negative
        rewrite Mul(x, signs(&[first, second]))
        cost ops < 0, traffic < 0, bytes <= growth + 512
        example { x: f32[2, 6], first = Rows::plus(0..3), second = Rows::minus(3..6) }
        example { x: f32[2, 6], first = Rows::minus(0..2), second = Rows::plus(2..6) }
        counterexample { x: f32[2, 6], first = Rows::minus(3..6), second = Rows::plus(0..3) }
    }

    /// Halves put together as they were are the whole.
    #[exact]
    rule rejoin_halves {
        match turned(x: f32[.., d], first, second)
        where first == Rows::plus(0..first.range.end), second == Rows::plus(first.range.end..d)
        rewrite x
        example { x: f32[2, 6], first = Rows::plus(0..2), second = Rows::plus(2..6) }
        counterexample { x: f32[2, 6], first = Rows::plus(2..6), second = Rows::plus(0..2) }
    }
}
