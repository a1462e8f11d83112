//! The operators that tflite takes from StableHLO.
//!
//! Invariant: those that run graphs or draw random numbers are not pure.

use super::control::{case, decompose};
use super::window_reduction::{combination, logic};
use crate::circle::schema::*;
use crate::interp::elements::zip_kernel;
use crate::interp::{Call, KernelError, KernelResult, Tensor, by_dtype};
use crate::ir::{DType, OpCode, Type};
use crate::op::{Effect, NoOptions, Reads, Site, operators};
use half::f16;

operators! {
    /// The absolute value.
    StablehloAbs = STABLEHLO_ABS(x) NoOptions {}
    /// `a + b`, or either for Bool.
    StablehloAdd = STABLEHLO_ADD(a, b) NoOptions { commutative: true, shape: Some(alike), kernel: Some(add) }
    /// Both, bit by bit.
    StablehloAnd = STABLEHLO_AND(a, b) NoOptions { commutative: true, shape: Some(alike), kernel: Some(and) }
    /// Axes placed among those of a larger shape.
    StablehloBroadcastInDim = STABLEHLO_BROADCAST_IN_DIM(input) StablehloBroadcastInDimOptionsT {}
    /// Runs one of several graphs.
    StablehloCase = STABLEHLO_CASE(..) StablehloCaseOptionsT { effect: Effect::Opaque, routine: Some(case) }
    /// The cube root.
    StablehloCbrt = STABLEHLO_CBRT(x) NoOptions {}
    /// The input within two bounds.
    StablehloClamp = STABLEHLO_CLAMP(min, input, max) NoOptions {}
    /// A comparison.
    StablehloCompare = STABLEHLO_COMPARE(a, b) StablehloCompareOptionsT {}
    /// A named operator with a graph that says what it does.
    StablehloComposite = STABLEHLO_COMPOSITE(..) StableHLOCompositeOptionsT {
        effect: Effect::Opaque, routine: Some(decompose)
    }
    /// The operands one after the other.
    StablehloConcatenate = STABLEHLO_CONCATENATE(..) StablehloConcatenateOptionsT {}
    /// The same numbers in another dtype.
    StablehloConvert = STABLEHLO_CONVERT(input) NoOptions {}
    /// A convolution over any axes.
    StablehloConvolution = STABLEHLO_CONVOLUTION(input, filter) StablehloConvolutionOptionsT {
        macs: Some(convolution_macs)
    }
    /// The cosine.
    StablehloCosine = STABLEHLO_COSINE(x) NoOptions {}
    /// An operator known by its name.
    StablehloCustomCall = STABLEHLO_CUSTOM_CALL(..) StablehloCustomCallOptionsT { effect: Effect::Opaque }
    /// `a / b`.
    StablehloDivide = STABLEHLO_DIVIDE(a, b) NoOptions {}
    /// A product over any axes.
    StablehloDotGeneral = STABLEHLO_DOT_GENERAL(a, b) StablehloDotGeneralOptionsT { macs: Some(dot_macs) }
    /// A slice that begins where operands say.
    StablehloDynamicSlice = STABLEHLO_DYNAMIC_SLICE(..) StablehloDynamicSliceOptionsT { reads: Reads::Chosen(0) }
    /// The input with an update written where operands say.
    StablehloDynamicUpdateSlice = STABLEHLO_DYNAMIC_UPDATE_SLICE(..) NoOptions {}
    /// `e` to the power of `x`.
    StablehloExponential = STABLEHLO_EXPONENTIAL(x) NoOptions {}
    /// The next integer towards minus infinity.
    StablehloFloor = STABLEHLO_FLOOR(x) NoOptions {}
    /// Counting up along an axis.
    StablehloIota = STABLEHLO_IOTA(..) StablehloIotaOptionsT {}
    /// The natural logarithm.
    StablehloLog = STABLEHLO_LOG(x) NoOptions {}
    /// `1 / (1 + exp(-x))`.
    StablehloLogistic = STABLEHLO_LOGISTIC(x) NoOptions {}
    /// The larger of both.
    StablehloMaximum = STABLEHLO_MAXIMUM(a, b) NoOptions { commutative: true, shape: Some(alike), kernel: Some(maximum) }
    /// The smaller of both.
    StablehloMinimum = STABLEHLO_MINIMUM(a, b) NoOptions { commutative: true, shape: Some(alike), kernel: Some(minimum) }
    /// `a * b`, or both for Bool.
    StablehloMultiply = STABLEHLO_MULTIPLY(a, b) NoOptions { commutative: true, shape: Some(alike), kernel: Some(multiply) }
    /// `-x`.
    StablehloNegate = STABLEHLO_NEGATE(x) NoOptions {}
    /// Either, bit by bit.
    StablehloOr = STABLEHLO_OR(a, b) NoOptions { commutative: true }
    /// `base` to the power of `exponent`.
    StablehloPower = STABLEHLO_POWER(base, exponent) NoOptions {}
    /// A reduction by a graph.
    StablehloReduce = STABLEHLO_REDUCE(..) StablehloReduceOptionsT { effect: Effect::Opaque }
    /// The remainder, with the sign of `a`.
    StablehloRemainder = STABLEHLO_REMAINDER(a, b) NoOptions {}
    /// Another shape for the same elements.
    StablehloReshape = STABLEHLO_RESHAPE(input) NoOptions {}
    /// Random bits.
    StablehloRngBitGenerator = STABLEHLO_RNG_BIT_GENERATOR(
        state
    ) StablehloRngBitGeneratorOptionsT { effect: Effect::Opaque }
    /// `1 / sqrt(x)`.
    StablehloRsqrt = STABLEHLO_RSQRT(x) NoOptions {}
    /// `a` where the condition holds, else `b`.
    StablehloSelect = STABLEHLO_SELECT(condition, a, b) NoOptions {}
    /// `a` shifted left by `b` bits.
    StablehloShiftLeft = STABLEHLO_SHIFT_LEFT(a, b) StablehloShiftLeftOptionsT { shape: Some(alike), kernel: Some(shift_left) }
    /// A slice with strides.
    StablehloSlice = STABLEHLO_SLICE(input) StablehloSliceOptionsT { reads: Reads::Chosen(0) }
    /// Sorted by a graph.
    StablehloSort = STABLEHLO_SORT(..) StablehloSortOptionsT { effect: Effect::Opaque }
    /// `a - b`.
    StablehloSubtract = STABLEHLO_SUBTRACT(a, b) NoOptions {}
    /// The hyperbolic tangent.
    StablehloTanh = STABLEHLO_TANH(x) NoOptions {}
    /// Axes in another order.
    StablehloTranspose = STABLEHLO_TRANSPOSE(input) StablehloTransposeOptionsT {}
    /// Runs a graph as long as another one says so.
    StablehloWhile = STABLEHLO_WHILE(..) StablehloWhileOptionsT { effect: Effect::Opaque }
}

/// The type of the first operand, which all others have too: StableHLO does not broadcast.
/// Each element of the result is a sum over the contracted axes.
fn dot_macs(site: &Site) -> u64 {
    let contracted = site.options::<StablehloDotGeneralOptionsT>().lhs_contracting_dimensions;
    let extents = contracted.iter().flatten().map(|&axis| site.axis_extent(0, axis as isize));
    extents.fold(site.count_first(Some(site.results.iter().map(|&ty| ty.clone()).collect())), u64::saturating_mul)
}

/// Each element of the result is a sum over the part of the filter that is for its feature.
fn convolution_macs(site: &Site) -> u64 {
    let features = site.options::<StablehloConvolutionOptionsT>().kernel_output_feature_dimension;
    let Some(filter) = site.shape(1) else { return 0 };
    let taps = (0..filter.rank()).filter(|&axis| axis as i64 != features);
    taps.map(|axis| site.axis_extent(1, axis as isize))
        .fold(site.count_first(Some(site.results.iter().map(|&ty| ty.clone()).collect())), u64::saturating_mul)
}

fn alike(site: &Site) -> Option<Vec<Type>> {
    let first = site.operand(0)?.ty();
    site.operands().all(|o| o.ty().agrees(&first)).then(|| vec![first])
}

fn add(call: &Call) -> KernelResult {
    combine(call, OpCode::ADD)
}

fn multiply(call: &Call) -> KernelResult {
    combine(call, OpCode::MUL)
}

/// What is not a number stays where it comes first.
fn maximum(call: &Call) -> KernelResult {
    pick(call, OpCode::MAXIMUM)
}

fn minimum(call: &Call) -> KernelResult {
    pick(call, OpCode::MINIMUM)
}

/// The other of two only if it is on the wanted side of the first.
fn pick(call: &Call, by: OpCode) -> KernelResult {
    let f32s = call.operand(0)?.dtype == DType::F32;
    match by {
        OpCode::MAXIMUM if f32s => zip_kernel::<f32, f32>(call, |a, b| if a < b { b } else { a }),
        OpCode::MINIMUM if f32s => zip_kernel::<f32, f32>(call, |a, b| if b < a { b } else { a }),
        _ => combine(call, by),
    }
}

fn combine(call: &Call, by: OpCode) -> KernelResult {
    let other = || KernelError::Unsupported("such operands".to_owned());
    match call.operand(0)?.dtype {
        DType::Bool => bools(call, logic(by).ok_or_else(other)?),
        dtype => by_dtype!(dtype, T: f32 | f16 | f64 | i8 | i16 | i32 | i64 | u8 | u16 | u32 | u64 => {
            zip_kernel::<T, T>(call, combination::<T>(by).ok_or_else(other)?)
        }),
    }
}

fn and(call: &Call) -> KernelResult {
    match call.operand(0)?.dtype {
        DType::Bool => bools(call, |a, b| a & b),
        dtype => by_dtype!(dtype, T: i8 | i16 | i32 | i64 | u8 | u16 | u32 | u64 => {
            zip_kernel::<T, T>(call, |a, b| a & b)
        }),
    }
}

fn bools(call: &Call, f: fn(u8, u8) -> u8) -> KernelResult {
    let (a, b) = (call.words::<u8>(0)?, call.words::<u8>(1)?);
    let pairs = a.iter().zip(&b).map(|(&a, &b)| f(u8::from(a != 0), u8::from(b != 0)));
    let result = crate::interp::elements::array(call.dims(0)?, pairs.collect())?;
    Ok(vec![Tensor::of_words(DType::Bool, result)])
}

/// Bits shifted out are lost; a shift by as many bits as there are, or more, leaves none.
fn shift_left(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype, T: i8 | i16 | i32 | i64 => {
        zip_kernel::<T, T>(call, |a, b| u32::try_from(b).ok().and_then(|b| a.checked_shl(b)).unwrap_or(0))
    })
}
