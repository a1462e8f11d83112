patterns! {
    use optimizer_core::circle::schema::RoPEMode;
    use optimizer_core::consts::{Rows, negate_first, per_channel, pick_rows, scale_rows, signs};
    use optimizer_core::views::{Path, moved, moved_shared, signed_slice, turned_features};

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

    /// Turned by the angles of two tables.
    def rotated(x, cos, sin, first, second) = Add(Mul(x, cos), Mul(turned(x, first, second), sin));

    /// `x * cos + turned(x) * sin`, the halves turned towards each other, is one rotary embedding.
    #[approx(1e-6)]
    #[group(fuse_rope)]
    rule fuse_rope {
        match Add(Mul(x: f32[_, _, _, d], cos: f32[.., d]), Mul(turned(x, first, second), sin: f32[.., d]))
        where d % 2 == 0, first == Rows::minus(d / 2..d), second == Rows::plus(0..d / 2)
        where cos.rank() == 4, sin.shape() == cos.shape()
        rewrite RoPE(x, sin, cos) { mode: RoPEMode::GptNeox }
        cost ops < 0
        example {
            x: f32[1, 2, 3, 8], cos: f32[1, 1, 3, 8], sin: f32[1, 1, 3, 8],
            first = Rows::minus(4..8), second = Rows::plus(0..4)
        }
        counterexample {
            x: f32[1, 2, 3, 8], cos: f32[1, 1, 3, 8], sin: f32[1, 1, 3, 8],
            first = Rows::minus(5..8), second = Rows::plus(0..5)
        }
        counterexample {
            x: f32[1, 2, 3, 8], cos: f32[1, 1, 3, 8], sin: f32[1, 1, 3, 8],
            first = Rows::plus(4..8), second = Rows::minus(0..4)
        }
        counterexample {
            x: f32[1, 2, 3, 8], cos: f32[1, 1, 3, 1], sin: f32[1, 1, 3, 1],
            first = Rows::minus(4..8), second = Rows::plus(0..4)
        }
    }

    /// A scalar on the scores of rotated queries moves into the dense layer that makes the queries.
    #[approx(1e-5)]
    #[group(attention)]
    rule fold_score_scale_through_rotation {
        match Mul(
            scores @ BatchMatMul(
                rotated(
                    moved(fc @ FullyConnected(x, w: const f32[n, k], b?: const f32[n]) { .. }, path),
                    cos, sin, first, second,
                ),
                y,
            ) { adj_x, .. },
            c: const f32,
        )
        where c.len() == 1
        let Some(s) = per_channel(&c, n);
        rewrite {
            let layer = FullyConnected(x, scale_rows(&w, &s), b.map(|b| &b * &s)) { ..fc };
            let query = path.over(layer);
            let turned = Concatenation(first.of(&query), second.of(&query)) { axis: cos.rank() as i32 - 1 };
            BatchMatMul(Add(Mul(&query, cos), Mul(turned, sin)), y) { adj_x, ..scores }
        }
        cost ops < 0, bytes <= 256
        example {
            x: f32[2, 4], w: f32[6, 4], b?: f32[6], path = Path::heads([1, 2, 1, 6]), y: f32[1, 1, 6, 3],
            cos: f32[1, 1, 2, 6], sin: f32[1, 1, 2, 6], c: f32[], first = Rows::minus(3..6),
            second = Rows::plus(0..3)
        }
        counterexample {
            x: f32[2, 4], w: f32[6, 4], path = Path::direct(), y: f32[6, 3], cos: f32[2, 6], sin: f32[2, 6],
            c: f32[3], first = Rows::minus(3..6), second = Rows::plus(0..3)
        }
    }

    /// Both halves are cut out by one split.
    #[exact]
    #[priority(-2)]
    rule cut_halves_once {
        match turned(x: f32[.., d], first, second)
        where first.negative, !second.negative, second.range.start == 0
        where second.range.end == first.range.start, first.range.end == d, first.range.len() == d / 2
        rewrite {
            let halves = Split(x.rank() as i32 - 1, x) { num_splits: 2 };
            Concatenation(Neg(halves.result(1)), halves.result(0)) { axis: x.rank() as i32 - 1 }
        }
        cost ops < 0, traffic < 0
        example { x: f32[2, 6], first = Rows::minus(3..6), second = Rows::plus(0..3) }
        counterexample { x: f32[2, 6], first = Rows::plus(3..6), second = Rows::plus(0..3) }
    }

    /// What a table multiplies can be negated in the table.
    #[exact]
    #[priority(-3)]
    rule fold_negated_half_into_table {
        match Mul(whole @ Concatenation(Neg(hi: f32[.., h]), lo: f32[.., l]) { axis }, c: const f32) { act }
        where axis as usize + 1 == whole.result(0).rank()
        let Some(table) = negate_first(&c, h, h + l);
        rewrite Mul(Concatenation(hi, lo) { axis }, table) { act }
        cost ops < 0, bytes <= growth + 512
        example { hi: f32[2, 3], lo: f32[2, 3], c: f32[2, 6], axis = 1 }
        counterexample { hi: f32[2, 3], lo: f32[2, 3], c: f32[2, 1], axis = 1 }
        counterexample { hi: f32[2, 3], lo: f32[2, 3], c: f32[3], axis = 0 }
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
