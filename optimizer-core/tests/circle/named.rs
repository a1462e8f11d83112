//! Computed values that nothing reads and no graph gives out, but that the file names in another place.

use crate::files::{add_relu, graph, meaning, operator, pack, read, tensor, write};
use optimizer_core::circle::schema::*;
use optimizer_core::pass::{merge_common_subexpressions, merge_equal_outputs, remove_dead_code};

/// [`add_relu`] with a second RELU, whose result `extra` is what `name` is about: tensor 4.
fn with_extra(name: impl Fn(&mut ModelT)) -> ModelT {
    let mut model = add_relu();
    let mut extra = tensor(&mut model, 3).clone();
    extra.name = Some("extra".into());
    let mut relu = operator(&mut model, 1).clone();
    relu.outputs = Some(vec![4]);
    graph(&mut model).tensors.as_mut().expect("it has tensors").push(extra);
    graph(&mut model).operators.as_mut().expect("it has operators").push(relu);
    name(&mut model);
    model
}

fn named_by_a_signature(model: &mut ModelT) {
    let outputs = Some(vec![table!(TensorMapT { name: Some("e".into()), tensor_index: 4 })]);
    model.signature_defs = Some(vec![table!(SignatureDefT { outputs: outputs })]);
}

fn named_as_scales(model: &mut ModelT) {
    let blocks = table!(BlockwiseQuantizationT { scales: 4, zero_points: -1, block_size: 2 });
    let details = QuantizationDetailsT::BlockwiseQuantization(Box::new(blocks));
    tensor(model, 1).quantization = Some(Box::new(table!(QuantizationParametersT { details: details })));
}

fn named_as_an_intermediate(model: &mut ModelT) {
    operator(model, 1).intermediates = Some(vec![4]);
}

#[test]
fn its_operator_is_neither_dead_nor_merged() {
    for name in [named_by_a_signature, named_as_scales, named_as_an_intermediate] {
        let bytes = pack(&with_extra(name));
        let mut model = read(&bytes).expect("it is sound");
        let changes =
            [remove_dead_code, merge_common_subexpressions, merge_equal_outputs].map(|pass| pass(&mut model));
        assert_eq!(changes, [0; 3]);
        assert_eq!(meaning(&write(&model)), meaning(&bytes));
    }
}

#[test]
fn a_constant_that_quantizes_another_is_not_dead() {
    let mut table = with_extra(named_as_scales);
    operator(&mut table, 2).outputs = Some(vec![3]);
    tensor(&mut table, 4).buffer = 1;
    graph(&mut table).operators.as_mut().expect("it has operators").remove(1);
    let bytes = pack(&table);
    let mut model = read(&bytes).expect("it is sound");
    assert_eq!(remove_dead_code(&mut model), 0);
    assert!(model.graphs[0].values().all(|(_, value)| !value.is_dropped()));
    assert_eq!(meaning(&write(&model)), meaning(&bytes));
}

#[test]
fn nameless_it_is_dead() {
    let mut model = read(&pack(&with_extra(|_| ()))).expect("it is sound");
    assert_eq!(remove_dead_code(&mut model), 2);
}
