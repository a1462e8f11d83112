//! How quantized kernels read their operands and write their results.
//!
//! Invariant: stored numbers are read as i32 and a result is clamped to its activation's range, or its type's, before
//! it is stored; an operand that is not quantized as a kernel needs it is refused.

use crate::circle::schema::Activation;
use crate::interp::elements::{array, map, wide};
use crate::interp::quantization::{Affine, Meaning, Quantization, range};
use crate::interp::{Call, KernelError, KernelResult, Tensor, by_dtype};
use crate::ir::DType;
use ndarray::ArrayD;

/// A quantized tensor: its stored numbers, and one scale and zero point for all.
pub(crate) struct Stored {
    pub numbers: ArrayD<i32>,
    pub affine: Affine,
    pub dtype: DType,
}

/// Where a result goes: its scale and zero point, and the stored numbers that it is clamped to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub affine: Affine,
    pub dtype: DType,
    pub low: i32,
    pub high: i32,
}

impl Stored {
    pub(crate) fn scale(&self) -> f64 {
        self.affine.scale.into()
    }

    /// The numbers without the zero point, broadcast to `dims`.
    pub(crate) fn centred(&self, dims: &[usize]) -> Result<Vec<i32>, KernelError> {
        let numbers = wide(self.numbers.view(), dims)?;
        Ok(numbers.iter().map(|&n| n.wrapping_sub(self.affine.zero_point)).collect())
    }
}

impl Target {
    pub(crate) fn scale(&self) -> f64 {
        self.affine.scale.into()
    }

    /// A number without zero point as it is stored.
    pub(crate) fn stored(&self, number: i32) -> i32 {
        number.wrapping_add(self.affine.zero_point).clamp(self.low, self.high)
    }

    /// The same target for an operator with a fused activation.
    ///
    /// # Errors
    /// Activations that no quantized kernel of LiteRT knows.
    pub(crate) fn activated(self, activation: Activation) -> Result<Target, KernelError> {
        match activation {
            Activation::None => Ok(self),
            Activation::Relu => Ok(self.between(0.0, None)),
            Activation::Relu6 => Ok(self.between(0.0, Some(6.0))),
            Activation::ReluN1To1 => Ok(self.between(-1.0, Some(1.0))),
            other => {
                let name = other.variant_name().unwrap_or("unknown");
                Err(KernelError::Unsupported(format!("activation {name} of quantized numbers")))
            }
        }
    }

    /// The same target for real numbers from `low` to `high`, or on.
    pub(crate) fn between(self, low: f32, high: Option<f32>) -> Target {
        let Affine { scale, zero_point } = self.affine;
        let at = |real: f32| zero_point.saturating_add((real / scale).round() as i32);
        let (low, high) = (at(low), high.map_or(self.high, at));
        Target { low: low.clamp(self.low, self.high), high: high.clamp(self.low, self.high), ..self }
    }

    /// The tensor of numbers that are in range.
    pub(crate) fn tensor(&self, dims: Vec<usize>, numbers: &[i32]) -> Result<Tensor, KernelError> {
        narrow(self.dtype, dims, numbers)
    }
}

/// The tensor of stored numbers, which fit `dtype`.
pub(crate) fn narrow(dtype: DType, dims: Vec<usize>, numbers: &[i32]) -> Result<Tensor, KernelError> {
    by_dtype!(dtype, T: i8 | u8 | i16 | i32 => {
        Ok(Tensor::of(array(dims, numbers.iter().map(|&n| n as T).collect())?))
    })
}

impl<'a> Call<'a> {
    /// The stored numbers of an operand, whatever they stand for; those of 4 bits are unpacked.
    pub(crate) fn numbers(&self, i: usize) -> Result<ArrayD<i32>, KernelError> {
        let tensor = self.operand(i)?;
        match tensor.dtype {
            DType::I8 => map(self.view::<i8>(i)?, i32::from),
            DType::U8 => map(self.view::<u8>(i)?, i32::from),
            DType::I16 => map(self.view::<i16>(i)?, i32::from),
            DType::I32 => map(self.view::<i32>(i)?, |n| n),
            DType::I4 => array(tensor.dims.clone(), unpacked(tensor)),
            other => Err(KernelError::dtype(other)),
        }
    }

    /// How an operand is quantized.
    pub(crate) fn quantization(&self, i: usize) -> Result<&Quantization, KernelError> {
        scaled(self.meanings.operands.get(i)).ok_or_else(|| self.unscaled(i))
    }

    /// An operand with one scale and zero point, of one of `dtypes`.
    pub(crate) fn stored(&self, i: usize, dtypes: &[DType]) -> Result<Stored, KernelError> {
        let dtype = self.operand(i)?.dtype;
        let affine = self.quantization(i)?.whole().ok_or_else(|| self.unscaled(i))?;
        match dtypes.contains(&dtype) {
            true => Ok(Stored { numbers: self.numbers(i)?, affine, dtype }),
            false => Err(KernelError::Unsupported(format!("quantized operands of {}", dtype.name()))),
        }
    }

    /// The `i`-th result, with the whole range of its type.
    pub(crate) fn target(&self, i: usize) -> Result<Target, KernelError> {
        let refused = || KernelError::Unsupported("a result that is not quantized with one scale".to_owned());
        let dtype = self.results.get(i).map(|ty| ty.dtype).ok_or_else(refused)?;
        let affine =
            scaled(self.meanings.results.get(i)).and_then(Quantization::whole).ok_or_else(refused)?;
        let range = range(dtype).ok_or_else(|| KernelError::dtype(dtype))?;
        let bound = |n: i64| i32::try_from(n).map_err(|_| KernelError::dtype(dtype));
        Ok(Target { affine, dtype, low: bound(*range.start())?, high: bound(*range.end())? })
    }

    /// The first operand, of one of `dtypes`, and the first result; of 16 bits, both without zero points.
    pub(crate) fn stored_to_target(&self, dtypes: &[DType]) -> Result<(Stored, Target), KernelError> {
        let (x, target) = (self.stored(0, dtypes)?, self.target(0)?);
        if x.dtype == DType::I16 {
            symmetric(&[x.affine, target.affine])?;
        }
        Ok((x, target))
    }

    fn unscaled(&self, i: usize) -> KernelError {
        KernelError::Unsupported(format!("operand {i} not quantized with one scale"))
    }
}

fn scaled(meaning: Option<&Meaning>) -> Option<&Quantization> {
    match meaning {
        Some(Meaning::Scaled(quantization)) => Some(quantization),
        _ => None,
    }
}

/// Two signed numbers a byte, the lower half first.
fn unpacked(tensor: &Tensor) -> Vec<i32> {
    let halves = tensor.data.bytes().iter().flat_map(|&b| [(b << 4) as i8 >> 4, b as i8 >> 4]);
    halves.take(tensor.dims.iter().product()).map(i32::from).collect()
}

/// Numbers of 16 bits have no zero point in most kernels.
///
/// # Errors
/// One of them has.
pub(crate) fn symmetric(affines: &[Affine]) -> Result<(), KernelError> {
    match affines.iter().all(|a| a.zero_point == 0) {
        true => Ok(()),
        false => Err(KernelError::Unsupported("a zero point other than 0 here".to_owned())),
    }
}

/// `f` of each number of the first operand without its zero point, as a whole kernel; `f` gives a result without one.
pub(crate) fn map_stored(x: &Stored, target: &Target, f: impl Fn(i32) -> i32) -> KernelResult {
    let dims = x.numbers.shape().to_vec();
    let numbers: Vec<_> = x.centred(&dims)?.into_iter().map(|n| target.stored(f(n))).collect();
    Ok(vec![target.tensor(dims, &numbers)?])
}

/// The same of each pair of numbers of the first two operands.
pub(crate) fn zip_stored(
    call: &Call,
    [a, b]: [&Stored; 2],
    target: &Target,
    f: impl Fn(i32, i32) -> i32,
) -> KernelResult {
    let dims = call.dims(0)?;
    let (a, b) = (a.centred(&dims)?, b.centred(&dims)?);
    let numbers: Vec<_> = a.into_iter().zip(b).map(|(a, b)| target.stored(f(a, b))).collect();
    Ok(vec![target.tensor(dims, &numbers)?])
}
