//! Which values are written, and as which tensor.
//!
//! Invariant: numbers follow arena order, and whatever the file refers to has one.

use crate::ir::{Model, Value, ValueId};

/// The tensor index of every value that is written.
pub(super) struct Numbers(Vec<Option<u32>>);

impl Numbers {
    pub(super) fn new(model: &Model, index: usize) -> Numbers {
        let written = written(model, index);
        let mut count = 0..;
        Numbers(written.into_iter().map(|written| written.then(|| count.next()).flatten()).collect())
    }

    pub(super) fn is_written(&self, id: ValueId) -> bool {
        self.0[id.0 as usize].is_some()
    }

    /// The tensor index, or -1 for an absent value.
    pub(super) fn optional(&self, id: Option<ValueId>) -> i32 {
        let number = id.map(|id| self.0[id.0 as usize].expect("what is referred to is written"));
        number.map_or(-1, |number| number as i32)
    }

    /// The tensor index now of what had the number `value` as a value.
    pub(super) fn renumber(&self, value: i32) -> i32 {
        self.optional(u32::try_from(value).ok().map(ValueId))
    }
}

/// All values that no pass dropped, and what the file refers to besides operands and results.
fn written(model: &Model, index: usize) -> Vec<bool> {
    let graph = &model.graphs[index];
    let is_written = |value: &Value| !value.is_dropped() || !value.is_unused() || value.producer().is_some();
    let mut written: Vec<bool> = graph.values().map(|(_, value)| is_written(value)).collect();
    graph.intermediates().for_each(|id| written[id.0 as usize] = true);
    for signature in model.signatures.iter().flatten().filter(|signature| signature.graph == index) {
        let maps = signature.inputs.iter().chain(&signature.outputs).flatten();
        maps.for_each(|(_, id)| written[id.0 as usize] = true);
    }
    graph.add_scales(&mut written);
    written
}
