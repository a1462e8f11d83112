//! Kernels and shape rules against what LiteRT's reference kernels computed.
//!
//! Invariant: every kernel has a recorded case, or stands in [`UNRECORDED`] with the reason. `tests/goldens/record.py`
//! made the recordings; it says what their files look like.

use optimizer_core::circle;
use optimizer_core::interp::{Limits, Machine, Tensor, difference, run};
use optimizer_core::ir::{DType, Data, Graph, Input, Type};
use optimizer_core::op;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// Kernels without a recording.
const UNRECORDED: &[(&str, &str)] = &[
    ("CALL", "runs a graph of the same model; unit test in interp/machine.rs"),
    ("CALL_ONCE", "the same"),
    ("VAR_HANDLE", "its result is a name for the runtime; unit test in interp/machine.rs"),
    ("READ_VARIABLE", "reads what it names"),
    ("ASSIGN_VARIABLE", "writes what it names"),
    ("ROPE", "LiteRT has no operators of circle alone; unit test in circle_only.rs"),
    ("RMS_NORM", "the same"),
    ("INSTANCE_NORM", "the same"),
];

/// What LiteRT computed for one operator.
struct Case {
    name: String,
    model: Vec<u8>,
    inputs: Vec<Vec<u8>>,
    /// None if LiteRT refuses the operator.
    outputs: Vec<Tensor>,
}

/// How far results may be from LiteRT's, relative to the largest: not at all where both make the same IEEE operations
/// in the same order; rounding where functions or the order of sums differ.
fn tolerance(op: &str, dtype: DType) -> f64 {
    match op {
        // Half floats next to each other are up to this far apart.
        "GELU" | "SOFTMAX" | "TANH" | "LOGISTIC" | "SIN" | "COS" | "ATAN2" if dtype == DType::F16 => 1e-3,
        "EXP" | "LOG" | "SIN" | "COS" | "TANH" | "LOGISTIC" | "POW" | "ATAN2" | "ELU" | "RSQRT" | "GELU" => {
            3e-7
        }
        "SOFTMAX"
        | "LOG_SOFTMAX"
        | "L2_NORMALIZATION"
        | "LOCAL_RESPONSE_NORMALIZATION"
        | "HARD_SWISH"
        | "RFFT2D" => 3e-7,
        "SUM" | "MEAN" | "REDUCE_PROD" | "CUMSUM" | "AVERAGE_POOL_2D" | "L2_POOL_2D" | "RESIZE_BILINEAR" => {
            5e-7
        }
        "FULLY_CONNECTED" | "BATCH_MATMUL" | "CONV_2D" | "DEPTHWISE_CONV_2D" | "TRANSPOSE_CONV"
        | "CONV_3D" | "CONV_3D_TRANSPOSE" => 2e-6,
        _ => 0.0,
    }
}

#[test]
fn kernels_compute_what_litert_does() {
    let mut faults = Vec::new();
    for (op, cases) in recordings() {
        assert!(!cases.is_empty(), "{op} has no case");
        let judged = cases.iter().filter_map(|case| Some((&case.name, judge(&op, case)?)));
        faults.extend(judged.map(|(name, fault)| format!("{op} {name}: {fault}")));
    }
    assert!(faults.is_empty(), "{} cases fail\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_kernel_is_recorded() {
    let recorded = recordings();
    let with_kernel = op::all().iter().filter(|d| d.kernel.is_some() || d.routine.is_some());
    let name = |d: &&&op::Description| d.code.variant_name().unwrap_or("unknown");
    let missing: Vec<_> =
        with_kernel.map(|d| name(&d)).filter(|&name| !recorded.contains_key(name)).collect();
    for (name, reason) in UNRECORDED {
        eprintln!("{name} is not recorded: {reason}");
    }
    let listed: BTreeSet<_> = UNRECORDED.iter().map(|(name, _)| *name).collect();
    assert_eq!(missing.into_iter().collect::<BTreeSet<_>>(), listed);
}

/// Any few bytes of a model may be wrong: kernels and shape rules report it.
#[test]
fn no_bytes_make_a_kernel_panic() {
    let mut random = StdRng::seed_from_u64(7);
    let mut ran = 0;
    for case in recordings().into_values().flatten() {
        for _ in 0..40 {
            let mut bytes = case.model.clone();
            for _ in 0..random.random_range(1..4) {
                let at = random.random_range(0..bytes.len());
                bytes[at] = [0, 1, 0x7f, 0x80, 0xff, random.random()][random.random_range(0..6)];
            }
            let Ok(model) = circle::read(Arc::new(Input::owned(bytes))) else { continue };
            let Some(graph) = model.graphs.first() else { continue };
            let types: Vec<_> = graph.inputs().iter().map(|&id| graph.value(id).ty.clone()).collect();
            if types.iter().all(|ty| ty.bytes(1) < 1 << 16) {
                let inputs: Vec<_> = types.iter().filter_map(|ty| random_tensor(ty, &mut random)).collect();
                let limits = Limits { bytes: 1 << 20, calls: 100, depth: 8 };
                ran += usize::from(Machine::new(&model, limits).run(0, &inputs).is_ok());
            }
        }
    }
    assert!(ran > 1000, "only {ran} models ran");
}

fn random_tensor(ty: &Type, random: &mut StdRng) -> Option<Tensor> {
    let dims: Vec<_> = ty.shape.as_ref()?.dims().iter().map(|d| d.known().unwrap_or(1)).collect();
    let bytes: Vec<u8> = (0..ty.bytes(1)).map(|_| random.random()).collect();
    Tensor::new(ty.dtype, &dims, &Data::of(bytes)).ok()
}

/// What is wrong with our results, if anything.
fn judge(op: &str, case: &Case) -> Option<String> {
    let model = match circle::read(Arc::new(Input::owned(case.model.clone()))) {
        Ok(model) => model,
        Err(error) => return Some(error.to_string()),
    };
    let computed = match (run(&model, 0, &inputs(&model.graphs[0], case)), case.outputs.is_empty()) {
        (Ok(computed), false) => computed,
        (Err(_), true) => return None,
        (Ok(_), true) => return Some("LiteRT refuses it, we do not".into()),
        (Err(error), false) => return Some(error.to_string()),
    };
    let mut pairs = case.outputs.iter().zip(&computed);
    pairs.find_map(|(theirs, ours)| match difference("result", theirs, ours) {
        Ok(c) if c.within(tolerance(op, theirs.dtype)) => None,
        Ok(c) => Some(format!("{c}")),
        Err(error) => Some(error.to_string()),
    })
}

fn inputs(graph: &Graph, case: &Case) -> Vec<Tensor> {
    let types = graph.inputs().iter().map(|&id| &graph.value(id).ty);
    let tensor = |(ty, bytes): (&Type, &Vec<u8>)| {
        let dims = ty.shape.as_ref().and_then(|s| s.known()).expect("recorded inputs have known dims");
        Tensor::new(ty.dtype, &dims, &Data::of(bytes.clone())).expect("recorded inputs fit their types")
    };
    types.zip(&case.inputs).map(tensor).collect()
}

/// The cases of each operator, from all files whose name begins with its code.
fn recordings() -> BTreeMap<String, Vec<Case>> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/goldens");
    let files = std::fs::read_dir(dir).expect("the recordings are there").map(|entry| entry.unwrap().path());
    let goldens = files.filter(|path| path.extension().is_some_and(|e| e == "golden"));
    let mut recordings = BTreeMap::<_, Vec<_>>::new();
    for path in goldens {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let op = name.split('.').next().unwrap_or_default().to_owned();
        let bytes = std::fs::read(path).expect("a recording can be read");
        recordings.entry(op).or_default().extend(Reader(&bytes).list(Reader::case));
    }
    recordings
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
