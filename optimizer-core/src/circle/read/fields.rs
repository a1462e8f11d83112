//! Fields that a newer schema added: reading would drop them silently, so they are refused.
//!
//! Invariant: tables that pass hold nothing but what the generated accessors show.

use super::Result;
use crate::circle::error::{Fault, Place};
use crate::circle::schema::{self, vtable_bytes};
use flatbuffers::Table;
use rustc_hash::FxHashMap;
use std::cell::RefCell;

/// The verified bytes of a file.
pub(super) struct Tables<'a> {
    bytes: &'a [u8],
    /// The bytes of vtables that were asked for, since every tensor asks again.
    known: RefCell<FxHashMap<&'static str, u16>>,
}

impl<'a> Tables<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Tables<'a> {
        Tables { bytes, known: RefCell::default() }
    }

    /// Refuses `table` if it sets a field that the schema's `name` does not have.
    pub(super) fn check(&self, name: &'static str, table: Table, place: &Place) -> Result<()> {
        let asked = || vtable_bytes(name).expect("only names of tables are asked for");
        let known = *self.known.borrow_mut().entry(name).or_insert_with(asked);
        let vtable = table.vtable();
        let newer = (known..vtable.num_bytes() as u16).step_by(2);
        match newer.into_iter().find(|&at| vtable.get(at) != 0) {
            Some(at) => Err(place.error(Fault::UnknownField { table: name, field: usize::from(at - 4) / 2 })),
            None => Ok(()),
        }
    }

    /// Refuses subgraphs in channels-first layout, whose field circle 0.7 retired.
    pub(super) fn check_layout(&self, graph: Table, place: &Place) -> Result<()> {
        const DATA_FORMAT: u16 = schema::SubGraph::VT_NAME + 2;
        let at = graph.vtable().get(DATA_FORMAT);
        match self.bytes.get(graph.loc() + usize::from(at)) {
            Some(&format) if at != 0 && format != 0 => {
                Err(place.error(Fault::Unsupported("channels-first data format")))
            }
            _ => Ok(()),
        }
    }
}
