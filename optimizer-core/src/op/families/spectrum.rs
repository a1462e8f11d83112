//! Complex numbers and the Fourier transform that makes them.
//!
//! Invariant: transforms are made in f64 and rounded to f32 once.

use super::fill::held_shape;
use crate::circle::schema::*;
use crate::interp::elements::array;
use crate::interp::{Call, KernelError, KernelResult, Tensor};
use crate::ir::{DType, Dim, Type};
use crate::op::{NoOptions, Site, operators};
use std::f64::consts::TAU;

operators! {
    /// The Fourier transform of real matrices, cut or padded to `length`; the second half of the columns is left out,
    /// as it mirrors the first.
    Rfft2d = RFFT2D(input, length) Rfft2dOptionsT {
        shape: Some(rfft_shape), kernel: Some(rfft), steps: Some(halvings)
    }
    /// The real part.
    Real = REAL(x) NoOptions { shape: Some(part), kernel: Some(|c| real(c, |[re, _]| re)) }
    /// The imaginary part.
    Imag = IMAG(x) NoOptions { shape: Some(part), kernel: Some(|c| real(c, |[_, im]| im)) }
    /// The absolute value of complex numbers.
    ComplexAbs = COMPLEX_ABS(x) NoOptions { shape: Some(part), kernel: Some(|c| real(c, |[re, im]| re.hypot(im))) }
}

/// A complex number in f64.
type Complex = [f64; 2];

fn part(site: &Site) -> Option<Vec<Type>> {
    let x = site.operand(0)?;
    (x.dtype == DType::Complex64).then(|| vec![Type::new(DType::F32, x.shape.clone())])
}

fn real(call: &Call, f: impl Fn([f32; 2]) -> f32) -> KernelResult {
    let x = call.operand(0)?.data.elements::<[f32; 2]>().ok_or_else(unfit)?;
    Ok(vec![Tensor::of(array(call.dims(0)?, x.iter().map(|&x| f(x)).collect())?)])
}

fn rfft_shape(site: &Site) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let (outer, _) = input.shape.dims().split_last_chunk::<2>()?;
    let length = held_shape(site, 1)?;
    let &[rows, columns] = length.dims() else { return None };
    let half = columns.known().map_or_else(|| site.unknown(), |n| Dim::Known(n / 2 + 1));
    let dims = outer.iter().copied().chain([rows, half]);
    (input.dtype == DType::F32).then(|| vec![Type::new(DType::Complex64, dims.collect())])
}

/// Each number takes part in two transforms, once for each halving of their lengths: with a sine, a cosine and a copy.
fn halvings(site: &Site) -> u64 {
    const TERM: u64 = 64;
    let lengths = site.ints(1).unwrap_or_default();
    let halvings: u32 = lengths.iter().map(|&length| u64::try_from(length).map_or(0, |n| n.max(1).ilog2() + 1)).sum();
    site.count_first(rfft_shape(site)).saturating_mul(2 * TERM * u64::from(halvings))
}

fn rfft(call: &Call) -> KernelResult {
    let (input, dims) = (call.operand(0)?, call.dims(0)?);
    let length: Vec<_> = call.ints(1)?.into_iter().filter_map(|n| usize::try_from(n).ok()).collect();
    let (&[rows, columns], [.., height, width]) = (&length[..], &input.dims[..]) else { return Err(unfit()) };
    (rows.is_power_of_two() && columns.is_power_of_two()).then_some(()).ok_or_else(unfit)?;
    let view = call.view::<f32>(0)?;
    let elements = view.to_slice().ok_or_else(unfit)?;
    let mut spectra: Vec<[f32; 2]> = Vec::with_capacity(dims.iter().product());
    let size = height * width;
    let matrices = input.dims[..input.dims.len() - 2].iter().product();
    for matrix in (0..matrices).map(|i| &elements[i * size..][..size]) {
        let at = |y: usize, x: usize| if y < *height && x < *width { matrix[y * width + x] } else { 0.0 };
        let transformed = (0..rows).map(|y| {
            let row: Vec<Complex> = (0..columns).map(|x| [at(y, x).into(), 0.0]).collect();
            transform(&row)
        });
        let transformed: Vec<_> = transformed.collect();
        let columns: Vec<_> = (0..columns / 2 + 1)
            .map(|x| transform(&transformed.iter().map(|row| row[x]).collect::<Vec<_>>()))
            .collect();
        spectra.extend((0..rows).flat_map(|y| columns.iter().map(move |c| c[y].map(|part| part as f32))));
    }
    let words: Vec<u64> = bytemuck::pod_collect_to_vec(&spectra);
    Ok(vec![Tensor::of_words(DType::Complex64, array(dims, words)?)])
}

/// The Fourier transform of as many numbers as a power of two, by halves.
fn transform(x: &[Complex]) -> Vec<Complex> {
    if x.len() <= 1 {
        return x.to_vec();
    }
    let every_second = |from: usize| x.iter().skip(from).step_by(2).copied().collect::<Vec<_>>();
    let (even, odd) = (transform(&every_second(0)), transform(&every_second(1)));
    let half = even.len();
    let term = |k: usize| {
        let (sin, cos) = (-TAU * (k % half) as f64 / x.len() as f64).sin_cos();
        let sign = if k < half { 1.0 } else { -1.0 };
        let ([a, b], [c, d]) = (even[k % half], odd[k % half]);
        [a + sign * (c * cos - d * sin), b + sign * (c * sin + d * cos)]
    };
    (0..x.len()).map(term).collect()
}

fn unfit() -> KernelError {
    KernelError::invalid("lengths are powers of two, one for rows and one for columns")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transforms_are_what_their_definition_says() {
        let x: Vec<Complex> = (0..8).map(|i| [f64::from(i * i % 5), f64::from(i % 3)]).collect();
        for (k, found) in transform(&x).into_iter().enumerate() {
            let sum = x.iter().enumerate().fold([0.0, 0.0], |[re, im], (n, &[a, b])| {
                let (sin, cos) = (-TAU * (n * k) as f64 / 8.0).sin_cos();
                [re + a * cos - b * sin, im + a * sin + b * cos]
            });
            assert!((0..2).all(|i| (found[i] - sum[i]).abs() < 1e-12), "{k}: {found:?} {sum:?}");
        }
    }
}
