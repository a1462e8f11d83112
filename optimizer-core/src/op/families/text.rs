//! Text, hashing and spectra.
//!
//! Invariant: no shape is known before the model runs.

use crate::circle::schema::*;
use crate::op::{NoOptions, operators};

operators! {
    /// Bits by locality-sensitive hashing.
    LSHProjection = LSH_PROJECTION(hash, input, weight) LSHProjectionOptionsT {}
    /// Word groups with gaps.
    SkipGram = SKIP_GRAM(input) SkipGramOptionsT {}
    /// Embeddings of several channels, one after the other.
    ConcatEmbeddings = CONCAT_EMBEDDINGS(..) ConcatEmbeddingsOptionsT {}
    /// The Fourier transform of real matrices.
    Rfft2d = RFFT2D(input, length) Rfft2dOptionsT {}
    /// The real part.
    Real = REAL(x) NoOptions {}
    /// The imaginary part.
    Imag = IMAG(x) NoOptions {}
    /// The absolute value of complex numbers.
    ComplexAbs = COMPLEX_ABS(x) NoOptions {}
}
