//! Operator tables and the list of operator codes.
//!
//! Invariant: each combination of code, custom name and version is listed once, in order of first use.

use super::builder::Builder;
use super::numbers::Numbers;
use super::tables::LargeOptions;
use crate::circle::schema::{self, CustomOptionsFormat, OperatorArgs, OperatorCode, OperatorCodeArgs};
use crate::ir::{OpCode, Operator, StoredOperator};
use crate::op::Options;
use flatbuffers::{FlatBufferBuilder, UnionWIPOffset, WIPOffset};
use foldhash::HashMap;

type Tables = FlatBufferBuilder<'static>;
type Union = WIPOffset<UnionWIPOffset>;

/// The operator codes of a file.
#[derive(Default)]
pub(super) struct Codes<'a> {
    list: Vec<(OpCode, Option<&'a str>, i32)>,
    index: HashMap<(OpCode, Option<&'a str>, i32), u32>,
}

impl<'a> Codes<'a> {
    fn index(&mut self, op: &'a Operator) -> u32 {
        let key = (op.code, op.custom.as_deref(), op.version);
        let Codes { list, index } = self;
        *index.entry(key).or_insert_with(|| {
            list.push(key);
            list.len() as u32 - 1
        })
    }

    pub(super) fn tables(&self, fbb: &mut Builder) -> Vec<WIPOffset<OperatorCode<'static>>> {
        self.list.iter().map(|&(code, custom, version)| code_table(fbb, code, custom, version)).collect()
    }
}

fn code_table(
    fbb: &mut Builder,
    builtin_code: OpCode,
    custom: Option<&str>,
    version: i32,
) -> WIPOffset<OperatorCode<'static>> {
    let custom_code = custom.map(|name| fbb.create_string(name));
    // Old readers know this byte alone; 127 sends them to the other field. Circle's own codes are negative in both.
    let deprecated_builtin_code = builtin_code.0.clamp(i8::MIN.into(), i8::MAX.into()) as i8;
    OperatorCode::create(
        fbb,
        &OperatorCodeArgs { deprecated_builtin_code, custom_code, version, builtin_code },
    )
}

pub(super) fn operator<'a>(
    fbb: &mut Builder,
    op: &'a Operator,
    numbers: &Numbers,
    codes: &mut Codes<'a>,
    large: &mut LargeOptions<'a>,
) -> WIPOffset<schema::Operator<'static>> {
    let plain = StoredOperator::default();
    let stored = op.stored.as_deref();
    let data = stored.and_then(|stored| stored.large_custom_options.as_ref());
    let stored = stored.unwrap_or(&plain);
    // The options of a known custom operator are in its custom options, as they were read.
    let none = Options::default();
    let options = if op.known.is_some() { &none } else { &op.options };
    let [null, null_2] = stored.null_options;
    let inputs: Vec<i32> = op.operands().iter().map(|&id| numbers.optional(id)).collect();
    let outputs: Vec<i32> = op.results().iter().map(|&id| numbers.optional(Some(id))).collect();
    let intermediates = stored.intermediates.as_ref();
    let intermediates =
        intermediates.map(|ids| ids.iter().map(|&id| numbers.optional(id)).collect::<Vec<_>>());
    let args = OperatorArgs {
        opcode_index: codes.index(op),
        inputs: Some(fbb.ints(&inputs)),
        outputs: Some(fbb.ints(&outputs)),
        builtin_options_type: options.0.builtin_options_type(),
        builtin_options: unless_null(null, |fbb| options.0.pack(fbb), fbb),
        custom_options: stored.custom_options.as_ref().map(|bytes| fbb.create_vector(bytes)),
        custom_options_format: CustomOptionsFormat(stored.custom_options_format),
        mutating_variable_inputs: stored.mutating_variable_inputs.as_ref().map(|all| fbb.create_vector(all)),
        intermediates: intermediates.map(|all| fbb.ints(&all)),
        // Stand in for what the layout fills in.
        large_custom_options_offset: u64::from(data.is_some()),
        large_custom_options_size: u64::from(data.is_some()),
        builtin_options_2_type: options.1.builtin_options_2_type(),
        builtin_options_2: unless_null(null_2, |fbb| options.1.pack(fbb), fbb),
        debug_metadata_index: stored.debug_metadata_index,
    };
    let table = schema::Operator::create(fbb, &args);
    large.extend(data.map(|data| (table.value(), data)));
    table
}

/// An options table, or none if the file had none and a reader without it sees the same options.
fn unless_null(null: bool, pack: impl Fn(&mut Tables) -> Option<Union>, fbb: &mut Tables) -> Option<Union> {
    if null && is_default(&pack) { None } else { pack(fbb) }
}

/// Whether a table holds nothing but defaults.
fn is_default(pack: impl Fn(&mut Tables) -> Option<Union>) -> bool {
    let mut fbb = Tables::new();
    let Some(table) = pack(&mut fbb) else { return true };
    fbb.finish_minimal(table);
    let bytes = fbb.finished_data();
    super::layout::vtable(bytes, bytes.len() - table.value() as usize).len() == 4
}
