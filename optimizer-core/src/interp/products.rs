//! Sums of products.
//!
//! Invariant: sums are made in f64, in an order that depends on nothing but the number of elements.

use ndarray::ArrayView1;
use rayon::prelude::*;

/// Work of at least this many multiplications is done in parallel.
const PARALLEL: usize = 1 << 18;

/// The sum of the products of elements.
pub(crate) fn dot(a: ArrayView1<f32>, b: ArrayView1<f32>) -> f64 {
    match (a.to_slice(), b.to_slice()) {
        (Some(a), Some(b)) => dot_slices(a, b),
        _ => a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum(),
    }
}

/// Eight partial sums, so that the machine can make them at once.
pub(crate) fn dot_slices(a: &[f32], b: &[f32]) -> f64 {
    let mut sums = [0.0f64; 8];
    let (a_parts, b_parts) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = a_parts.remainder().iter().zip(b_parts.remainder());
    let rest: f64 = rest.map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
    for (a, b) in a_parts.zip(b_parts) {
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum += f64::from(a[i]) * f64::from(b[i]);
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// `count` results of `f`, each of which takes `work` multiplications.
pub(crate) fn in_parallel<R: Send>(count: usize, work: usize, f: impl Fn(usize) -> R + Sync) -> Vec<R> {
    match count.saturating_mul(work) < PARALLEL {
        true => (0..count).map(f).collect(),
        false => (0..count).into_par_iter().map(&f).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_counts_once() {
        for n in [0, 1, 7, 8, 9, 31] {
            let ones = vec![1.0f32; n];
            assert_eq!(dot_slices(&ones, &ones), n as f64);
        }
    }
}
