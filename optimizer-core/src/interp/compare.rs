//! Two models on the same inputs.
//!
//! Invariant: a comparison passes only on types that agree and differences within the tolerance.

use crate::interp::{Inputs, Limits, Machine, RunError, Tensor};
use crate::ir::{Data, Model};
use std::fmt;

/// How far one output of two models differs.
#[derive(Clone, Debug)]
pub struct Comparison {
    pub output: String,
    pub absolute: f64,
    /// The largest difference over 1e-6 plus the largest magnitude of the reference.
    pub relative: f64,
    /// Where the largest difference is.
    pub place: Vec<usize>,
    /// How many elements of the reference are finite numbers: without any, agreement says nothing.
    pub finite: usize,
}

impl Comparison {
    /// Whether the relative difference is at most `tolerance`; a NaN never is.
    pub fn within(&self, tolerance: f64) -> bool {
        self.relative <= tolerance
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Comparison { output, absolute, relative, place, .. } = self;
        write!(f, "{output}: {absolute:e} absolute, {relative:e} relative at {place:?}")
    }
}

/// Runs the first graph of both models on the same inputs; one comparison for each output, `a` being the reference.
///
/// # Errors
/// A model cannot be run, or their interfaces differ.
pub fn compare(a: &Model, b: &Model, inputs: &Inputs) -> Result<Vec<Comparison>, RunError> {
    let graph = a.graphs.first().ok_or(RunError::NoGraph)?;
    compare_on(a, b, &inputs.of(graph)?)
}

/// The same on inputs that are at hand, one for each input of the graph in order.
///
/// # Errors
/// As for [`compare`], and inputs that do not fit.
pub fn compare_on(a: &Model, b: &Model, given: &[Tensor]) -> Result<Vec<Comparison>, RunError> {
    compare_within(a, b, given, Limits::default())
}

/// The same, where each of the models may take so much; the second shares its bytes with the outputs of the first.
///
/// # Errors
/// As for [`compare_on`], and limits that do not suffice.
pub fn compare_within(
    a: &Model,
    b: &Model,
    given: &[Tensor],
    limits: Limits,
) -> Result<Vec<Comparison>, RunError> {
    let graph = a.graphs.first().ok_or(RunError::NoGraph)?;
    let reference = Machine::new(a, limits).run(0, given)?;
    let kept: usize = reference.iter().map(|tensor| tensor.data.len()).sum();
    let left = Limits { bytes: limits.bytes.saturating_sub(kept), ..limits };
    let other = Machine::new(b, left).run(0, given)?;
    if reference.len() != other.len() {
        let counts = format!("{} outputs and {}", reference.len(), other.len());
        return Err(RunError::Incomparable(counts));
    }
    let names = graph.outputs().iter().map(|&id| graph.value(id).name.as_str());
    names.zip(reference.iter().zip(&other)).map(|(name, (x, y))| difference(name, x, y)).collect()
}

/// How far two tensors of one type differ. What is not a number equals itself, and so do infinities; what has no numbers at
/// all, as handles, must have the same bytes.
///
/// # Errors
/// [`RunError::Incomparable`] for different types, and for other bytes of what has no numbers.
pub fn difference(name: &str, reference: &Tensor, other: &Tensor) -> Result<Comparison, RunError> {
    if reference.ty() != other.ty() {
        let types = format!("output {name:?} is {} and {}", reference.ty(), other.ty());
        return Err(RunError::Incomparable(types));
    }
    let other_bytes = || {
        let dtype = reference.dtype.name();
        RunError::Incomparable(format!("output {name:?} of {dtype} has other bytes"))
    };
    if reference.data.len() != other.data.len() {
        return Err(other_bytes());
    }
    let mut worst = Worst::default();
    for (x, y) in pieces(reference).zip(pieces(other)) {
        match (x.numbers(), y.numbers()) {
            (Some(x), Some(y)) => x.into_iter().zip(y).for_each(|(x, y)| worst.see(x, y)),
            _ if x.data.bytes() == y.data.bytes() => {}
            _ => return Err(other_bytes()),
        }
    }
    let elements: usize = reference.dims.iter().product();
    // Complex numbers are two in a row.
    let numbers = worst.numbers.checked_div(elements).unwrap_or(1).max(1);
    Ok(Comparison {
        output: name.to_owned(),
        absolute: worst.apart,
        relative: worst.apart / (1e-6 + worst.largest),
        place: place(worst.at / numbers, &reference.dims),
        finite: worst.finite,
    })
}

/// What was seen of two tensors so far.
#[derive(Default)]
struct Worst {
    numbers: usize,
    at: usize,
    apart: f64,
    largest: f64,
    finite: usize,
}

impl Worst {
    fn see(&mut self, x: f64, y: f64) {
        let apart = distance(x, y);
        if apart > self.apart {
            (self.at, self.apart) = (self.numbers, apart);
        }
        if x.is_finite() {
            self.finite += 1;
            self.largest = self.largest.max(x.abs());
        }
        self.numbers += 1;
    }
}

/// A tensor as rows of few elements, so that numbers of all its elements are never in memory at once.
fn pieces(tensor: &Tensor) -> impl Iterator<Item = Tensor> {
    const ELEMENTS: usize = 1 << 16;
    let size = tensor.dtype.bytes();
    let chunks = tensor.data.bytes().chunks(size.map_or(tensor.data.len(), |size| size * ELEMENTS).max(1));
    chunks.map(move |bytes| Tensor {
        dtype: tensor.dtype,
        dims: size.map_or_else(|| tensor.dims.clone(), |size| vec![bytes.len() / size.max(1)]),
        data: Data::aligned(bytes),
    })
}

/// Infinite where only one is not finite.
fn distance(x: f64, y: f64) -> f64 {
    match (x - y).abs() {
        _ if x == y || (x.is_nan() && y.is_nan()) => 0.0,
        apart if apart.is_nan() => f64::INFINITY,
        apart => apart,
    }
}

/// The multi-index of the `at`-th element.
pub(crate) fn place(at: usize, dims: &[usize]) -> Vec<usize> {
    let mut rest = at;
    let mut place: Vec<_> = dims
        .iter()
        .rev()
        .map(|&n| {
            let index = rest % n.max(1);
            rest /= n.max(1);
            index
        })
        .collect();
    place.reverse();
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::DType;

    fn of(a: &[f32], b: &[f32]) -> Comparison {
        difference("y", &Tensor::row(a.to_vec()), &Tensor::row(b.to_vec())).unwrap()
    }

    #[test]
    fn what_is_not_a_number_equals_only_itself() {
        let nan = f32::NAN;
        assert!(of(&[nan, 1.0], &[nan, 1.0]).within(0.0));
        assert!(!of(&[nan, 1.0], &[0.0, 1.0]).within(1e9));
        assert!(!of(&[0.0], &[nan]).within(1e9));
        assert!(of(&[f32::INFINITY], &[f32::INFINITY]).within(0.0));
        assert!(!of(&[f32::INFINITY], &[1.0]).within(1e9));
        assert_eq!(of(&[nan, 1.0], &[nan, 1.0]).finite, 1);
    }

    #[test]
    fn elements_far_apart_are_counted_as_one_row() {
        let mut far = vec![0.5f32; 200_000];
        far[150_000] = 2.5;
        let c = of(&vec![0.5; 200_000], &far);
        assert_eq!((c.place, c.absolute, c.finite), (vec![150_000], 2.0, 200_000));
    }

    #[test]
    fn the_worst_element_is_named() {
        let a = Tensor::of(ndarray::arr2(&[[1.0f32, 2.0], [3.0, 4.0]]).into_dyn());
        let b = Tensor::of(ndarray::arr2(&[[1.0f32, 2.0], [5.0, 4.5]]).into_dyn());
        let c = difference("y", &a, &b).unwrap();
        assert_eq!((c.place, c.absolute), (vec![1, 0], 2.0));
        assert!((c.relative - 0.5).abs() < 1e-6);
        assert!(difference("y", &a, &Tensor::row(vec![1.0f32])).is_err());
    }

    #[test]
    fn what_has_no_numbers_is_compared_by_its_bytes() {
        let handle = |n: u32| Tensor { dtype: DType::Resource, dims: vec![], data: Data::of(vec![n]) };
        assert!(difference("y", &handle(1), &handle(1)).unwrap().within(0.0));
        assert!(difference("y", &handle(1), &handle(2)).is_err());
    }
}
