//! What rules ask of the elements of a constant, and element-wise functions of constants.
//!
//! Invariant: a result that is not a plain number is none, so that no rule folds into it.

use crate::ir::Shape;
use crate::rewrite::Lazy;
use ndarray::{ArrayD, ArrayViewD, IxDyn, Zip};

/// The one element of a constant of any rank.
pub fn scalar(c: &ArrayViewD<f32>) -> Option<f32> {
    (c.len() == 1).then(|| c.first().copied())?
}

/// Whether every element is `number`; zeros of either sign are equal.
pub fn is_all(c: &ArrayViewD<f32>, number: f32) -> bool {
    c.iter().all(|&x| x == number)
}

/// Whether the one element is `number` but for rounding.
pub fn is_about(c: &ArrayViewD<f32>, number: f32) -> bool {
    scalar(c).is_some_and(|x| (x - number).abs() <= 4.0 * f32::EPSILON * number.abs())
}

/// `a / b`, broadcast; `None` unless every quotient is a plain number.
pub fn quotient(a: &ArrayViewD<f32>, b: &ArrayViewD<f32>) -> Option<ArrayD<f32>> {
    let dims = Shape::fixed(a.shape()).broadcast(&Shape::fixed(b.shape()))?.known()?;
    let (a, b) = (a.broadcast(IxDyn(&dims))?, b.broadcast(IxDyn(&dims))?);
    let quotient = Zip::from(a).and(b).map_collect(|a, b| a / b);
    quotient.iter().all(|x| x.is_normal()).then_some(quotient)
}

/// Whether `to` is `from` without the axes of these numbers, which may be counted from the end.
pub fn drops_axes(from: &Shape, axes: &ArrayViewD<i32>, to: &Shape) -> bool {
    let Some(axes) = crate::op::axes(axes, from.rank()) else { return false };
    let left = from.dims().iter().enumerate().filter(|(i, _)| !axes.contains(i)).map(|(_, dim)| dim);
    left.eq(to.dims())
}

/// `c` with each element below zero raised to the smallest scale that still counts as positive; `None` if none is.
pub fn raise_negatives(c: &ArrayViewD<f32>) -> Option<ArrayD<f32>> {
    c.iter().any(|&x| x < 0.0).then(|| c.mapv(|x| if x < 0.0 { 1e-10 } else { x }))
}

/// `c` repeated along the one axis where it has extent 1 and `x`, of the same rank from 2 to 4, has more.
pub fn expand_one_axis<'g>(c: &ArrayViewD<'g, f32>, x: &Shape) -> Option<Lazy<'g, f32>> {
    let (c, dims) = (c.clone(), x.known()?);
    let differing = c.shape().iter().zip(&dims).filter(|(c, x)| c != x).collect::<Vec<_>>();
    let expands = matches!(differing[..], [(1, 2..)]);
    let fits = (2..=4).contains(&dims.len()) && c.ndim() == dims.len() && expands;
    c.broadcast(IxDyn(&dims))?;
    fits.then(|| {
        let wide = dims.clone();
        Lazy::new(dims, move || c.broadcast(IxDyn(&wide)).expect("it was found to fit").to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr1;

    #[test]
    fn quotients_are_plain_numbers_or_none() {
        let c = |x: &[f32]| arr1(x).into_dyn();
        assert_eq!(quotient(&c(&[1.0, 3.0]).view(), &c(&[2.0]).view()), Some(c(&[0.5, 1.5])));
        assert_eq!(quotient(&c(&[1.0]).view(), &c(&[0.0]).view()), None);
        assert_eq!(quotient(&c(&[1e-30]).view(), &c(&[1e30]).view()), None);
        assert_eq!(quotient(&c(&[1.0, 2.0]).view(), &c(&[1.0, 2.0, 3.0]).view()), None);
    }

    #[test]
    fn one_axis_is_expanded_and_no_other_shape() {
        let expanded = |c: &[usize], x: &[usize]| {
            expand_one_axis(&ArrayD::zeros(c).view(), &Shape::fixed(x)).map(|lazy| lazy.dims().to_vec())
        };
        assert_eq!(expanded(&[2, 1], &[2, 3]), Some(vec![2, 3]));
        assert_eq!(expanded(&[1, 1], &[2, 3]), None);
        assert_eq!(expanded(&[2, 3], &[2, 3]), None);
        assert_eq!(expanded(&[3], &[2, 3]), None);
        assert_eq!(expanded(&[2, 3], &[1, 3]), None);
    }
}
