//! Operators that change how numbers are stored.
//!
//! Invariant: results have the shape of the input.

use super::quantized;
use crate::circle::schema::*;
use crate::interp::elements::{map, map_kernel};
use crate::interp::{Call, KernelError, KernelResult, Tensor, by_dtype};
use crate::ir::{Element, Type};
use crate::op::layout::elementwise;
use crate::op::shapes::same;
use half::f16;
use ndarray::ArrayViewD;
use crate::op::{OptionsTable, Quantized, Site, operators};

operators! {
    /// The same numbers in another dtype; floats are cut off and kept in range, other than 0 is true.
    Cast = CAST(input) CastOptionsT {
        shape: Some(cast_shape), kernel: Some(cast), layout: Some(elementwise)
    }
    /// From floats, or from another quantization.
    Quantize = QUANTIZE(input) QuantizeOptionsT {
        shape: Some(quantize_shape), layout: Some(elementwise),
        quantized: Quantized::By(quantized::conversion::quantize)
    }
    /// From quantized or half floats to f32.
    Dequantize = DEQUANTIZE(input) DequantizeOptionsT {
        shape: Some(dequantize_shape), kernel: Some(dequantize), layout: Some(elementwise),
        quantized: Quantized::By(quantized::conversion::dequantize)
    }
    /// Floats rounded as if they were quantized.
    FakeQuant = FAKE_QUANT(input) FakeQuantOptionsT { shape: Some(same), kernel: Some(fake_quant) }
    /// A sparse constant made dense.
    Densify = DENSIFY(input) DensifyOptionsT { shape: Some(same), kernel: Some(densify) }
}

/// The dtype as declared; the options say it only for an operator that is being built.
fn cast_shape(site: &Site) -> Option<Vec<Type>> {
    let declared = site.results.first().map(|ty| ty.dtype);
    let option = || CastOptionsT::get(site.options).map(|options| options.out_data_type);
    Some(vec![Type::new(declared.or_else(option)?, site.shape(0)?.clone())])
}

/// The dtype as declared.
fn quantize_shape(site: &Site) -> Option<Vec<Type>> {
    let declared = site.results.first().map(|ty| ty.dtype);
    Some(vec![Type::new(declared?, site.shape(0)?.clone())])
}

fn dequantize_shape(site: &Site) -> Option<Vec<Type>> {
    Some(vec![Type::new(DType::F32, site.shape(0)?.clone())])
}

/// Numbers that convert into each other the way C does, but saturating.
trait Convert: Element {
    fn wide(self) -> Wide;
    fn from_wide(wide: Wide) -> Self;
}

/// A number without loss.
#[derive(Clone, Copy)]
enum Wide {
    Float(f64),
    Integer(i128),
}

macro_rules! convert {
    ($($number:ty => $wide:ident)*) => {$(
        impl Convert for $number {
            fn wide(self) -> Wide {
                Wide::$wide(self.into())
            }
            fn from_wide(wide: Wide) -> Self {
                match wide {
                    Wide::Float(x) => x as $number,
                    Wide::Integer(n) => n as $number,
                }
            }
        }
    )*};
}

convert! {
    f32 => Float f64 => Float
    i8 => Integer i16 => Integer i32 => Integer i64 => Integer
    u8 => Integer u16 => Integer u32 => Integer u64 => Integer
}

impl Convert for f16 {
    fn wide(self) -> Wide {
        Wide::Float(self.into())
    }

    fn from_wide(wide: Wide) -> f16 {
        f16::from_f32(f32::from_wide(wide))
    }
}

fn cast(call: &Call) -> KernelResult {
    let input = call.operand(0)?;
    match input.dtype {
        DType::Bool => {
            let bools = input.bools().ok_or_else(|| KernelError::dtype(input.dtype))?;
            cast_from::<u8>(call, bools.mapv(|b| u8::from(b != 0)).view())
        }
        dtype => by_dtype!(dtype, T: f32 | f64 | f16 | i8 | i16 | i32 | i64 | u8 | u16 | u32 | u64 => {
            cast_from::<T>(call, call.view(0)?)
        }),
    }
}

fn cast_from<A: Convert>(call: &Call, view: ArrayViewD<A>) -> KernelResult {
    let is_true = |x: A| match x.wide() {
        Wide::Float(x) => x != 0.0,
        Wide::Integer(n) => n != 0,
    };
    let dtype = call.results.first().map(|ty| ty.dtype).ok_or_else(|| KernelError::invalid("no result"))?;
    Ok(vec![match dtype {
        DType::Bool => Tensor::of_bools(view.mapv(is_true)),
        dtype => by_dtype!(dtype, R: f32 | f64 | f16 | i8 | i16 | i32 | i64 | u8 | u16 | u32 | u64 => {
            Ok::<_, KernelError>(Tensor::of(map(view, |x| R::from_wide(x.wide()))?))
        })?,
    }])
}

/// Half floats only: the others need a scale.
fn dequantize(call: &Call) -> KernelResult {
    map_kernel(call, |x: f16| f32::from(x))
}

/// Every constant is dense by the time it reaches a kernel.
fn densify(call: &Call) -> KernelResult {
    Ok(vec![call.operand(0)?.clone()])
}

/// In f32, as LiteRT does; the range is moved so that zero is one of its steps.
fn fake_quant(call: &Call) -> KernelResult {
    let options = call.options::<FakeQuantOptionsT>();
    let steps = 1u32.checked_shl(options.num_bits.try_into().unwrap_or(0)).filter(|&n| n > 1 && n <= 1 << 16);
    let (false, Some(steps)) = (options.narrow_range, steps) else {
        return Err(KernelError::Unsupported("a narrow range, or so many bits".to_owned()));
    };
    let last = (steps - 1) as f32;
    let scale = (options.max - options.min) / last;
    let zero = (0.0 - options.min / scale).clamp(0.0, last).round();
    let (low, high) = ((0.0 - zero) * scale, (last - zero) * scale);
    let inverse = 1.0 / scale;
    map_kernel(call, |x: f32| ((x.max(low).min(high) - low) * inverse).round() * scale + low)
}
