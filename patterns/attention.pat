patterns! {
    use optimizer_core::views::{
        Path, Step, is_one_matrix, is_same_batch, is_same_matrix, joins_groups, regrouped,
    };

    /// Matrix products take any number of batch dims, so they need no flattening in front of them.
    #[exact]
    #[group(attention)]
    rule keep_batch_dims_of_batch_matmul {
        match mm @ BatchMatMul(
            flat_x @ Reshape(x, _shape_x: const i32[_]) { .. },
            flat_y @ Reshape(y, _shape_y: const i32[_]) { .. },
        ) { .. }
        where x.rank() > 2, x.rank() <= 4, is_same_batch(x, y)
        where is_same_matrix(x, flat_x.result(0)), is_same_matrix(y, flat_y.result(0))
        let Some(dims) = mm.result(0).shape().known();
        rewrite {
            let product = BatchMatMul(x, y) { ..mm };
            Path::direct().then(Step::Reshape(dims)).over(product)
        }
        cost ops < 0
        example {
            x: f32[2, 3, 4, 5], _shape_x: i32[3], _shape_x = [6, 4, 5],
            y: f32[2, 3, 5, 2], _shape_y: i32[3], _shape_y = [6, 5, 2]
        }
        counterexample {
            x: f32[2, 3, 4, 5], _shape_x: i32[3], _shape_x = [6, 4, 5],
            y: f32[3, 2, 5, 2], _shape_y: i32[3], _shape_y = [6, 5, 2]
        }
        counterexample {
            x: f32[2, 3, 4, 5], _shape_x: i32[3], _shape_x = [6, 5, 4],
            y: f32[2, 3, 4, 2], _shape_y: i32[3], _shape_y = [6, 4, 2]
        }
    }

    /// Where only one operand of a matrix product was flattened, the reshape behind the product moves to the
    /// other.
    #[exact]
    #[group(attention)]
    rule move_reshape_before_batch_matmul {
        match out @ Reshape(
            mm @ BatchMatMul(flat @ Reshape(x, _flat: const i32[_]) { .. }, y: f32[batch, _, _]) { .. },
            _shape: const i32[_],
        ) { .. }
        where x.rank() == 4, flat.result(0).dim(0) == batch, is_same_matrix(x, flat.result(0))
        where is_same_batch(x, out.result(0)), is_same_matrix(mm.result(0), out.result(0))
        let Some(dims) = regrouped(x, y);
        rewrite {
            let turned = Path::direct().then(Step::Reshape(dims)).over(y);
            BatchMatMul(x, turned) { ..mm }
        }
        example {
            x: f32[2, 3, 4, 5], _flat: i32[3], _flat = [6, 4, 5], y: f32[6, 5, 2],
            _shape: i32[4], _shape = [2, 3, 4, 2]
        }
        counterexample {
            x: f32[2, 3, 4, 5], _flat: i32[3], _flat = [6, 4, 5], y: f32[6, 5, 2],
            _shape: i32[4], _shape = [3, 2, 4, 2]
        }
        counterexample {
            x: f32[2, 3, 4, 5], _flat: i32[3], _flat = [6, 4, 5], y: f32[1, 5, 2],
            _shape: i32[4], _shape = [2, 3, 4, 2]
        }
    }

    /// Queries that share their keys or values are rows of one matrix, so nothing has to be repeated for
    /// them.
    #[approx(1e-6)]
    #[group(attention)]
    #[priority(-1)]
    rule share_keys_of_query_groups {
        match mm @ BatchMatMul(
            x: f32[b, heads, rows, depth],
            repeated @ Reshape(
                wide @ BroadcastTo(
                    narrow @ Reshape(y: f32[b, groups, _, _], _apart: const i32[_]) { .. },
                    _to,
                ),
                _together: const i32[_],
            ) { .. },
        ) { adj_x: false, .. }
        where joins_groups(y, narrow.result(0), wide.result(0), repeated.result(0), heads)
        let Some(dims) = mm.result(0).shape().known();
        rewrite {
            let stacked = Path::direct()
                .then(Step::Reshape(vec![b, groups, heads / groups * rows, depth]))
                .over(x);
            let product = BatchMatMul(stacked, y) { ..mm };
            Path::direct().then(Step::Reshape(dims)).over(product)
        }
        cost ops < 0
        example {
            x: f32[1, 4, 3, 5], y: f32[1, 2, 5, 6], _apart: i32[5], _apart = [1, 2, 1, 5, 6],
            _to: const i32[5], _to = [1, 2, 2, 5, 6], _together: i32[4], _together = [1, 4, 5, 6]
        }
        counterexample {
            x: f32[1, 4, 3, 5], y: f32[1, 2, 5, 6], _apart: i32[5], _apart = [1, 1, 2, 5, 6],
            _to: const i32[5], _to = [2, 1, 2, 5, 6], _together: i32[4], _together = [1, 4, 5, 6]
        }
    }

    /// A reshape on each side of a scale by one number is one reshape.
    #[exact]
    #[group(remove_unnecessary_reshape)]
    rule merge_reshapes_around_scale {
        match last @ Reshape(
            scale @ (Mul | Div)(Reshape(x, _between: const i32[_]) { .. }, c: const f32) { act },
            shape: const i32[_],
        ) { .. }
        where c.len() == 1
        let Some(&factor) = c.first();
        rewrite Reshape(scale(x, factor) { act, ..scale }, shape) { ..last }
        cost ops < 0
        example { x: f32[2, 6], _between: i32[2], _between = [3, 4], c: f32[1], shape: i32[1], shape = [12] }
        counterexample {
            x: f32[2, 6], _between: i32[2], _between = [3, 4], c: f32[4], shape: i32[1], shape = [12]
        }
    }

    /// A reshape on each side of a softmax whose rows both keep is one reshape.
    #[exact]
    #[group(remove_unnecessary_reshape)]
    rule merge_reshapes_around_softmax {
        match last @ Reshape(
            softmax @ Softmax(rows @ Reshape(x, _between: const i32[_]) { .. }) { .. },
            shape: const i32[_],
        ) { .. }
        where x.rank() > 0, x.rank() <= 4, x.dim(-1) == rows.result(0).dim(-1)
        rewrite Reshape(Softmax(x) { ..softmax }, shape) { ..last }
        example { x: f32[2, 3, 4], _between: i32[2], _between = [6, 4], shape: i32[2], shape = [3, 8] }
        counterexample { x: f32[2, 3, 4], _between: i32[2], _between = [4, 6], shape: i32[2], shape = [3, 8] }
    }

    /// A dense layer keeps the dims of its input if asked to, so it needs no flattening around it.
    #[exact]
    #[group(attention)]
    rule keep_dims_of_fc {
        match out @ Reshape(
            fc @ FullyConnected(Reshape(x, _flat: const i32[_]) { .. }, w: f32[n, k], b?) { act, .. },
            _shape: const i32[_],
        ) { .. }
        where out.result(0).rank() > 1, out.result(0).dim(-1) == n
        let Some(mut dims) = out.result(0).shape().known();
        let Some(last) = dims.last_mut();
        let () = *last = k;
        rewrite {
            let rows = Path::direct().then(Step::Reshape(dims)).over(x);
            FullyConnected(rows, w, b) { act, keep_num_dims: true, ..fc }
        }
        cost ops < 0
        example {
            x: f32[2, 3, 4], _flat: i32[2], _flat = [6, 4], w: f32[5, 4], b?: f32[5],
            _shape: i32[3], _shape = [2, 3, 5]
        }
        example {
            x: f32[2, 3, 2, 2], _flat: i32[2], _flat = [6, 4], w: f32[5, 4],
            _shape: i32[3], _shape = [2, 3, 5]
        }
        counterexample {
            x: f32[2, 3, 4], _flat: i32[2], _flat = [6, 4], w: f32[5, 4], _shape: i32[2], _shape = [5, 6]
        }
    }

    /// A dense layer takes the rows of its input in whatever shape they come, and a sum spreads them again.
    #[exact]
    #[group(attention)]
    rule drop_reshape_before_fc {
        match sum @ Add(
            fc @ FullyConnected(Reshape(x, _rows: const i32[_]) { .. }, w, b?) {
                act: _, keep_num_dims: true, ..
            },
            y,
        ) { act, .. }
        where y.shape() == fc.result(0).shape(), y.rank() > 2, is_one_matrix(y)
        rewrite Add(FullyConnected(x, w, b) { keep_num_dims: false, ..fc }, y) { act, ..sum }
        example {
            x: f32[1, 3, 2, 2], _rows: i32[3], _rows = [1, 3, 4], w: f32[5, 4], b?: f32[5], y: f32[1, 3, 5]
        }
        counterexample {
            x: f32[2, 3, 2, 2], _rows: i32[3], _rows = [2, 3, 4], w: f32[5, 4], y: f32[2, 3, 5]
        }
        counterexample {
            x: f32[1, 3, 2, 2], _rows: i32[3], _rows = [1, 3, 4], w: f32[5, 4], y: f32[2, 3, 5]
        }
    }
}
