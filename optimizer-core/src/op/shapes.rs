//! Shape rules that many operators share.
//!
//! Invariant: an unknown dim is carried through or replaced by a fresh one, never taken for a number.

use crate::ir::{DType, Dim, Shape, Type};
use crate::op::Site;

/// The type of the first operand.
pub(crate) fn same(site: &Site) -> Option<Vec<Type>> {
    Some(vec![site.operand(0)?.ty()])
}

/// The broadcast of the first two operands, which are of one dtype.
pub(crate) fn broadcast(site: &Site) -> Option<Vec<Type>> {
    let (a, b) = (site.operand(0)?, site.operand(1)?);
    let shape = broadcast_shapes(site, a.shape, b.shape)?;
    (a.dtype == b.dtype).then(|| vec![Type::new(a.dtype, shape)])
}

/// The broadcast of the first two operands, telling yes or no.
pub(crate) fn broadcast_bool(site: &Site) -> Option<Vec<Type>> {
    let [Type { shape, .. }] = broadcast(site)?.try_into().ok()?;
    Some(vec![Type { dtype: DType::Bool, shape }])
}

/// The broadcast of two shapes; where two different dims are unknown, the result's is a fresh one.
pub(crate) fn broadcast_shapes(site: &Site, a: &Shape, b: &Shape) -> Option<Shape> {
    let rank = a.rank().max(b.rank());
    let dim = |s: &Shape, i: usize| match (i + s.rank()).checked_sub(rank) {
        Some(i) => s.dims()[i],
        None => Dim::Known(1),
    };
    (0..rank).map(|i| broadcast_dims(site, dim(a, i), dim(b, i))).collect()
}

fn broadcast_dims(site: &Site, a: Dim, b: Dim) -> Option<Dim> {
    match (a, b) {
        (Dim::Unknown(_), Dim::Unknown(_)) if a != b => Some(site.unknown()),
        _ => a.broadcast(b),
    }
}

/// No list of dims or axes that a run computes is taken to be longer: nobody writes such tensors, and each of their axes
/// costs time and memory.
const MOST_AXES: usize = 1 << 10;

/// How many axes a list operand has a number for; `None` if they are not known, or too many.
pub(crate) fn held_axes(site: &Site, i: usize) -> Option<usize> {
    site.shape(i)?.elements().filter(|&axes| axes <= MOST_AXES)
}

/// As many fresh dims as `rank` says.
pub(crate) fn unknown_dims(site: &Site, rank: usize) -> Shape {
    (0..rank).map(|_| site.unknown()).collect()
}

/// The elements of `dims` divided by `divisor`; `None` if it provably leaves a remainder.
pub(crate) fn quotient(site: &Site, dims: &[Dim], divisor: usize) -> Option<Dim> {
    let mut known = dims.iter().filter_map(|d| d.known());
    let known = known.try_fold(1usize, |n, d| n.checked_mul(d))?;
    let mut unknown = dims.iter().filter(|d| d.known().is_none());
    match (unknown.next(), unknown.next()) {
        (None, _) if divisor == 0 || known % divisor != 0 => None,
        (None, _) => Some(Dim::Known(known / divisor)),
        (Some(dim), None) if known == divisor && known != 0 => Some(*dim),
        _ => Some(site.unknown()),
    }
}

/// The dim that operand `i` holds: its number if it is a constant.
pub(crate) fn held_dim(site: &Site, i: usize) -> Option<Dim> {
    match site.ints(i) {
        Some(numbers) => Some(Dim::Known(usize::try_from(*numbers.first()?).ok()?)),
        None => Some(site.unknown()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Symbol;
    use crate::op::Options;
    use std::cell::Cell;

    #[test]
    fn quotients_carry_unknown_dims() {
        let (options, fresh) = (Options::default(), Cell::new(9));
        let site = Site::new(&options, vec![], vec![], &fresh);
        let (a, b) = (Dim::Unknown(Symbol(0)), Dim::Unknown(Symbol(1)));
        let k = Dim::Known;
        assert_eq!(quotient(&site, &[k(6), k(4)], 8), Some(k(3)));
        assert_eq!(quotient(&site, &[k(6), k(4)], 5), None);
        assert_eq!(quotient(&site, &[a, k(4)], 4), Some(a));
        assert_eq!(quotient(&site, &[a, k(4)], 2), Some(Dim::Unknown(Symbol(10))));
        assert_eq!(quotient(&site, &[a, b], 1), Some(Dim::Unknown(Symbol(11))));
        assert_eq!(quotient(&site, &[k(0)], 0), None);
    }
}
