patterns! {
    use optimizer_core::consts::dense_rows;

    /// A dense layer on what is looked up in a table is done once for the whole table.
    #[approx(1e-5)]
    #[group(O2)]
    rule fold_fc_into_table {
        match FullyConnected(
            look @ Gather(table: const f32[_, k], i) { axis: 0, batch_dims: 0 },
            w: const f32[n, k],
            b?: const f32[n],
        ) { keep_num_dims: true }
        rewrite Gather(dense_rows(&table, &w, &b), i) { ..look }
        cost ops < 0, macs < 0, bytes <= growth
        example { table: f32[5, 3], i: i32[2, 4], i = [4, 1, 0, 2, 3, 1, 0, 4], w: f32[2, 3], b?: f32[2] }
        counterexample { table: f32[5, 3], i: i32[2], i = [4, 1], w: f32[64, 3], b?: f32[64] }
    }

    /// Indices that are counted from the end where they are negative need no such guard if none is.
    #[lossy]
    #[group(remove_gather_guard)]
    #[group(opt_in)]
    rule remove_gather_guard {
        match look @ Gather(table, FloorMod(Add(i, n: const i32), m: const i32)) { axis, .. }
        where n.len() == 1, m.len() == 1, n.first() == m.first(), i.rank() >= n.ndim().max(m.ndim())
        where table.dim(axis as isize).known().map(|d| d as i32) == n.first().copied()
        rewrite Gather(table, i) { axis, ..look }
        example { table: f32[5, 3], i: i32[2], n: i32[], n = [5], m: i32[], m = [5], axis = 0 }
        counterexample { table: f32[5, 3], i: i32[2], n: i32[], n = [4], m: i32[], m = [4], axis = 0 }
    }
}
