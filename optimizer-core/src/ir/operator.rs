//! An operator of a graph, and what its file says of it.
//!
//! Invariant: what an operator reads and computes changes only through its graph, once it is in one.

use crate::ir::{Data, OpCode, ValueId};
use crate::op::{Description, Options};
use smallvec::SmallVec;
use std::sync::{Arc, OnceLock};

/// One operator of a graph.
#[derive(Clone, Debug)]
pub struct Operator {
    pub code: OpCode,
    /// The name of a custom operator.
    pub custom: Option<Arc<str>>,
    /// What a custom operator is, if its name is known and its options could be read; they are [`Operator::options`].
    pub known: Option<&'static Description>,
    pub version: i32,
    pub options: Options,
    pub stored: Option<Box<StoredOperator>>,
    /// Where the operator stands among the others, as far as its operands allow.
    pub position: u32,
    pub(super) operands: SmallVec<[Option<ValueId>; 4]>,
    pub(super) results: SmallVec<[ValueId; 2]>,
    /// Whether the results are declared as they follow; forgotten when the operator or a value of it changes.
    pub(crate) consistent: OnceLock<bool>,
}

/// What a file says of an operator that no rewrite reads.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredOperator {
    pub custom_options: Option<Vec<u8>>,
    pub custom_options_format: i8,
    pub large_custom_options: Option<Data>,
    pub mutating_variable_inputs: Option<Vec<bool>>,
    pub intermediates: Option<Vec<Option<ValueId>>>,
    pub debug_metadata_index: i32,
    /// For each of the two kinds of options, whether the file names a type and leaves the table itself out.
    pub null_options: [bool; 2],
}

impl Default for StoredOperator {
    fn default() -> StoredOperator {
        StoredOperator {
            custom_options: None,
            custom_options_format: 0,
            large_custom_options: None,
            mutating_variable_inputs: None,
            intermediates: None,
            debug_metadata_index: -1,
            null_options: [false; 2],
        }
    }
}

impl Operator {
    /// An operator of version 1 with nothing but its options.
    pub fn new(
        code: OpCode,
        options: Options,
        operands: impl IntoIterator<Item = Option<ValueId>>,
        results: impl IntoIterator<Item = ValueId>,
    ) -> Operator {
        Operator {
            code,
            custom: None,
            known: None,
            version: 1,
            options,
            stored: None,
            position: 0,
            operands: operands.into_iter().collect(),
            results: results.into_iter().collect(),
            consistent: OnceLock::new(),
        }
    }

    /// An operator as it is described.
    pub fn of(
        description: &'static Description,
        options: Options,
        operands: impl IntoIterator<Item = Option<ValueId>>,
        results: impl IntoIterator<Item = ValueId>,
    ) -> Operator {
        let custom = description.custom.map(|foreign| Arc::from(foreign.name));
        let known = description.custom.map(|_| description);
        Operator { custom, known, ..Operator::new(description.code, options, operands, results) }
    }

    /// What is read, in circle's order; an absent optional operand is `None`.
    pub fn operands(&self) -> &[Option<ValueId>] {
        &self.operands
    }

    /// What is computed, in circle's order.
    pub fn results(&self) -> &[ValueId] {
        &self.results
    }

    /// Sets what an operator that is in no graph yet reads and computes.
    pub(crate) fn set_values(&mut self, operands: Vec<Option<ValueId>>, results: Vec<ValueId>) {
        (self.operands, self.results) = (operands.into(), results.into());
    }

    /// Whether the file says nothing of the operator that could change its meaning.
    pub(crate) fn stored_is_plain(&self) -> bool {
        self.stored.as_ref().is_none_or(|s| {
            s.mutating_variable_inputs.as_ref().is_none_or(|inputs| !inputs.contains(&true))
                && s.intermediates.as_ref().is_none_or(Vec::is_empty)
                && (self.known.is_some() || s.custom_options.as_ref().is_none_or(Vec::is_empty))
                && s.large_custom_options.is_none()
        })
    }

    /// `FULLY_CONNECTED`, or a custom operator's own name.
    pub fn name(&self) -> &str {
        match &self.custom {
            Some(custom) if self.code == OpCode::CUSTOM => custom,
            _ => self.code.variant_name().unwrap_or("UNKNOWN"),
        }
    }
}
