patterns! {
    use optimizer_core::consts::{
        add_arrays, add_bias, bias_through, per_channel, product, scale_columns, scale_rows, scaled,
        shift_bias,
        stack_bias, stack_rows, with_last_axis_kept,
    };
    use optimizer_core::views::{Path, moved, per_feature, swap_last_two};

    /// A constant scale on a dense layer's output folds into its weights and bias.
    #[approx(1e-5)]
    #[group(fuse_mul_with_fullyconnected)]
    rule fold_scale_into_fc {
        match Mul(
            moved(fc @ FullyConnected(x, w: const f32[n, k], b?: const f32[n]) { .. }, path),
            c: const f32,
        ) { act }
        let Some(s) = per_feature(&c, &path, fc.result(0).shape(), n);
        rewrite {
            let scaled = FullyConnected(x, scale_rows(&w, &s), b.map(|b| &b * &s)) { act, ..fc };
            path.over(scaled)
        }
        cost ops < 0, bytes <= 0
        example { x: f32[2, 4], w: f32[3, 4], b?: f32[3], c: f32[3], path = Path::direct() }
        example { x: f32[2, 4], w: f32[3, 4], b?: f32[3], c: f32[], path = Path::direct() }
        example { x: f32[2, 4], w: f32[6, 4], b?: f32[6], c: f32[2, 1, 3], path = Path::heads([1, 2, 2, 3]) }
        counterexample { x: f32[3, 4], w: f32[3, 4], c: f32[3, 1], path = Path::direct() }
        counterexample { x: f32[2, 4], w: f32[6, 4], c: f32[2, 1], path = Path::heads([1, 2, 2, 3]) }
        counterexample { x: f32[2, 4], w: f32[3, 4], c: f32[3], path = Path::direct(), use fc }
        counterexample {
            x: f32[2, 1], w: f32[1, 1], w = [1.0e30f32], c: f32[], c = [1.0e30f32], path = Path::direct()
        }
    }

    /// A constant added to a dense layer's output is its bias.
    #[approx(1e-6)]
    #[group(fuse_add_with_fully_connected)]
    rule fold_shift_into_fc {
        match Add(
            moved(fc @ FullyConnected(x, w: const f32[n, k], b?: const f32[n]) { .. }, path),
            c: const f32,
        ) { act }
        let Some(s) = per_feature(&c, &path, fc.result(0).shape(), n);
        rewrite {
            let shifted = FullyConnected(x, w, shift_bias(b, &s)) { act, ..fc };
            path.over(shifted)
        }
        cost ops < 0, bytes <= 0
        example { x: f32[2, 4], w: f32[3, 4], b?: f32[3], c: f32[3], path = Path::direct() }
        example { x: f32[2, 4], w: f32[6, 4], b: f32[6], c: f32[2, 1, 3], path = Path::heads([1, 2, 2, 3]) }
        counterexample { x: f32[3, 4], w: f32[3, 4], c: f32[3, 1], path = Path::direct() }
        counterexample { x: f32[2, 4], w: f32[3, 4], c: f32[3], path = Path::direct(), fc.act = Relu }
    }

    /// A bias of zeros is none.
    #[exact]
    rule drop_zero_bias {
        match fc @ FullyConnected(x, w, b: const f32[_]) { act: _, .. }
        where b.iter().all(|&b| b == 0.0)
        rewrite FullyConnected(x, w, None::<f32>) { ..fc }
        cost ops <= 0, bytes <= 0, traffic < 0
        example { x: f32[2, 4], w: f32[3, 4], b: f32[3], b = [0.0f32, 0.0, 0.0] }
        counterexample { x: f32[2, 4], w: f32[3, 4], b: f32[3], b = [0.0f32, 1.0, 0.0] }
    }

    /// A constant scale on a dense layer's input folds into the columns of its weights.
    #[approx(1e-5)]
    #[group(fuse_mul_to_fullyconnected_weights)]
    rule fold_scale_before_fc {
        match fc @ FullyConnected(Mul(x: f32[.., k], c: const f32), w: const f32[n, k], b?) { act: _, .. }
        let Some(s) = per_channel(&c, k);
        where x.rank() >= c.ndim()
        rewrite FullyConnected(x, scale_columns(&w, &s), b) { ..fc }
        cost ops < 0, bytes <= 0
        example { x: f32[2, 4], c: f32[4], w: f32[3, 4], b?: f32[3] }
        example { x: f32[2, 4], c: f32[], w: f32[3, 4], b?: f32[3] }
        counterexample { x: f32[2, 4], c: f32[2, 1], w: f32[3, 4] }
    }

    /// A constant added to a dense layer's input goes through the weights into the bias.
    #[approx(1e-5)]
    rule fold_shift_before_fc {
        match fc @ FullyConnected(Add(x: f32[.., k], c: const f32), w: const f32[n, k], b?: const f32[n]) {
            act: _, ..
        }
        let Some(s) = per_channel(&c, k);
        where x.rank() >= c.ndim()
        rewrite FullyConnected(x, w, bias_through(&w, Some(s.view()), b)) { ..fc }
        cost ops < 0, bytes <= 0
        example { x: f32[2, 4], c: f32[4], w: f32[3, 4], b?: f32[3] }
        counterexample { x: f32[2, 4], c: f32[2, 1], w: f32[3, 4] }
        counterexample { x: f32[2, 1], c: f32[4], w: f32[3, 4] }
    }

    /// A constant added to a dense layer's input becomes a bias that is computed, and left to be folded.
    #[approx(1e-5)]
    #[group(fuse_add_to_fullyconnected_bias)]
    #[group(opt_in)]
    rule compute_shift_before_fc {
        match fc @ FullyConnected(Add(x: f32[.., k], c: const f32[k]), w: const f32[n, k], b?: const f32[n]) {
            act: _, ..
        }
        rewrite FullyConnected(x, w, FullyConnected(c, w, b) { keep_num_dims: true }) { ..fc }
        cost ops <= 0
        example { x: f32[2, 4], c: f32[4], w: f32[3, 4], b?: f32[3] }
        counterexample { x: f32[2, 1], c: f32[4], w: f32[3, 4] }
    }

    /// A scale of what is looked up in a table is a scale of the table.
    #[exact]
    rule fold_scale_into_table {
        match Mul(look @ Gather(table: const f32, i) { .. }, c: const f32)
        where c.len() == 1, look.result(0).rank() >= c.ndim()
        let Some(&factor) = c.first();
        rewrite Gather(scaled(&table, factor), i) { ..look }
        cost ops < 0, bytes <= 0
        example { table: f32[5, 3], i: i32[2], c: f32[], i = [4, 1] }
        counterexample { table: f32[5, 3], i: i32[2], c: f32[3], i = [4, 1] }
    }

    /// The sum of two dense layers of one input is one layer with the sum of the weights.
    #[approx(1e-5)]
    #[group(fuse_horizontal_fc_layers)]
    rule merge_sum_of_fcs {
        match Add(
            moved(fc @ FullyConnected(x, w1: const f32[n, k], b1?: const f32[n]) { keep_num_dims, .. }, path),
            moved(FullyConnected(x, w2: const f32[n, k], b2?: const f32[n]) { keep_num_dims, .. }, path),
        ) { act }
        let Some(w) = add_arrays(&w1, &w2);
        rewrite {
            let sum = FullyConnected(x, w, add_bias(&b1, &b2)) { act, ..fc };
            path.over(sum)
        }
        cost ops < 0, bytes <= 0
        example {
            x: f32[2, 4], w1: f32[3, 4], b1?: f32[3], w2: f32[3, 4], b2?: f32[3], path = Path::direct()
        }
        example { x: f32[2, 4], w1: f32[6, 4], w2: f32[6, 4], path = Path::heads([1, 2, 2, 3]) }
        counterexample { x: f32[2, 4], w1: f32[3, 4], w2: f32[3, 4], path = Path::direct(), use fc }
        counterexample { x: f32[2, 4], w1: f32[3, 4], w2: f32[3, 4], path = Path::direct(), fc.act = Relu }
    }

    /// A dense layer on a dense layer is one layer with the product of the weights, where that is smaller.
    #[approx(1e-5)]
    rule merge_chain_of_fcs {
        match fc @ FullyConnected(
            FullyConnected(x, w1: const f32[m, k], b1?: const f32[m]) { .. },
            w2: const f32[n, m],
            b2?: const f32[n],
        ) { act, .. }
        rewrite FullyConnected(x, product(&w2, &w1), bias_through(&w2, b1, b2)) { act, ..fc }
        cost ops < 0, bytes <= 0, macs <= 0
        example { x: f32[2, 4], w1: f32[6, 4], b1?: f32[6], w2: f32[3, 6], b2?: f32[3] }
        counterexample { x: f32[2, 8], w1: f32[2, 8], w2: f32[8, 2] }
    }

    /// Dense layers on one input, side by side in a concatenation, are one wider layer.
    #[exact]
    rule merge_concatenated_fcs {
        match Concatenation(
            fc @ FullyConnected(x, w1: const f32[n1, k], b1?: const f32[n1]) { act, keep_num_dims, .. },
            FullyConnected(x, w2: const f32[n2, k], b2?: const f32[n2]) { act, keep_num_dims, .. },
            rest..
        ) { axis }
        where axis as usize + 1 == fc.result(0).rank()
        let (w, b) = (stack_rows(&[w1, w2]), stack_bias(&[b1, b2], &[n1, n2]));
        rewrite Concatenation(FullyConnected(x, w, b) { act, ..fc }, rest..) { axis }
        cost ops < 0, bytes <= 0
        example { x: f32[2, 4], w1: f32[3, 4], b1: f32[3], w2: f32[5, 4], b2: f32[5], rest: [], axis = 1 }
        example { x: f32[2, 4], w1: f32[3, 4], w2: f32[5, 4], rest: [f32[2, 3], f32[2, 1]], axis = 1 }
        counterexample { x: f32[2, 4], w1: f32[3, 4], b1: f32[3], w2: f32[5, 4], rest: [], axis = 1 }
        counterexample { x: f32[2, 4], w1: f32[3, 4], w2: f32[3, 4], rest: [f32[2, 3]], axis = 0 }
        counterexample { x: f32[2, 4], w1: f32[3, 4], w2: f32[5, 4], rest: [f32[2, 3]], axis = 1, use fc }
    }

    /// A concatenation of one value is that value.
    #[exact]
    rule drop_single_concatenation {
        match Concatenation(x) { axis: _ }
        rewrite x
        example { x: f32[2, 3] }
    }

    /// A scalar on the scores of an attention head moves into the dense layer that makes the queries.
    #[approx(1e-5)]
    #[group(attention)]
    rule fold_score_scale_into_fc {
        match Mul(
            scores @ BatchMatMul(
                moved(fc @ FullyConnected(x, w: const f32[n, k], b?: const f32[n]) { .. }, path),
                y,
            ) { adj_x, .. },
            c: const f32,
        )
        where c.len() == 1
        let Some(s) = per_channel(&c, n);
        rewrite {
            let query = FullyConnected(x, scale_rows(&w, &s), b.map(|b| &b * &s)) { ..fc };
            BatchMatMul(path.over(query), y) { adj_x, ..scores }
        }
        cost ops < 0, bytes <= 0
        example { x: f32[2, 4], w: f32[6, 4], b?: f32[6], path = Path::direct(), y: f32[6, 3], c: f32[] }
        example {
            x: f32[2, 4], w: f32[6, 4], path = Path::heads([1, 2, 2, 3]), y: f32[1, 2, 3, 5], c: f32[1]
        }
        counterexample { x: f32[2, 4], w: f32[6, 4], path = Path::direct(), y: f32[6, 3], c: f32[3] }
    }

    /// Matrix products take their second operand transposed for the asking.
    #[approx(1e-6)]
    #[group(attention)]
    #[group(replace_non_const_fc_with_batch_matmul)]
    rule absorb_transpose_into_batch_matmul {
        match mm @ BatchMatMul(x, swap_last_two(y)) { adj_y, .. }
        rewrite BatchMatMul(x, y) { adj_y: !adj_y, ..mm }
        example { x: f32[2, 3, 4], y: f32[2, 5, 4] }
        example { x: f32[2, 3, 4], y: f32[2, 1, 4] }
        counterexample { x: f32[2, 3, 4], y: f32[2, 5, 4], use swap_last_two }
    }

    /// A transpose in front of a product leaves the last axis where it is, and the product does the rest: so
    /// chains that
    /// differ in nothing else are alike.
    #[approx(1e-6)]
    #[group(attention)]
    rule keep_last_axis_before_batch_matmul {
        match mm @ BatchMatMul(x, Transpose(y, perm: const i32[_])) { adj_y, .. }
        let Some(kept) = with_last_axis_kept(&perm);
        rewrite BatchMatMul(x, Transpose(y, kept)) { adj_y: !adj_y, ..mm }
        cost ops <= 0, bytes <= 64
        example { x: f32[1, 2, 3, 4], y: f32[1, 5, 2, 4], perm: i32[4], perm = [0, 2, 3, 1] }
        counterexample { x: f32[1, 2, 3, 4], y: f32[1, 4, 2, 5], perm: i32[4], perm = [0, 2, 1, 3] }
        counterexample { x: f32[1, 3, 3, 3], y: f32[1, 3, 3, 3], perm: i32[4], perm = [0, 2, 1, 3] }
    }

    /// Matrix products take their first operand transposed for the asking.
    #[approx(1e-6)]
    #[group(attention)]
    #[group(replace_non_const_fc_with_batch_matmul)]
    rule absorb_transpose_before_batch_matmul {
        match mm @ BatchMatMul(swap_last_two(x), y) { adj_x, .. }
        rewrite BatchMatMul(x, y) { adj_x: !adj_x, ..mm }
        example { x: f32[2, 4, 3], y: f32[2, 4, 5] }
    }
}
