//! Tensors with content.
//!
//! Invariant: a tensor made here holds exactly as many bytes as its dims and dtype say, aligned to its elements.

use crate::interp::KernelError;
use crate::ir::{DType, Data, Element, Shape, Type};
use crate::op::Permutation;
use bytemuck::Pod;
use half::{bf16, f16};
use ndarray::{Array1, ArrayD, ArrayViewD, IxDyn};

/// A dense array of known dims. Numbers of 4 bits stay packed, two a byte.
#[derive(Clone, Debug)]
pub struct Tensor {
    pub dtype: DType,
    pub dims: Vec<usize>,
    pub data: Data,
}

/// An element seen as nothing but its bytes: what data movement works on.
pub trait Word: Pod + Send + Sync + PartialEq {}

impl Word for u8 {}
impl Word for u16 {}
impl Word for u32 {}
impl Word for u64 {}
impl Word for u128 {}

/// Runs `$body` with `$word` being the [`Word`] of a dtype's width.
macro_rules! by_width {
    ($dtype:expr, $word:ident => $body:expr) => {
        match $dtype.bytes() {
            Some(1) => {
                type $word = u8;
                $body
            }
            Some(2) => {
                type $word = u16;
                $body
            }
            Some(4) => {
                type $word = u32;
                $body
            }
            Some(8) => {
                type $word = u64;
                $body
            }
            Some(16) => {
                type $word = u128;
                $body
            }
            _ => Err($crate::interp::KernelError::dtype($dtype)),
        }
    };
}
pub(crate) use by_width;

/// Runs `$body` with `$element` being the element type of a dtype, if it is one of those listed.
macro_rules! by_dtype {
    ($dtype:expr, $element:ident: $($rust:ty)|+ => $body:expr) => {
        match $dtype {
            $(d if d == <$rust as $crate::ir::Element>::DTYPE => { type $element = $rust; $body })+
            other => Err($crate::interp::KernelError::dtype(other)),
        }
    };
}
pub(crate) use by_dtype;

impl Tensor {
    /// A tensor over `data`, copied only where it is not aligned.
    ///
    /// # Errors
    /// [`KernelError::Invalid`] if the length does not fit the type.
    pub fn new(dtype: DType, dims: &[usize], data: &Data) -> Result<Tensor, KernelError> {
        let bytes = Type::fixed(dtype, dims).bytes(1);
        if data.len() != bytes || dtype.bytes().is_none() && dtype != DType::I4 {
            let ty = Type::fixed(dtype, dims);
            return Err(KernelError::invalid(format!("{} bytes cannot be {ty}", data.len())));
        }
        let data = match dtype {
            DType::I4 => data.clone(),
            dtype => by_width!(dtype, W => Ok::<_, KernelError>(aligned::<W>(data)))?,
        };
        Ok(Tensor { dtype, dims: dims.to_vec(), data })
    }

    /// Takes over an array's elements.
    pub fn of<T: Element>(array: ArrayD<T>) -> Tensor {
        Tensor::of_words(T::DTYPE, array)
    }

    pub fn of_bools(array: ArrayD<bool>) -> Tensor {
        Tensor::of_words(DType::Bool, array.mapv(u8::from))
    }

    /// One row of numbers.
    pub fn row<T: Element>(elements: Vec<T>) -> Tensor {
        Tensor::of(Array1::from(elements).into_dyn())
    }

    /// Takes over elements known only by their bytes.
    pub fn of_words<W: Pod + Send + Sync>(dtype: DType, array: ArrayD<W>) -> Tensor {
        let dims = array.shape().to_vec();
        Tensor { dtype, dims, data: Data::of(in_order(array)) }
    }

    /// The elements with their axes in another order.
    ///
    /// # Errors
    /// [`KernelError::Invalid`] if the permutation is of another rank; elements narrower than a byte.
    pub fn permuted(&self, order: &Permutation) -> Result<Tensor, KernelError> {
        by_width!(self.dtype, W => {
            let words = self.words::<W>().filter(|words| words.ndim() == order.rank());
            let words = words.ok_or_else(|| KernelError::invalid("a permutation of another rank"))?;
            let permuted = words.permuted_axes(IxDyn(order.axes()));
            Ok(Tensor::of_words(self.dtype, permuted.as_standard_layout().into_owned()))
        })
    }

    /// The elements; `None` if they are of another type.
    pub fn view<T: Element>(&self) -> Option<ArrayViewD<'_, T>> {
        (T::DTYPE == self.dtype).then(|| self.array())?
    }

    /// The elements as nothing but their bytes; `None` if they have another width.
    pub fn words<W: Word>(&self) -> Option<ArrayViewD<'_, W>> {
        (self.dtype.bytes() == Some(size_of::<W>())).then(|| self.array())?
    }

    pub fn bools(&self) -> Option<ArrayViewD<'_, u8>> {
        (self.dtype == DType::Bool).then(|| self.array())?
    }

    /// The numbers of an i32 or i64 tensor.
    pub fn ints(&self) -> Option<Vec<i64>> {
        match self.dtype {
            DType::I32 => Some(self.view::<i32>()?.iter().map(|&n| n.into()).collect()),
            DType::I64 => Some(self.view::<i64>()?.iter().copied().collect()),
            _ => None,
        }
    }

    /// The elements as numbers, a complex one as two; `None` for dtypes without.
    pub fn numbers(&self) -> Option<Vec<f64>> {
        macro_rules! collected {
            ($element:ty) => {
                self.view::<$element>()?.iter().map(|&x| f64::from(x)).collect()
            };
        }
        Some(match self.dtype {
            DType::F32 => collected!(f32),
            DType::F64 => collected!(f64),
            DType::F16 => collected!(f16),
            DType::BF16 => collected!(bf16),
            DType::I8 => collected!(i8),
            DType::I16 => collected!(i16),
            DType::I32 => collected!(i32),
            DType::U8 => collected!(u8),
            DType::U16 => collected!(u16),
            DType::U32 => collected!(u32),
            DType::I64 => self.view::<i64>()?.iter().map(|&x| x as f64).collect(),
            DType::U64 => self.view::<u64>()?.iter().map(|&x| x as f64).collect(),
            DType::Complex64 => {
                self.data.elements::<[f32; 2]>()?.iter().flatten().map(|&x| x.into()).collect()
            }
            DType::Bool => self.bools()?.iter().map(|&x| f64::from(x != 0)).collect(),
            _ => return None,
        })
    }

    pub fn shape(&self) -> Shape {
        Shape::fixed(&self.dims)
    }

    pub fn ty(&self) -> Type {
        Type::fixed(self.dtype, &self.dims)
    }

    fn array<T: Pod>(&self) -> Option<ArrayViewD<'_, T>> {
        let elements = if self.data.is_empty() { &[] } else { self.data.elements()? };
        ArrayViewD::from_shape(self.dims.as_slice(), elements).ok()
    }
}

fn aligned<W: Word>(data: &Data) -> Data {
    match data.elements::<W>() {
        Some(_) => data.clone(),
        None => Data::of(bytemuck::pod_collect_to_vec::<u8, W>(data.bytes())),
    }
}

/// The elements in row-major order; copied only if they lie otherwise.
fn in_order<W: Copy>(array: ArrayD<W>) -> Vec<W> {
    if !array.is_standard_layout() {
        return array.iter().copied().collect();
    }
    let len = array.len();
    let (mut elements, offset) = array.into_raw_vec_and_offset();
    elements.drain(..offset.unwrap_or(0));
    elements.truncate(len);
    elements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unaligned_bytes_are_copied() {
        let bytes: Vec<u8> = (0..9).collect();
        let input = std::sync::Arc::new(crate::ir::Input::owned(bytes));
        for start in 0..2 {
            let data = Data::Mapped { input: input.clone(), range: start..start + 8 };
            let tensor = Tensor::new(DType::I32, &[2], &data).unwrap();
            assert_eq!(tensor.data.bytes(), data.bytes());
            assert!(tensor.view::<i32>().is_some());
        }
    }

    #[test]
    fn lengths_are_checked() {
        let data = Data::of(vec![0u8; 8]);
        assert!(Tensor::new(DType::I32, &[3], &data).is_err());
        assert!(Tensor::new(DType::I32, &[usize::MAX, 2], &data).is_err());
        assert!(Tensor::new(DType::I4, &[15], &data).is_ok());
        assert!(Tensor::new(DType::I4, &[17], &data).is_err());
        assert!(Tensor::new(DType::U4, &[16], &data).is_err());
        assert!(Tensor::new(DType::F32, &[0, 7], &Data::of(Vec::<u8>::new())).is_ok());
    }
}
