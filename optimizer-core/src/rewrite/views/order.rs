//! Whether reshapes and transposes leave the elements in order, and which axes reductions then name.
//!
//! Invariant: "in order" is a proof from known dims, never a guess.

use super::{Path, Step};
use crate::ir::{Dim, Shape};
use crate::op::axes;
use ndarray::{ArrayView1, ArrayViewD};
use smallvec::SmallVec;

/// A stretch of an axis: how far apart its elements were in the beginning, and its extent.
type Piece = (usize, usize);

/// The stretches that an axis is made of, outermost first.
type Axis = SmallVec<[Piece; 2]>;

impl Path {
    /// The path with a transpose by a constant behind it; `None` if that is no permutation.
    pub fn then_transpose(&self, perm: &ArrayView1<i32>) -> Option<Path> {
        Some(self.clone().then(Step::Transpose(axes(perm, perm.len())?)))
    }

    /// Whether a value of this shape has its elements in the same order after all steps.
    pub fn keeps_order(&self, shape: &Shape) -> bool {
        let Some(mut apart) = shape.elements().filter(|&elements| elements > 0) else { return false };
        let axis = |dim: &Dim| {
            let extent = dim.known().unwrap_or(1);
            apart /= extent;
            SmallVec::from_slice(&[(apart, extent)])
        };
        let mut axes: Vec<Axis> = shape.dims().iter().map(axis).collect();
        for step in self.steps() {
            let moved = match step {
                Step::Transpose(perm) => perm.iter().map(|&axis| axes.get(axis).cloned()).collect(),
                Step::Reshape(dims) => regroup(&axes, dims),
            };
            let Some(moved) = moved else { return false };
            axes = moved;
        }
        pieces(&axes).is_sorted_by(|(before, _), (after, _)| before > after)
    }
}

/// The pieces of more than one element, in order.
fn pieces(axes: &[Axis]) -> impl DoubleEndedIterator<Item = Piece> {
    axes.iter().flatten().copied().filter(|(_, extent)| *extent != 1)
}

/// The pieces of all axes, in order, as axes of `dims`; `None` if one would have to be cut unevenly.
fn regroup(axes: &[Axis], dims: &[usize]) -> Option<Vec<Axis>> {
    let mut rest: Axis = pieces(axes).rev().collect();
    let axes = dims.iter().map(|&dim| {
        let (mut axis, mut wanted) = (Axis::new(), dim);
        while wanted != 1 {
            let (apart, extent) = rest.pop()?;
            let outer = extent.min(wanted);
            (outer > 0 && wanted % outer == 0 && extent % outer == 0).then_some(())?;
            let inner = extent / outer;
            if inner > 1 {
                rest.push((apart, inner));
            }
            axis.push((apart * inner, outer));
            wanted /= outer;
        }
        Some(axis)
    });
    axes.collect::<Option<Vec<_>>>().filter(|_| rest.is_empty())
}

/// The axes that a reduction names before a transpose instead of after it; `None` if the axes that are left would come
/// in another order.
pub fn axes_before_transpose(perm: &ArrayView1<i32>, axes: &ArrayViewD<i32>) -> Option<Vec<i32>> {
    let rank = perm.len();
    let reduced = crate::op::axes(axes, rank)?;
    let kept = (0..rank).filter(|axis| !reduced.contains(axis)).map(|axis| perm[axis]);
    kept.is_sorted().then(|| reduced.iter().map(|&axis| perm[axis]).collect())
}

/// The one axis that a reduction names, if a reshape before it keeps the rank and all dims up to that axis.
pub fn axis_before_reshape(from: &Shape, to: &Shape, axes: &ArrayViewD<i32>) -> Option<Vec<i32>> {
    let axis = crate::op::axis((*axes.first()?).into(), to.rank())?;
    let known = from.dims().get(..=axis)?.iter().all(|dim| dim.known().is_some());
    let fits = axes.len() == 1 && from.rank() == to.rank() && from.dims()[..=axis] == to.dims()[..=axis];
    (known && fits).then(|| vec![axis as i32])
}

/// The axes that two reductions in a row take away together. The second counts what the first has left.
pub fn axes_of_both(
    rank: usize,
    first: &ArrayViewD<i32>,
    second: &ArrayViewD<i32>,
    keep_dims: bool,
) -> Option<Vec<i32>> {
    let first = axes(first, rank)?;
    let left: Vec<usize> = (0..rank).filter(|axis| keep_dims || !first.contains(axis)).collect();
    let second = axes(second, left.len())?;
    let both = (0..rank).filter(|axis| first.contains(axis) || second.iter().any(|&i| left[i] == *axis));
    Some(both.map(|axis| axis as i32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{arr1, aview1};

    fn path(steps: &[(char, &[usize])]) -> Path {
        steps.iter().fold(Path::direct(), |path, &(kind, numbers)| match kind {
            't' => path.then(Step::Transpose(numbers.to_vec())),
            _ => path.then(Step::Reshape(numbers.to_vec())),
        })
    }

    #[test]
    fn elements_stay_in_order_if_all_pieces_come_back() {
        let keeps = |dims: &[usize], steps: &[(char, &[usize])]| path(steps).keeps_order(&Shape::fixed(dims));
        assert!(keeps(&[1, 7, 7, 20], &[('t', &[0, 3, 1, 2]), ('r', &[1, 20, 49]), ('t', &[0, 2, 1])]));
        assert!(!keeps(&[1, 7, 5, 20], &[('t', &[0, 3, 2, 1]), ('r', &[1, 20, 35]), ('t', &[0, 2, 1])]));
        assert!(!keeps(&[1, 7, 7, 20], &[('t', &[0, 3, 1, 2]), ('r', &[1, 49, 20]), ('t', &[0, 2, 1])]));
        assert!(keeps(&[6, 4], &[('t', &[1, 0]), ('r', &[4, 2, 3]), ('t', &[1, 2, 0])]));
        assert!(!keeps(&[6, 4], &[('t', &[1, 0]), ('r', &[4, 2, 3]), ('t', &[2, 1, 0])]));
        assert!(!keeps(&[6, 4], &[('t', &[1, 0]), ('r', &[3, 8]), ('t', &[1, 0])]));
        assert!(keeps(&[2, 1, 3], &[('t', &[1, 0, 2])]));
        assert!(!keeps(&[0, 3], &[('t', &[1, 0])]));
    }

    #[test]
    fn axes_of_two_reductions_are_counted_as_each_sees_them() {
        let both = |first: &[i32], second: &[i32], keep| {
            axes_of_both(4, &arr1(first).into_dyn().view(), &arr1(second).into_dyn().view(), keep)
        };
        assert_eq!(both(&[2], &[2], false), Some(vec![2, 3]));
        assert_eq!(both(&[1], &[-1], false), Some(vec![1, 3]));
        assert_eq!(both(&[2], &[3], true), Some(vec![2, 3]));
        assert_eq!(both(&[2], &[3], false), None);
    }

    #[test]
    fn axes_before_a_transpose_may_be_negative() {
        let perm = [0, 3, 1, 2];
        let before = |axes: &[i32]| axes_before_transpose(&aview1(&perm), &arr1(axes).into_dyn().view());
        assert_eq!(before(&[2, 3]), Some(vec![1, 2]));
        assert_eq!(before(&[-1, -2]), Some(vec![2, 1]));
        assert_eq!(before(&[2]), None);
    }
}
