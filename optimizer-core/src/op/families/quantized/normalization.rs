//! Quantized rows divided by their norm.
//!
//! Invariant: results are from -1 to 1 in steps of 1/128.

use crate::circle::schema::*;
use crate::interp::fixed::{Multiplier, reciprocal_root};
use crate::interp::{Call, KernelError, KernelResult};

pub(crate) fn l2_normalization(call: &Call) -> KernelResult {
    let (x, target) = (call.stored(0, &[DType::I8, DType::U8])?, call.target(0)?);
    let middle = if x.dtype == DType::U8 { 128 } else { 0 };
    let is_unit = target.affine.scale == 1.0 / 128.0 && target.affine.zero_point == middle;
    if !is_unit || call.options::<L2NormOptionsT>().act != Activation::None {
        return Err(KernelError::Unsupported("a norm with results other than -1 to 1".to_owned()));
    }
    let dims = x.numbers.shape().to_vec();
    let depth = *dims.last().ok_or_else(|| KernelError::invalid("a scalar has no rows"))?;
    let mut results = Vec::with_capacity(x.numbers.len());
    for row in x.centred(&dims)?.chunks(depth.max(1)) {
        let root = reciprocal_root(row.iter().fold(0i32, |sum, &n| sum.wrapping_add(n * n)).max(0));
        let finer = Multiplier { shift: root.shift + 7, ..root };
        let result = |&n: &i32| if x.dtype == DType::U8 { root.times(128 * n) } else { finer.times(n) };
        results.extend(row.iter().map(|n| target.stored(result(n))));
    }
    Ok(vec![target.tensor(dims, &results)?])
}
