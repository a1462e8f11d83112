patterns! {
    use optimizer_core::consts::all_finite;

    /// Two constant shifts in a row are one.
    #[approx(1e-6)]
    rule merge_shifts {
        match Add(Add(x, c1: const f32), c2: const f32) { act }
        let c = &c1 + &c2;
        where all_finite(&c)
        rewrite Add(x, c) { act }
        cost ops < 0, bytes <= 0
        example { x: f32[2, 3], c1: f32[3], c2: f32[] }
        counterexample { x: f32[2, 3], c1: f32[2, 1], c2: f32[3] }
    }
}
