//! Text and hashing.
//!
//! Invariant: no shape is known before the model runs.

use crate::circle::schema::*;
use crate::op::operators;

operators! {
    /// Bits by locality-sensitive hashing.
    LSHProjection = LSH_PROJECTION(hash, input, weight) LSHProjectionOptionsT {}
    /// Word groups with gaps.
    SkipGram = SKIP_GRAM(input) SkipGramOptionsT {}
    /// Embeddings of several channels, one after the other.
    ConcatEmbeddings = CONCAT_EMBEDDINGS(..) ConcatEmbeddingsOptionsT {}
}
