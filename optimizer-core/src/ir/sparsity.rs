//! Block-sparse constants: which elements are stored, and in what order.
//!
//! Invariant: encoding and decoding are inverse to each other, bit for bit; only elements of zero bytes are left out.
//!
//! The format is TFLite's: dims `0..n` of a tensor, then a dim for each dim of a block, are walked in the traversal order.
//! A dense level walks all its indices, a sparse one those that its segment lists.

use crate::circle::schema::{
    DimensionMetadataT, DimensionType, Int32VectorT, SparseIndexVectorT, SparsityParametersT, Uint8VectorT,
    Uint16VectorT,
};

/// How a tensor is cut into blocks and walked.
#[derive(Clone, Debug, PartialEq)]
pub struct Walk {
    dims: Vec<usize>,
    order: Vec<usize>,
    /// The dim that each dim of a block divides.
    block_map: Vec<usize>,
    block_size: Vec<usize>,
}

/// One level of the walk.
enum Level {
    Dense(usize),
    Sparse { segments: Vec<usize>, indices: Vec<usize> },
}

impl Walk {
    /// `None` unless the order is a permutation of all dims with those of blocks last, and the blocks divide their dims.
    pub fn new(dims: &[usize], order: &[usize], block_map: &[usize], block_size: &[usize]) -> Option<Walk> {
        let n = dims.len();
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        let permutes = sorted.into_iter().eq(0..n + block_map.len()) && order.iter().take(n).all(|&d| d < n);
        let ascends = block_map.windows(2).all(|pair| pair[0] < pair[1]);
        let divides =
            |(&dim, &size): (&usize, &usize)| dims.get(dim).is_some_and(|d| size > 0 && d % size == 0);
        let fits = block_map.len() == block_size.len() && block_map.iter().zip(block_size).all(divides);
        (permutes && ascends && fits).then(|| Walk {
            dims: dims.to_vec(),
            order: order.to_vec(),
            block_map: block_map.to_vec(),
            block_size: block_size.to_vec(),
        })
    }

    /// How many indices the dim walked at `level` has.
    fn size(&self, level: usize) -> usize {
        let dim = self.order[level];
        match dim.checked_sub(self.dims.len()) {
            Some(block) => self.block_size[block],
            None => self.dims[dim] / self.block_of(dim).map_or(1, |block| self.block_size[block]),
        }
    }

    fn block_of(&self, dim: usize) -> Option<usize> {
        self.block_map.iter().position(|&d| d == dim)
    }

    /// The place in a dense tensor of the element at `at`, one index per level.
    fn place(&self, at: &[usize]) -> usize {
        let mut of_dim = vec![0; self.order.len()];
        self.order.iter().zip(at).for_each(|(&dim, &index)| of_dim[dim] = index);
        let index = |dim: usize| match self.block_of(dim) {
            Some(block) => of_dim[dim] * self.block_size[block] + of_dim[self.dims.len() + block],
            None => of_dim[dim],
        };
        (0..self.dims.len()).fold(0, |place, dim| place * self.dims[dim] + index(dim))
    }

    /// The stored elements of a dense tensor and what the file says of them; `sparse` tells of each dim, in the order of
    /// the tensor, whether its level is. Levels of blocks are dense.
    pub fn encode(&self, dense: &[u8], element: usize, sparse: &[bool]) -> (Vec<u8>, SparsityParametersT) {
        let is_sparse = |level: usize| sparse.get(self.order[level]).copied().unwrap_or(false);
        let mut levels: Vec<Level> = (0..self.order.len())
            .map(|level| match is_sparse(level) {
                true => Level::Sparse { segments: vec![0], indices: Vec::new() },
                false => Level::Dense(self.size(level)),
            })
            .collect();
        let mut stored = Vec::new();
        let read = |place: usize| &dense[place * element..(place + 1) * element];
        self.store(&mut Vec::new(), &mut levels, &read, &mut stored);
        let ints = |numbers: &[usize]| Some(numbers.iter().map(|&n| n as i32).collect());
        let parameters = SparsityParametersT {
            traversal_order: ints(&self.order),
            block_map: ints(&self.block_map),
            dim_metadata: Some(levels.iter().map(written).collect()),
        };
        (stored, parameters)
    }

    fn store<'d>(
        &self,
        at: &mut Vec<usize>,
        levels: &mut [Level],
        read: &impl Fn(usize) -> &'d [u8],
        stored: &mut Vec<u8>,
    ) {
        let level = at.len();
        if level == levels.len() {
            stored.extend_from_slice(read(self.place(at)));
            return;
        }
        for index in 0..self.size(level) {
            at.push(index);
            let kept = match &mut levels[level] {
                Level::Dense(_) => true,
                Level::Sparse { indices, .. } => {
                    let kept = self.is_anything(at, read);
                    indices.extend(kept.then_some(index));
                    kept
                }
            };
            if kept {
                self.store(at, levels, read, stored);
            }
            at.pop();
        }
        if let Level::Sparse { segments, indices } = &mut levels[level] {
            segments.push(indices.len());
        }
    }

    /// Whether any element below `at` has a byte that is not zero.
    fn is_anything<'d>(&self, at: &mut Vec<usize>, read: &impl Fn(usize) -> &'d [u8]) -> bool {
        if at.len() == self.order.len() {
            return read(self.place(at)).iter().any(|&byte| byte != 0);
        }
        (0..self.size(at.len())).any(|index| {
            at.push(index);
            let found = self.is_anything(at, read);
            at.pop();
            found
        })
    }
}

/// Constants of more bytes are dense in at least one byte of a thousand, else it does not pay to store them: a hostile
/// shape must not exhaust memory.
const FEW_BYTES: usize = 1 << 24;
const MOST_BYTES_A_BYTE: usize = 1 << 10;

/// More levels than any constant has: they are walked by recursion.
const MOST_LEVELS: usize = 32;

/// The dense bytes of a sparse constant of these dims; `None` if what the file says of it does not fit. Stored bytes
/// past the last element are padding.
pub fn decode(
    stored: &[u8],
    element: usize,
    dims: &[usize],
    parameters: &SparsityParametersT,
) -> Option<Vec<u8>> {
    let sizes = |numbers: &Option<Vec<i32>>| -> Option<Vec<usize>> {
        numbers.iter().flatten().map(|&n| usize::try_from(n).ok()).collect()
    };
    let (order, block_map) = (sizes(&parameters.traversal_order)?, sizes(&parameters.block_map)?);
    (order.len() <= MOST_LEVELS).then_some(())?;
    let levels: Vec<Level> = parameters.dim_metadata.iter().flatten().map(level).collect::<Option<_>>()?;
    let block_size: Vec<usize> = (0..block_map.len())
        .map(|block| {
            let at = order.iter().position(|&dim| dim == dims.len() + block)?;
            if let Level::Dense(size) = levels.get(at)? { Some(*size) } else { None }
        })
        .collect::<Option<_>>()?;
    let walk = Walk::new(dims, &order, &block_map, &block_size).filter(|_| levels.len() == order.len())?;
    let bytes = dims.iter().try_fold(element, |n, &dim| n.checked_mul(dim));
    let most = FEW_BYTES.max(stored.len().saturating_mul(MOST_BYTES_A_BYTE));
    let mut dense = vec![0; bytes.filter(|&n| n <= most)?];
    let mut write = |place: usize, from: usize| {
        let element_bytes = stored.get(from * element..(from + 1) * element)?;
        dense.get_mut(place * element..(place + 1) * element)?.copy_from_slice(element_bytes);
        Some(())
    };
    walk.load(&mut Vec::new(), 0, &levels, &mut write)?;
    Some(dense)
}

impl Walk {
    /// Writes what is stored below `at`, whose index among those walked at its level is `from`.
    fn load(
        &self,
        at: &mut Vec<usize>,
        from: usize,
        levels: &[Level],
        write: &mut impl FnMut(usize, usize) -> Option<()>,
    ) -> Option<()> {
        let Some(level) = levels.get(at.len()) else { return write(self.place(at), from) };
        let size = self.size(at.len());
        let indices: Vec<(usize, usize)> = match level {
            Level::Dense(declared) if *declared == size => (0..size).map(|i| (i, from * size + i)).collect(),
            Level::Dense(_) => return None,
            Level::Sparse { segments, indices } => {
                let range = *segments.get(from)?..*segments.get(from + 1)?;
                indices.get(range.clone())?.iter().copied().zip(range).collect()
            }
        };
        indices.into_iter().try_for_each(|(index, from)| {
            at.push(index);
            let done = if index < size { self.load(at, from, levels, write) } else { None };
            at.pop();
            done
        })
    }
}

fn written(level: &Level) -> DimensionMetadataT {
    match level {
        Level::Dense(size) => DimensionMetadataT { dense_size: *size as i32, ..Default::default() },
        Level::Sparse { segments, indices } => DimensionMetadataT {
            format: DimensionType::SparseCsr,
            array_segments: numbers(segments),
            array_indices: numbers(indices),
            ..Default::default()
        },
    }
}

/// The narrowest vector that holds all numbers.
fn numbers(of: &[usize]) -> SparseIndexVectorT {
    match of.iter().max() {
        Some(&n) if n > u16::MAX.into() => {
            let values = Some(of.iter().map(|&n| n as i32).collect());
            SparseIndexVectorT::Int32Vector(Box::new(Int32VectorT { values }))
        }
        Some(&n) if n > u8::MAX.into() => {
            let values = Some(of.iter().map(|&n| n as u16).collect());
            SparseIndexVectorT::Uint16Vector(Box::new(Uint16VectorT { values }))
        }
        _ => {
            let values = Some(of.iter().map(|&n| n as u8).collect());
            SparseIndexVectorT::Uint8Vector(Box::new(Uint8VectorT { values }))
        }
    }
}

fn level(of: &DimensionMetadataT) -> Option<Level> {
    match of.format {
        DimensionType::Dense => Some(Level::Dense(of.dense_size.try_into().ok()?)),
        DimensionType::SparseCsr => {
            Some(Level::Sparse { segments: read(&of.array_segments)?, indices: read(&of.array_indices)? })
        }
        _ => None,
    }
}

fn read(vector: &SparseIndexVectorT) -> Option<Vec<usize>> {
    match vector {
        SparseIndexVectorT::NONE => None,
        SparseIndexVectorT::Int32Vector(v) => v.values.iter().flatten().map(|&n| n.try_into().ok()).collect(),
        SparseIndexVectorT::Uint16Vector(v) => Some(v.values.iter().flatten().map(|&n| n.into()).collect()),
        SparseIndexVectorT::Uint8Vector(v) => Some(v.values.iter().flatten().map(|&n| n.into()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 4 x 4 with blocks of 2 x 2: the first row of blocks has its second block, the second row has none.
    fn blocked() -> (Walk, Vec<u8>) {
        let walk = Walk::new(&[4, 4], &[0, 1, 2, 3], &[0, 1], &[2, 2]).expect("the blocks divide the dims");
        (walk, vec![0, 0, 1, 2, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    #[test]
    fn blocks_of_zeros_are_left_out() {
        let (walk, dense) = blocked();
        let (stored, parameters) = walk.encode(&dense, 1, &[false, true]);
        assert_eq!(stored, [1, 2, 3, 0]);
        let dims = parameters.dim_metadata.as_ref().expect("four levels");
        assert_eq!(read(&dims[1].array_segments), Some(vec![0, 1, 1]));
        assert_eq!(read(&dims[1].array_indices), Some(vec![1]));
        assert_eq!(decode(&stored, 1, &[4, 4], &parameters), Some(dense));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let (walk, dense) = blocked();
        let (stored, parameters) = walk.encode(&dense, 1, &[false, true]);
        assert_eq!(decode(&stored[..3], 1, &[4, 4], &parameters), None);
        assert_eq!(decode(&stored, 1, &[4, 2], &parameters), None);
        assert_eq!(Walk::new(&[4, 3], &[0, 1, 2, 3], &[0, 1], &[2, 2]), None);
        assert_eq!(Walk::new(&[4, 4], &[0, 1, 1, 3], &[0, 1], &[2, 2]), None);
        assert_eq!(Walk::new(&[4, 4], &[0, 2, 1, 3], &[0, 1], &[2, 2]), None);
    }

    #[test]
    fn hostile_shapes_are_refused_and_padding_is_not() {
        let (walk, dense) = blocked();
        let (mut stored, parameters) = walk.encode(&dense, 1, &[false, true]);
        stored.extend([9, 9]);
        assert_eq!(decode(&stored, 1, &[4, 4], &parameters), Some(dense));
        let huge = Walk::new(&[1], &[0], &[], &[]).expect("one dim").encode(&[0], 1, &[true]).1;
        assert_eq!(decode(&[], 1, &[1 << 40], &huge), None);
        let order = (0..40).collect::<Vec<_>>();
        let deep = Walk::new(&[1; 40], &order, &[], &[]).expect("in order").encode(&[1], 1, &[]).1;
        assert_eq!(decode(&[1], 1, &[1; 40], &deep), None);
    }

    #[test]
    fn every_order_and_format_comes_back() {
        let dense: Vec<u8> = (0..24u32).map(|i| if i % 5 == 0 { 0 } else { i as u8 * 10 }).collect();
        for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
            for sparse in 0..8 {
                let walk = Walk::new(&[2, 3, 4], &order, &[], &[]).expect("a permutation");
                let formats = [0, 1, 2].map(|dim| sparse >> dim & 1 == 1);
                let (stored, parameters) = walk.encode(&dense, 1, &formats);
                assert_eq!(
                    decode(&stored, 1, &[2, 3, 4], &parameters).as_ref(),
                    Some(&dense),
                    "{order:?} {formats:?}"
                );
            }
        }
    }

    #[test]
    fn long_index_lists_take_wider_numbers() {
        let dense = vec![1u8; 70_000];
        let walk = Walk::new(&[70_000], &[0], &[], &[]).expect("one dim");
        let (stored, parameters) = walk.encode(&dense, 1, &[true]);
        assert_eq!(decode(&stored, 1, &[70_000], &parameters), Some(dense));
    }
}
