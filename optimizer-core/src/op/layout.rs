//! How operators follow when values are stored with their axes in another order.
//!
//! Invariant: a relayout computes the same numbers. What moves is permuted, what stays is the value it was.

use crate::ir::Dim;
use crate::op::{Operand, Options, Site};

/// An order of axes: axis `i` of the permuted value is axis `axes()[i]` of the value itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permutation(Vec<usize>);

/// A value as one operator sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Operand(usize),
    Result(usize),
}

/// What an operand has to become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Follow {
    /// It is permuted; a constant of fewer axes gets axes of extent 1 before them first.
    Moves,
    /// It stays as it is.
    Stays,
    /// It is an index constant, and these are its new numbers.
    Becomes(Vec<i64>),
}

/// An operator that follows a permutation.
#[derive(Clone, Debug, PartialEq)]
pub struct Relayout {
    pub options: Options,
    pub operands: Vec<Follow>,
    /// Whether the results are permuted too; otherwise all of them stay.
    pub results_move: bool,
}

/// How an operator follows if the value at a place is stored permuted; `None` if it cannot.
pub type LayoutRule = fn(&Site, &Permutation, Place) -> Option<Relayout>;

impl Permutation {
    /// The axes as such, if each of them occurs once.
    pub fn of(axes: &[i64]) -> Option<Permutation> {
        let axes: Vec<_> = axes.iter().map(|&a| usize::try_from(a).ok()).collect::<Option<_>>()?;
        (0..axes.len()).all(|a| axes.contains(&a)).then_some(Permutation(axes))
    }

    /// The permutation of as many axes that leaves each where it is.
    pub fn nothing(&self) -> Permutation {
        Permutation((0..self.rank()).collect())
    }

    pub fn rank(&self) -> usize {
        self.0.len()
    }

    pub fn axes(&self) -> &[usize] {
        &self.0
    }

    /// The same for a permutation and its inverse: the lesser of both.
    pub fn direction(self) -> Permutation {
        self.inverse().min(self)
    }

    /// The permutation that undoes this one.
    pub fn inverse(&self) -> Permutation {
        Permutation((0..self.rank()).map(|axis| self.place_of(axis)).collect())
    }

    /// This permutation and then `next`, which is of the same rank.
    pub fn then(&self, next: &Permutation) -> Permutation {
        Permutation(next.apply(&self.0))
    }

    /// One item for each axis, in the new order.
    pub fn apply<T: Clone>(&self, items: &[T]) -> Vec<T> {
        self.0.iter().map(|&axis| items[axis].clone()).collect()
    }

    /// Where an axis goes.
    pub fn place_of(&self, axis: usize) -> usize {
        self.0.iter().position(|&a| a == axis).expect("every axis below the rank occurs")
    }

    /// An axis before the permutation, counted from the front; `None` if there is none.
    pub(crate) fn axis(&self, axis: i64) -> Option<usize> {
        crate::op::axis(axis, self.rank())
    }

    /// Whether permuting a value of these dims leaves its elements in order, because only axes of extent 1 move
    /// past others.
    pub fn keeps_order(&self, dims: &[Dim]) -> bool {
        self.0.iter().filter(|&&axis| dims[axis] != 1).is_sorted()
    }

    /// Whether all axes but those of `gone` stay in order.
    pub(crate) fn keeps_others(&self, gone: &[usize]) -> bool {
        self.0.iter().filter(|axis| !gone.contains(axis)).is_sorted()
    }

    /// The axes as an index constant holds them.
    pub(crate) fn ints(&self) -> Vec<i64> {
        self.0.iter().map(|&axis| axis as i64).collect()
    }
}

impl Relayout {
    /// The operands follow as said and the results move.
    pub(crate) fn moving(options: Options, operands: Vec<Follow>) -> Option<Relayout> {
        Some(Relayout { options, operands, results_move: true })
    }

    /// The operands follow as said and the results stay.
    pub(crate) fn staying(options: Options, operands: Vec<Follow>) -> Option<Relayout> {
        Some(Relayout { options, operands, results_move: false })
    }

    /// Whether the value at `place` is permuted.
    pub fn moves(&self, place: Place) -> bool {
        match place {
            Place::Operand(i) => self.operands.get(i) == Some(&Follow::Moves),
            Place::Result(_) => self.results_move,
        }
    }
}

/// Operators that compute each element from the elements at the same place, with broadcasting.
pub(crate) fn elementwise(site: &Site, perm: &Permutation, _: Place) -> Option<Relayout> {
    let follow = |i| match site.operand(i) {
        None => Some(Follow::Stays),
        Some(operand) if operand.shape.elements() == Some(1) => Some(Follow::Stays),
        Some(operand) => can_move(operand, perm).then_some(Follow::Moves),
    };
    Relayout::moving(site.options.clone(), (0..site.operand_count()).map(follow).collect::<Option<_>>()?)
}

fn can_move(operand: Operand, perm: &Permutation) -> bool {
    let rank = operand.shape.rank();
    rank == perm.rank() || (rank < perm.rank() && operand.data.is_some())
}

/// Operators of one operand that treat each row along its last axis by itself.
pub(crate) fn along_last_axis(site: &Site, perm: &Permutation, place: Place) -> Option<Relayout> {
    let last = perm.rank().checked_sub(1)?;
    (perm.place_of(last) == last).then(|| elementwise(site, perm, place))?
}

/// Operators whose operand 1 names axes of operand 0, and whose result has the shape of operand 0.
pub(crate) fn along_named_axes(site: &Site, perm: &Permutation, _: Place) -> Option<Relayout> {
    let (axes, _) = named_axes(site, perm)?;
    Relayout::moving(site.options.clone(), vec![Follow::Moves, Follow::Becomes(axes)])
}

/// Operators that lose the axes of operand 0 that operand 1 names.
pub(crate) fn without_named_axes(site: &Site, perm: &Permutation, _: Place) -> Option<Relayout> {
    let (axes, named) = named_axes(site, perm)?;
    let operands = vec![Follow::Moves, Follow::Becomes(axes)];
    perm.keeps_others(&named).then(|| Relayout::staying(site.options.clone(), operands))?
}

/// The axes that operand 1 names: what they are called once operand 0 is permuted, and what they are called now.
fn named_axes(site: &Site, perm: &Permutation) -> Option<(Vec<i64>, Vec<usize>)> {
    site.movable(0, perm)?;
    let named = crate::op::axes(&site.ints(1)?, perm.rank())?;
    Some((named.iter().map(|&axis| perm.place_of(axis) as i64).collect(), named))
}

/// The numbers for each axis that operand `i` holds, in the new order.
pub(crate) fn moved_numbers(site: &Site, perm: &Permutation, i: usize) -> Option<Follow> {
    let numbers = site.ints(i).filter(|numbers| numbers.len() == perm.rank())?;
    Some(Follow::Becomes(perm.apply(&numbers)))
}
