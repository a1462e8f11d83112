//! Text and hashing.
//!
//! Invariant: what reads strings has no shape before the model runs.

use crate::circle::schema::*;
use crate::interp::{Call, ELEMENT, KernelError, KernelResult, Tensor};
use crate::ir::{DType, Dim, Type};
use crate::op::{Site, operators};

operators! {
    /// Bits by locality-sensitive hashing, each by a seed of `hash`: the sign of the weighed sum of the hashes of the
    /// input's slices. Sparse projections join the bits of a row to a number.
    LSHProjection = LSH_PROJECTION(hash, input, weight) LSHProjectionOptionsT {
        shape: Some(projection_shape), kernel: Some(project), steps: Some(hashes)
    }
    /// Word groups with gaps.
    SkipGram = SKIP_GRAM(input) SkipGramOptionsT {
        shape: Some(|site| Some(vec![Type::new(DType::String, vec![site.unknown()].into())]))
    }
    /// Embeddings of several channels, one after the other.
    ConcatEmbeddings = CONCAT_EMBEDDINGS(..) ConcatEmbeddingsOptionsT {}
}

/// LiteRT joins no more bits to one number.
const MOST_BITS: usize = 32;

fn projection_shape(site: &Site) -> Option<Vec<Type>> {
    let &[rows, bits] = site.shape(0)?.dims() else { return None };
    let (slices, weights) = (site.shape(1)?.dim(0)?, site.shape(2).map(|w| w.dims()));
    let weighs = weights.is_none_or(|w| matches!(*w, [n] if n.agrees(slices)));
    let count = match site.options::<LSHProjectionOptionsT>().type_ {
        LSHProjectionType::Sparse => rows,
        LSHProjectionType::Dense => match (rows, bits) {
            (Dim::Known(rows), Dim::Known(bits)) => Dim::Known(rows.checked_mul(bits)?),
            _ => site.unknown(),
        },
        _ => return None,
    };
    let fits = weighs && bits.known().is_none_or(|bits| bits <= MOST_BITS);
    fits.then(|| vec![Type::new(DType::I32, vec![count].into())])
}

/// Each seed hashes the whole input.
fn hashes(site: &Site) -> u64 {
    let count = |i: usize| site.shape(i).map_or(0, |shape| site.count(shape));
    count(0).saturating_mul(count(1)).saturating_mul(ELEMENT)
}

fn project(call: &Call) -> KernelResult {
    let (seeds, input) = (call.view::<f32>(0)?, call.operand(1)?);
    let weights = call.operand(2).ok().map(|_| call.view::<f32>(2)).transpose()?;
    let weights: Option<Vec<f64>> = weights.map(|w| w.iter().map(|&w| w.into()).collect());
    let count = *input.dims.first().ok_or_else(|| KernelError::invalid("nothing to hash"))?;
    let slice = input.data.len().checked_div(count).unwrap_or(0);
    let bit = |seed: &f32| {
        let values = input.data.bytes().chunks(slice.max(1)).map(|bytes| hashed(*seed, bytes));
        let score: f64 = match &weights {
            Some(weights) => values.zip(weights).map(|(value, weight)| weight * value).sum(),
            None => values.sum(),
        };
        i32::from(score > 0.0)
    };
    let bits: Vec<i32> = seeds.iter().map(bit).collect();
    if call.options::<LSHProjectionOptionsT>().type_ == LSHProjectionType::Dense {
        return Ok(vec![Tensor::row(bits)]);
    }
    let width = seeds.shape()[1];
    // Bits shift out as on x86.
    let joined = |(row, bits): (usize, &[i32])| {
        let number = bits.iter().fold(0i32, |number, bit| number << 1 | bit);
        number.wrapping_add((row as i32).wrapping_mul(1i32.wrapping_shl(width as u32)))
    };
    Ok(vec![Tensor::row(bits.chunks(width.max(1)).enumerate().map(joined).collect())])
}

/// The fingerprint of a seed and some bytes, as a signed number.
fn hashed(seed: f32, bytes: &[u8]) -> f64 {
    farmhash::fingerprint64(&[&seed.to_le_bytes(), bytes].concat()) as i64 as f64
}
