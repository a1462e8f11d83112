//! The hazards of the rewrites that users have today: for each, the version of a rule that has it, and what tells of it.
//!
//! Invariant: a hazardous version is tried on the examples and counterexamples of the rule that it stands in for, and
//! those must tell. This file has no test harness, since the tests that `patterns!` makes of the examples would fail.

use optimizer_core::interp::{self, Inputs};
use optimizer_core::ir::Model;
use optimizer_core::rewrite::{Options, Rule, Target, optimize};
use optimizer_core::testing::{self, Choices};
use std::path::Path;

/// What tells of a hazard.
enum Told {
    /// The tests of the rule of that name, in these words, when it does what the hazardous version does.
    By(&'static str, &'static str),
    /// The engine: the hazardous version does not fire on its own example.
    Refused,
    /// The example of the hazardous version, on which the rule of that name must not fire.
    Spared(&'static str),
}
use Told::{By, Refused, Spared};

/// The option, what goes wrong there, the hazardous version below, and what tells of it.
const RULES_WITH_HAZARDS: &[(&str, &str, &str, Told)] = &[
    ("fuse_horizontal_fc_layers", "keep_num_dims is lost, and with it an axis", "lose_kept_dims", Refused),
    (
        "fuse_add_with_fully_connected",
        "stored numbers are added to without regard to their scales",
        "add_stored_numbers",
        By("fold_shift_into_fc", "quantized"),
    ),
    (
        "fuse_batchnorm_with_tconv",
        "the activation of the product is lost",
        "lose_activation_before_transpose_conv",
        By("fold_scale_into_transpose_conv", "changed results"),
    ),
    (
        "fuse_batchnorm_with_tconv",
        "a bias is dropped",
        "lose_bias_of_transpose_conv",
        By("fold_scale_into_transpose_conv", "changed results"),
    ),
    (
        "fuse_mean_with_mean",
        "axes are counted as if the first mean had dropped its own",
        "count_dropped_axes",
        By("merge_means", "did not fire"),
    ),
    (
        "fuse_mul_with_conv",
        "a missing bias is not expected",
        "expect_bias_of_conv",
        By("fold_scale_into_conv", "did not fire"),
    ),
    (
        "fuse_mul_with_rmsnorm",
        "the activation of the product is lost",
        "lose_activation_behind_rms_norm",
        By("fold_scale_into_rms_norm", "changed results"),
    ),
    (
        "fuse_preactivation_batchnorm",
        "a negative factor moves over an activation",
        "move_any_scale_over_activation",
        By("move_scale_over_activation_into_conv", "fired"),
    ),
    ("fuse_rmsnorm", "the axes of the mean are not looked at", "take_any_axes", By("fuse_rms_norm", "fired")),
    ("fuse_rope", "the halves are not looked at", "take_any_halves", By("fuse_rope", "fired")),
    ("fuse_rope", "what is turned is another value", "turn_another_value", Spared("fuse_rope")),
    (
        "fuse_transpose_with_mean",
        "a negative axis is not counted from the end",
        "keep_negative_axes",
        By("reduce_before_transposing", "did not fire"),
    ),
    (
        "remove_unnecessary_strided_slice",
        "an end of -1 is taken for the end of the axis",
        "take_minus_one_for_the_end",
        Refused,
    ),
    (
        "replace_cw_mul_add_with_depthwise_conv",
        "the activation of the product is lost",
        "lose_activation_of_channelwise_scale",
        By("turn_channelwise_scale_into_depthwise_conv", "changed results"),
    ),
    (
        "replace_non_const_fc_with_batch_matmul",
        "any transpose is taken for one of the last two axes",
        "take_any_transpose_for_a_swap",
        By("keep_last_axis_before_batch_matmul", "fired"),
    ),
    (
        "replace_non_const_fc_with_batch_matmul",
        "a bias that is no constant is dropped",
        "lose_bias_of_product",
        By("turn_fc_into_product", "fired"),
    ),
    ("remove_unnecessary_add", "zeros that widen the other operand go", "drop_widening_zeros", Refused),
    ("remove_unnecessary_mul", "ones that widen the other operand go", "drop_widening_ones", Refused),
    ("remove_unnecessary_div", "ones that widen the other operand go", "drop_widening_divisor", Refused),
];

/// Hazards of what no rule does, or that no rule can state: the option, what goes wrong there, and the test that tells.
const PASSES_WITH_HAZARDS: &[(&str, &str, &str, &str)] = &[
    (
        "fold_gather",
        "one element of each block is gathered",
        "optimizer-core/tests/passes/fold.rs",
        "gathering_rows_takes_all_of_each_row",
    ),
    (
        "fold_gather",
        "indices outside are read",
        "optimizer-core/tests/passes/fold.rs",
        "an_index_outside_stays_for_the_runtime_to_report",
    ),
    (
        "fold_mul",
        "a fused activation is lost",
        "optimizer-core/tests/passes/fold.rs",
        "a_fused_activation_is_part_of_what_folds",
    ),
    (
        "remove_duplicate_const",
        "constants that are gone are looked at in a later round",
        "optimizer-core/src/pass/constants.rs",
        "merging_again_finds_nothing_and_touches_nothing",
    ),
    (
        "remove_duplicate_const",
        "sums that are no numbers are compared",
        "optimizer-core/src/pass/constants.rs",
        "constants_are_equal_by_every_byte_and_by_what_it_means",
    ),
];

optimizer_macros::patterns! {
    use optimizer_core::circle::schema::{Activation, Padding, RoPEMode};
    use optimizer_core::consts::{Rows, add_arrays, add_bias, per_channel, shift_bias};
    use optimizer_core::elements::{quotient, scalar};
    use optimizer_core::filters::scale_slices;
    use optimizer_core::views::{axes_of_both, signed_slice, standalone};
    use ndarray::arr1;

    /// Hazard.
    #[approx(1e-5)]
    rule lose_kept_dims {
        match Add(
            FullyConnected(x, w1: const f32[n, k], b1?: const f32[n]) { keep_num_dims, .. },
            FullyConnected(x, w2: const f32[n, k], b2?: const f32[n]) { keep_num_dims, .. },
        ) { act }
        where keep_num_dims
        let Some(w) = add_arrays(&w1, &w2);
        rewrite FullyConnected(x, w, add_bias(&b1, &b2)) { act }
        example { x: f32[2, 3, 4], w1: f32[3, 4], w2: f32[3, 4], keep_num_dims = true }
    }

    /// Hazard.
    #[approx(1e-6)]
    #[quantized]
    rule add_stored_numbers {
        match Add(fc @ FullyConnected(x, w: const f32[n, k], b?: const f32[n]) { .. }, c: const f32) { act }
        let Some(s) = per_channel(&c, n);
        rewrite FullyConnected(x, w, shift_bias(b, &s)) { act, ..fc }
        cost ops < 0
        example { x: f32[2, 4], w: f32[3, 4], b?: f32[3], c: f32[3] }
    }

    /// Hazard.
    #[approx(1e-5)]
    rule lose_activation_before_transpose_conv {
        match Mul(
            conv @ TransposeConv(size, w: const f32[n, _, _, _], x, b?: const f32[n]) { .. },
            c: const f32,
        ) { act: _ }
        let Some(s) = per_channel(&c, n);
        rewrite TransposeConv(size, scale_slices(&w, 0, &s), x, b.map(|b| &b * &s)) { ..conv }
        cost ops <= 0
        example {
            size: const i32[4], size = [1, 4, 4, 3], w: f32[3, 2, 2, 2], x: f32[1, 2, 2, 2], c: f32[3],
            conv.stride_h = 2, conv.stride_w = 2
        }
    }

    /// Hazard.
    #[approx(1e-5)]
    rule lose_bias_of_transpose_conv {
        match Mul(conv @ TransposeConv(size, w: const f32[n, _, _, _], x, _b?) { .. }, c: const f32) { act }
        let (Some(s), Some(activation)) = (per_channel(&c, n), standalone(act));
        rewrite {
            let scaled = TransposeConv(size, scale_slices(&w, 0, &s), x, None::<f32>) { ..conv };
            activation.over(scaled)
        }
        cost ops <= 0
        example {
            size: const i32[4], size = [1, 4, 4, 3], w: f32[3, 2, 2, 2], x: f32[1, 2, 2, 2], c: f32[3],
            conv.stride_h = 2, conv.stride_w = 2
        }
    }

    /// Hazard.
    #[approx(1e-5)]
    rule count_dropped_axes {
        match Mean(Mean(x: f32, inner: const i32) { keep_dims }, outer: const i32) { keep_dims }
        let Some(axes) = axes_of_both(x.rank(), &inner, &outer, false);
        rewrite Mean(x, axes) { keep_dims }
        example {
            x: f32[2, 3, 4, 5], inner: i32[1], inner = [2], outer: i32[1], outer = [-1], keep_dims = false
        }
    }

    /// Hazard.
    #[approx(1e-5)]
    rule expect_bias_of_conv {
        match Mul(conv @ Conv2D(x, w: const f32[n, _, _, _], b: const f32[n]) { .. }, c: const f32) { act }
        let Some(s) = per_channel(&c, n);
        rewrite Conv2D(x, scale_slices(&w, 0, &s), &b * &s) { act, ..conv }
        cost ops < 0
        example {
            x: f32[1, 4, 3, 2], w: f32[3, 2, 1, 2], b: f32[3], c: f32[], conv.stride_h = 1, conv.stride_w = 1
        }
    }

    /// Hazard.
    #[approx(1e-6)]
    rule lose_activation_behind_rms_norm {
        match Mul(norm @ RmsNorm(x: f32[.., d], gamma: const f32) { .. }, c: const f32) { act: _ }
        where x.rank() >= c.ndim()
        let (Some(g), Some(s)) = (per_channel(&gamma, d), per_channel(&c, d));
        rewrite RmsNorm(x, g * s) { ..norm }
        cost ops < 0
        example { x: f32[1, 2, 4], gamma: f32[1], c: f32[4] }
    }

    /// Hazard.
    #[approx(1e-4)]
    rule move_any_scale_over_activation {
        match conv @ Conv2D(
            Add(Mul(x: f32[_, _, _, k], gamma: const f32), beta: const f32) { act: Activation::Relu, .. },
            w: const f32[_, _, _, k],
            b?,
        ) { act: _, .. }
        let (Some(g), Some(shift)) = (per_channel(&gamma, k), quotient(&beta, &gamma));
        rewrite Conv2D(Add(x, shift) { act: Relu }, scale_slices(&w, 3, &g), b) { ..conv }
        cost ops < 0
        example {
            x: f32[1, 4, 3, 2], gamma: f32[2], gamma = [0.5f32, 2.0], beta: f32[2], w: f32[3, 2, 2, 2],
            conv.stride_h = 1, conv.stride_w = 1
        }
    }

    /// Hazard.
    #[approx(1e-6)]
    rule take_any_axes {
        match Mul(x: f32[.., _], Rsqrt(Add(Mean(Mul(x, x), _axes: const i32) { keep_dims: true }, eps: const f32)))
        let Some(epsilon) = scalar(&eps);
        rewrite RmsNorm(x, arr1(&[1.0f32])) { epsilon }
        cost ops < 0
        example { x: f32[1, 2, 4], _axes: i32[1], _axes = [-1], eps: f32[], eps = [1.0e-5f32] }
    }

    /// Hazard.
    #[approx(1e-6)]
    rule take_any_halves {
        match Add(
            Mul(x: f32[_, _, _, _], cos),
            Mul(Concatenation(signed_slice(x, _first), signed_slice(x, _second)) { axis = x.rank() - 1 }, sin),
        )
        rewrite RoPE(x, sin, cos) { mode: RoPEMode::GptNeox }
        cost ops < 0
        example {
            x: f32[1, 2, 3, 8], cos: f32[1, 1, 3, 8], sin: f32[1, 1, 3, 8], _first = Rows::minus(4..8),
            _second = Rows::plus(0..4)
        }
    }

    /// Hazard.
    #[approx(1e-6)]
    rule turn_another_value {
        match Add(
            Mul(x: f32[_, _, _, d], cos),
            Mul(Concatenation(signed_slice(y, first), signed_slice(y, second)) { axis: 3 }, sin),
        )
        where y != x, first == Rows::minus(d / 2..d), second == Rows::plus(0..d / 2)
        rewrite RoPE(x, sin, cos) { mode: RoPEMode::GptNeox }
        cost ops < 0
        example {
            x: f32[1, 2, 3, 8], y: f32[1, 2, 3, 8], cos: f32[1, 1, 3, 8], sin: f32[1, 1, 3, 8],
            first = Rows::minus(4..8), second = Rows::plus(0..4)
        }
    }

    /// Hazard.
    #[approx(1e-6)]
    rule keep_negative_axes {
        match sum @ (Mean | Sum | ReduceMax | ReduceMin | ReduceProd)(
            Transpose(x, perm: const i32[_]), axes: const i32,
        ) { keep_dims: false }
        let named: Vec<i32> = axes.iter().map(|&a| if a < 0 { a } else { perm[a as usize] }).collect();
        rewrite sum(x, named) { ..sum }
        example { x: f32[2, 3, 4, 5], perm: i32[4], perm = [0, 3, 1, 2], axes: i32[2], axes = [2, 3] }
    }

    /// Hazard.
    #[exact]
    rule take_minus_one_for_the_end {
        match StridedSlice(x, _begin, end: const i32[_], _strides)
        where end.iter().all(|&end| end == -1)
        rewrite x
        example {
            x: f32[4], _begin: const i32[1], _begin = [0], end: i32[1], end = [-1],
            _strides: const i32[1], _strides = [1]
        }
    }

    /// Hazard.
    #[approx(1e-6)]
    rule lose_activation_of_channelwise_scale {
        match Add(Mul(x: f32[_, _, _, n], gamma: const f32) { act: _ }, beta: const f32) { act, .. }
        let (Some(g), Some(b)) = (per_channel(&gamma, n), per_channel(&beta, n));
        let Ok(w) = g.into_shape_with_order([1, 1, 1, n]);
        rewrite DepthwiseConv2D(x, w, b) {
            act, stride_h: 1, stride_w: 1, depth_multiplier: 1, padding: Padding::Valid
        }
        cost ops < 0
        example { x: f32[1, 4, 3, 2], gamma: f32[2], beta: f32[2] }
    }

    /// Hazard.
    #[approx(1e-6)]
    rule take_any_transpose_for_a_swap {
        match mm @ BatchMatMul(x, Transpose(y, _perm: const i32[_])) { adj_y, .. }
        rewrite BatchMatMul(x, y) { adj_y: !adj_y, ..mm }
        example { x: f32[1, 2, 3, 4], y: f32[1, 2, 5, 4], _perm: i32[4], _perm = [0, 1, 3, 2] }
    }

    /// Hazard.
    #[approx(1e-5)]
    rule lose_bias_of_product {
        match FullyConnected(x: f32[_, k], w: f32[_, k], _b?) { act: Activation::None, .. }
        where !w.is_const()
        rewrite BatchMatMul(x, w) { adj_y: true }
        cost ops <= 2
        example { x: f32[2, 4], w: f32[3, 4] }
    }

    /// Hazard.
    #[exact]
    rule drop_widening_zeros {
        match Add(x, c: const f32)
        where c.iter().all(|&c| c == 0.0)
        rewrite x
        example { x: f32[1, 3], c: f32[2, 3], c = [0.0f32; 6] }
    }

    /// Hazard.
    #[exact]
    rule drop_widening_ones {
        match Mul(x, c: const f32)
        where c.iter().all(|&c| c == 1.0)
        rewrite x
        example { x: f32[1, 3], c: f32[2, 3], c = [1.0f32; 6] }
    }

    /// Hazard.
    #[exact]
    rule drop_widening_divisor {
        match Div(x, c: const f32)
        where c.iter().all(|&c| c == 1.0)
        rewrite x
        example { x: f32[1, 3], c: f32[2, 3], c = [1.0f32; 6] }
    }
}

fn main() {
    let named: Vec<&str> = RULES_WITH_HAZARDS.iter().map(|(_, _, version, _)| *version).collect();
    assert_eq!(RULES.iter().map(|rule| rule.name).collect::<Vec<_>>(), named, "each version is in the table");
    let mut untold = Vec::new();
    for ((option, what, _, told), version) in RULES_WITH_HAZARDS.iter().zip(RULES) {
        let (report, says) = report(version, told);
        let first = report.lines().next().unwrap_or("nothing tells of it");
        eprintln!("{option}, {what}: {first}");
        if !report.contains(says) {
            untold.push(format!("{option}, {what}: {first}"));
        }
    }
    let missing = PASSES_WITH_HAZARDS.iter().filter(|(_, _, file, test)| !has_test(file, test));
    untold
        .extend(missing.map(|(option, what, file, test)| format!("{option}, {what}: {file} has no {test}")));
    assert!(untold.is_empty(), "{}", untold.join("\n"));
    parts_are_numbered_by_the_split();
}

/// The option `resolve_customop_splitv` numbers parts by who reads them: so nobody reads the first here, and the others
/// are read last to first.
fn parts_are_numbered_by_the_split() {
    let rule = named("resolve_split_v");
    let mut before = example(rule);
    let graph = &mut before.graphs[0];
    let outputs = graph.take_outputs();
    outputs[1..].iter().rev().for_each(|&v| graph.add_output(v));
    let mut after = before.clone();
    assert_eq!(rewrites(rule, &mut after), 1);
    let compared = interp::compare(&before, &after, &Inputs::seeded(1)).expect("both run");
    assert!(compared.iter().all(|output| output.within(0.0)));
}

/// What is told of a hazardous version, and what it must say.
fn report(version: &Rule, told: &Told) -> (String, &'static str) {
    let (rule, says) = match told {
        Refused => (version, "did not fire"),
        By(name, says) => (named(name), *says),
        Spared(name) => {
            let fires = |rule: &Rule| rewrites(rule, &mut example(version)) > 0;
            let how = if fires(version) && !fires(named(name)) { "spared" } else { "not told apart" };
            return (format!("{name} on {}: {how}", version.name), "spared");
        }
    };
    let hazardous = Rule { apply: version.apply, cost: version.cost, emits: version.emits, ..*rule };
    let reports = testing::laws(&[&hazardous]);
    let report = reports.iter().find(|report| report.contains(says)).or(reports.first());
    (report.cloned().unwrap_or_default(), says)
}

fn named(name: &str) -> &'static Rule {
    let rule = optimizer_patterns::rules().find(|rule| rule.name == name);
    rule.unwrap_or_else(|| panic!("no rule is called {name}"))
}

/// The first variation of the first example of a rule.
fn example(rule: &Rule) -> Model {
    let mut first = None;
    Choices::all(|choices| first = first.take().or_else(|| rule.examples[0].instance(choices).ok()));
    first.expect("the example can be built").model
}

/// How often the rule fires.
fn rewrites(rule: &Rule, model: &mut Model) -> usize {
    optimize(model, &[rule], &Options::new(Target::circle())).kept().count()
}

fn has_test(file: &str, test: &str) -> bool {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.contains("#[test]") && text.contains(&format!("fn {test}()"))
}
