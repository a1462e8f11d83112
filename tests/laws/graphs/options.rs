//! Options that an operator may have: those without which it would be invalid, and then any field changed.
//!
//! Invariant: as for operands, the operator's own shape rule and kernel decide whether it is valid.

use super::Picks;
use super::scene::Scene;
use optimizer_core::circle::schema::*;
use optimizer_core::ir::ValueId;
use optimizer_core::op::{Description, Options, OptionsTable};
use optimizer_core::testing::neighbours;

const ACTIVATIONS: [Activation; 8] = [
    Activation::None,
    Activation::None,
    Activation::None,
    Activation::None,
    Activation::Relu,
    Activation::Relu6,
    Activation::ReluN1To1,
    Activation::Tanh,
];
const DTYPES: [DType; 5] = [DType::F32, DType::I32, DType::I64, DType::Bool, DType::U8];

/// A choice of options for `op` on these operands.
pub(crate) fn options(
    scene: &Scene,
    op: &Description,
    operands: &[Option<ValueId>],
    picks: &mut Picks,
) -> Options {
    let mut options = necessary(scene, op, operands, picks).unwrap_or_else(op.options);
    if let Some(activation) = options.activation_mut() {
        *activation = picks.of(&ACTIVATIONS).unwrap_or(Activation::None);
    }
    match picks.one_in(3) {
        true => {
            let mut others = neighbours(&options);
            if others.is_empty() { options } else { others.swap_remove(picks.below(others.len())).1 }
        }
        false => options,
    }
}

pub(super) fn table<T: OptionsTable>(set: impl FnOnce(&mut T)) -> Options {
    let mut table = T::default();
    set(&mut table);
    table.wrap()
}

fn index_type(picks: &mut Picks) -> DType {
    if picks.one_in(2) { DType::I64 } else { DType::I32 }
}

/// What the defaults of the schema leave invalid.
fn necessary(
    scene: &Scene,
    op: &Description,
    operands: &[Option<ValueId>],
    picks: &mut Picks,
) -> Option<Options> {
    let first = operands.first().copied().flatten()?;
    let (dims, dtype) = (scene.dims(first), scene.graph.value(first).ty.dtype);
    let axis = |picks: &mut Picks| picks.below(2 * dims.len().max(1)) as i32 - dims.len() as i32;
    let side = |picks: &mut Picks| 1 + picks.below(2) as i32;
    let padding = |picks: &mut Picks| if picks.one_in(2) { Padding::Valid } else { Padding::Same };
    Some(match op.name {
        "Conv2D" => {
            let mut table = Conv2DOptionsT::default();
            (table.padding, table.stride_h, table.stride_w) = (padding(picks), side(picks), side(picks));
            (table.dilation_h_factor, table.dilation_w_factor) = (side(picks), 1);
            table.wrap()
        }
        "DepthwiseConv2D" => {
            let filter = operands.get(1).copied().flatten().map(|id| scene.dims(id)).unwrap_or_default();
            let mut table = DepthwiseConv2DOptionsT::default();
            (table.padding, table.stride_h, table.stride_w) = (padding(picks), side(picks), 1);
            (table.dilation_h_factor, table.dilation_w_factor) = (1, 1);
            table.depth_multiplier =
                filter.last().zip(dims.last()).map_or(1, |(f, d)| (f / d.max(&1)) as i32);
            table.wrap()
        }
        "TransposeConv" => {
            let mut table = TransposeConvOptionsT::default();
            (table.padding, table.stride_h, table.stride_w) = (padding(picks), side(picks), side(picks));
            table.wrap()
        }
        "AveragePool2D" | "MaxPool2D" | "L2Pool2D" | "CustomMaxPoolWithArgmax" => {
            let mut table = Pool2DOptionsT::default();
            (table.padding, table.stride_h, table.stride_w) = (padding(picks), side(picks), side(picks));
            (table.filter_height, table.filter_width) = (side(picks), side(picks));
            table.wrap()
        }
        "Softmax" => table::<SoftmaxOptionsT>(|t| t.beta = 1.0),
        "LeakyRelu" => table::<LeakyReluOptionsT>(|t| t.alpha = 0.25),
        "Concatenation" => table::<ConcatenationOptionsT>(|t| t.axis = axis(picks)),
        "Pack" => table::<PackOptionsT>(|t| (t.values_count, t.axis) = (operands.len() as i32, axis(picks))),
        "Unpack" => {
            let axis = axis(picks);
            let num = dims.get(axis.rem_euclid(dims.len().max(1) as i32) as usize).copied().unwrap_or(1);
            table::<UnpackOptionsT>(|t| (t.num, t.axis) = (num as i32, axis))
        }
        "Split" => table::<SplitOptionsT>(|t| t.num_splits = side(picks)),
        "SplitV" | "CustomSplitV" => table::<SplitVOptionsT>(|t| t.num_splits = 2),
        "Gather" => table::<GatherOptionsT>(|t| (t.axis, t.batch_dims) = (axis(picks), 0)),
        "Cast" => {
            let to = picks.of(&DTYPES).unwrap_or(DType::F32);
            table::<CastOptionsT>(|t| (t.in_data_type, t.out_data_type) = (dtype, to))
        }
        "ArgMax" => table::<ArgMaxOptionsT>(|t| t.output_type = index_type(picks)),
        "ArgMin" => table::<ArgMinOptionsT>(|t| t.output_type = index_type(picks)),
        "Shape" => table::<ShapeOptionsT>(|t| t.out_type = index_type(picks)),
        "SpaceToDepth" => table::<SpaceToDepthOptionsT>(|t| t.block_size = side(picks)),
        "DepthToSpace" => table::<DepthToSpaceOptionsT>(|t| t.block_size = side(picks)),
        "InstanceNorm" => table::<InstanceNormOptionsT>(|t| t.epsilon = 1e-5),
        "BCQGather" => table::<BCQGatherOptionsT>(|t| (t.input_hidden_size, t.axis) = (4, axis(picks))),
        "BCQFullyConnected" => {
            let hidden = dims.first().copied()? as i32;
            table::<BCQFullyConnectedOptionsT>(|t| t.weights_hidden_size = hidden)
        }
        "RmsNorm" => table::<RmsNormOptionsT>(|t| t.epsilon = 1e-5),
        _ => return None,
    })
}
