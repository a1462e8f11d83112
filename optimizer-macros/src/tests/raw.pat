patterns! {
    def negated(r#in) = Neg(r#in);

    /// Names that are keywords.
    #[exact]
    rule raw_names {
        match Mul(negated(r#type), r#const: const f32[r#for])
        where r#for > 2
        rewrite Mul(r#type, -&r#const)
        cost ops < 0
        example { r#type: f32[2, 3], r#const: f32[3] }
    }
}
