patterns! {
    use optimizer_core::views::joined_runs;

    /// Slices that are joined in the order in which they lie are one slice: rolling a map is two of them.
    #[exact]
    rule join_slices_at_once {
        match Concatenation(
            first @ StridedSlice(x, b1, e1, s1) { .. },
            second @ StridedSlice(x, b2, e2, s2) { .. },
            rest..
        ) { axis }
        let parts = [first.result(0), second.result(0)].into_iter().chain(rest.iter().copied());
        let Some(runs) = joined_runs(parts, axis);
        rewrite Concatenation(runs..) { axis }
        cost ops < 0, bytes <= 0, traffic <= 0
        example {
            x: f32[2, 5], b1: const i32[2], b1 = [0, 1], e1: const i32[2], e1 = [2, 2],
            s1: const i32[2], s1 = [1, 1], b2: const i32[2], b2 = [0, 2], e2: const i32[2], e2 = [2, 4],
            s2: const i32[2], s2 = [1, 1], rest: [f32[2, 1]], axis = 1
        }
        counterexample {
            x: f32[2, 5], b1: const i32[2], b1 = [0, 1], e1: const i32[2], e1 = [2, 2],
            s1: const i32[2], s1 = [1, 1], b2: const i32[2], b2 = [0, 3], e2: const i32[2], e2 = [2, 4],
            s2: const i32[2], s2 = [1, 1], rest: [f32[2, 1]], axis = 1
        }
        counterexample {
            x: f32[2, 5], b1: const i32[2], b1 = [0, 1], e1: const i32[2], e1 = [2, 3],
            s1: const i32[2], s1 = [1, 1], b2: const i32[2], b2 = [0, 3], e2: const i32[2], e2 = [2, 5],
            s2: const i32[2], s2 = [1, 1], rest: [f32[1, 2]], axis = 0
        }
    }
}
