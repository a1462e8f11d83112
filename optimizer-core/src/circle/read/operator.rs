//! Reading operators: code, operands, options.
//!
//! Invariant: operators are known ones, and every index of theirs exists.

use super::fields::Tables;
use super::tensor::known_or;
use super::{GraphReader, Result, value_ids};
use crate::circle::error::{Fault, Place};
use crate::circle::flexbuffer::FlexMap;
use crate::circle::schema::{self, OperatorCode, OperatorT};
use crate::ir::{Graph, OpCode, Operator, StoredOperator, ValueId};
use crate::op::{self, Description, Options};
use std::sync::Arc;

/// One entry of the file's list of operator codes.
pub(super) struct Code {
    code: OpCode,
    custom: Option<Arc<str>>,
    version: i32,
}

pub(super) fn read_codes(tables: &Tables, file: &schema::Model) -> Result<Vec<Code>> {
    let codes = file.operator_codes().unwrap_or_default();
    codes
        .iter()
        .enumerate()
        .map(|(index, table)| read_code(tables, &table, Place::OperatorCode(index)))
        .collect()
}

fn read_code(tables: &Tables, table: &OperatorCode, place: Place) -> Result<Code> {
    tables.check("OperatorCode", table._tab, &place)?;
    let code = resolve(table.builtin_code(), table.deprecated_builtin_code());
    known_or(code.variant_name().is_some(), "operator", code.0.into(), &place)?;
    let custom = table.custom_code().map(Arc::from);
    if code == OpCode::CUSTOM && custom.is_none() {
        return Err(place.error(Fault::Missing("the name of a custom operator")));
    }
    Ok(Code { code, custom, version: table.version() })
}

/// The larger of the two fields, as TFLite takes it; circle's own negative codes count as larger.
fn resolve(code: OpCode, deprecated: i8) -> OpCode {
    let deprecated = OpCode(deprecated.into());
    match (code.0, deprecated.0) {
        (..0, _) => code,
        (0, ..0) => deprecated,
        _ => code.max(deprecated),
    }
}

impl GraphReader<'_> {
    pub(super) fn read_operators(&mut self, graph: &mut Graph, table: &schema::SubGraph) -> Result<()> {
        for (index, table) in table.operators().into_iter().flatten().enumerate() {
            let place = Place::Operator { graph: self.graph, index, kind: String::new() };
            let (code, custom, version) =
                self.code(&table, &place).map_err(|error| error.naming(&place, "of unknown kind"))?;
            let mut op = Operator::new(code, Options::default(), Vec::new(), Vec::new());
            op.position = index as u32;
            (op.custom, op.version) = (custom, version);
            let read = self.read_operator(graph, &mut op, &table, &place);
            read.map_err(|error| error.naming(&place, op.name()))?;
            graph.add_op(op);
        }
        Ok(())
    }

    fn read_operator(
        &mut self,
        graph: &Graph,
        op: &mut Operator,
        table: &schema::Operator,
        place: &Place,
    ) -> Result<()> {
        self.check_operator(table, place)?;
        let results = value_ids(graph, table.outputs(), "result tensor", place)?;
        self.claim(graph, &results, op.position as usize)?;
        op.set_values(optional_ids(graph, table.inputs(), "operand tensor", place)?, results);
        self.read_rest(graph, op, table, place)
    }

    fn code(&self, table: &schema::Operator, place: &Place) -> Result<(OpCode, Option<Arc<str>>, i32)> {
        let index = table.opcode_index();
        match self.codes.get(index as usize) {
            Some(code) => Ok((code.code, code.custom.clone(), code.version)),
            None => {
                let count = self.codes.len();
                Err(place.error(Fault::Index { what: "operator code", index: index.into(), count }))
            }
        }
    }

    fn check_operator(&self, table: &schema::Operator, place: &Place) -> Result<()> {
        self.tables.check("Operator", table._tab, place)?;
        let kind = table.builtin_options_type();
        self.check_union(kind.variant_name(), kind.0, || table.builtin_options(), "options table", place)?;
        let kind = table.builtin_options_2_type();
        self.check_union(
            kind.variant_name(),
            kind.0,
            || table.builtin_options_2(),
            "second options table",
            place,
        )
    }

    /// Refuses results that something else computes or gives.
    fn claim(&self, graph: &Graph, results: &[ValueId], operator: usize) -> Result<()> {
        for (at, &id) in results.iter().enumerate() {
            let value = graph.value(id);
            let index = id.0 as usize;
            let place = || Place::Tensor { graph: self.graph, index, name: value.name.clone() };
            let first = value.producer().map(|(op, _)| graph.op(op).position as usize);
            let first = first.or_else(|| results[..at].contains(&id).then_some(operator));
            if let Some(first) = first {
                return Err(place().error(Fault::TwoProducers(first, operator)));
            }
            let given = [(value.is_input(), "a graph input"), (value.data.is_some(), "a constant")];
            if let Some(&(_, what)) = given.iter().find(|(given, _)| *given) {
                return Err(place().error(Fault::Produced { what, operator }));
            }
        }
        Ok(())
    }

    fn read_rest(
        &mut self,
        graph: &Graph,
        op: &mut Operator,
        table: &schema::Operator,
        place: &Place,
    ) -> Result<()> {
        let OperatorT { builtin_options, builtin_options_2, .. } = table.unpack();
        op.options = Options(builtin_options, builtin_options_2);
        self.check_subgraphs(op, place)?;
        let intermediates = match table.intermediates() {
            Some(_) => Some(optional_ids(graph, table.intermediates(), "intermediate tensor", place)?),
            None => None,
        };
        let large = table.large_custom_options_offset() > 1;
        let large = large.then(|| {
            let (offset, size) = (table.large_custom_options_offset(), table.large_custom_options_size());
            self.buffers.large(offset, size, place)
        });
        let stored = StoredOperator {
            custom_options: table.custom_options().map(|bytes| bytes.bytes().to_vec()),
            custom_options_format: table.custom_options_format().0,
            large_custom_options: large.transpose()?,
            mutating_variable_inputs: table.mutating_variable_inputs().map(|all| all.iter().collect()),
            intermediates,
            debug_metadata_index: table.debug_metadata_index(),
            null_options: null_options(table),
        };
        if let Some((description, options)) = recognize(op, &stored) {
            (op.known, op.options) = (Some(description), options);
        }
        op.stored = (stored != StoredOperator::default()).then(|| Box::new(stored));
        Ok(())
    }

    /// Refuses calls of subgraphs that do not exist.
    fn check_subgraphs(&self, op: &Operator, place: &Place) -> Result<()> {
        let count = self.graphs;
        let missing = op
            .options
            .subgraphs()
            .into_iter()
            .find(|&index| usize::try_from(index).map_or(true, |at| at >= count));
        match missing {
            Some(index) => Err(place.error(Fault::Index { what: "subgraph", index, count })),
            None => Ok(()),
        }
    }
}

/// What a custom operator is and its options, if the file says that in the usual places and nothing besides.
fn recognize(op: &Operator, stored: &StoredOperator) -> Option<(&'static Description, Options)> {
    let name = op.custom.as_ref().filter(|_| op.code == OpCode::CUSTOM)?;
    let usual =
        op.options.is_none() && stored.null_options == [false; 2] && stored.large_custom_options.is_none();
    let description =
        op::custom::ALL.iter().find(|d| d.custom.is_some_and(|foreign| foreign.name == &**name))?;
    let takes = description.operands.is_empty() || description.operands.len() == op.operands().len();
    (usual && takes && op.operands().iter().all(Option::is_some)).then_some(())?;
    let map = FlexMap::read(stored.custom_options.as_deref().unwrap_or_default())?;
    Some((description, (description.custom?.options)(&map)?))
}

/// For each union, whether it has a type and no table. One without a type is not followed: nobody has checked its offset.
fn null_options(table: &schema::Operator) -> [bool; 2] {
    [
        table.builtin_options_type().0 != 0 && table.builtin_options().is_none(),
        table.builtin_options_2_type().0 != 0 && table.builtin_options_2().is_none(),
    ]
}

/// Like [`value_ids`], where -1 stands for an absent operand.
fn optional_ids(
    graph: &Graph,
    indices: Option<flatbuffers::Vector<'_, i32>>,
    what: &'static str,
    place: &Place,
) -> Result<Vec<Option<ValueId>>> {
    let indices = indices.into_iter().flatten();
    let id = |index: i32| match index {
        -1 => Ok(None),
        _ => super::value_id(graph, index.into(), what, place).map(Some),
    };
    indices.map(id).collect()
}
