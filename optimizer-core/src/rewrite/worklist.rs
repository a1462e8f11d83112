//! Operators that are still to be looked at.
//!
//! Invariant: each comes out once, the first in topological order first, with the distance of the nearest change.

use crate::ir::OpId;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// An operator and its position.
pub(super) type Item = (u32, OpId);

/// How many operators lie between a change and an operator that it may matter to.
pub(super) type Distance = u8;

/// Of an operator that is not listed.
const NOWHERE: Distance = Distance::MAX;

#[derive(Clone, Debug, Default)]
pub(super) struct Worklist {
    /// Those that were there from the beginning, the last first.
    sorted: Vec<Item>,
    added: BinaryHeap<Reverse<Item>>,
    /// For each operator how near something has changed.
    nearest: Vec<Distance>,
}

impl Worklist {
    /// Adds an operator so far from a change.
    pub(super) fn add(&mut self, item: Item, distance: Distance) {
        let nearest = self.nearest(item.1);
        if *nearest == NOWHERE {
            *nearest = distance;
            self.added.push(Reverse(item));
        } else {
            *nearest = distance.min(*nearest);
        }
    }

    /// Takes the first operator out.
    pub(super) fn pop(&mut self) -> Option<(OpId, Distance)> {
        let is_sorted = match (self.sorted.last(), self.added.peek()) {
            (Some(first), Some(Reverse(added))) => first <= added,
            (first, _) => first.is_some(),
        };
        let (_, op) = if is_sorted { self.sorted.pop()? } else { self.added.pop()?.0 };
        Some((op, std::mem::replace(self.nearest(op), NOWHERE)))
    }

    fn nearest(&mut self, op: OpId) -> &mut Distance {
        let at = op.0 as usize;
        if at >= self.nearest.len() {
            self.nearest.resize(at + 1, NOWHERE);
        }
        &mut self.nearest[at]
    }
}

/// Operators that were not looked at yet.
impl FromIterator<Item> for Worklist {
    fn from_iter<I: IntoIterator<Item = Item>>(items: I) -> Worklist {
        let mut list = Worklist { sorted: items.into_iter().collect(), ..Worklist::default() };
        list.sorted.sort_unstable_by(|a, b| b.cmp(a));
        for at in 0..list.sorted.len() {
            *list.nearest(list.sorted[at].1) = 0;
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_comes_in_its_place_and_once() {
        let item = |n: u32| (n, OpId(n));
        let mut list: Worklist = [3, 1, 5].map(item).into_iter().collect();
        for (n, distance) in [(4, 2), (3, 1), (0, 3), (4, 1), (4, 2)] {
            list.add(item(n), distance);
        }
        let out: Vec<(u32, Distance)> = std::iter::from_fn(|| list.pop()).map(|(op, d)| (op.0, d)).collect();
        assert_eq!(out, [(0, 3), (1, 0), (3, 0), (4, 1), (5, 0)]);
    }
}
