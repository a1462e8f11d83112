//! Operators that call graphs, or that only their runtime knows.
//!
//! Invariant: none of them is pure.

use crate::circle::schema::*;
use crate::op::{Effect, NoOptions, operators};

operators! {
    /// An operator known by its name.
    Custom = CUSTOM(..) NoOptions { effect: Effect::Opaque }
    /// A part of the graph that a delegate runs.
    Delegate = DELEGATE(..) NoOptions { effect: Effect::Opaque }
    /// Runs a graph.
    Call = CALL(..) CallOptionsT { effect: Effect::Opaque }
    /// Runs a graph if it has not run yet.
    CallOnce = CALL_ONCE(..) CallOnceOptionsT { effect: Effect::Opaque }
    /// Runs one of two graphs; the condition comes first.
    If = IF(..) IfOptionsT { effect: Effect::Opaque }
    /// Runs a graph as long as another one says so.
    While = WHILE(..) WhileOptionsT { effect: Effect::Opaque }
    /// Stands in old files for a code past 127.
    PlaceholderForGreaterOpCodes = PLACEHOLDER_FOR_GREATER_OP_CODES(..) NoOptions { effect: Effect::Opaque }
}
