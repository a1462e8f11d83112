//! Reductions over axes, and running sums.
//!
//! Invariant: reduced axes vanish, or stay with extent 1 if `keep_dims`; float sums are made in f64.

use super::quantized;
use crate::circle::schema::*;
use crate::interp::elements::{Number, array};
use crate::interp::{Call, KernelError, KernelResult, Tensor, by_dtype};
use crate::ir::{Dim, Shape, Type};
use crate::op::layout::{along_named_axes, without_named_axes};
use crate::op::pieces::REDUCED;
use crate::op::shapes::{same, unknown_dims};
use ndarray::{Array2, ArrayView1, ArrayViewD, Axis, IxDyn};
use crate::op::{Permutation, Place, Quantized, Relayout, Site, axis, operators};

operators! {
    all { layout: Some(reduced_layout), pieces: Some(REDUCED) }
    /// The sum; of Bool whether any holds, and so [`ReduceMax`].
    Sum = SUM(input, axes) ReducerOptionsT {
        shape: Some(reduced), kernel: Some(sum), quantized: Quantized::By(quantized::reduction::sum)
    }
    /// The arithmetic mean.
    Mean = MEAN(input, axes) ReducerOptionsT {
        shape: Some(reduced), kernel: Some(mean), quantized: Quantized::By(quantized::reduction::mean)
    }
    /// The product; of Bool whether all hold, and so [`ReduceMin`].
    ReduceProd = REDUCE_PROD(input, axes) ReducerOptionsT {
        shape: Some(reduced), kernel: Some(product), quantized: Quantized::By(quantized::reduction::product)
    }
    /// The largest element that is a number.
    ReduceMax = REDUCE_MAX(input, axes) ReducerOptionsT {
        shape: Some(reduced), kernel: Some(largest), quantized: Quantized::AsStored
    }
    /// The smallest element that is a number.
    ReduceMin = REDUCE_MIN(input, axes) ReducerOptionsT {
        shape: Some(reduced), kernel: Some(smallest), quantized: Quantized::AsStored
    }
    /// Whether any element holds.
    ReduceAny = REDUCE_ANY(input, axes) ReducerOptionsT { shape: Some(reduced_bool), kernel: Some(any) }
    /// Whether all elements hold.
    ReduceAll = REDUCE_ALL(input, axes) ReducerOptionsT { shape: Some(reduced_bool), kernel: Some(all) }
    /// Running sums along an axis.
    Cumsum = CUMSUM(input, axis) CumsumOptionsT {
        shape: Some(same), kernel: Some(cumsum), layout: Some(along_named_axes), pieces: None
    }
}

fn reduced(site: &Site) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let keep = site.options::<ReducerOptionsT>().keep_dims;
    let shape = match site.ints(1) {
        Some(axes) => without(input.shape, &resolve(&axes, input.shape.rank())?, keep),
        None if keep => unknown_dims(site, input.shape.rank()),
        None => return None,
    };
    Some(vec![Type::new(input.dtype, shape)])
}

fn reduced_layout(site: &Site, perm: &Permutation, place: Place) -> Option<Relayout> {
    match site.options::<ReducerOptionsT>().keep_dims {
        true => along_named_axes(site, perm, place),
        false => without_named_axes(site, perm, place),
    }
}

fn reduced_bool(site: &Site) -> Option<Vec<Type>> {
    (site.operand(0)?.dtype == DType::Bool).then(|| reduced(site))?
}

fn without(shape: &Shape, axes: &[bool], keep: bool) -> Shape {
    let dims = shape.dims().iter().zip(axes);
    dims.filter_map(|(&d, &reduce)| match (reduce, keep) {
        (false, _) => Some(d),
        (true, true) => Some(Dim::Known(1)),
        (true, false) => None,
    })
    .collect()
}

/// For each axis whether it is reduced. A scalar takes any axes, as in LiteRT.
fn resolve(axes: &[i64], rank: usize) -> Option<Vec<bool>> {
    let mut reduce = vec![false; rank];
    for &a in axes.iter().take_while(|_| rank > 0) {
        reduce[axis(a, rank)?] = true;
    }
    Some(reduce)
}

fn sum(call: &Call) -> KernelResult {
    if call.operand(0)?.dtype == DType::Bool {
        return any(call);
    }
    by_dtype!(call.operand(0)?.dtype, T: f32 | i8 | i16 | i32 | i64 | u8 => reduce::<T>(call, |row| Ok(T::sum(row))))
}

fn mean(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype, T: f32 | i8 | i16 | i32 | i64 | u8 => reduce::<T>(call, |row| {
        T::mean(row).ok_or_else(|| KernelError::invalid("the mean of no elements"))
    }))
}

fn product(call: &Call) -> KernelResult {
    if call.operand(0)?.dtype == DType::Bool {
        return all(call);
    }
    by_dtype!(call.operand(0)?.dtype, T: f32 | i8 | i16 | i32 | i64 | u8 => {
        reduce::<T>(call, |row| Ok(row.iter().fold(T::ONE, |product, &x| product.times(x))))
    })
}

fn largest(call: &Call) -> KernelResult {
    if call.operand(0)?.dtype == DType::Bool {
        return any(call);
    }
    by_dtype!(call.operand(0)?.dtype, T: f32 | i32 | i64 | i8 | u8 | i16 => {
        reduce::<T>(call, |row| Ok(row.iter().copied().fold(T::LOWEST, |most, x| x.larger(most))))
    })
}

fn smallest(call: &Call) -> KernelResult {
    if call.operand(0)?.dtype == DType::Bool {
        return all(call);
    }
    by_dtype!(call.operand(0)?.dtype, T: f32 | i32 | i64 | i8 | u8 | i16 => {
        reduce::<T>(call, |row| Ok(row.iter().copied().fold(T::HIGHEST, |least, x| x.smaller(least))))
    })
}

fn any(call: &Call) -> KernelResult {
    reduce_bools(call, |row| row.iter().any(|&x| x != 0))
}

fn all(call: &Call) -> KernelResult {
    reduce_bools(call, |row| row.iter().all(|&x| x != 0))
}

fn reduce<T: Many>(call: &Call, f: impl Fn(ArrayView1<T>) -> Result<T, KernelError>) -> KernelResult {
    let rows = rows(call, call.view::<T>(0)?)?;
    let reduced = rows.rows().into_iter().map(f).collect::<Result<Vec<_>, _>>()?;
    Ok(vec![Tensor::of(array(call.dims(0)?, reduced)?)])
}

fn reduce_bools(call: &Call, f: impl Fn(ArrayView1<u8>) -> bool) -> KernelResult {
    let input = call.operand(0)?;
    let rows = rows(call, input.bools().ok_or_else(|| KernelError::dtype(input.dtype))?)?;
    let reduced = rows.rows().into_iter().map(f).collect();
    Ok(vec![Tensor::of_bools(array(call.dims(0)?, reduced)?)])
}

/// One row for each element of the result, holding what is reduced to it.
pub(super) fn rows<T: Copy>(call: &Call, view: ArrayViewD<T>) -> Result<Array2<T>, KernelError> {
    let bad = || KernelError::invalid("axes are outside the input");
    let reduce = resolve(&call.ints(1)?, view.ndim()).ok_or_else(bad)?;
    let (inner, outer): (Vec<_>, Vec<_>) = (0..view.ndim()).partition(|&a| reduce[a]);
    let extent = |axes: &[usize]| axes.iter().map(|&a| view.shape()[a]).product();
    let dims: [usize; 2] = [extent(&outer), extent(&inner)];
    let order: Vec<_> = outer.into_iter().chain(inner).collect();
    let ordered = view.permuted_axes(IxDyn(&order));
    Ok(ordered.to_shape(dims).map_err(|_| bad())?.to_owned())
}

fn cumsum(call: &Call) -> KernelResult {
    let rank = call.operand(0)?.dims.len();
    let along = call.ints(1)?.first().and_then(|&a| axis(a, rank));
    let along = Axis(along.ok_or_else(|| KernelError::invalid("the axis is outside the input"))?);
    by_dtype!(call.operand(0)?.dtype, T: f32 | i32 | i64 => {
        let options = call.options::<CumsumOptionsT>();
        let mut sums = call.view::<T>(0)?.to_owned();
        for mut lane in sums.lanes_mut(along) {
            if options.reverse {
                lane.invert_axis(Axis(0));
            }
            let mut sum = T::ZERO;
            for x in lane {
                let next = sum.plus(*x);
                *x = if options.exclusive { sum } else { next };
                sum = next;
            }
        }
        Ok(vec![Tensor::of(sums)])
    })
}

/// A number with what sums and extremes of many need.
trait Many: Number {
    const LOWEST: Self;
    const HIGHEST: Self;
    fn sum(row: ArrayView1<Self>) -> Self;
    /// `None` for an empty row.
    fn mean(row: ArrayView1<Self>) -> Option<Self>;
}

impl Many for f32 {
    const LOWEST: f32 = f32::NEG_INFINITY;
    const HIGHEST: f32 = f32::INFINITY;

    fn sum(row: ArrayView1<f32>) -> f32 {
        row.iter().map(|&x| f64::from(x)).sum::<f64>() as f32
    }

    fn mean(row: ArrayView1<f32>) -> Option<f32> {
        let sum: f64 = row.iter().map(|&x| f64::from(x)).sum();
        (!row.is_empty()).then(|| (sum / row.len() as f64) as f32)
    }
}

macro_rules! many_integers {
    ($($integer:ty)*) => {$(
        impl Many for $integer {
            const LOWEST: Self = <$integer>::MIN;
            const HIGHEST: Self = <$integer>::MAX;

            fn sum(row: ArrayView1<Self>) -> Self {
                row.iter().fold(0, |sum, &x| sum.wrapping_add(x))
            }

            fn mean(row: ArrayView1<Self>) -> Option<Self> {
                let sum: i128 = row.iter().map(|&x| i128::from(x)).sum();
                (!row.is_empty()).then(|| (sum / row.len() as i128) as Self)
            }
        }
    )*};
}

many_integers! { i8 i16 i32 i64 u8 }
