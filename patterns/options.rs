//! The options of ONE's circle2circle and one-optimize.
//!
//! Invariant: an option is served by the rules and passes that carry its name as a group; nothing else maps them.

/// What one-optimize's group O1 switches on.
pub static ONE_OPTIMIZE_O1: &[&str] = &[
    "fold_add_v2",
    "fold_cast",
    "fold_densify",
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
    "fuse_prelu",
    "fuse_gelu",
    "fuse_rsqrt",
    "fuse_transpose_with_mean",
    "remove_redundant_reshape",
    "remove_redundant_transpose",
    "remove_unnecessary_add",
    "remove_unnecessary_cast",
    "remove_unnecessary_reshape",
    "remove_unnecessary_slice",
    "remove_unnecessary_strided_slice",
    "remove_unnecessary_split",
    "remove_unnecessary_transpose",
    "replace_with_fc_gelu_fc",
    "resolve_customop_add",
    "resolve_customop_batchmatmul",
    "resolve_customop_matmul",
    "resolve_customop_max_pool_with_argmax",
    "resolve_customop_splitv",
    "replace_non_const_fc_with_batch_matmul",
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
    "common_subexpression_elimination",
];

/// What one-optimize knows besides.
pub static ONE_OPTIMIZE: &[&str] = &[
    "fuse_bcq",
    "make_batchnorm_gamma_positive",
    "fuse_preactivation_batchnorm",
    "fuse_rmsnorm",
    "fuse_rope",
    "remove_duplicate_const",
    "remove_fakequant",
    "remove_gather_guard",
    "remove_quantdequant",
    "remove_redundant_quantize",
    "remove_unnecessary_div",
    "remove_unnecessary_mul",
    "replace_cw_mul_add_with_depthwise_conv",
    "replace_sub_with_add",
    "resolve_former_customop",
    "shuffle_weight_to_16x1float32",
    "decompose_hardswish",
    "decompose_softmax",
    "expand_broadcast_const",
    "unroll_unidirseqlstm",
    "convert_nchw_to_nhwc",
    "nchw_to_nhwc_input_shape",
    "nchw_to_nhwc_output_shape",
    "dynamic_batch_to_single_batch",
];

/// What only circle2circle knows.
pub static CIRCLE2CIRCLE: &[&str] = &["fuse_mul_with_rmsnorm", "remove_qdq_for_mpo", SEPARATE_OFF];

/// The one option that switches something off: rules of this group run unless it is given.
pub const SEPARATE_OFF: &str = "exp_disable_sep_transposeconv_actfunc";

/// What circle2circle does to every model, whatever is asked for.
pub const CANONICALIZE: &str = "canonicalize";

/// The options with a value, which no rule can serve: what the front end does for them itself.
pub static STEPS: &[(&str, &str)] = &[
    ("change_outputs", "other values of the first graph become its outputs, before anything else is done"),
    (
        "sparsify_tensor",
        "a constant is stored block-sparse, after everything else; four more options say how",
    ),
];

/// All options without a value, those of O1 first.
pub fn switches() -> impl Iterator<Item = &'static str> {
    [ONE_OPTIMIZE_O1, ONE_OPTIMIZE, CIRCLE2CIRCLE].into_iter().flatten().copied()
}
