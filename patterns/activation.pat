patterns! {
    use optimizer_core::views::{activated, compose_activations};

    /// An activation is fused into the operator before it, whichever takes one.
    #[exact]
    #[group(fuse_activation_function)]
    rule fuse_activation {
        match act @ (Relu | Relu6 | ReluN1To1)(activated(op, inner))
        where inner == Activation::None
        let Some(fused) = act.as_activation();
        rewrite op.with(fused)
        example { op: f32[1, 3, 3, 2], inner = Activation::None }
        counterexample { op: f32[1, 3, 3, 2], inner = Tanh }
    }

    /// Of two activations one does both, where one interval of results lies within the other.
    #[exact]
    #[group(fuse_activation_function)]
    rule absorb_activation {
        match act @ (Relu | Relu6)(activated(op, inner))
        where inner != Activation::None
        let Some(fused) = act.as_activation().and_then(|outer| compose_activations(inner, outer));
        rewrite op.with(fused)
        example { op: f32[1, 3, 3, 2], inner = Relu }
        example { op: f32[1, 3, 3, 2], inner = Relu6 }
        counterexample { op: f32[1, 3, 3, 2], inner = ReluN1To1 }
        counterexample { op: f32[1, 3, 3, 2], inner = Tanh }
    }
}
