//! Items that may be equal, found by a hash of what they have in common.
//!
//! Invariant: items of one hash come in the order they were added; a hash that others share costs time and nothing else.

use foldhash::quality::RandomState;
use rustc_hash::FxHashMap;
use std::hash::{BuildHasher, Hash};

/// Items by hash. The hashes are seeded, so that no file can be made to share them.
pub(crate) struct Buckets<T> {
    seed: RandomState,
    /// The first and the last item of each hash.
    ends: FxHashMap<u64, (u32, u32)>,
    /// All items, each with the next one of its hash.
    items: Vec<(T, Option<u32>)>,
}

impl<T: Copy> Buckets<T> {
    pub(crate) fn new() -> Buckets<T> {
        Buckets { seed: RandomState::default(), ends: FxHashMap::default(), items: Vec::new() }
    }

    pub(crate) fn hash(&self, key: impl Hash) -> u64 {
        self.seed.hash_one(key)
    }

    /// The first item of `hash` that is `wanted`.
    pub(crate) fn find(&self, hash: u64, mut wanted: impl FnMut(T) -> bool) -> Option<T> {
        let mut next = self.ends.get(&hash).map(|&(first, _)| first);
        while let Some(at) = next {
            let (item, after) = self.items[at as usize];
            if wanted(item) {
                return Some(item);
            }
            next = after;
        }
        None
    }

    pub(crate) fn add(&mut self, hash: u64, item: T) {
        let at = self.items.len() as u32;
        self.items.push((item, None));
        let (_, last) = self.ends.entry(hash).or_insert((at, at));
        if *last != at {
            self.items[std::mem::replace(last, at) as usize].1 = Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_one_hash_come_in_their_order() {
        let mut buckets = Buckets::new();
        for (hash, item) in [(1, 10), (2, 20), (1, 11), (1, 12)] {
            buckets.add(hash, item);
        }
        let mut seen = Vec::new();
        let found = buckets.find(1, |item| {
            seen.push(item);
            item == 12
        });
        assert_eq!((found, seen), (Some(12), vec![10, 11, 12]));
        assert_eq!(buckets.find(3, |_| true), None);
    }
}
