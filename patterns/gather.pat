patterns! {
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
