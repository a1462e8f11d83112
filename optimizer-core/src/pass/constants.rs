//! Equal constants are stored once.
//!
//! Invariant: constants merge only if type, quantization and every byte agree.

use crate::ir::buckets::Buckets;
use crate::ir::{Data, Graph, Model, Value, ValueId};

/// Bytes at each end that tell most unequal large constants apart without reading them whole.
const SAMPLE: usize = 2048;

/// Merges equal constants within each graph, and lets those of different graphs share their bytes.
/// Gives how many constants went.
pub fn merge_equal_constants(model: &mut Model) -> usize {
    let mut shared = Shared { places: Buckets::new(), data: Vec::new() };
    model.graphs.iter_mut().map(|graph| merge(graph) + share(graph, &mut shared)).sum()
}

fn merge(graph: &mut Graph) -> usize {
    let pairs = equal_constants(graph);
    pairs.iter().for_each(|&(old, new)| graph.redirect(old, new));
    pairs.len()
}

/// Constants that equal an earlier one, with that; none of them is a graph output.
pub(super) fn equal_constants(graph: &Graph) -> Vec<(ValueId, ValueId)> {
    let mut first = Buckets::new();
    let mut pairs = Vec::new();
    for (id, value) in graph.values().filter(|(_, v)| v.is_const() && !v.uses().is_empty() && !v.is_input()) {
        let hash = first.hash((value.ty.dtype.0, &value.ty.shape, sample(content(value))));
        match first.find(hash, |earlier| is_equal(graph.value(earlier), value)) {
            Some(earlier) if !value.is_output() => pairs.push((id, earlier)),
            _ => first.add(hash, id),
        }
    }
    pairs
}

fn content(value: &Value) -> &Data {
    value.data.as_ref().expect("constants have data")
}

/// The length and both ends of the bytes.
fn sample(data: &Data) -> (usize, &[u8], &[u8]) {
    let bytes = data.bytes();
    let (first, rest) = bytes.split_at(bytes.len().min(SAMPLE));
    (bytes.len(), first, &rest[rest.len().saturating_sub(SAMPLE)..])
}

fn is_equal(a: &Value, b: &Value) -> bool {
    a.ty == b.ty && a.quant == b.quant && content(a) == content(b)
}

/// Stretches of bytes that no other one equals.
struct Shared {
    places: Buckets<usize>,
    data: Vec<Data>,
}

/// Lets equal stretches of bytes be one buffer, whatever their values' types; gives how many buffers went.
fn share(graph: &mut Graph, shared: &mut Shared) -> usize {
    let constants = graph.values().filter(|(_, v)| v.data.is_some() && !v.is_unused() && !v.variable);
    let ids: Vec<ValueId> = constants.map(|(id, _)| id).collect();
    let mut merged = 0;
    for id in ids {
        let Some(data) = graph.value(id).data.clone() else { continue };
        let hash = shared.places.hash(sample(&data));
        let aligned = graph.value(id).ty.dtype.bytes().unwrap_or(1);
        let fits = |other: &Data| other.key().0.is_multiple_of(aligned) && other.bytes() == data.bytes();
        let found = shared.places.find(hash, |at: usize| {
            let other = &shared.data[at];
            other.is_same(&data) || fits(other)
        });
        match found.map(|at| &shared.data[at]) {
            Some(other) if !other.is_same(&data) => {
                graph.value_mut(id).data = Some(other.clone());
                merged += 1;
            }
            Some(_) => {}
            None => {
                shared.places.add(hash, shared.data.len());
                shared.data.push(data);
            }
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circle::schema::QuantizationParametersT;
    use crate::ir::{DType, Type};
    use crate::op::{Neg, Op};

    /// One reader for each constant of two floats.
    fn graph(constants: &[[f32; 2]]) -> Graph {
        let (mut graph, ty) = (Graph::default(), Type::fixed(DType::F32, &[2]));
        for (i, elements) in constants.iter().enumerate() {
            let c = Value::constant(format!("c{i}"), ty.clone(), Data::of(elements.to_vec()));
            let (c, y) = (graph.add_value(c), graph.add_value(Value::new(format!("y{i}"), ty.clone())));
            let options = (Neg::DESCRIPTION.options)();
            graph.add_op(crate::ir::Operator::of(Neg::DESCRIPTION, options, vec![Some(c)], vec![y]));
            graph.add_output(y);
        }
        graph
    }

    fn read(graph: &Graph) -> Vec<ValueId> {
        graph.ops().filter_map(|(_, op)| op.operands()[0]).collect()
    }

    #[test]
    fn constants_are_equal_by_every_byte_and_by_what_it_means() {
        let nan = f32::NAN;
        let mut graph = graph(&[[nan, 1.0], [nan, 1.0], [1.0, nan], [0.0, 1.0], [-0.0, 1.0], [0.0, 1.0]]);
        let last = *read(&graph).last().unwrap();
        let along = |axis| QuantizationParametersT { quantized_dimension: axis, ..Default::default() };
        graph.value_mut(last).quant = Some(Box::new(along(1)));
        assert_eq!(merge(&mut graph), 1);
        let v = read(&graph);
        assert_eq!(v[0], v[1]);
        assert_eq!(v[1..].iter().collect::<std::collections::BTreeSet<_>>().len(), 5);
    }

    #[test]
    fn merging_again_finds_nothing_and_touches_nothing() {
        let mut model = Model { graphs: vec![graph(&[[1.0, 2.0]; 3]); 2], ..Model::default() };
        assert!(merge_equal_constants(&mut model) > 0);
        for graph in &mut model.graphs {
            let gone = graph.values().filter(|(_, v)| v.is_unused() && v.is_const());
            let gone: Vec<ValueId> = gone.map(|(id, _)| id).collect();
            gone.into_iter().for_each(|v| graph.drop_value(v));
        }
        assert_eq!(merge_equal_constants(&mut model), 0);
        assert!(model.graphs.iter().all(|graph| read(graph).iter().all(|&v| v == read(graph)[0])));
    }
}
