//! Pooling of quantized feature maps.
//!
//! Invariant: input and result are quantized alike; padding does not count.

use crate::circle::schema::*;
use crate::interp::{Call, KernelError, KernelResult};
use crate::op::families::pooling::windowed;

/// The mean, rounded to the nearest, ties away from zero.
pub(crate) fn average(call: &Call) -> KernelResult {
    pool(call, |elements| {
        let (sum, count) = elements.fold((0i32, 0i32), |(sum, n), x| (sum.wrapping_add(x), n + 1));
        let half = if sum > 0 { count / 2 } else { -(count / 2) };
        (sum + half).checked_div(count).unwrap_or(0)
    })
}

pub(crate) fn largest(call: &Call) -> KernelResult {
    pool(call, |elements| elements.max().unwrap_or(i32::MIN))
}

fn pool(call: &Call, f: impl Fn(&mut dyn Iterator<Item = i32>) -> i32 + Sync) -> KernelResult {
    let x = call.stored(0, &[DType::I8, DType::U8, DType::I16])?;
    let target = call.target(0)?.activated(call.options::<Pool2DOptionsT>().act)?;
    if !call.meanings.agree() {
        return Err(KernelError::Unsupported("pooling to another scale".to_owned()));
    }
    let numbers: Vec<i32> = x.numbers.iter().copied().collect();
    let results = windowed(call, &numbers, |elements| f(elements).clamp(target.low, target.high))?;
    Ok(vec![target.tensor(call.dims(0)?, &results)?])
}
