//! Operators that are still to be looked at.
//!
//! Invariant: each comes out once, the first in topological order first.

use crate::ir::OpId;
use std::collections::BTreeSet;

/// An operator and its position.
pub(super) type Item = (u32, OpId);

#[derive(Clone, Debug, Default)]
pub(super) struct Worklist {
    /// Those that were there from the beginning, the last first.
    sorted: Vec<Item>,
    added: BTreeSet<Item>,
}

impl Worklist {
    pub(super) fn add(&mut self, item: Item) {
        self.added.insert(item);
    }

    /// Takes the first operator out.
    pub(super) fn pop(&mut self) -> Option<OpId> {
        let item = match (self.sorted.last(), self.added.first()) {
            (Some(first), Some(added)) => *first.min(added),
            (first, added) => *first.or(added)?,
        };
        while self.sorted.last() == Some(&item) {
            self.sorted.pop();
        }
        if self.added.first() == Some(&item) {
            self.added.pop_first();
        }
        Some(item.1)
    }
}

impl FromIterator<Item> for Worklist {
    fn from_iter<I: IntoIterator<Item = Item>>(items: I) -> Worklist {
        let mut sorted: Vec<Item> = items.into_iter().collect();
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        Worklist { sorted, added: BTreeSet::new() }
    }
}

impl Extend<Item> for Worklist {
    fn extend<I: IntoIterator<Item = Item>>(&mut self, items: I) {
        self.added.extend(items);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_comes_in_its_place_and_once() {
        let item = |n: u32| (n, OpId(n));
        let mut list: Worklist = [3, 1, 5].map(item).into_iter().collect();
        list.extend([4, 3, 0].map(item));
        let out: Vec<u32> = std::iter::from_fn(|| list.pop()).map(|op| op.0).collect();
        assert_eq!(out, [0, 1, 3, 4, 5]);
    }
}
