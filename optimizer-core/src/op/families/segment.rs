//! Rows combined by the number of their segment.
//!
//! Invariant: a segment without rows holds what the combination begins with.

use super::gather::outside;
use crate::circle::schema::*;
use crate::interp::elements::{Number, array};
use crate::interp::{Call, KernelResult, Tensor, by_dtype};
use crate::ir::{Dim, Element, Type};
use crate::op::shapes::held_dim;
use crate::op::{Site, operators};

operators! {
    /// Sums of rows with the same segment number; the numbers count up from 0 without gaps.
    SegmentSum = SEGMENT_SUM(input, segments) SegmentSumOptionsT {
        shape: Some(segment_sum_shape), kernel: Some(segment_sum)
    }
    /// Sums of elements with the same segment number; those of negative numbers are left out.
    UnsortedSegmentSum = UNSORTED_SEGMENT_SUM(input, segments, count) UnsortedSegmentSumOptionsT {
        shape: Some(unsorted_shape), kernel: Some(unsorted_sum)
    }
    /// Products of elements with the same segment number.
    UnsortedSegmentProd = UNSORTED_SEGMENT_PROD(input, segments, count) UnsortedSegmentProdOptionsT {
        shape: Some(unsorted_shape), kernel: Some(unsorted_product)
    }
    /// The largest of elements with the same segment number.
    UnsortedSegmentMax = UNSORTED_SEGMENT_MAX(input, segments, count) UnsortedSegmentMaxOptionsT {
        shape: Some(unsorted_shape), kernel: Some(unsorted_largest)
    }
    /// The smallest of elements with the same segment number.
    UnsortedSegmentMin = UNSORTED_SEGMENT_MIN(input, segments, count) UnsortedSegmentMinOptionsT {
        shape: Some(unsorted_shape), kernel: Some(unsorted_smallest)
    }
}

fn segment_sum_shape(site: &Site) -> Option<Vec<Type>> {
    let (input, segments) = (site.operand(0)?, site.operand(1).filter(|s| s.dtype == DType::I32)?);
    let (&rows, row) = input.shape.dims().split_first()?;
    let &[numbers] = segments.shape.dims() else { return None };
    let fits = rows.agrees(numbers);
    let count = match segments.ints() {
        Some(numbers) => Dim::Known(usize::try_from(numbers.last().map_or(0, |last| last + 1)).ok()?),
        None => site.unknown(),
    };
    fits.then(|| vec![Type::new(input.dtype, [count].into_iter().chain(row.iter().copied()).collect())])
}

fn segment_sum(call: &Call) -> KernelResult {
    let segments = call.ints(1)?;
    let steps = [-1].iter().chain(&segments).zip(&segments);
    let in_order = steps.enumerate().all(|(i, (a, b))| b - a == 1 || (b == a && i > 0));
    in_order.then_some(()).ok_or_else(outside)?;
    by_dtype!(call.operand(0)?.dtype, T: f32 | i32 => combine::<T>(call, T::ZERO, T::plus))
}

fn unsorted_shape(site: &Site) -> Option<Vec<Type>> {
    let (input, segments) = (site.operand(0)?, site.operand(1).filter(|s| s.dtype == DType::I32)?);
    let prefix = input.shape.dims().get(..segments.shape.rank())?;
    let clash = |(a, b): (&Dim, &Dim)| !a.agrees(*b);
    let fits = !prefix.iter().zip(segments.shape.dims()).any(clash);
    let count = held_dim(site, 2)?;
    let row = input.shape.dims()[segments.shape.rank()..].iter().copied();
    fits.then(|| vec![Type::new(input.dtype, [count].into_iter().chain(row).collect())])
}

fn unsorted_sum(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype, T: f32 | i32 => combine::<T>(call, T::ZERO, T::plus))
}

fn unsorted_product(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype, T: f32 | i32 => combine::<T>(call, T::ONE, T::times))
}

fn unsorted_largest(call: &Call) -> KernelResult {
    match call.operand(0)?.dtype {
        DType::F32 => combine(call, f32::MIN, f32::larger),
        _ => combine(call, i32::MIN, i32::larger),
    }
}

fn unsorted_smallest(call: &Call) -> KernelResult {
    match call.operand(0)?.dtype {
        DType::F32 => combine(call, f32::MAX, f32::smaller),
        _ => combine(call, i32::MAX, i32::smaller),
    }
}

/// Each row combined into the row of the result that its segment number says.
fn combine<T: Element>(call: &Call, first: T, f: impl Fn(T, T) -> T) -> KernelResult {
    let (dims, segments, input) = (call.dims(0)?, call.ints(1)?, call.view::<T>(0)?);
    let inner: usize = dims[1..].iter().product();
    let mut combined = vec![first; dims.iter().product()];
    let numbered = input.iter().enumerate().filter(|(i, _)| segments[i / inner] >= 0);
    for (i, &x) in numbered {
        let at = segments[i / inner] as usize * inner + i % inner;
        let place = combined.get_mut(at).ok_or_else(outside)?;
        *place = f(*place, x);
    }
    Ok(vec![Tensor::of(array(dims, combined)?)])
}
