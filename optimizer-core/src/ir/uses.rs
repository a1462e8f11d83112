//! The places where a value is read.
//!
//! Invariant: each is there once, in the order of operators and operands. Few take no memory of their own, and many are
//! added and removed in time that hardly grows with them.

use crate::ir::OpId;
use smallvec::SmallVec;
use std::collections::{BTreeSet, btree_set};
use std::slice;

/// One place where a value is read: operand `operand` of operator `op`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Use {
    pub op: OpId,
    pub operand: u32,
}

/// All places where a value is read.
#[derive(Clone, Debug)]
pub struct Uses(Places);

#[derive(Clone, Debug)]
enum Places {
    /// Sorted, up to [`FEW`].
    Few(SmallVec<[Use; 2]>),
    Many(BTreeSet<Use>),
}

const FEW: usize = 32;

/// Places in order.
#[derive(Clone, Debug)]
pub enum Iter<'u> {
    Few(slice::Iter<'u, Use>),
    Many(btree_set::Iter<'u, Use>),
}

impl Default for Uses {
    fn default() -> Uses {
        Uses(Places::Few(SmallVec::new()))
    }
}

impl Uses {
    pub fn len(&self) -> usize {
        match &self.0 {
            Places::Few(few) => few.len(),
            Places::Many(many) => many.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn iter(&self) -> Iter<'_> {
        match &self.0 {
            Places::Few(few) => Iter::Few(few.iter()),
            Places::Many(many) => Iter::Many(many.iter()),
        }
    }

    pub(super) fn insert(&mut self, at: Use) {
        match &mut self.0 {
            Places::Few(few) if few.len() == FEW => {
                let many = few.iter().copied().chain([at]).collect();
                self.0 = Places::Many(many);
            }
            Places::Few(few) => {
                if let Err(place) = few.binary_search(&at) {
                    few.insert(place, at);
                }
            }
            Places::Many(many) => drop(many.insert(at)),
        }
    }

    pub(super) fn remove(&mut self, at: &Use) {
        match &mut self.0 {
            Places::Few(few) => {
                if let Ok(place) = few.binary_search(at) {
                    few.remove(place);
                }
            }
            Places::Many(many) => drop(many.remove(at)),
        }
    }
}

impl<'u> IntoIterator for &'u Uses {
    type Item = &'u Use;
    type IntoIter = Iter<'u>;

    fn into_iter(self) -> Iter<'u> {
        self.iter()
    }
}

impl<'u> Iterator for Iter<'u> {
    type Item = &'u Use;

    fn next(&mut self) -> Option<&'u Use> {
        match self {
            Iter::Few(few) => few.next(),
            Iter::Many(many) => many.next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stay_in_order_however_many_there_are() {
        let at = |n: usize| Use { op: OpId(n as u32 / 2), operand: n as u32 % 2 };
        let mut uses = Uses::default();
        for count in [3, FEW, 3 * FEW] {
            (0..count).rev().chain(0..count).for_each(|n| uses.insert(at(n)));
            assert!(uses.iter().copied().eq((0..count).map(at)), "{count}");
        }
        (0..2 * FEW).for_each(|n| uses.remove(&at(n)));
        uses.remove(&at(0));
        assert!(uses.into_iter().copied().eq((2 * FEW..3 * FEW).map(at)));
        assert_eq!((uses.len(), Uses::default().is_empty()), (FEW, true));
    }
}
