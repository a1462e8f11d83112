//! Operators that look for elements.
//!
//! Invariant: indices count from zero.

use crate::circle::schema::*;
use crate::interp::elements::{Number, array};
use crate::interp::{Call, KernelError, KernelResult, Tensor, by_dtype};
use crate::ir::{Dim, Shape, Type};
use crate::op::layout::without_named_axes;
use crate::op::{Site, axis, operators};
use ndarray::{ArrayView1, Axis};
use std::cmp::Ordering;

operators! {
    /// Where the largest element is; the first of equals.
    ArgMax = ARG_MAX(input, axis) ArgMaxOptionsT {
        shape: Some(arg_max_shape), kernel: Some(arg_max), layout: Some(without_named_axes)
    }
    /// Where the smallest element is; the first of equals.
    ArgMin = ARG_MIN(input, axis) ArgMinOptionsT {
        shape: Some(arg_min_shape), kernel: Some(arg_min), layout: Some(without_named_axes)
    }
    /// The `k` largest elements of each row, and where they are; the first of equals first.
    TopKV2 = TOPK_V2(input, k) TopKV2OptionsT { shape: Some(top_k_shape), kernel: Some(top_k) }
    /// The indices of elements that are not zero.
    Where = WHERE(condition) WhereOptionsT { shape: Some(where_shape) }
    /// The distinct elements, and for each element which of them it is.
    Unique = UNIQUE(input) UniqueOptionsT {}
    /// For each element the number of boundaries at or below it.
    Bucketize = BUCKETIZE(input) BucketizeOptionsT { shape: Some(bucketize_shape) }
    /// Boxes that no better box overlaps.
    NonMaxSuppressionV4 = NON_MAX_SUPPRESSION_V4(
        boxes, scores, max_output_size, iou_threshold, score_threshold
    ) NonMaxSuppressionV4OptionsT {}
    /// Boxes that no better box overlaps, with softened scores.
    NonMaxSuppressionV5 = NON_MAX_SUPPRESSION_V5(
        boxes, scores, max_output_size, iou_threshold, score_threshold, soft_nms_sigma
    ) NonMaxSuppressionV5OptionsT {}
}

fn arg_max_shape(site: &Site) -> Option<Vec<Type>> {
    without_axis(site, site.options::<ArgMaxOptionsT>().output_type)
}

fn arg_min_shape(site: &Site) -> Option<Vec<Type>> {
    without_axis(site, site.options::<ArgMinOptionsT>().output_type)
}

fn without_axis(site: &Site, dtype: DType) -> Option<Vec<Type>> {
    let shape = site.shape(0)?;
    let along = axis(*site.ints(1)?.first()?, shape.rank())?;
    let kept = shape.dims().iter().enumerate().filter(|&(i, _)| i != along).map(|(_, &d)| d);
    matches!(dtype, DType::I32 | DType::I64).then(|| vec![Type::new(dtype, kept.collect())])
}

fn top_k_shape(site: &Site) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let k = match site.ints(1) {
        Some(k) => Dim::Known(usize::try_from(*k.first()?).ok()?),
        None => site.unknown(),
    };
    let (_, outer) = input.shape.dims().split_last()?;
    let shape: Shape = outer.iter().copied().chain([k]).collect();
    Some(vec![Type::new(input.dtype, shape.clone()), Type::new(DType::I32, shape)])
}

fn where_shape(site: &Site) -> Option<Vec<Type>> {
    let rank = site.shape(0)?.rank();
    Some(vec![Type::new(DType::I64, Shape::from(vec![site.unknown(), Dim::Known(rank)]))])
}

fn bucketize_shape(site: &Site) -> Option<Vec<Type>> {
    Some(vec![Type::new(DType::I32, site.shape(0)?.clone())])
}

fn top_k(call: &Call) -> KernelResult {
    let (dims, input) = (call.dims(0)?, call.operand(0)?);
    let (Some(&k), Some(&extent)) = (dims.last(), input.dims.last()) else {
        return Err(KernelError::Missing(0));
    };
    if k > extent {
        return Err(KernelError::invalid("fewer elements than asked for"));
    }
    by_dtype!(input.dtype, T: f32 | i32 | i64 | i8 | u8 => {
        let (mut values, mut places) = (Vec::new(), Vec::new());
        for row in call.view::<T>(0)?.rows() {
            let mut order: Vec<_> = (0..row.len()).collect();
            order.sort_by(|&a, &b| falling(row[a], row[b]));
            values.extend(order[..k].iter().map(|&i| row[i]));
            places.extend(order[..k].iter().map(|&i| i as i32));
        }
        Ok(vec![Tensor::of(array(dims.clone(), values)?), Tensor::of(array(dims, places)?)])
    })
}

/// The larger first; what is not a number last.
fn falling<T: PartialOrd>(a: T, b: T) -> Ordering {
    let is_number = |x: &T| x.partial_cmp(x).is_some();
    b.partial_cmp(&a).unwrap_or_else(|| is_number(&b).cmp(&is_number(&a)))
}

fn arg_max(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype, T: f32 | i32 | i64 | i8 | u8 => find::<T>(call, |a, b| a > b))
}

fn arg_min(call: &Call) -> KernelResult {
    by_dtype!(call.operand(0)?.dtype, T: f32 | i32 | i64 | i8 | u8 => find::<T>(call, |a, b| a < b))
}

/// The index of the first element of each lane that no other is better than.
fn find<T: Number>(call: &Call, better: impl Fn(T, T) -> bool) -> KernelResult {
    let view = call.view::<T>(0)?;
    let along = call.ints(1)?.first().and_then(|&a| axis(a, view.ndim()));
    let along = along.ok_or_else(|| KernelError::invalid("the axis is outside the input"))?;
    if view.shape()[along] == 0 {
        return Err(KernelError::invalid("no element to find"));
    }
    let first = |lane: ArrayView1<T>| {
        (1..lane.len()).fold(0, |best, i| if better(lane[i], lane[best]) { i } else { best })
    };
    let found = view.map_axis(Axis(along), first);
    Ok(vec![match call.results.first().map(|ty| ty.dtype) {
        Some(DType::I64) => Tensor::of(found.mapv(|i| i as i64)),
        _ => Tensor::of(found.mapv(|i| i as i32)),
    }])
}
