//! What can be wrong with a file, and where.
//!
//! Invariant: every message is one line: the place, the fault, and what to do about it. It says everything, so errors
//! have no source to print after them.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// A file that could not be loaded or saved.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read {path}: {error}{advice}", advice = advice(error))]
    Open { path: PathBuf, error: io::Error },
    #[error("{path}: {error}")]
    Read { path: PathBuf, error: ReadError },
    #[error("cannot write {path}: {error}")]
    Write { path: PathBuf, error: WriteError },
}

/// A model that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("{0}{advice}", advice = advice(.0))]
    Io(io::Error),
    #[error("subgraph {graph}: {error}, so there is no order to write the operators in; please report this")]
    Cycle { graph: usize, error: crate::ir::order::Cycle },
    #[error("the tables alone need more than 1 GB, which flatbuffers can hardly hold; split the model")]
    TooLarge,
    #[error("the input file was changed while it was read; run again")]
    InputChanged,
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> WriteError {
        WriteError::Io(error)
    }
}

/// What to do about an error of the system.
fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "; correct the path, or make its folder first",
        io::ErrorKind::NotADirectory => "; correct the path",
        io::ErrorKind::IsADirectory => "; give the name of a file",
        io::ErrorKind::PermissionDenied => "; change its permissions or those of its folder",
        io::ErrorKind::ReadOnlyFilesystem => "; take a folder that can be written to",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; free some space and run again",
        io::ErrorKind::FileTooLarge => "; files may not be so large here, see `ulimit -f`",
        io::ErrorKind::BrokenPipe => "; its reader went away too early",
        _ => "",
    }
}

/// What is wrong with the bytes of a model, and in which part.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{place}{fault}")]
pub struct ReadError {
    pub place: Place,
    pub fault: Fault,
}

impl ReadError {
    /// The same with the name of its place, if that is `unnamed`.
    pub(super) fn naming(self, unnamed: &Place, name: &str) -> ReadError {
        let name = || name.to_owned();
        let place = match self.place {
            Place::Tensor { graph, index, .. } if self.place == *unnamed => {
                Place::Tensor { graph, index, name: name() }
            }
            Place::Operator { graph, index, .. } if self.place == *unnamed => {
                Place::Operator { graph, index, kind: name() }
            }
            place => place,
        };
        ReadError { place, ..self }
    }
}

/// A part of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Place {
    #[default]
    File,
    OperatorCode(usize),
    Buffer(usize),
    Metadata(usize),
    Signature(usize),
    Graph(usize),
    Tensor {
        graph: usize,
        index: usize,
        name: String,
    },
    Operator {
        graph: usize,
        index: usize,
        kind: String,
    },
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Fault {
    #[error("{0} bytes are too few for a model; check that the file was written to its end")]
    TooShort(usize),
    #[error(
        "not a circle or tflite model, its identifier is {0} and not CIR0 or TFL3; check which file this is"
    )]
    Identifier(String),
    #[error(
        "format version {0} is not one this program knows (circle 0, tflite 3); export it with a known version"
    )]
    Version(u32),
    #[error("damaged or cut off: {0}; copy or export the file again")]
    Malformed(String),
    #[error("{0} is missing; export the model again")]
    Missing(&'static str),
    #[error("{what} {index} does not exist, there are {count}; the file is damaged, export it again")]
    Index { what: &'static str, index: i64, count: usize },
    #[error("table {table} has field {field}, newer than circle 0.10; use a newer circle-opt")]
    UnknownField { table: &'static str, field: usize },
    #[error("{what} {number} is not known to circle 0.10; use a newer circle-opt")]
    Unknown { what: &'static str, number: i64 },
    #[error("{0} is not supported; convert the model with a newer exporter")]
    Unsupported(&'static str),
    #[error("bytes {start}..{end} lie outside the file of {len} bytes; it was cut off, copy it again")]
    OutsideFile { start: u64, end: u64, len: usize },
    #[error("its bytes overlap those of {0} in part; the file is damaged, export it again")]
    Overlap(String),
    #[error("has bytes inside the file's tables and at an offset as well; export the model again")]
    TwoPlaces,
    #[error("is computed by operator {0} and by operator {1}; only one may, export the model again")]
    TwoProducers(usize, usize),
    #[error("is {what} and yet computed by operator {operator}; export the model again")]
    Produced { what: &'static str, operator: usize },
    #[error("depends on its own result; operators may not form a cycle, export the model again")]
    Cycle,
    #[error("its shape {shape:?} needs {want} bytes but its buffer has {have}; export the model again")]
    ConstantSize { shape: Vec<i32>, want: usize, have: usize },
    #[error("its shape {0:?} has more elements than can be counted; export the model again")]
    HugeShape(Vec<i32>),
    #[error(
        "its shape {0:?} has a negative extent; unknown ones are -1 in the shape signature, export the model again"
    )]
    NegativeExtent(Vec<i32>),
    #[error("its shape {shape:?} and shape signature {signature:?} differ in rank; export the model again")]
    SignatureRank { shape: Vec<i32>, signature: Vec<i32> },
}

impl Place {
    /// The error that `fault` is here.
    pub fn error(&self, fault: Fault) -> ReadError {
        ReadError { place: self.clone(), fault }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File => Ok(()),
            Place::OperatorCode(n) => write!(f, "operator code {n}: "),
            Place::Buffer(n) => write!(f, "buffer {n}: "),
            Place::Metadata(n) => write!(f, "metadata {n}: "),
            Place::Signature(n) => write!(f, "signature {n}: "),
            Place::Graph(n) => write!(f, "subgraph {n}: "),
            Place::Tensor { graph, index, name } => {
                write!(f, "subgraph {graph}, tensor {index} ({}): ", name.escape_debug())
            }
            Place::Operator { graph, index, kind } => {
                write!(f, "subgraph {graph}, operator {index} ({}): ", kind.escape_debug())
            }
        }
    }
}
