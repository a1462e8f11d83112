//! Option tables that differ from a given one in a single field.
//!
//! Invariant: knows no table by name; a table is written out in full, one field is disturbed, and it is read back.

use crate::circle::schema::{Operator, OperatorT};
use crate::op::Options;
use flatbuffers::FlatBufferBuilder;

/// Every table that differs from `options` in one scalar field, with the field's number.
pub fn neighbours(options: &Options) -> Vec<(usize, Options)> {
    let bytes = written(options);
    let Some(table) = table_at(&bytes) else { return Vec::new() };
    let fields = fields(&bytes, table);
    // The next number, one far away, and -1, which is an axis counted from the end.
    let disturbed =
        fields.into_iter().flat_map(|field| [[1, 0, 0, 0], [0, 0, 0, 0x40], [0xff; 4]].map(|by| (field, by)));
    let read = |((field, at), by): ((usize, usize), [u8; 4])| {
        let mut bytes = bytes.clone();
        match by {
            [0xff, ..] => bytes.get_mut(at..at + 4)?.fill(0xff),
            _ => bytes.iter_mut().skip(at).zip(by).for_each(|(byte, bit)| *byte ^= bit),
        }
        let changed = read(&bytes)?;
        (changed != *options && in_range(&changed)).then_some((field, changed))
    };
    disturbed.filter_map(read).collect()
}

/// An enum read back with a number it does not have would be no neighbour but a broken file.
fn in_range(options: &Options) -> bool {
    !options.to_string().contains("UNKNOWN")
}

fn written(options: &Options) -> Vec<u8> {
    let Options(one, two) = options.clone();
    let operator = OperatorT { builtin_options: one, builtin_options_2: two, ..OperatorT::default() };
    let mut b = FlatBufferBuilder::new();
    b.force_defaults(true);
    let root = operator.pack(&mut b);
    b.finish_minimal(root);
    b.finished_data().to_vec()
}

fn read(bytes: &[u8]) -> Option<Options> {
    let operator = flatbuffers::root::<Operator>(bytes).ok()?.unpack();
    Some(Options(operator.builtin_options, operator.builtin_options_2))
}

/// Where the table of options lies.
fn table_at(bytes: &[u8]) -> Option<usize> {
    let operator = flatbuffers::root::<Operator>(bytes).ok()?;
    let table = operator.builtin_options().or_else(|| operator.builtin_options_2())?;
    Some(table.loc())
}

/// The fields of a table by number, and where each lies.
fn fields(bytes: &[u8], table: usize) -> Vec<(usize, usize)> {
    let i32_at = |at: usize| Some(i32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let u16_at = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?) as usize);
    let vtable = i32_at(table).map_or(0, |back| (table as i64 - i64::from(back)) as usize);
    let count = u16_at(vtable).map_or(0, |size| size.saturating_sub(4) / 2);
    let field = |i: usize| Some((i, table + u16_at(vtable + 4 + 2 * i).filter(|&offset| offset > 0)?));
    (0..count).filter_map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circle::schema::{FullyConnectedOptionsT, SoftmaxOptionsT};
    use crate::op::OptionsTable;

    #[test]
    fn every_field_gets_a_neighbour() {
        let found: Vec<_> = neighbours(&FullyConnectedOptionsT::default().wrap());
        let tables: Vec<FullyConnectedOptionsT> = found.iter().map(|(_, o)| o.table()).collect();
        assert!(tables.iter().any(|t| t.keep_num_dims));
        assert!(tables.iter().any(|t| t.asymmetric_quantize_inputs));
        let beta: Vec<f32> = neighbours(&SoftmaxOptionsT { beta: 1.0 }.wrap())
            .iter()
            .map(|(_, o)| o.table::<SoftmaxOptionsT>().beta)
            .collect();
        assert!(beta.iter().any(|b| (b - 1.0).abs() > 0.5));
    }
}
