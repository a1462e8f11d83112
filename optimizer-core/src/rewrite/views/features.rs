//! Where the features of a dense layer go along a path of reshapes and transposes.
//!
//! Invariant: decided by carrying the number of every element along the path, so that no layout is assumed.

use super::layout::{Path, Step};
use crate::ir::Shape;
use crate::rewrite::consts::{Rows, per_channel};
use ndarray::{Array1, ArrayD, ArrayViewD, Axis, IxDyn};

/// Values of more elements than this are not followed.
const LIMIT: usize = 1 << 22;

impl Path {
    /// For each element at the end of the path its number at the start, where the shape is `from`.
    fn numbers(&self, from: &[usize]) -> Option<ArrayD<usize>> {
        let count = from.iter().try_fold(1usize, |n, &d| n.checked_mul(d)).filter(|&n| n <= LIMIT)?;
        let start = ArrayD::from_shape_vec(from, (0..count).collect()).ok()?;
        self.steps().iter().try_fold(start, |numbers, step| match step {
            Step::Reshape(dims) => {
                numbers.as_standard_layout().into_owned().into_shape_with_order(dims.clone()).ok()
            }
            Step::Transpose(perm) => {
                is_permutation(perm, numbers.ndim()).then(|| numbers.permuted_axes(IxDyn(perm)))
            }
        })
    }
}

fn is_permutation(perm: &[usize], rank: usize) -> bool {
    perm.len() == rank && (0..rank).all(|axis| perm.contains(&axis))
}

/// `c`, which meets a value at the end of `path`, as one factor for each of the `n` features along the last axis at
/// its start, where the shape is `from`. `None` if a feature would meet different factors.
pub fn per_feature(c: &ArrayViewD<f32>, path: &Path, from: &Shape, n: usize) -> Option<Array1<f32>> {
    if path.is_direct() {
        return per_channel(c, n);
    }
    let numbers = path.numbers(&from.known()?)?;
    let mut factors = vec![None; n];
    for (number, &factor) in numbers.iter().zip(c.broadcast(numbers.raw_dim())?) {
        let seen = factors[number % n].get_or_insert(factor);
        (seen.to_bits() == factor.to_bits()).then_some(())?;
    }
    factors.into_iter().collect()
}

/// The features that `first` and then `second` pick of the last axis at the end of `path`, as rows of the weights at
/// its start: once for each head. `None` if the last axis is no stretch of features.
pub fn turned_features(path: &Path, from: &Shape, first: &Rows, second: &Rows) -> Option<Vec<Rows>> {
    if path.is_direct() {
        return Some(vec![first.clone(), second.clone()]);
    }
    let from = from.known()?;
    let (n, numbers) = (*from.last()?, path.numbers(&from)?);
    let last = Axis(numbers.ndim().checked_sub(1)?);
    let d = numbers.len_of(last);
    let whole = |lane: ndarray::ArrayView1<usize>| {
        let start = lane[0];
        (start % n).is_multiple_of(d) && lane.iter().enumerate().all(|(i, &number)| number == start + i)
    };
    if n == 0
        || d == 0
        || n % d != 0
        || first.range.len() + second.range.len() != d
        || !numbers.lanes(last).into_iter().all(whole)
    {
        return None;
    }
    let shifted =
        |rows: &Rows, by: usize| Rows { range: rows.range.start + by..rows.range.end + by, ..*rows };
    Some((0..n).step_by(d).flat_map(|head| [shifted(first, head), shifted(second, head)]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads() -> Path {
        Path::direct().then(Step::Reshape(vec![1, 2, 2, 3])).then(Step::Transpose(vec![0, 2, 1, 3]))
    }

    #[test]
    fn a_factor_belongs_to_a_feature_or_to_none() {
        let from = Shape::fixed(&[2, 6]);
        let c = |dims: &[usize]| {
            ArrayD::from_shape_fn(dims, |i| ndarray::Dimension::slice(&i).iter().sum::<usize>() as f32 + 1.0)
        };
        let per_head = per_feature(&c(&[2, 1, 3]).view(), &heads(), &from, 6);
        assert_eq!(per_head, Some(ndarray::arr1(&[1.0, 2.0, 3.0, 2.0, 3.0, 4.0])));
        assert_eq!(per_feature(&c(&[2, 1]).view(), &heads(), &from, 6), None, "varies by row");
        assert_eq!(per_feature(&c(&[1, 1, 2, 1, 3]).view(), &heads(), &from, 6), None, "would widen");
    }

    #[test]
    fn each_head_turns_by_itself() {
        let from = Shape::fixed(&[2, 6]);
        let turned = turned_features(&heads(), &from, &Rows::minus(1..3), &Rows::plus(0..1));
        let wanted = [Rows::minus(1..3), Rows::plus(0..1), Rows::minus(4..6), Rows::plus(3..4)];
        assert_eq!(turned, Some(wanted.to_vec()));
        let none = Path::direct().then(Step::Reshape(vec![0, 2, 4]));
        let empty = Shape::fixed(&[2, 0]);
        assert_eq!(
            turned_features(&none, &empty, &Rows::minus(2..4), &Rows::plus(0..2)),
            None,
            "no features"
        );
        let across = Path::direct().then(Step::Transpose(vec![1, 0]));
        assert_eq!(turned_features(&across, &from, &Rows::minus(1..2), &Rows::plus(0..1)), None);
    }
}
