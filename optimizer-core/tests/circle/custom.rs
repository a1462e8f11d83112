//! Custom operators: what is known of them, and that their options come back as they were.

use crate::files::{add_relu, meaning, operator, pack, read, write};
use optimizer_core::circle::schema::*;
use optimizer_core::op::is_pure;

/// `{adj_x: true, adj_y: false, T: 0}`.
const ADJOINT: &[u8] = b"adj_x\0adj_y\0T\0\x03\x03\x10\x0b\x03\x01\x03\0\x01\0\x04hh\x06$\x01";

/// [`add_relu`] with its addition being a custom operator.
fn custom(name: &str, options: Option<&[u8]>) -> ModelT {
    let mut model = add_relu();
    let code = &mut model.operator_codes.as_mut().expect("it has codes")[0];
    code.builtin_code = BuiltinOperator::CUSTOM;
    code.deprecated_builtin_code = BuiltinOperator::CUSTOM.0 as i8;
    code.custom_code = Some(name.into());
    let op = operator(&mut model, 0);
    op.builtin_options = BuiltinOptionsT::NONE;
    op.custom_options = options.map(<[u8]>::to_vec);
    model
}

/// What the operator is known as, and its options as text; it is written as it was read.
fn known(model: &ModelT) -> Option<(&'static str, String)> {
    let bytes = pack(model);
    let read = read(&bytes).expect("it is sound");
    assert_eq!(meaning(&bytes), meaning(&write(&read)));
    let (_, op) = read.graphs[0].ops().next().expect("it has operators");
    assert_eq!(is_pure(&read.graphs[0], op), op.known.is_some());
    op.known.map(|description| (description.name, op.options.to_string()))
}

#[test]
fn known_operators_have_their_options() {
    assert_eq!(known(&custom("AddV2", None)), Some(("CustomAddV2", String::new())));
    let (name, options) = known(&custom("BatchMatMulV2", Some(ADJOINT))).expect("it is known");
    assert_eq!(name, "CustomBatchMatMulV2");
    assert!(options.contains("adj_x: true, adj_y: false"), "{options}");
}

#[test]
fn what_says_more_than_is_known_is_opaque() {
    assert_eq!(known(&custom("AddV3", None)), None);
    assert_eq!(known(&custom("AddV2", Some(&[1, 2, 3]))), None);
    assert_eq!(known(&custom("MaxPoolWithArgmax", Some(ADJOINT))), None);
    let mut other = custom("BatchMatMulV2", Some(ADJOINT));
    operator(&mut other, 0).builtin_options = BuiltinOptionsT::BatchMatMulOptions(Box::default());
    assert_eq!(known(&other), None);
    let mut third = custom("AddV2", None);
    operator(&mut third, 0).inputs = Some(vec![0, 1, 1]);
    assert_eq!(known(&third), None);
}
