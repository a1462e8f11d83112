//! Batches of matrices, and what reshapes make of them.
//!
//! Invariant: two dims are the same only if they are known and equal, or the same unknown dim.

use crate::ir::Shape;
use crate::rewrite::Val;

/// Whether both have the same last two dims.
pub fn is_same_matrix(a: Val<'_>, b: Val<'_>) -> bool {
    a.rank() >= 2 && b.rank() >= 2 && a.dim(-1) == b.dim(-1) && a.dim(-2) == b.dim(-2)
}

/// Whether both have the same dims but for the last two.
pub fn is_same_batch(a: Val<'_>, b: Val<'_>) -> bool {
    a.rank() == b.rank() && a.rank() >= 2 && a.dims()[..a.rank() - 2] == b.dims()[..b.rank() - 2]
}

/// Whether all dims but the last two are 1.
pub fn is_one_matrix(v: Val<'_>) -> bool {
    v.dims().iter().rev().skip(2).all(|&dim| dim == 1)
}

/// The dims of `y` with the batch of `x` in place of its own, if both hold as many matrices.
pub fn regrouped(x: Val<'_>, y: Val<'_>) -> Option<Vec<usize>> {
    let (x, y) = (x.shape().known()?, y.shape().known()?);
    let (batch, _) = x.split_last_chunk::<2>()?;
    let (own, matrix) = y.split_last_chunk::<2>()?;
    let same = batch.iter().product::<usize>() == own.iter().product();
    same.then(|| [batch, matrix].concat())
}

/// Whether the matrices of `y`, `[batch, groups, rows, columns]`, are repeated for `heads / groups` heads each, by a
/// dim of 1 behind the groups, which is made `wide` and then joined with them.
pub fn joins_groups(y: Val<'_>, apart: Val<'_>, wide: Val<'_>, together: Val<'_>, heads: usize) -> bool {
    let known = |v: Val<'_>| v.shape().known();
    let Some([batch, groups, rows, columns]) = known(y).and_then(|y| <[usize; 4]>::try_from(y).ok()) else {
        return false;
    };
    groups > 0
        && heads.is_multiple_of(groups)
        && *apart.shape() == Shape::fixed(&[batch, groups, 1, rows, columns])
        && *wide.shape() == Shape::fixed(&[batch, groups, heads / groups, rows, columns])
        && *together.shape() == Shape::fixed(&[batch, heads, rows, columns])
}
