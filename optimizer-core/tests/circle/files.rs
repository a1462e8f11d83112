//! Models for the tests of reading and writing.

pub(crate) use crate::meaning::meaning;
pub(crate) use crate::pack::pack;
use optimizer_core::circle::schema::*;
use optimizer_core::circle::{self, ReadError};
use optimizer_core::ir::{Input, Model};
use std::path::PathBuf;
use std::sync::Arc;

/// The folder of the small models that `make.py` beside them wrote.
pub(crate) fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "tests", "models", "format"].iter().collect()
}

/// Name and bytes of each small model.
pub(crate) fn models() -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder()).expect("the models are in the repository");
    let paths = entries.map(|entry| entry.expect("a folder lists its entries").path());
    let mut models: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|kind| kind == "circle" || kind == "tflite"))
        .map(|path| {
            let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
            (name, std::fs::read(&path).expect("the models can be read"))
        })
        .collect();
    models.sort();
    assert!(models.len() >= 23);
    models
}

pub(crate) fn read(bytes: &[u8]) -> Result<Model, ReadError> {
    circle::read(Arc::new(Input::owned(bytes.to_vec())))
}

pub(crate) fn write(model: &Model) -> Vec<u8> {
    let mut out = Vec::new();
    circle::write(model, &mut out).expect("memory can be written to");
    out
}

/// What the reader says of bytes that it must refuse.
pub(crate) fn refusal(bytes: &[u8]) -> String {
    match read(bytes) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// `y = x + c`, `z = relu(y)` with `c` in buffer 1.
pub(crate) fn add_relu() -> ModelT {
    let tensor = |name: &str, buffer| {
        table!(TensorT { name: Some(name.into()), shape: Some(vec![2]), buffer: buffer })
    };
    let code = |code: BuiltinOperator| {
        table!(OperatorCodeT { builtin_code: code, deprecated_builtin_code: code.0 as i8 })
    };
    let op = |opcode_index, inputs: &[i32], output| {
        table!(OperatorT {
            opcode_index: opcode_index,
            inputs: Some(inputs.to_vec()),
            outputs: Some(vec![output]),
        })
    };
    let mut add = op(0, &[0, 1], 2);
    add.builtin_options = BuiltinOptionsT::AddOptions(Box::default());
    let graph = table!(SubGraphT {
        name: Some("main".into()),
        tensors: Some(vec![tensor("x", 0), tensor("c", 1), tensor("y", 0), tensor("z", 0)]),
        inputs: Some(vec![0]),
        outputs: Some(vec![3]),
        operators: Some(vec![add, op(1, &[2], 3)]),
    });
    table!(ModelT {
        operator_codes: Some(vec![code(BuiltinOperator::ADD), code(BuiltinOperator::RELU)]),
        subgraphs: Some(vec![graph]),
        buffers: Some(vec![BufferT::default(), table!(BufferT { data: Some(vec![1, 2, 3, 4, 5, 6, 7, 8]) })]),
    })
}

/// The main graph of [`add_relu`] and what is in it.
pub(crate) fn graph(model: &mut ModelT) -> &mut SubGraphT {
    &mut model.subgraphs.as_mut().expect("it has graphs")[0]
}

pub(crate) fn tensor(model: &mut ModelT, index: usize) -> &mut TensorT {
    &mut graph(model).tensors.as_mut().expect("it has tensors")[index]
}

pub(crate) fn operator(model: &mut ModelT, index: usize) -> &mut OperatorT {
    &mut graph(model).operators.as_mut().expect("it has operators")[index]
}

pub(crate) fn buffers(model: &mut ModelT) -> &mut Vec<BufferT> {
    model.buffers.as_mut().expect("it has buffers")
}
