//! A run as it happens: for traces, progress and reports.
//!
//! Invariant: watching changes nothing about a run; nothing is said of a miss unless the watcher wants to know.

use crate::ir::{Graph, OpId};
use crate::rewrite::log::PassEntry;
use crate::rewrite::{Entry, Reject, Rule};

/// Something that happened.
pub enum Event<'a> {
    /// A rewrite has been applied.
    Rewritten(&'a Entry),
    /// The last rewrites, these many, have been taken back.
    RolledBack { entries: &'a [Entry], why: &'a Reject },
    /// The operators of a rule were there, and something else refused it.
    Refused { rule: &'a Rule, graph: &'a Graph, root: OpId, why: &'a Reject },
    /// A pass has changed something.
    Passed(&'a PassEntry),
}

/// Somebody who looks on.
pub trait Watch {
    fn event(&mut self, event: Event<'_>);

    /// Whether [`Event::Refused`] is wanted; it costs time.
    fn wants_misses(&self) -> bool {
        false
    }
}

/// Nobody looks on.
impl Watch for () {
    fn event(&mut self, _: Event<'_>) {}
}
