//! Two models on the same inputs.
//!
//! Invariant: a comparison passes only on shapes that agree and differences within the tolerance.

use crate::interp::{KernelError, Tensor};
use crate::ir::{Data, Model, Type};
use std::fmt;

/// What models are run on.
#[derive(Clone, Debug)]
pub struct Inputs {
    pub seed: u64,
    /// What an unknown dim is taken for.
    pub dim: usize,
}

/// How far one output of two models differs.
#[derive(Clone, Debug)]
pub struct Comparison {
    pub output: String,
    pub absolute: f64,
    /// The largest difference relative to the largest element of the reference.
    pub relative: f64,
    /// Where the largest difference is.
    pub place: Vec<usize>,
}

impl Inputs {
    pub fn seeded(seed: u64) -> Inputs {
        Inputs { seed, dim: 1 }
    }

    pub fn with_dim(self, dim: usize) -> Inputs {
        Inputs { dim, ..self }
    }
}

impl Comparison {
    /// Whether the relative difference is at most `tolerance`; a NaN never is.
    pub fn within(&self, tolerance: f64) -> bool {
        self.relative <= tolerance
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {:e} absolute, {:e} relative at {:?}",
            self.output, self.absolute, self.relative, self.place
        )
    }
}

/// Runs the first graph of both models; one comparison for each output.
///
/// # Errors
/// A model cannot be run.
pub fn compare(_a: &Model, _b: &Model, _inputs: &Inputs) -> Result<Vec<Comparison>, KernelError> {
    Err(KernelError::Unsupported("not there yet".into()))
}

/// Random content for a constant or an input of known dims.
pub fn random_data(ty: &Type, seed: u64) -> Data {
    let n = ty.shape.as_ref().and_then(|s| s.elements()).unwrap_or(0);
    Data::of((0..n).map(|i| ((seed as usize + i) % 17) as f32 / 8.0 - 1.0).collect())
}

#[allow(unused)]
fn unused(_: Tensor) {}
