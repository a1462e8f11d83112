//! Reading a FlexBuffer map, in which custom operators keep their options.
//!
//! Invariant: any bytes are read without a panic; what lies outside of them or is of another kind is `None`.
//! Format: <https://flatbuffers.dev/flatbuffers_internals/#flexbuffers>.

/// A map from names to scalars, strings and lists of integers.
#[derive(Clone, Copy, Debug)]
pub struct FlexMap<'a> {
    bytes: &'a [u8],
    /// Where the values start and how wide they are; `None` for a map without entries.
    values: Option<(usize, usize)>,
}

/// One value: where it or the offset to it lies, how wide that is, and its packed type.
#[derive(Clone, Copy)]
struct Slot<'a> {
    bytes: &'a [u8],
    at: usize,
    width: usize,
    packed: u8,
}

/// The kinds of values that options have, by their number in the format.
mod kind {
    pub(super) const INT: u8 = 1;
    pub(super) const UINT: u8 = 2;
    pub(super) const STRING: u8 = 5;
    pub(super) const INDIRECT_INT: u8 = 6;
    pub(super) const INDIRECT_UINT: u8 = 7;
    pub(super) const MAP: u8 = 9;
    pub(super) const VECTOR: u8 = 10;
    pub(super) const VECTOR_INT: u8 = 11;
    pub(super) const VECTOR_UINT: u8 = 12;
    pub(super) const BOOL: u8 = 26;
}

impl<'a> FlexMap<'a> {
    /// The map that the bytes hold; no bytes are a map without entries.
    pub fn read(bytes: &'a [u8]) -> Option<FlexMap<'a>> {
        let [rest @ .., packed, width] = bytes else {
            return bytes.is_empty().then_some(FlexMap { bytes, values: None });
        };
        let width = usize::from(*width);
        let root = Slot { bytes, at: rest.len().checked_sub(width)?, width, packed: *packed };
        (root.kind() == kind::MAP).then_some(())?;
        let map = FlexMap { bytes, values: Some((root.target()?, root.inner_width())) };
        map.len().map(|_| map)
    }

    /// A truth value, `default` if the map lacks it.
    pub fn bool(&self, name: &str, default: bool) -> Option<bool> {
        match self.find(name)? {
            None => Some(default),
            Some(slot) => (slot.kind() == kind::BOOL).then(|| slot.unsigned())?.map(|n| n != 0),
        }
    }

    /// An integer, `default` if the map lacks it.
    pub fn int(&self, name: &str, default: i64) -> Option<i64> {
        self.find(name)?.map_or(Some(default), Slot::int)
    }

    /// A list of integers that the map must have.
    pub fn ints(&self, name: &str) -> Option<Vec<i64>> {
        self.find(name)??.ints()
    }

    /// A text that the map must have.
    pub fn str(&self, name: &str) -> Option<&'a str> {
        self.find(name)??.str()
    }

    fn len(&self) -> Option<usize> {
        let Some((start, width)) = self.values else { return Some(0) };
        length(self.bytes, start, width)
    }

    /// The value of a name, if the map is sound; the inner `None` says that it lacks the name.
    fn find(&self, name: &str) -> Option<Option<Slot<'a>>> {
        let Some((start, width)) = self.values else { return Some(None) };
        let keys_width = unsigned(self.bytes, start.checked_sub(2 * width)?, width)?;
        let keys = start.checked_sub(3 * width).and_then(|at| followed(self.bytes, at, width))?;
        for i in 0..self.len()? {
            let key = followed(self.bytes, keys.checked_add(i.checked_mul(keys_width)?)?, keys_width)?;
            if terminated(self.bytes, key)? == name.as_bytes() {
                return element(self.bytes, start, width, self.len()?, i).map(Some);
            }
        }
        Some(None)
    }
}

impl<'a> Slot<'a> {
    fn kind(self) -> u8 {
        self.packed >> 2
    }

    /// How wide the elements or the length of what the slot points to are.
    fn inner_width(self) -> usize {
        1 << (self.packed & 3)
    }

    fn unsigned(self) -> Option<usize> {
        unsigned(self.bytes, self.at, self.width)
    }

    fn target(self) -> Option<usize> {
        followed(self.bytes, self.at, self.width)
    }

    fn int(self) -> Option<i64> {
        match self.kind() {
            kind::INT => signed(self.bytes, self.at, self.width),
            kind::UINT => self.unsigned()?.try_into().ok(),
            kind::INDIRECT_INT => signed(self.bytes, self.target()?, self.inner_width()),
            kind::INDIRECT_UINT => unsigned(self.bytes, self.target()?, self.inner_width())?.try_into().ok(),
            _ => None,
        }
    }

    fn ints(self) -> Option<Vec<i64>> {
        let (start, width) = (self.target()?, self.inner_width());
        let count = length(self.bytes, start, width)?;
        let packed = |kind: u8| {
            (0..count).map(move |i| Slot { at: start + i * width, width, packed: kind << 2, ..self })
        };
        match self.kind() {
            kind @ (kind::VECTOR_INT | kind::VECTOR_UINT) => {
                packed(kind - kind::VECTOR).map(Slot::int).collect()
            }
            kind::VECTOR => (0..count).map(|i| element(self.bytes, start, width, count, i)?.int()).collect(),
            _ => None,
        }
    }

    fn str(self) -> Option<&'a str> {
        let start = (self.kind() == kind::STRING).then(|| self.target())??;
        let length = unsigned(self.bytes, start.checked_sub(self.inner_width())?, self.inner_width())?;
        std::str::from_utf8(self.bytes.get(start..start.checked_add(length)?)?).ok()
    }
}

/// Element `i` of a vector of `count` elements with their types behind them.
fn element(bytes: &[u8], start: usize, width: usize, count: usize, i: usize) -> Option<Slot<'_>> {
    let packed = *bytes.get(start.checked_add(count.checked_mul(width)?)?.checked_add(i)?)?;
    Some(Slot { bytes, at: start + i * width, width, packed })
}

/// The length before a vector, if its elements lie within the bytes.
fn length(bytes: &[u8], start: usize, width: usize) -> Option<usize> {
    let count = unsigned(bytes, start.checked_sub(width)?, width)?;
    bytes.get(start..start.checked_add(count.checked_mul(width)?)?).map(|_| count)
}

/// Where the offset at `at` leads: so many bytes back.
fn followed(bytes: &[u8], at: usize, width: usize) -> Option<usize> {
    at.checked_sub(unsigned(bytes, at, width)?)
}

/// The bytes before the next zero.
fn terminated(bytes: &[u8], start: usize) -> Option<&[u8]> {
    let rest = bytes.get(start..)?;
    rest.get(..rest.iter().position(|&b| b == 0)?)
}

fn unsigned(bytes: &[u8], at: usize, width: usize) -> Option<usize> {
    little_endian(bytes, at, width)?.try_into().ok()
}

fn signed(bytes: &[u8], at: usize, width: usize) -> Option<i64> {
    let number = little_endian(bytes, at, width)?;
    let unused = 64 - 8 * width;
    Some((number << unused) as i64 >> unused)
}

fn little_endian(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    matches!(width, 1 | 2 | 4 | 8).then_some(())?;
    let number = bytes.get(at..at.checked_add(width)?)?;
    Some(number.iter().rev().fold(0, |n, &byte| n << 8 | u64::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOL: &[u8] = b"ksize\x00\x04\x01\x04\x04\x01strides\x00\x04\x01\x02\x02\x01Targmax\x00padding\x00\x04SAME\
        \x00include_batch_in_index\x00T\x00\x06\x031\x1cK,B\x06\x01\x06\x00\x02\x00M,B\x04\x04h,\x14,\x0c$\x01";

    #[test]
    fn values_are_found_by_name() {
        let map = FlexMap::read(POOL).unwrap();
        assert_eq!(map.ints("ksize"), Some(vec![1, 4, 4, 1]));
        assert_eq!(map.ints("strides"), Some(vec![1, 2, 2, 1]));
        assert_eq!(map.str("padding"), Some("SAME"));
        assert_eq!(map.int("Targmax", 4), Some(2));
        assert_eq!(map.bool("include_batch_in_index", true), Some(false));
        assert_eq!((map.bool("absent", true), map.int("absent", -3)), (Some(true), Some(-3)));
    }

    #[test]
    fn another_kind_is_no_value() {
        let map = FlexMap::read(POOL).unwrap();
        assert_eq!((map.bool("ksize", true), map.int("padding", 0), map.ints("padding")), (None, None, None));
        assert_eq!((map.str("absent"), map.ints("absent")), (None, None));
    }

    #[test]
    fn no_bytes_are_an_empty_map_and_few_are_none() {
        assert_eq!(FlexMap::read(&[]).unwrap().bool("x", true), Some(true));
        assert!(
            [&[0][..], &[1, 2], &[0, 0x24, 1], &[7; 9]]
                .into_iter()
                .all(|bytes| FlexMap::read(bytes).is_none())
        );
    }

    /// Every byte of a map may be any byte.
    #[test]
    fn no_bytes_make_it_panic() {
        let mut bytes = POOL.to_vec();
        for at in 0..bytes.len() {
            for byte in 0..=255 {
                bytes[at] = byte;
                let Some(map) = FlexMap::read(&bytes) else { continue };
                let _ = (map.ints("ksize"), map.str("padding"), map.int("Targmax", 0), map.bool("T", false));
            }
            bytes[at] = POOL[at];
        }
        for end in 0..bytes.len() {
            let _ = FlexMap::read(&bytes[..end]).map(|map| map.ints("strides"));
            let _ = FlexMap::read(&bytes[end..]).map(|map| map.ints("strides"));
        }
    }
}
