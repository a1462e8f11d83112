//! By how many bytes a run may let its model grow.
//!
//! Invariant: over the whole run, what rewrites add never exceeds what was granted and what others have saved.

use crate::rewrite::{Cost, Delta, Rule};

/// What a whole run may add to the file within a budget of nothing: a few indices are no growth.
const SLACK: i64 = 256;

/// A budget that no model uses up; costs may still add to it.
const UNLIMITED: i64 = i64::MAX / 4;

/// What was granted, and what has been used of it. Copied, it is a state to return to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Growth {
    granted: i64,
    /// What single steps may still ask for by their cost: what others save does not come back.
    pub(super) left: i64,
    /// What all steps together have changed.
    changed: Delta,
}

impl Growth {
    /// A part of what the constants of a model take.
    pub(super) fn of(before: &Cost, percent: f64) -> Growth {
        let granted = ((before.bytes as f64 * percent.max(0.0) / 100.0) as i64).min(UNLIMITED);
        Growth { granted, left: granted, changed: Delta::default() }
    }

    /// Whether the model stays within what was granted. A rule that no level includes was asked for as it is.
    pub(super) fn affords(&self, rule: &Rule, delta: Delta) -> bool {
        let grows = delta.settled().bytes > 0 && rule.level().is_in(3);
        !grows || (self.changed + delta).settled().bytes <= self.granted.saturating_add(SLACK)
    }

    /// Takes off what a rewrite uses.
    pub(super) fn take(&mut self, delta: Delta) {
        self.changed += delta;
        self.left -= delta.settled().bytes.clamp(0, self.left);
    }

    /// Counts constants that passes have added; they have taken off what they used.
    pub(super) fn count(&mut self, constants: i64) {
        self.changed += Delta { bytes: constants, weights: constants, ..Delta::default() };
    }
}
