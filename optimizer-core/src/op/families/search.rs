//! Operators that look for elements.
//!
//! Invariant: indices count from zero.

use crate::circle::schema::*;
use crate::interp::elements::{Number, array, map_kernel};
use crate::interp::{Call, KernelError, KernelResult, Tensor, by_dtype, by_width};
use crate::ir::{Dim, Shape, Type};
use crate::op::shapes::held_dim;
use crate::op::layout::without_named_axes;
use bytemuck::Zeroable;
use ndarray::{ArrayView1, ArrayViewD, Axis};
use std::cmp::Ordering;
use std::collections::HashMap;
use crate::op::{Quantized, Site, axis, operators};

operators! {
    /// Where the largest element is; the first of equals.
    ArgMax = ARG_MAX(input, axis) ArgMaxOptionsT {
        shape: Some(arg_max_shape), kernel: Some(arg_max), layout: Some(without_named_axes),
        quantized: Quantized::AsStored
    }
    /// Where the smallest element is; the first of equals.
    ArgMin = ARG_MIN(input, axis) ArgMinOptionsT {
        shape: Some(arg_min_shape), kernel: Some(arg_min), layout: Some(without_named_axes),
        quantized: Quantized::AsStored
    }
    /// The `k` largest elements of each row, and where they are; the first of equals first.
    TopKV2 = TOPK_V2(input, k) TopKV2OptionsT {
        shape: Some(top_k_shape), kernel: Some(top_k), quantized: Quantized::AsStored
    }
    /// The indices of elements that are not zero.
    Where = WHERE(condition) WhereOptionsT { shape: Some(where_shape), kernel: Some(places) }
    /// The distinct elements, and for each element which of them it is.
    Unique = UNIQUE(input) UniqueOptionsT {
        shape: Some(unique_shape), kernel: Some(unique), quantized: Quantized::AsStored
    }
    /// For each element the number of boundaries at or below it.
    Bucketize = BUCKETIZE(input) BucketizeOptionsT {
        shape: Some(bucketize_shape), kernel: Some(bucketize)
    }
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
    let k = held_dim(site, 1)?;
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

fn unique_shape(site: &Site) -> Option<Vec<Type>> {
    let (input, dtype) = (site.operand(0)?, site.options::<UniqueOptionsT>().idx_out_type);
    let fits = input.shape.rank() == 1 && matches!(dtype, DType::I32 | DType::I64);
    let distinct = Type::new(input.dtype, Shape::from(vec![site.unknown()]));
    fits.then(|| vec![distinct, Type::new(dtype, input.shape.clone())])
}

/// The index tuples of all elements that are not zero.
fn places(call: &Call) -> KernelResult {
    let condition = call.operand(0)?;
    match condition.dtype {
        DType::Bool => found(condition.words::<u8>().into_iter().flatten().map(|&x| x != 0), &condition.dims),
        dtype => by_dtype!(dtype, T: f32 | i8 | i32 | i64 | u8 | u32 => {
            found(call.view::<T>(0)?.iter().map(|&x| x != T::ZERO), &condition.dims)
        }),
    }
}

fn found(holds: impl Iterator<Item = bool>, dims: &[usize]) -> KernelResult {
    let places = holds.enumerate().filter(|&(_, holds)| holds);
    let tuples: Vec<_> = places.flat_map(|(i, _)| crate::interp::place(i, dims)).map(|n| n as i64).collect();
    let count = tuples.len().checked_div(dims.len()).unwrap_or(0);
    Ok(vec![Tensor::of(array(vec![count, dims.len()], tuples)?)])
}

/// Numbers by their bits, but zeros of both signs being one and what is not a number never the same.
fn unique(call: &Call) -> KernelResult {
    let input = call.operand(0)?;
    let float = |i: usize| input.view::<f32>().map(|view| view[i]);
    by_width!(input.dtype, W => {
        let (mut known, mut distinct, mut which) = (HashMap::new(), Vec::new(), Vec::new());
        for (i, &x) in call.words::<W>(0)?.iter().enumerate() {
            let bits = if float(i) == Some(0.0) { W::zeroed() } else { x };
            let next = distinct.len();
            let number = match float(i).is_some_and(f32::is_nan) {
                true => next,
                false => *known.entry(bytemuck::bytes_of(&bits).to_vec()).or_insert(next),
            };
            distinct.extend((number == next).then_some(x));
            which.push(number);
        }
        let distinct = Tensor::of_words(input.dtype, array(vec![distinct.len()], distinct)?);
        Ok(vec![distinct, match call.options::<UniqueOptionsT>().idx_out_type {
            DType::I64 => Tensor::row(which.into_iter().map(|n| n as i64).collect()),
            _ => Tensor::row(which.into_iter().map(|n| n as i32).collect()),
        }])
    })
}

/// Boundaries are f32, and integers are compared with them as such.
fn bucketize(call: &Call) -> KernelResult {
    let boundaries = call.options::<BucketizeOptionsT>().boundaries.unwrap_or_default();
    if !boundaries.is_sorted() {
        return Err(KernelError::invalid("boundaries do not rise"));
    }
    let below = |x: f64| boundaries.partition_point(|&b| x >= f64::from(b) || x.is_nan()) as i32;
    match call.operand(0)?.dtype {
        DType::F64 => map_kernel(call, below),
        DType::F32 => map_kernel(call, |x: f32| below(x.into())),
        dtype => by_dtype!(dtype, T: i32 | i64 => map_kernel(call, |x: T| below((x as f32).into()))),
    }
}

fn top_k(call: &Call) -> KernelResult {
    let (dims, input) = (call.dims(0)?, call.operand(0)?);
    let (Some(&k), Some(&extent)) = (dims.last(), input.dims.last()) else {
        return Err(KernelError::Missing(0));
    };
    if k > extent {
        return Err(KernelError::invalid("fewer elements than asked for"));
    }
    by_dtype!(input.dtype, T: f32 | i32 | i64 | i8 | u8 | i16 => {
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
    match call.operand(0)?.dtype {
        DType::Bool => find(call, call.words::<u8>(0)?, |a, b| a > b),
        dtype => {
            by_dtype!(dtype, T: f32 | i32 | i64 | i8 | u8 => find(call, call.view::<T>(0)?, |a, b| a > b))
        }
    }
}

fn arg_min(call: &Call) -> KernelResult {
    match call.operand(0)?.dtype {
        DType::Bool => find(call, call.words::<u8>(0)?, |a, b| a < b),
        dtype => {
            by_dtype!(dtype, T: f32 | i32 | i64 | i8 | u8 => find(call, call.view::<T>(0)?, |a, b| a < b))
        }
    }
}

/// The index of the first element of each lane that no other is better than.
fn find<T: Number>(call: &Call, view: ArrayViewD<T>, better: impl Fn(T, T) -> bool) -> KernelResult {
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
