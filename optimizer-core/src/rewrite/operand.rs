//! What can stand as an operand: on the right side it becomes a wire, on the left it is compared.
//!
//! Invariant: a constant of the graph that is used again keeps its bytes; nothing is copied for being named.

use crate::interp::Tensor;
use crate::ir::{Data, Element, Type};
use crate::rewrite::patch::Source;
use crate::rewrite::{Builder, Built, Val, Wire};
use ndarray::{Array, ArrayD, ArrayView, ArrayViewD, Dimension};

/// Anything a right side may name as an operand.
pub trait IntoOperand<'g> {
    fn into_wire(self, b: &mut Builder<'g>) -> Wire;

    /// All results, where an operator is named as what stands in for another.
    fn into_wires(self, b: &mut Builder<'g>) -> Vec<Wire>
    where
        Self: Sized,
    {
        vec![self.into_wire(b)]
    }
}

/// A constant that is computed only once the rewrite is known to be legal and to pay.
pub struct Lazy<'g, T> {
    dims: Vec<usize>,
    make: Box<dyn FnOnce() -> ArrayD<T> + 'g>,
}

impl<'g, T: Element> Lazy<'g, T> {
    /// An array of `dims` that `make` computes.
    pub fn new(dims: impl Into<Vec<usize>>, make: impl FnOnce() -> ArrayD<T> + 'g) -> Lazy<'g, T> {
        Lazy { dims: dims.into(), make: Box::new(make) }
    }

    /// The extents, known before the elements are.
    pub fn dims(&self) -> &[usize] {
        &self.dims
    }
}

impl<'g> Val<'g> {
    /// The content of a constant; `None` if it is none, or of another dtype or rank.
    pub fn array<T: Element, D: Dimension>(self) -> Option<ArrayView<'g, T, D>> {
        if self.dtype() != T::DTYPE {
            return None;
        }
        let elements = self.data()?.elements()?;
        ArrayViewD::from_shape(self.shape().known()?, elements).ok()?.into_dimensionality().ok()
    }
}

impl<'g> IntoOperand<'g> for Wire {
    fn into_wire(self, _: &mut Builder<'g>) -> Wire {
        self
    }
}

impl<'g> IntoOperand<'g> for Val<'g> {
    fn into_wire(self, _: &mut Builder<'g>) -> Wire {
        Wire::Old(self.id())
    }
}

impl<'g> IntoOperand<'g> for Built {
    fn into_wire(self, _: &mut Builder<'g>) -> Wire {
        self.result(0)
    }

    fn into_wires(self, b: &mut Builder<'g>) -> Vec<Wire> {
        b.results(self.op)
    }
}

impl<'g, T: IntoOperand<'g>> IntoOperand<'g> for Option<T> {
    fn into_wire(self, b: &mut Builder<'g>) -> Wire {
        self.map_or(Wire::Absent, |operand| operand.into_wire(b))
    }
}

impl<'g, T: Element> IntoOperand<'g> for Lazy<'g, T> {
    fn into_wire(self, b: &mut Builder<'g>) -> Wire {
        let Lazy { dims, make } = self;
        let expected = dims.clone();
        let source = Source::Lazy(Box::new(move || {
            let array = make();
            assert_eq!(array.shape(), expected, "a lazy constant has the dims it promised");
            Tensor::of(array).data
        }));
        b.constant(Type::fixed(T::DTYPE, &dims), source)
    }
}

impl<'g, T: Element, D: Dimension> IntoOperand<'g> for Array<T, D> {
    fn into_wire(self, b: &mut Builder<'g>) -> Wire {
        let ty = Type::fixed(T::DTYPE, self.shape());
        b.constant(ty, Source::Ready(Tensor::of(self.into_dyn()).data))
    }
}

impl<'g, T: Element, D: Dimension> IntoOperand<'g> for ArrayView<'_, T, D> {
    fn into_wire(self, b: &mut Builder<'g>) -> Wire {
        self.to_owned().into_wire(b)
    }
}

/// What a pattern may hold an operand against: the constant must be exactly this.
pub trait ConstantEq {
    fn is_equal(&self, v: Val<'_>) -> bool;
}

impl ConstantEq for Val<'_> {
    fn is_equal(&self, v: Val<'_>) -> bool {
        self.id() == v.id()
    }
}

macro_rules! numbers {
    ($($t:ty),*) => {$(
        impl<'g> IntoOperand<'g> for $t {
            fn into_wire(self, b: &mut Builder<'g>) -> Wire {
                b.constant(Type::fixed(<$t>::DTYPE, &[]), Source::Ready(Data::of(vec![self])))
            }
        }

        impl ConstantEq for $t {
            fn is_equal(&self, v: Val<'_>) -> bool {
                v.array::<$t, ndarray::IxDyn>().is_some_and(|a| a.len() == 1 && a.iter().all(|n| n == self))
            }
        }
    )*};
}

numbers!(f32, i32, i64, u8, i8, i16);

macro_rules! lists {
    ($($t:ty),*) => {$(
        impl<'g> IntoOperand<'g> for Vec<$t> {
            fn into_wire(self, b: &mut Builder<'g>) -> Wire {
                let numbers: Vec<i32> = self.into_iter().map(|n| n.try_into().unwrap_or(i32::MAX)).collect();
                b.constant(Type::fixed(i32::DTYPE, &[numbers.len()]), Source::Ready(Data::of(numbers)))
            }
        }

        impl<'g, const N: usize> IntoOperand<'g> for [$t; N] {
            fn into_wire(self, b: &mut Builder<'g>) -> Wire {
                self.to_vec().into_wire(b)
            }
        }

        impl ConstantEq for Vec<$t> {
            fn is_equal(&self, v: Val<'_>) -> bool {
                self.as_slice().is_equal(v)
            }
        }

        impl ConstantEq for &[$t] {
            fn is_equal(&self, v: Val<'_>) -> bool {
                let wanted = self.iter().map(|&n| i64::try_from(n).ok());
                v.rank() == 1 && v.ints().is_some_and(|found| found.into_iter().map(Some).eq(wanted))
            }
        }

        impl<const N: usize> ConstantEq for [$t; N] {
            fn is_equal(&self, v: Val<'_>) -> bool {
                self.as_slice().is_equal(v)
            }
        }
    )*};
}

lists!(usize, i32);
