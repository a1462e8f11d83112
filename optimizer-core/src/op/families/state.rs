//! Variables, hash tables and random numbers.
//!
//! Invariant: none of them is pure.

use crate::circle::schema::*;
use crate::op::{Effect, operators};

operators! {
    /// A resource variable.
    VarHandle = VAR_HANDLE(..) VarHandleOptionsT { effect: Effect::Opaque }
    /// The content of a resource variable.
    ReadVariable = READ_VARIABLE(variable) ReadVariableOptionsT { effect: Effect::Opaque }
    /// Sets a resource variable.
    AssignVariable = ASSIGN_VARIABLE(variable, value) AssignVariableOptionsT { effect: Effect::Opaque }
    /// A hash table.
    Hashtable = HASHTABLE(..) HashtableOptionsT { effect: Effect::Opaque }
    /// Values by key.
    HashtableFind = HASHTABLE_FIND(table, keys, default) HashtableFindOptionsT { effect: Effect::Opaque }
    /// Fills a hash table.
    HashtableImport = HASHTABLE_IMPORT(
        table, keys, values
    ) HashtableImportOptionsT { effect: Effect::Opaque }
    /// The number of entries.
    HashtableSize = HASHTABLE_SIZE(table) HashtableSizeOptionsT { effect: Effect::Opaque }
    /// Random numbers from 0 to before 1.
    RandomUniform = RANDOM_UNIFORM(shape) RandomOptionsT { effect: Effect::Opaque }
    /// Normally distributed random numbers.
    RandomStandardNormal = RANDOM_STANDARD_NORMAL(shape) RandomOptionsT { effect: Effect::Opaque }
    /// Random classes.
    Multinomial = MULTINOMIAL(logits, count) RandomOptionsT { effect: Effect::Opaque }
}
