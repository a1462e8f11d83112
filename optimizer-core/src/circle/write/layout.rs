//! Where everything lies in the file: tables first, then the bytes of constants.
//!
//! Invariant: bytes start at multiples of 16, and every table that points to bytes points to where they are.

use super::Result;
use super::tables::Tables;
use crate::circle::schema::{Buffer, Operator};
use crate::ir::{Data, Model};

/// No offset of a flatbuffer may be longer.
const FLATBUFFER_LIMIT: usize = i32::MAX as usize;
const ALIGNMENT: usize = 16;
const PAGE: usize = 4096;
/// From here on, less than a page of padding is not worth a thought.
const LARGE: usize = 4 << 20;

/// Tables with their open places filled in, and what follows them.
pub(super) struct Layout<'a> {
    tables: Tables<'a>,
    external: bool,
}

impl<'a> Layout<'a> {
    /// Lays the model out as one flatbuffer, or past 2 GB with constants outside of it.
    pub(super) fn of(model: &'a Model) -> Result<Layout<'a>> {
        let external = model.external_buffers;
        let mut layout = Layout { tables: Tables::build(model, external)?, external };
        if !external && layout.flatbuffer_end() > FLATBUFFER_LIMIT {
            layout = Layout { tables: Tables::build(model, true)?, external: true };
        }
        layout.fill_in();
        Ok(layout)
    }

    pub(super) fn tables(&self) -> &[u8] {
        self.tables.fbb.finished_data()
    }

    /// What follows the tables: bytes, and the gap that comes before them.
    pub(super) fn blobs(&self) -> impl Iterator<Item = (Vec<u8>, &'a Data)> {
        let mut end = self.tables().len();
        self.contents().map(move |(data, external)| {
            let start = start(end, data, external);
            let mut gap = vec![0; start - end];
            if !external {
                let length = gap.len() - 4;
                gap[length..].copy_from_slice(&(data.len() as u32).to_le_bytes());
            }
            end = start + data.len();
            (gap, data)
        })
    }

    /// All bytes in file order, and whether they lie outside the flatbuffer: no length stands before those.
    fn contents(&self) -> impl Iterator<Item = (&'a Data, bool)> {
        let external = self.external;
        let constants = self.tables.blobs.data.iter().map(move |&data| (data, external));
        constants.chain(self.tables.large.iter().map(|&(_, data)| (data, true)))
    }

    fn starts(&self) -> Vec<usize> {
        let mut end = self.tables().len();
        let starts = self.contents().map(|(data, external)| {
            let start = start(end, data, external);
            end = start + data.len();
            start
        });
        starts.collect()
    }

    fn flatbuffer_end(&self) -> usize {
        let blobs = &self.tables.blobs.data;
        let last = blobs.last().map(|data| self.starts()[blobs.len() - 1] + data.len());
        last.unwrap_or(self.tables().len())
    }

    fn fill_in(&mut self) {
        let starts = self.starts();
        let (constants, large) = starts.split_at(self.tables.blobs.data.len());
        let Tables { fbb, blobs, buffers, large: operators } = &mut self.tables;
        let (whole, head) = fbb.mut_finished_buffer();
        let bytes = &mut whole[head..];
        for ((&start, &table), data) in constants.iter().zip(&*buffers).zip(&blobs.data) {
            let table = bytes.len() - table as usize;
            if self.external {
                put(bytes, table, Buffer::VT_OFFSET, &(start as u64).to_le_bytes());
                put(bytes, table, Buffer::VT_SIZE_, &(data.len() as u64).to_le_bytes());
            } else {
                let field = field(bytes, table, Buffer::VT_DATA);
                put(bytes, table, Buffer::VT_DATA, &((start - 4 - field) as u32).to_le_bytes());
            }
        }
        for (&start, (table, data)) in large.iter().zip(&*operators) {
            let table = bytes.len() - *table as usize;
            put(bytes, table, Operator::VT_LARGE_CUSTOM_OPTIONS_OFFSET, &(start as u64).to_le_bytes());
            put(bytes, table, Operator::VT_LARGE_CUSTOM_OPTIONS_SIZE, &(data.len() as u64).to_le_bytes());
        }
    }
}

/// Where `data` may start after `end`, with room for its length. What is large and comes from a file starts at the
/// same place in a page as it does there: the system then copies whole pages, twice as fast.
fn start(end: usize, data: &Data, external: bool) -> usize {
    let room = if external { 0 } else { 4 };
    let start = (end + room).next_multiple_of(ALIGNMENT);
    match data {
        Data::Mapped { range, .. } if range.len() >= LARGE && range.start % ALIGNMENT == 0 => {
            start + (range.start % PAGE + PAGE - start % PAGE) % PAGE
        }
        _ => start,
    }
}

fn put(bytes: &mut [u8], table: usize, slot: u16, value: &[u8]) {
    let at = field(bytes, table, slot);
    bytes[at..at + value.len()].copy_from_slice(value);
}

/// Where the field in `slot` of the table at `table` lies; the builder has put it there.
fn field(bytes: &[u8], table: usize, slot: u16) -> usize {
    let slot = usize::from(slot);
    let vtable = vtable(bytes, table);
    table + usize::from(u16::from_le_bytes([vtable[slot], vtable[slot + 1]]))
}

/// The vtable of a table that the builder wrote.
pub(super) fn vtable(bytes: &[u8], table: usize) -> &[u8] {
    let back: [u8; 4] = std::array::from_fn(|i| bytes[table + i]);
    let at = (table as i64 - i64::from(i32::from_le_bytes(back))) as usize;
    let length = u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    &bytes[at..at + usize::from(length)]
}
