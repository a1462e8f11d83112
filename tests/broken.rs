//! Rules broken on purpose: the tests that every rule gets for free must tell of each.
//!
//! Invariant: nothing here is written for one of the rules but what its report must say. This file has no test harness,
//! since the tests that `patterns!` makes of the examples would fail.

#[path = "laws/graphs/mod.rs"]
#[allow(dead_code, unused_imports)]
mod graphs;
#[path = "laws/law.rs"]
#[allow(dead_code, unused_imports)]
mod law;

use optimizer_core::rewrite::Rule;
use optimizer_core::testing;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

optimizer_macros::patterns! {
    use optimizer_core::consts::{per_channel, scale_rows};
    use optimizer_core::views::last_axis_slice;

    /// Two constant scales in a row are one, whatever is fused between them.
    #[approx(1e-6)]
    rule drop_fused_activation {
        match Mul(Mul(x, c1: const f32) { act: _ }, c2: const f32) { act }
        rewrite Mul(x, &c1 * &c2) { act }
        example { x: f32[2, 3], c1: f32[3], c2: f32[] }
    }

    /// The first half of a dense layer is made of the second half of its weights.
    #[approx(1e-5)]
    rule take_wrong_half {
        match Neg(last_axis_slice(FullyConnected(x, w: const f32[n, k], b?: const f32[n]), 0..n / 2))
        let (w, b) = (w.slice(s![n / 2.., ..]).to_owned(), b.map(|b| b.slice(s![n / 2..]).to_owned()));
        rewrite Neg(FullyConnected(x, w, b))
        cost ops < 0
        example { x: f32[2, 4], w: f32[6, 4], b?: f32[6] }
    }

    /// A scale before a transpose, along whichever axis it was.
    #[approx(1e-6)]
    rule forget_broadcast {
        match Mul(Transpose(x, perm: const i32[_]), c: const f32) { act }
        rewrite Transpose(Mul(x, c) { act }, perm)
        cost ops <= 0, traffic <= 0
        example { x: f32[3, 3], perm: i32[2], perm = [1, 0], c: f32[] }
    }

    /// A scale folds into a dense layer that others read too.
    #[approx(1e-5)]
    rule forget_single_use {
        match Mul(shared fc @ FullyConnected(x, w: const f32[n, k], b?: const f32[n]) { .. }, c: const f32) { act }
        let Some(s) = per_channel(&c, n);
        rewrite FullyConnected(x, scale_rows(&w, &s), b.map(|b| &b * &s)) { act, ..fc }
        cost ops <= 0
        example { x: f32[2, 4], w: f32[3, 4], b?: f32[3], c: f32[3] }
    }

    /// A negation turns the sign of a constant, and so of all that read it.
    #[exact]
    rule edit_constant_in_place {
        match { a @ Neg(Mul(x, c: const f32)), b @ Mul(Abs(x), c).0 }
        rewrite {
            a => Mul(x, -&c);
            b => Mul(Abs(x), -&c);
        }
        cost ops < 2
        example { x: f32[2, 3], c: f32[3] }
    }

    /// A reshape makes no difference to what is computed element by element.
    #[exact]
    rule change_rank {
        match Neg(Reshape(x, _shape: const i32[_]) { .. })
        rewrite Neg(x)
        example { x: f32[2, 6], _shape: i32[1], _shape = [12] }
    }

    /// A scale folds into the weights of a dense layer, and its bias stays.
    #[approx(1e-5)]
    rule forget_bias {
        match Mul(fc @ FullyConnected(x, w: const f32[n, k], b?: const f32[n]) { .. }, c: const f32) { act }
        let Some(s) = per_channel(&c, n);
        rewrite FullyConnected(x, scale_rows(&w, &s), b) { act, ..fc }
        cost ops < 0, bytes <= 0
        example { x: f32[2, 4], w: f32[3, 4], b?: f32[3], c: f32[3] }
    }
}

/// What the report of each must say, and whether the laws on random graphs find it too: a patch that the engine refuses
/// can do no harm there.
const REPORTS: [(&str, &str, bool); 7] = [
    ("drop_fused_activation", "changed results", true),
    ("take_wrong_half", "changed results", true),
    ("forget_broadcast", "changed results", true),
    ("forget_single_use", "costs more and saves nothing", true),
    ("edit_constant_in_place", "changed results", true),
    ("change_rank", "did not fire", false),
    ("forget_bias", "changed results", true),
];

/// How many random graphs are tried on one rule.
const GRAPHS: usize = 400;

fn main() {
    for (rule, (name, says, on_graphs)) in RULES.iter().zip(REPORTS) {
        assert_eq!(rule.name, name);
        let told = testing::laws(&[rule]);
        let told = told.first().unwrap_or_else(|| panic!("{name} passes its own tests"));
        assert!(told.contains(says), "{name} is told for another reason: {told}");
        let first = told.lines().next().unwrap_or_default();
        eprintln!("{name}, by its example: {first}");
        match broken_on_graph(rule) {
            Some(broken) => eprintln!("{name}, on a random graph: {broken}"),
            None => assert!(!on_graphs, "{name} keeps the laws on {GRAPHS} random graphs"),
        }
    }
}

/// The first law that a random graph shows to be broken.
fn broken_on_graph(rule: &Rule) -> Option<String> {
    let mut runner = TestRunner::deterministic();
    (0..GRAPHS).find_map(|_| {
        let recipe = graphs::recipes().new_tree(&mut runner).ok()?.current();
        law::laws(&recipe.model(&[rule]), &[rule], &[rule]).err()
    })
}
