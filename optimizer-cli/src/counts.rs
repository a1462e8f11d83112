//! Costs as JSON has them.
//!
//! Invariant: inspect and reports call one thing by one name.

use optimizer_core::rewrite::{Cost, Profile};
use serde::Serialize;
use std::collections::BTreeMap;

/// The cost of a model or of all operators of a kind.
#[derive(Clone, Copy, Default, Serialize)]
pub(crate) struct Counts {
    pub(crate) operators: i64,
    pub(crate) constant_bytes: i64,
    pub(crate) traffic: i64,
    pub(crate) macs: i64,
    pub(crate) peak_bytes: i64,
}

impl Counts {
    pub(crate) fn of(cost: &Cost) -> Counts {
        let Cost { ops, bytes, traffic, macs, peak } = *cost;
        Counts { operators: ops, constant_bytes: bytes, traffic, macs, peak_bytes: peak }
    }

    /// By the names of the kinds.
    pub(crate) fn by_kind(profile: &Profile) -> BTreeMap<&str, Counts> {
        profile.kinds.iter().map(|(name, cost)| (name.as_str(), Counts::of(cost))).collect()
    }
}
