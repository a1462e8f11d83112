//! `circle-opt verify`.

use crate::program::{Folder, fixture, optimized};
use ndarray::{ArrayD, IxDyn};
use ndarray_npy::NpzWriter;

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
