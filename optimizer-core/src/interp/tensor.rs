//! Tensors with content, and what a kernel sees of its operator.
//!
//! Invariant: a tensor holds exactly as many bytes as its dims and dtype say.

use crate::ir::{DType, Data, Element, Type};
use crate::op::{Options, OptionsTable};
use ndarray::{ArrayD, ArrayViewD};

/// A dense array of known dims.
#[derive(Clone, Debug)]
pub struct Tensor {
    pub dtype: DType,
    pub dims: Vec<usize>,
    pub data: Data,
}

/// One operator about to run.
pub struct Call<'a> {
    pub options: &'a Options,
    pub operands: Vec<Option<&'a Tensor>>,
    /// The declared types of the results.
    pub results: Vec<Type>,
}

/// Why a kernel cannot compute.
#[derive(Debug, thiserror::Error)]
pub enum KernelError {
    #[error("operand {0} is missing")]
    Missing(usize),
    #[error("no kernel for {0}")]
    Unsupported(String),
    #[error("{0}")]
    Invalid(String),
}

impl Tensor {
    /// Takes over an array's elements.
    pub fn of<T: Element>(array: ArrayD<T>) -> Tensor {
        let dims = array.shape().to_vec();
        let elements = match array.is_standard_layout() {
            true => array.into_raw_vec_and_offset().0,
            false => array.iter().copied().collect(),
        };
        Tensor { dtype: T::DTYPE, dims, data: Data::of(elements) }
    }

    /// The elements; `None` if they are of another type.
    pub fn view<T: Element>(&self) -> Option<ArrayViewD<'_, T>> {
        (T::DTYPE == self.dtype).then_some(())?;
        ArrayViewD::from_shape(self.dims.as_slice(), self.data.elements()?).ok()
    }
}

impl<'a> Call<'a> {
    pub fn operand(&self, i: usize) -> Result<&'a Tensor, KernelError> {
        self.operands.get(i).copied().flatten().ok_or(KernelError::Missing(i))
    }

    pub fn options<T: OptionsTable>(&self) -> T {
        self.options.table()
    }
}
