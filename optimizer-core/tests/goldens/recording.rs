//! What LiteRT computed for single operators, as it was recorded.
//!
//! Invariant: recordings are sound; `tests/goldens/record.py` made them and says what their files look like.

use optimizer_core::interp::Tensor;
use optimizer_core::ir::{DType, Data, Graph, Type};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What LiteRT computed for one operator.
pub(crate) struct Case {
    pub(crate) name: String,
    /// What kind of case it is, by the middle of its file's name: `quantized`, `rare` or nothing.
    pub(crate) group: String,
    pub(crate) model: Vec<u8>,
    pub(crate) inputs: Vec<Vec<u8>>,
    /// None if LiteRT refuses the operator.
    pub(crate) outputs: Vec<Tensor>,
}

impl Case {
    /// The recorded inputs of its graph.
    pub(crate) fn inputs_of(&self, graph: &Graph) -> Vec<Tensor> {
        let types = graph.inputs().iter().map(|&id| &graph.value(id).ty);
        let tensor = |(ty, bytes): (&Type, &Vec<u8>)| {
            let dims = ty.shape.as_ref().and_then(|s| s.known()).expect("recorded inputs have known dims");
            Tensor::new(ty.dtype, &dims, &Data::of(bytes.clone())).expect("recorded inputs fit their types")
        };
        types.zip(&self.inputs).map(tensor).collect()
    }
}

/// The cases of each operator, from all files whose name begins with its code.
pub(crate) fn recordings() -> BTreeMap<String, Vec<Case>> {
    let files =
        std::fs::read_dir(folder()).expect("the recordings are there").map(|entry| entry.unwrap().path());
    let mut goldens: Vec<_> = files.filter(|path| path.extension().is_some_and(|e| e == "golden")).collect();
    goldens.sort();
    let mut recordings = BTreeMap::<_, Vec<_>>::new();
    for path in goldens {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut parts = name.split('.').map(str::to_owned);
        let op = parts.next().unwrap_or_default();
        let group = parts.next().filter(|part| part != "golden").unwrap_or_default();
        let bytes = std::fs::read(path).expect("a recording can be read");
        let cases = Reader(&bytes).list(Reader::case).into_iter();
        recordings.entry(op).or_default().extend(cases.map(|case| Case { group: group.clone(), ..case }));
    }
    recordings
}

/// Where the recordings and their lists lie: beside the tests of all rules.
pub(crate) fn folder() -> PathBuf {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let beside = package.join("tests/goldens");
    if beside.join("record.py").exists() { beside } else { package.join("../tests/goldens") }
}

/// What is left of a file.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (head, rest) = self.0.split_at(count);
        self.0 = rest;
        head
    }

    fn number(&mut self) -> usize {
        u32::from_le_bytes(self.take(4).try_into().unwrap()) as usize
    }

    fn bytes(&mut self) -> Vec<u8> {
        let count = self.number();
        self.take(count).to_vec()
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.number()).map(|_| item(self)).collect()
    }

    fn case(&mut self) -> Case {
        Case {
            name: String::from_utf8(self.bytes()).unwrap(),
            group: String::new(),
            model: self.bytes(),
            inputs: self.list(Reader::bytes),
            outputs: self.list(Reader::tensor),
        }
    }

    fn tensor(&mut self) -> Tensor {
        let dtype = DType(self.take(1)[0] as i8);
        let dims = self.list(Reader::number);
        Tensor::new(dtype, &dims, &Data::of(self.bytes())).expect("recorded outputs fit their types")
    }
}
