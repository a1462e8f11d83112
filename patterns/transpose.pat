patterns! {
    use optimizer_core::consts::reshape_operand;
    use optimizer_core::views::{Path, Step, axes_before_transpose, axes_of_both, moved};

    /// Transposes and reshapes that leave all elements in order are one reshape.
    #[exact]
    #[group(remove_unnecessary_transpose)]
    rule merge_moves_that_keep_order {
        match last @ Transpose(moved(x, path), perm: const i32[_])
        where !path.is_direct(), path.then_transpose(&perm).is_some_and(|path| path.keeps_order(x.shape()))
        let Some(target) = reshape_operand(last.result(0).shape());
        rewrite Reshape(x, target)
        cost ops < 0, bytes <= 0
        example {
            x: f32[1, 7, 6, 5], perm: i32[3], perm = [0, 2, 1],
            path = Path::direct().then(Step::Transpose(vec![0, 3, 1, 2])).then(Step::Reshape(vec![1, 5, 42]))
        }
        counterexample {
            x: f32[1, 7, 6, 5], perm: i32[3], perm = [0, 2, 1],
            path = Path::direct().then(Step::Transpose(vec![0, 3, 2, 1])).then(Step::Reshape(vec![1, 5, 42]))
        }
        counterexample {
            x: f32[1, 7, 6, 5], perm: i32[3], perm = [0, 2, 1],
            path = Path::direct().then(Step::Transpose(vec![0, 3, 1, 2])).then(Step::Reshape(vec![1, 42, 5]))
        }
    }

    /// A transpose that moves only axes of one element is a reshape.
    #[exact]
    #[group(substitute_transpose_to_reshape)]
    #[priority(-1)]
    rule turn_transpose_into_reshape {
        match last @ Transpose(x, perm: const i32[_])
        where Path::direct().then_transpose(&perm).is_some_and(|path| path.keeps_order(x.shape()))
        let Some(target) = reshape_operand(last.result(0).shape());
        rewrite Reshape(x, target)
        cost ops <= 0, bytes <= 0, traffic <= 0
        example { x: f32[1, 7, 1, 5], perm: i32[4], perm = [2, 1, 3, 0] }
        counterexample { x: f32[1, 7, 1, 5], perm: i32[4], perm = [0, 3, 2, 1] }
    }

    /// A reduction names the axes that it means before a transpose, if the others come in the same order.
    #[approx(1e-6)]
    #[group(fuse_transpose_with_mean)]
    rule reduce_before_transposing {
        match sum @ (Mean | Sum | ReduceMax | ReduceMin | ReduceProd)(
            Transpose(x, perm: const i32[_]), axes: const i32,
        ) { keep_dims: false }
        let Some(axes) = axes_before_transpose(&perm, &axes);
        rewrite sum(x, axes) { ..sum }
        example { x: f32[2, 3, 4, 5], perm: i32[4], perm = [0, 3, 1, 2], axes: i32[2], axes = [2, 3] }
        example { x: f32[2, 3, 4, 5], perm: i32[4], perm = [0, 3, 1, 2], axes: i32[2], axes = [-1, -2] }
        counterexample { x: f32[2, 3, 4, 5], perm: i32[4], perm = [0, 3, 1, 2], axes: i32[1], axes = [2] }
    }

    /// Two means in a row are one; the second counts the axes that the first has left.
    #[approx(1e-5)]
    #[group(fuse_mean_with_mean)]
    rule merge_means {
        match Mean(Mean(x: f32, inner: const i32) { keep_dims }, outer: const i32) { keep_dims }
        let Some(axes) = axes_of_both(x.rank(), &inner, &outer, keep_dims);
        rewrite Mean(x, axes) { keep_dims }
        example {
            x: f32[2, 3, 4, 5], inner: i32[1], inner = [2], outer: i32[1], outer = [-1], keep_dims = false
        }
        example {
            x: f32[2, 3, 4, 5], inner: i32[1], inner = [1], outer: i32[1], outer = [2], keep_dims = true
        }
        counterexample {
            x: i32[2, 3, 4, 5], inner: i32[1], inner = [2], outer: i32[1], outer = [1], keep_dims = false
        }
    }

    /// A transpose sinks below what works on each element, to where it may meet another one.
    #[exact]
    #[group(forward_transpose_op)]
    #[group(opt_in)]
    rule sink_transpose {
        match act @ (Abs | Neg | Logistic | Relu | Relu6 | Tanh)(Transpose(x, perm: const i32[_]))
        rewrite Transpose(act(x) { ..act }, perm)
        cost ops <= 0, traffic <= 0
        example { x: f32[2, 3, 4], perm: i32[3], perm = [1, 2, 0] }
    }
}
