//! Elements by index.
//!
//! Invariant: indices outside the input are an error.

use crate::circle::schema::*;
use crate::op::{NoOptions, operators};

operators! {
    /// Slices of `axis`, chosen by index; the first `batch_dims` axes go along.
    Gather = GATHER(input, indices) GatherOptionsT {}
    /// Slices chosen by index tuples.
    GatherNd = GATHER_ND(input, indices) GatherNdOptionsT {}
    /// Zeros with updates added at index tuples.
    ScatterNd = SCATTER_ND(indices, updates, shape) ScatterNdOptionsT {}
    /// `on` at each index along a new `axis`, else `off`.
    OneHot = ONE_HOT(indices, depth, on, off) OneHotOptionsT {}
    /// `default` with values written at index tuples.
    SparseToDense = SPARSE_TO_DENSE(indices, shape, values, default) SparseToDenseOptionsT {}
    /// Rows of a table.
    EmbeddingLookup = EMBEDDING_LOOKUP(ids, table) NoOptions {}
    /// Weighted sums of rows of a table.
    EmbeddingLookupSparse = EMBEDDING_LOOKUP_SPARSE(
        ids, indices, shape, weights, table
    ) EmbeddingLookupSparseOptionsT {}
    /// Rows by key, and which keys were found.
    HashtableLookup = HASHTABLE_LOOKUP(lookup, keys, values) NoOptions {}
    /// Sums of rows with the same ascending segment number.
    SegmentSum = SEGMENT_SUM(input, segments) SegmentSumOptionsT {}
    /// Sums of elements with the same segment number.
    UnsortedSegmentSum = UNSORTED_SEGMENT_SUM(input, segments, count) UnsortedSegmentSumOptionsT {}
    /// Products of elements with the same segment number.
    UnsortedSegmentProd = UNSORTED_SEGMENT_PROD(input, segments, count) UnsortedSegmentProdOptionsT {}
    /// The largest of elements with the same segment number.
    UnsortedSegmentMax = UNSORTED_SEGMENT_MAX(input, segments, count) UnsortedSegmentMaxOptionsT {}
    /// The smallest of elements with the same segment number.
    UnsortedSegmentMin = UNSORTED_SEGMENT_MIN(input, segments, count) UnsortedSegmentMinOptionsT {}
}
