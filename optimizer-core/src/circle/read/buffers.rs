//! The buffers of a file: which bytes of the input each one is.
//!
//! Invariant: every range lies in the file, and two ranges are equal or disjoint.

use super::Result;
use super::fields::Tables;
use crate::circle::error::{Fault, Place};
use crate::circle::schema;
use crate::ir::{Data, Input};
use std::ops::Range;
use std::sync::Arc;

/// What the buffers hold, by buffer index.
pub(super) struct Buffers {
    input: Arc<Input>,
    data: Vec<Option<Data>>,
    /// Ranges that were handed out besides the buffers themselves.
    ranges: Vec<(Range<usize>, Place)>,
    /// Whether a buffer lies outside the tables.
    pub(super) external: bool,
}

impl Buffers {
    pub(super) fn read(input: &Arc<Input>, file: &schema::Model) -> Result<Buffers> {
        let mut buffers =
            Buffers { input: input.clone(), data: Vec::new(), ranges: Vec::new(), external: false };
        let tables = Tables::new(input.bytes());
        for (index, table) in file.buffers().into_iter().flatten().enumerate() {
            let place = Place::Buffer(index);
            tables.check("Buffer", table._tab, &place)?;
            let data = buffers.read_one(&table, place)?;
            buffers.data.push(data);
        }
        check_overlaps(&mut buffers.ranges)?;
        Ok(buffers)
    }

    fn read_one(&mut self, table: &schema::Buffer, place: Place) -> Result<Option<Data>> {
        // Writers put 1 into both fields where they mean to fill them in later.
        let external = table.offset() > 1;
        let range = match table.data() {
            Some(data) if external && !data.is_empty() => return Err(place.error(Fault::TwoPlaces)),
            Some(data) if !external => inside(self.input.bytes(), data.bytes()),
            _ if external => outside(self.input.bytes(), table.offset(), table.size_(), &place)?,
            _ => return Ok(None),
        };
        self.external |= external;
        Ok(Some(self.take(range, place)))
    }

    /// The bytes of an operator's large custom options.
    pub(super) fn large(&mut self, offset: u64, size: u64, place: &Place) -> Result<Data> {
        let range = outside(self.input.bytes(), offset, size, place)?;
        Ok(Data::Mapped { input: self.input.clone(), range })
    }

    fn take(&mut self, range: Range<usize>, place: Place) -> Data {
        if !range.is_empty() {
            self.ranges.push((range.clone(), place));
        }
        Data::Mapped { input: self.input.clone(), range }
    }

    /// The content of buffer `index`; `None` where it has none.
    pub(super) fn get(&self, index: i64, place: &Place) -> Result<Option<Data>> {
        let at = usize::try_from(index).ok().and_then(|at| self.data.get(at));
        at.cloned().ok_or_else(|| place.error(Fault::Index { what: "buffer", index, count: self.data.len() }))
    }

    /// Like [`Buffers::get`], with the bytes at an address that `alignment` divides.
    pub(super) fn get_aligned(
        &mut self,
        index: i64,
        alignment: usize,
        place: &Place,
    ) -> Result<Option<Data>> {
        let data = self.get(index, place)?;
        let aligned = data.map(|data| match data.key().0 % alignment {
            0 => data,
            _ => Data::aligned(data.bytes()),
        });
        if let (Some(data), Ok(at)) = (&aligned, usize::try_from(index)) {
            self.data[at] = Some(data.clone());
        }
        Ok(aligned)
    }
}

/// Where `part` lies in `whole`.
fn inside(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr() as usize - whole.as_ptr() as usize;
    start..start + part.len()
}

fn outside(whole: &[u8], offset: u64, size: u64, place: &Place) -> Result<Range<usize>> {
    let end = offset.saturating_add(size);
    match (usize::try_from(offset), usize::try_from(end)) {
        (Ok(start), Ok(end)) if end <= whole.len() => Ok(start..end),
        _ => Err(place.error(Fault::OutsideFile { start: offset, end, len: whole.len() })),
    }
}

fn check_overlaps(ranges: &mut [(Range<usize>, Place)]) -> Result<()> {
    ranges.sort_by_key(|(range, _)| (range.start, range.end));
    let clash = ranges.windows(2).find(|pair| pair[0].0 != pair[1].0 && pair[0].0.end > pair[1].0.start);
    match clash {
        Some([(_, first), (_, second)]) => {
            let first = first.to_string();
            Err(second.error(Fault::Overlap(first.trim_end_matches(": ").to_owned())))
        }
        _ => Ok(()),
    }
}
