//! docs/rules.md and docs/options.md: the catalogue of rules and that of options, written from the rules themselves.
//!
//! Invariant: the files say what the rules say; where one does not, it is rewritten and the test fails once.

use optimizer_core::pass::{self, Pass};
use optimizer_core::rewrite::{Exactness, Rule};
use optimizer_patterns::options::{ONE_OPTIMIZE, ONE_OPTIMIZE_O1, STEPS, switches};
use std::fmt::Write;

/// The options that no rule or pass serves yet.
const MISSING: &[&str] = &[
    "fold_add_v2",
    "fold_cast",
    "fold_dequantize",
    "fold_dwconv",
    "fold_fully_connected",
    "fold_gather",
    "fold_mul",
    "fold_reshape",
    "fold_shape",
    "fold_sparse_to_dense",
    "fold_squeeze",
    "forward_reshape_to_unaryop",
    "forward_transpose_op",
    "fuse_activation_function",
    "fuse_horizontal_fc_layers",
    "fuse_add_to_fullyconnected_bias",
    "fuse_add_with_conv",
    "fuse_add_with_fully_connected",
    "fuse_add_with_tconv",
    "fuse_batchnorm_with_conv",
    "fuse_batchnorm_with_dwconv",
    "fuse_batchnorm_with_tconv",
    "fuse_mul_to_fullyconnected_weights",
    "fuse_slice_with_tconv",
    "fuse_instnorm",
    "fuse_mean_with_mean",
    "fuse_mul_with_conv",
    "fuse_mul_with_div",
    "fuse_mul_with_fullyconnected",
    "fuse_mul_with_rmsnorm",
    "make_batchnorm_gamma_positive",
    "fuse_preactivation_batchnorm",
    "fuse_prelu",
    "fuse_gelu",
    "fuse_rmsnorm",
    "fuse_rope",
    "fuse_rsqrt",
    "fuse_transpose_with_mean",
    "remove_fakequant",
    "remove_gather_guard",
    "remove_qdq_for_mpo",
    "remove_quantdequant",
    "remove_redundant_quantize",
    "remove_redundant_reshape",
    "remove_redundant_transpose",
    "remove_unnecessary_add",
    "remove_unnecessary_cast",
    "remove_unnecessary_div",
    "remove_unnecessary_mul",
    "remove_unnecessary_reshape",
    "remove_unnecessary_slice",
    "remove_unnecessary_strided_slice",
    "remove_unnecessary_split",
    "remove_unnecessary_transpose",
    "replace_cw_mul_add_with_depthwise_conv",
    "replace_sub_with_add",
    "replace_with_fc_gelu_fc",
    "resolve_customop_add",
    "resolve_customop_batchmatmul",
    "resolve_customop_matmul",
    "resolve_customop_max_pool_with_argmax",
    "resolve_customop_splitv",
    "resolve_former_customop",
    "shuffle_weight_to_16x1float32",
    "substitute_expand_dims_to_reshape",
    "substitute_pack_to_reshape",
    "substitute_padv2_to_pad",
    "substitute_splitv_to_split",
    "substitute_squeeze_to_reshape",
    "substitute_strided_slice_to_reshape",
    "substitute_transpose_to_reshape",
    "transform_min_max_to_relu6",
    "transform_min_relu_to_relu6",
    "transform_sqrt_div_to_rsqrt_mul",
    "decompose_hardswish",
    "decompose_softmax",
    "expand_broadcast_const",
    "unroll_unidirseqlstm",
    "convert_nchw_to_nhwc",
    "nchw_to_nhwc_input_shape",
    "nchw_to_nhwc_output_shape",
    "exp_disable_sep_transposeconv_actfunc",
];

#[test]
fn the_catalogue_is_up_to_date() {
    is_up_to_date("docs/rules.md", &catalogue(optimizer_patterns::RULES));
}

#[test]
fn the_options_are_up_to_date() {
    is_up_to_date("docs/options.md", &option_table());
}

#[test]
fn every_option_has_a_rule_or_a_pass() {
    let missing: Vec<&str> = switches().filter(|name| serving(name).is_empty()).collect();
    let new: Vec<&&str> = missing.iter().filter(|name| !MISSING.contains(name)).collect();
    assert!(new.is_empty(), "no rule or pass has the group {new:?}");
}

fn is_up_to_date(file: &str, want: &str) {
    let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
    if std::fs::read_to_string(&path).ok().as_deref() != Some(want) {
        std::fs::write(path, want).expect("the file can be written");
        panic!("{file} did not say what the rules say; it has been rewritten, commit it");
    }
}

fn option_table() -> String {
    let mut text = "# What serves each option of circle2circle\n\n\
        Written by `cargo test` from the groups of rules and passes; do not edit.\n\n\
        | option | in one-optimize | rules and passes | level |\n|---|---|---|---|\n"
        .to_owned();
    switches().for_each(|name| text.push_str(&option_row(name)));
    STEPS.iter().for_each(|(name, step)| text.push_str(&format!("| `--{name}` | no | {step} | opt-in |\n")));
    text
}

fn option_row(name: &str) -> String {
    let known = match name {
        _ if ONE_OPTIMIZE_O1.contains(&name) => "in O1",
        _ if ONE_OPTIMIZE.contains(&name) => "yes",
        _ => "no",
    };
    let serving = serving(name);
    let mut levels: Vec<&str> = serving.iter().map(|(_, level)| level.as_str()).collect();
    levels.sort_unstable();
    levels.dedup();
    let names: Vec<&str> = serving.iter().map(|(name, _)| *name).collect();
    format!("| `--{name}` | {known} | {} | {} |\n", listed(&names), levels.join(", "))
}

/// The rules and passes in the group of that name, each with its level.
fn serving(group: &str) -> Vec<(&'static str, String)> {
    let rules = optimizer_patterns::RULES.iter().flat_map(|file| file.iter());
    let rules = rules.map(|rule| (rule.name, rule.groups, rule.level()));
    let all = rules.chain(pass::ALL.iter().map(|pass| (pass.name, pass.groups, pass.level())));
    all.filter(|(_, groups, _)| groups.contains(&group))
        .map(|(name, _, level)| (name, level.to_string()))
        .collect()
}

fn catalogue(files: &[&[Rule]]) -> String {
    let count: usize = files.iter().map(|rules| rules.len()).sum();
    let mut text = format!(
        "# The {count} rules and {} passes\n\nWritten by `cargo test` from them; do not edit.\n",
        pass::ALL.len()
    );
    for rules in files {
        let Some(first) = rules.first() else { continue };
        let _ = writeln!(
            text,
            "\n## [{0}](../{0})\n\n| rule | level | groups | results | meaning |\n|---|---|---|---|---|",
            first.file
        );
        rules.iter().for_each(|rule| text.push_str(&row(rule)));
    }
    text += "\n## Passes over the whole model\n\n| pass | level | groups | meaning |\n|---|---|---|---|\n";
    pass::ALL.iter().for_each(|pass| text.push_str(&pass_row(pass)));
    text
}

fn pass_row(pass: &Pass) -> String {
    format!("| `{}` | `{}` | {} | {} |\n", pass.name, pass.level(), listed(pass.groups), pass.doc)
}

fn listed(groups: &[&str]) -> String {
    groups.iter().map(|group| format!("`{group}`")).collect::<Vec<_>>().join(" ")
}

fn row(rule: &Rule) -> String {
    let results = match rule.exactness {
        Exactness::Exact => "the same bits".to_owned(),
        Exactness::Approx(limit) => format!("within {limit:e}"),
        Exactness::Lossy => "others, by design".to_owned(),
    };
    let doc = rule.doc.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
    let note = if rule.provisional { " Only where what follows pays for it." } else { "" };
    let (level, groups) = (rule.level(), listed(rule.groups));
    format!("| `{}` | `{level}` | {groups} | {results} | {doc}{note} |\n", rule.name)
}
