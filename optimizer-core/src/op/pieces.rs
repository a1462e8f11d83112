//! How many contiguous pieces of memory operators go over, and what one more of them takes.
//!
//! Where channels come last, the pieces that are joined, cut or broadcast are no longer than there are channels. Nets of
//! few channels lose more by that than by transposes. The nanoseconds are those of LiteRT on feature maps of 4 to 128
//! channels, as `scripts/measure_pieces.py` takes them.
//!
//! Invariant: permuting by nothing counts the operator as it stands.

use crate::ir::Shape;
use crate::op::{Permutation, Site};

/// What an operator loses between the pieces it goes over.
#[derive(Clone, Copy, Debug)]
pub struct Pieces {
    /// For each piece, if it is short.
    pub nanoseconds: u64,
    /// What it goes over if whatever has the rank of `perm` is stored permuted; `None` if that cannot be said.
    pub count: fn(&Site, perm: &Permutation) -> Option<Count>,
}

/// So many pieces, of so many elements together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Count {
    pub pieces: u64,
    pub elements: u64,
}

/// Of two operands, or three, that are broadcast to the shape of the result.
pub(crate) const BROADCAST: Pieces = Pieces { nanoseconds: 4, count: broadcast };

/// Of one value that is joined from others along an axis.
pub(crate) const JOINED: Pieces = Pieces { nanoseconds: 4, count: cut };

/// Of one value that is cut into others along an axis.
pub(crate) const CUT: Pieces = Pieces { nanoseconds: 5, count: cut };

/// Of operand 0, of which the axes that operand 1 names are reduced.
pub(crate) const REDUCED: Pieces = Pieces { nanoseconds: 2, count: reduced };

/// Of a result with more elements before and after some axes: each row along the last axis.
pub(crate) const PADDED: Pieces = Pieces { nanoseconds: 12, count: rows };

/// Of how many elements a piece is that takes half of what a short one does.
const HALF: u128 = 16;

impl Pieces {
    /// The nanoseconds they take in one run, with the values of the operator permuted.
    pub fn spent(&self, site: &Site, perm: &Permutation) -> u128 {
        let Count { pieces, elements } = (self.count)(site, perm).unwrap_or_default();
        let (pieces, elements) = (u128::from(pieces), u128::from(elements));
        let all = u128::from(self.nanoseconds).saturating_mul(pieces);
        let short = HALF * pieces;
        all.saturating_mul(short).checked_div(short + elements).unwrap_or(0)
    }
}

/// A piece spans the last axes that are alike in which operands are broadcast along them.
fn broadcast(site: &Site, perm: &Permutation) -> Option<Count> {
    let whole = extents(site, site.results.first()?.shape.as_ref()?, perm)?;
    let operands: Vec<_> = site.operands().map(|o| extents(site, o.shape, perm)).collect::<Option<_>>()?;
    let alike = |axis: usize| operands.iter().map(|extents| extents[axis] == whole[axis]).collect::<Vec<_>>();
    Some(groups(&whole, alike))
}

/// A piece spans the axes from the last one on that is cut.
fn cut(site: &Site, perm: &Permutation) -> Option<Count> {
    let operands = site.operands().map(|operand| operand.shape);
    let results = site.results.iter().filter_map(|ty| ty.shape.as_ref());
    let values = operands.chain(results).filter(|shape| shape.rank() == perm.rank());
    let values: Vec<_> = values.map(|shape| extents(site, shape, perm)).collect::<Option<_>>()?;
    let whole = values.iter().max_by_key(|extents| product(extents))?;
    let pieces = |part: &Vec<u64>| {
        let last = (0..part.len()).rfind(|&axis| part[axis] != whole[axis])?;
        Some(Count { pieces: product(&part[..last]), elements: product(part) })
    };
    Some(values.iter().filter_map(pieces).fold(Count::default(), Count::and))
}

/// A piece spans the last axes that are all reduced, or all kept.
fn reduced(site: &Site, perm: &Permutation) -> Option<Count> {
    let whole = extents(site, site.shape(0)?, perm)?;
    let named = crate::op::axes(&site.ints(1)?, perm.rank())?;
    Some(groups(&whole, |axis| named.contains(&perm.axes()[axis])))
}

fn rows(site: &Site, perm: &Permutation) -> Option<Count> {
    let whole = extents(site, site.results.first()?.shape.as_ref()?, perm)?;
    let (_, before) = whole.split_last()?;
    Some(Count { pieces: product(before), elements: product(&whole) })
}

/// Each piece spans the last axes of one kind; axes of extent 1 are of any.
fn groups<K: PartialEq>(whole: &[u64], kind: impl Fn(usize) -> K) -> Count {
    let axes: Vec<usize> = (0..whole.len()).filter(|&axis| whole[axis] != 1).collect();
    let last = axes.iter().rposition(|&axis| Some(kind(axis)) != axes.last().map(|&last| kind(last)));
    let before = axes[..last.map_or(0, |at| at + 1)].iter().map(|&axis| whole[axis]);
    Count { pieces: before.fold(1, u64::saturating_mul), elements: product(whole) }
}

impl Count {
    fn and(self, more: Count) -> Count {
        let add = u64::saturating_add;
        Count { pieces: add(self.pieces, more.pieces), elements: add(self.elements, more.elements) }
    }
}

/// The extents of a shape, permuted once axes of extent 1 come before too few.
fn extents(site: &Site, shape: &Shape, perm: &Permutation) -> Option<Vec<u64>> {
    let missing = perm.rank().checked_sub(shape.rank())?;
    let dims = shape.dims().iter().map(|&dim| site.extent(dim));
    Some(perm.apply(&std::iter::repeat_n(1, missing).chain(dims).collect::<Vec<_>>()))
}

fn product(extents: &[u64]) -> u64 {
    extents.iter().fold(1, |n, &extent| n.saturating_mul(extent))
}
