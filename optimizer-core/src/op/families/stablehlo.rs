//! The operators that tflite takes from StableHLO.
//!
//! Invariant: those that run graphs or draw random numbers are not pure.

use super::control::decompose;
use crate::circle::schema::*;
use crate::op::{Effect, NoOptions, operators};

operators! {
    /// The absolute value.
    StablehloAbs = STABLEHLO_ABS(x) NoOptions {}
    /// `a + b`, or either for Bool.
    StablehloAdd = STABLEHLO_ADD(a, b) NoOptions { commutative: true }
    /// Both, bit by bit.
    StablehloAnd = STABLEHLO_AND(a, b) NoOptions { commutative: true }
    /// Axes placed among those of a larger shape.
    StablehloBroadcastInDim = STABLEHLO_BROADCAST_IN_DIM(input) StablehloBroadcastInDimOptionsT {}
    /// Runs one of several graphs.
    StablehloCase = STABLEHLO_CASE(..) StablehloCaseOptionsT { effect: Effect::Opaque }
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
    StablehloConvolution = STABLEHLO_CONVOLUTION(input, filter) StablehloConvolutionOptionsT {}
    /// The cosine.
    StablehloCosine = STABLEHLO_COSINE(x) NoOptions {}
    /// An operator known by its name.
    StablehloCustomCall = STABLEHLO_CUSTOM_CALL(..) StablehloCustomCallOptionsT { effect: Effect::Opaque }
    /// `a / b`.
    StablehloDivide = STABLEHLO_DIVIDE(a, b) NoOptions {}
    /// A product over any axes.
    StablehloDotGeneral = STABLEHLO_DOT_GENERAL(a, b) StablehloDotGeneralOptionsT {}
    /// A slice that begins where operands say.
    StablehloDynamicSlice = STABLEHLO_DYNAMIC_SLICE(..) StablehloDynamicSliceOptionsT {}
    /// The input with an update written where operands say.
    StablehloDynamicUpdateSlice = STABLEHLO_DYNAMIC_UPDATE_SLICE(..) NoOptions {}
    /// `e` to the power of `x`.
    StablehloExponential = STABLEHLO_EXPONENTIAL(x) NoOptions {}
    /// The next integer towards minus infinity.
    StablehloFloor = STABLEHLO_FLOOR(x) NoOptions {}
    /// Slices chosen by index tuples.
    StablehloGather = STABLEHLO_GATHER(input, indices) StablehloGatherOptionsT {}
    /// Counting up along an axis.
    StablehloIota = STABLEHLO_IOTA(..) StablehloIotaOptionsT {}
    /// The natural logarithm.
    StablehloLog = STABLEHLO_LOG(x) NoOptions {}
    /// `1 / (1 + exp(-x))`.
    StablehloLogistic = STABLEHLO_LOGISTIC(x) NoOptions {}
    /// The larger of both.
    StablehloMaximum = STABLEHLO_MAXIMUM(a, b) NoOptions { commutative: true }
    /// The smaller of both.
    StablehloMinimum = STABLEHLO_MINIMUM(a, b) NoOptions { commutative: true }
    /// `a * b`, or both for Bool.
    StablehloMultiply = STABLEHLO_MULTIPLY(a, b) NoOptions { commutative: true }
    /// `-x`.
    StablehloNegate = STABLEHLO_NEGATE(x) NoOptions {}
    /// Either, bit by bit.
    StablehloOr = STABLEHLO_OR(a, b) NoOptions { commutative: true }
    /// With a value before, after and between elements.
    StablehloPad = STABLEHLO_PAD(input, value) StablehloPadOptionsT {}
    /// `base` to the power of `exponent`.
    StablehloPower = STABLEHLO_POWER(base, exponent) NoOptions {}
    /// A reduction by a graph.
    StablehloReduce = STABLEHLO_REDUCE(..) StablehloReduceOptionsT { effect: Effect::Opaque }
    /// A reduction of windows by a graph.
    StablehloReduceWindow = STABLEHLO_REDUCE_WINDOW(
        ..
    ) StablehloReduceWindowOptionsT { effect: Effect::Opaque }
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
    /// Updates combined into the input by a graph.
    StablehloScatter = STABLEHLO_SCATTER(..) StablehloScatterOptionsT { effect: Effect::Opaque }
    /// `a` where the condition holds, else `b`.
    StablehloSelect = STABLEHLO_SELECT(condition, a, b) NoOptions {}
    /// `a` shifted left by `b` bits.
    StablehloShiftLeft = STABLEHLO_SHIFT_LEFT(a, b) StablehloShiftLeftOptionsT {}
    /// A slice with strides.
    StablehloSlice = STABLEHLO_SLICE(input) StablehloSliceOptionsT {}
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
