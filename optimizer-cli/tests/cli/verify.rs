//! `circle-opt verify`.

use crate::program::{Folder, fixture, optimized};
use ndarray::{ArrayD, IxDyn};
use ndarray_npy::NpzWriter;
use optimizer_core::circle::schema::{AddOptionsT, QuantizationParametersT};
use optimizer_core::ir::{DType, Data, Graph, Model, OpCode, Operator, Type, Value};
use optimizer_core::op::{Options, OptionsTable};

#[test]
fn an_optimized_model_is_the_same() {
    let folder = Folder::new();
    let out = folder.file("out.circle", &optimized(&fixture("attention_head"), &[]));
    let table = circle_opt!("verify", &fixture("attention_head"), &out).good();
    assert!(table.contains("same") && !table.contains("DIFFERS"), "{table}");
}

#[test]
fn another_model_differs() {
    let run = circle_opt!("verify", &fixture("rotary_strided_slice"), &fixture("rotary_uneven"));
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(String::from_utf8_lossy(&run.stdout).contains("DIFFERS"));
}

/// The file of `y = x + by` over two floats.
fn shifted(by: [f32; 2]) -> Vec<u8> {
    let mut graph = Graph::default();
    let ty = Type::fixed(DType::F32, &[2]);
    let x = graph.add_input(Value::new("x", ty.clone()));
    let by = graph.add_value(Value::constant("by", ty.clone(), Data::of(by.to_vec())));
    let y = graph.add_value(Value::new("y", ty));
    let options = AddOptionsT::default().wrap();
    graph.add_op(Operator::new(OpCode::ADD, options, vec![Some(x), Some(by)], vec![y]));
    graph.add_output(y);
    file(graph)
}

/// The file of `y = op(x)` over bytes of scale 0.1.
fn quantized(op: OpCode) -> Vec<u8> {
    let mut graph = Graph::default();
    let bytes = |name: &str| {
        let mut value = Value::new(name, Type::fixed(DType::U8, &[64]));
        let mut quant = QuantizationParametersT::default();
        (quant.scale, quant.zero_point) = (Some(vec![0.1]), Some(vec![0]));
        value.quant = Some(Box::new(quant));
        value
    };
    let x = graph.add_input(bytes("x"));
    let y = graph.add_value(bytes("y"));
    graph.add_op(Operator::new(op, Options::default(), vec![Some(x)], vec![y]));
    graph.add_output(y);
    file(graph)
}

fn file(graph: Graph) -> Vec<u8> {
    let mut bytes = Vec::new();
    let model = Model { graphs: vec![graph], ..Model::default() };
    optimizer_core::circle::write(&model, &mut bytes).expect("a small model can be written");
    bytes
}

#[test]
fn each_output_tells_its_worst_difference_and_where() {
    let folder = Folder::new();
    let (a, b) =
        (folder.file("a.circle", &shifted([1.0, 1.0])), folder.file("b.circle", &shifted([1.0, 1.5])));
    let run = circle_opt!("verify", "--runs", "1", &a, &b);
    let table = String::from_utf8_lossy(&run.stdout).into_owned();
    assert_eq!(run.code, 1, "{}", run.stderr);
    let row = table.lines().find(|line| line.starts_with('y')).expect("the output has a row");
    assert!(row.contains("DIFFERS") && row.contains("[1]") && row.contains("5.0e-1"), "{table}");
    let relative: f64 = row.split_whitespace().last().and_then(|n| n.parse().ok()).expect("a number");
    assert!((0.05..0.5).contains(&relative), "half a unit of a result within 5: {table}");
    circle_opt!("verify", "--runs", "1", "--tolerance", &(relative * 1.1).to_string(), &a, &b).good();
    assert_eq!(
        circle_opt!("verify", "--runs", "1", "--tolerance", &(relative * 0.9).to_string(), &a, &b).code,
        1
    );
}

/// They differ only past 6, which is 60 as it is stored.
#[test]
fn quantized_inputs_cover_their_range() {
    let folder = Folder::new();
    let a = folder.file("a.circle", &quantized(OpCode::RELU));
    let b = folder.file("b.circle", &quantized(OpCode::RELU6));
    for runs in ["1", "2"] {
        assert_eq!(circle_opt!("verify", "--runs", runs, &a, &b).code, 1, "{runs}");
    }
    circle_opt!("verify", &a, &a).good();
}

#[test]
fn models_of_other_inputs_cannot_be_compared() {
    let run = circle_opt!("verify", &fixture("rotary_bias"), &fixture("attention_head"));
    assert!(run.fault(1).starts_with("cannot compare the models: "));
}

#[test]
fn inputs_are_signed_wide_and_at_the_edges() {
    let table = circle_opt!("verify", &fixture("rotary_bias"), &fixture("rotary_bias")).good();
    assert!(["signed 0", "wide 1", "edges 2"].iter().all(|set| table.contains(set)), "{table}");
}

/// An archive with this array for every name.
fn archive(names: &[&str], dims: &[usize]) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = NpzWriter::new(&mut bytes);
    for name in names {
        writer
            .add_array(*name, &ArrayD::<f32>::from_elem(IxDyn(dims), 0.5))
            .expect("memory can be written to");
    }
    writer.finish().expect("memory can be written to");
    bytes.into_inner()
}

/// Dims of the first input, as the program tells them.
fn dims_of_input(model: &std::path::Path) -> (String, Vec<usize>) {
    let loaded = optimizer_core::circle::load(model).expect("a fixture is valid");
    let value = loaded.graphs[0].value(loaded.graphs[0].inputs()[0]);
    (value.name.clone(), value.shape().and_then(|s| s.known()).expect("its dims are known"))
}

#[test]
fn inputs_of_your_own_are_found_by_name_or_place() {
    let (folder, model) = (Folder::new(), fixture("rotary_bias"));
    let (name, dims) = dims_of_input(&model);
    for name in [name.as_str(), "arr_0"] {
        let npz = folder.file("inputs.npz", &archive(&[name], &dims));
        let table = circle_opt!("verify", "--inputs", &npz, &model, &model).good();
        assert!(table.contains("given") && table.contains("same"), "{table}");
    }
    let npz = folder.file("inputs.npz", &archive(&["other"], &dims));
    let fault = circle_opt!("verify", "--inputs", &npz, &model, &model).fault(1);
    assert!(fault.contains("arr_0, but other"), "{fault}");
}
