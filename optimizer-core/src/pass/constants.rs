//! Equal constants are stored once.
//!
//! Invariant: constants merge only if type, quantization and every byte agree.

use crate::ir::{Data, Graph, Model, Value, ValueId};
use std::collections::HashMap;

/// Bytes at each end that tell most unequal constants apart without reading them whole.
const SAMPLE: usize = 64;

/// What two constants must share before they are compared in full.
type Key = (i8, Option<crate::ir::Shape>, usize, Vec<u8>);

/// Merges equal constants within each graph, and lets those of different graphs share their bytes.
/// Gives how many constants went.
pub fn merge_equal_constants(model: &mut Model) -> usize {
    let mut shared: HashMap<(usize, Vec<u8>), Vec<Data>> = HashMap::new();
    model.graphs.iter_mut().map(|graph| merge(graph) + share(graph, &mut shared)).sum()
}

fn merge(graph: &mut Graph) -> usize {
    let pairs = equal_constants(graph);
    pairs.iter().for_each(|&(old, new)| graph.redirect(old, new));
    pairs.len()
}

/// Constants that equal an earlier one, with that; none of them is a graph output.
pub(super) fn equal_constants(graph: &Graph) -> Vec<(ValueId, ValueId)> {
    let mut first: HashMap<Key, Vec<ValueId>> = HashMap::new();
    let mut pairs = Vec::new();
    for (id, value) in graph.values().filter(|(_, v)| v.is_const() && !v.uses().is_empty() && !v.is_input()) {
        let seen = first.entry(key(value)).or_default();
        match seen.iter().find(|&&earlier| is_equal(graph.value(earlier), value)) {
            Some(&earlier) if !value.is_output() => pairs.push((id, earlier)),
            _ => seen.push(id),
        }
    }
    pairs
}

fn key(value: &Value) -> Key {
    let data = value.data.as_ref().expect("constants have data");
    (value.ty.dtype.0, value.ty.shape.clone(), data.len(), sample(data))
}

fn sample(data: &Data) -> Vec<u8> {
    let bytes = data.bytes();
    let ends = bytes.iter().take(SAMPLE).chain(bytes.iter().rev().take(SAMPLE));
    ends.copied().collect()
}

fn is_equal(a: &Value, b: &Value) -> bool {
    let bytes = |v: &Value| v.data.clone().expect("constants have data");
    a.ty == b.ty
        && a.quant == b.quant
        && (bytes(a).is_same(&bytes(b)) || bytes(a).bytes() == bytes(b).bytes())
}

/// Lets equal stretches of bytes be one buffer, whatever their values' types; gives how many buffers went.
fn share(graph: &mut Graph, shared: &mut HashMap<(usize, Vec<u8>), Vec<Data>>) -> usize {
    let constants = graph.values().filter(|(_, v)| v.data.is_some() && !v.is_unused() && !v.variable);
    let ids: Vec<ValueId> = constants.map(|(id, _)| id).collect();
    let mut merged = 0;
    for id in ids {
        let Some(data) = graph.value(id).data.clone() else { continue };
        let seen = shared.entry((data.len(), sample(&data))).or_default();
        let aligned = graph.value(id).ty.dtype.bytes().unwrap_or(1);
        let fits = |other: &&Data| other.key().0.is_multiple_of(aligned) && other.bytes() == data.bytes();
        match seen.iter().find(|other| other.is_same(&data) || fits(other)) {
            Some(other) if !other.is_same(&data) => {
                graph.value_mut(id).data = Some(other.clone());
                merged += 1;
            }
            Some(_) => {}
            None => seen.push(data),
        }
    }
    merged
}
