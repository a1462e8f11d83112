//! The tables of circle 0.10, and how many fields each has.
//!
//! Invariant: `generated` comes from `schema/circle.fbs` by `schema/generate.sh` and is never edited by hand.

#[rustfmt::skip]
mod generated;

pub use generated::*;

/// Bytes of the vtable that has every field of `table`; `None` for names that are no table.
pub fn vtable_bytes(table: &str) -> Option<u16> {
    let at = VTABLE_BYTES.binary_search_by_key(&table, |(name, _)| name).ok()?;
    Some(VTABLE_BYTES[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_known_by_name() {
        assert!(VTABLE_BYTES.is_sorted());
        assert_eq!(vtable_bytes("Tensor"), Some(Tensor::VT_COMPRESSION_TYPE + 2));
        assert_eq!(vtable_bytes("PadOptions"), Some(4));
        assert_eq!(vtable_bytes("Padding"), None);
        for options in (0..=255).filter_map(|n| BuiltinOptions(n).variant_name()).skip(1) {
            assert!(vtable_bytes(options).is_some(), "{options}");
        }
    }
}
