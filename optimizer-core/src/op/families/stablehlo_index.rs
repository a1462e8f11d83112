//! Slices read and written at index vectors, as StableHLO has it.
//!
//! Invariant: an index vector says where a slice begins; axes that it does not mention begin at 0.

use super::window_reduction::{combination, logic};
use crate::circle::schema::*;
use crate::interp::elements::array;
use crate::interp::{Call, KernelError, KernelResult, Scope, Tensor, Word, by_dtype, by_width, place};
use crate::ir::{DType, Dim, OpCode, Type};
use crate::op::shapes::same;
use crate::op::{Effect, Reads, Site, operators};

operators! {
    /// Slices chosen by index vectors, moved inside.
    StablehloGather = STABLEHLO_GATHER(input, indices) StablehloGatherOptionsT {
        shape: Some(gather_shape), kernel: Some(gather), reads: Reads::Chosen(0)
    }
    /// Updates combined into the input by a graph; computed where the graph is one commutative operator, or takes the
    /// update.
    StablehloScatter = STABLEHLO_SCATTER(..) StablehloScatterOptionsT {
        effect: Effect::Opaque, shape: Some(same), routine: Some(scatter)
    }
}

/// The list as axes of `rank`.
fn axes(list: &Option<Vec<i64>>, rank: usize) -> Option<Vec<usize>> {
    let axis = |&a: &i64| usize::try_from(a).ok().filter(|&a| a < rank);
    list.as_deref().unwrap_or_default().iter().map(axis).collect()
}

fn others(axes: &[usize], rank: usize) -> Vec<usize> {
    (0..rank).filter(|a| !axes.contains(a)).collect()
}

/// Index vectors, which lie along one axis of an array of numbers.
struct Vectors {
    numbers: Vec<i64>,
    dims: Vec<usize>,
    along: usize,
    /// Which axis of the input each number of a vector is for.
    map: Vec<usize>,
}

impl Vectors {
    fn new(call: &Call, along: i64, map: Vec<usize>) -> Option<Vectors> {
        let mut dims = call.operand(1).ok()?.dims.clone();
        let along = usize::try_from(along).ok()?;
        if along == dims.len() {
            dims.push(1);
        }
        (dims.get(along) == Some(&map.len())).then(|| call.ints(1).ok())?.map(|numbers| Vectors {
            numbers,
            dims,
            along,
            map,
        })
    }

    /// Where the slice of a batch begins, on each of `rank` axes.
    fn start(&self, batch: &[usize], rank: usize) -> Option<Vec<i64>> {
        let mut start = vec![0; rank];
        for (i, &axis) in self.map.iter().enumerate() {
            let place = [&batch[..self.along], &[i], &batch[self.along..]].concat();
            let flat = place.iter().zip(&self.dims).fold(0, |at, (&i, &n)| at * n + i);
            start[axis] = *self.numbers.get(flat)?;
        }
        Some(start)
    }
}

fn gather_shape(site: &Site) -> Option<Vec<Type>> {
    let (input, indices) = (site.operand(0)?, site.operand(1)?);
    let options = site.options::<StablehloGatherOptionsT>();
    let rank = input.shape.rank();
    let collapsed = axes(&options.collapsed_slice_dims, rank)?;
    let sizes = options.slice_sizes.as_ref().filter(|sizes| sizes.len() == rank)?;
    let sizes: Vec<_> = sizes.iter().map(|&n| usize::try_from(n).ok()).collect::<Option<_>>()?;
    let larger = |(&size, dim): (&usize, &Dim)| dim.known().is_some_and(|n| size > n);
    let kept = others(&collapsed, rank);
    let along = usize::try_from(options.index_vector_dim).ok()?;
    let batches = indices.shape.dims().iter().enumerate().filter(|&(i, _)| i != along).map(|(_, &dim)| dim);
    let mut batches: std::collections::VecDeque<_> = batches.collect();
    let result = batches.len() + kept.len();
    let offset = axes(&options.offset_dims, result)?;
    let fits = offset.len() == kept.len()
        && offset.is_sorted()
        && along <= indices.shape.rank()
        && collapsed.iter().all(|&a| sizes[a] == 1)
        && !sizes.iter().zip(input.shape.dims()).any(larger);
    let mut slices = kept.iter().map(|&a| Dim::Known(sizes[a]));
    let dims = (0..result).map(|i| if offset.contains(&i) { slices.next() } else { batches.pop_front() });
    fits.then(|| Some(vec![Type::new(input.dtype, dims.collect::<Option<_>>()?)]))?
}

fn gather(call: &Call) -> KernelResult {
    by_width!(call.operand(0)?.dtype, W => gather_words::<W>(call).ok_or_else(unfit)?)
}

fn gather_words<W: Word>(call: &Call) -> Option<KernelResult> {
    let (input, dims) = (call.operand(0).ok()?, call.dims(0).ok()?);
    let options = call.options::<StablehloGatherOptionsT>();
    let rank = input.dims.len();
    let vectors = Vectors::new(call, options.index_vector_dim, axes(&options.start_index_map, rank)?)?;
    let kept = others(&axes(&options.collapsed_slice_dims, rank)?, rank);
    let offset = axes(&options.offset_dims, dims.len())?;
    let batch = others(&offset, dims.len());
    let (view, sizes) = (call.words::<W>(0).ok()?, options.slice_sizes?);
    let element = |i: usize| {
        let at = place(i, &dims);
        let mut from = vectors.start(&batch.iter().map(|&a| at[a]).collect::<Vec<_>>(), rank)?;
        for (axis, start) in from.iter_mut().enumerate() {
            *start = (*start).clamp(0, input.dims[axis] as i64 - sizes[axis]);
        }
        offset.iter().zip(&kept).for_each(|(&a, &axis)| from[axis] += at[a] as i64);
        view.get(&from.iter().map(|&i| i as usize).collect::<Vec<_>>()[..]).copied()
    };
    let elements = (0..dims.iter().product()).map(element).collect::<Option<Vec<_>>>()?;
    Some(array(dims.clone(), elements).map(|array| vec![Tensor::of_words(input.dtype, array)]))
}

fn scatter(call: &Call, scope: &mut Scope) -> KernelResult {
    let graph = call.options::<StablehloScatterOptionsT>().update_computation_subgraph_index.into();
    let unknown = || KernelError::Unsupported("updates by such a graph".to_owned());
    if scope.takes_second(graph) {
        return by_width!(call.operand(0)?.dtype, W => scatter_by::<W>(call, |_, update| update).ok_or_else(unfit)?);
    }
    let by: OpCode = scope.combination(graph).ok_or_else(unknown)?;
    match call.operand(0)?.dtype {
        DType::Bool => scatter_by::<u8>(call, logic(by).ok_or_else(unknown)?).ok_or_else(unfit)?,
        dtype => by_dtype!(dtype, T: f32 | f64 | i8 | u8 | i16 | i32 | i64 => {
            scatter_by::<T>(call, combination::<T>(by).ok_or_else(unknown)?).ok_or_else(unfit)?
        }),
    }
}

/// Updates that lie outside are left out.
fn scatter_by<T: bytemuck::Pod + Send + Sync>(call: &Call, f: impl Fn(T, T) -> T) -> Option<KernelResult> {
    let (input, updates) = (call.operand(0).ok()?, call.operand(2).ok()?);
    let options = call.options::<StablehloScatterOptionsT>();
    let rank = input.dims.len();
    let map = axes(&options.scatter_dims_to_operand_dims, rank)?;
    let vectors = Vectors::new(call, options.index_vector_dim, map)?;
    let window = axes(&options.update_window_dims, updates.dims.len())?;
    let batch = others(&window, updates.dims.len());
    let kept = others(&axes(&options.inserted_window_dims, rank)?, rank);
    let expected = vectors.dims.iter().enumerate().filter(|&(i, _)| i != vectors.along).map(|(_, &n)| n);
    let batches = batch.iter().map(|&a| updates.dims[a]);
    (kept.len() == window.len() && batches.eq(expected) && input.dtype == updates.dtype).then_some(())?;
    let mut result = array(input.dims.clone(), input.data.elements::<T>()?.to_vec()).ok()?;
    for (i, &update) in updates.data.elements::<T>()?.iter().enumerate() {
        let at = place(i, &updates.dims);
        let mut to = vectors.start(&batch.iter().map(|&a| at[a]).collect::<Vec<_>>(), rank)?;
        window.iter().zip(&kept).for_each(|(&a, &axis)| to[axis] = to[axis].saturating_add(at[a] as i64));
        let to = to.iter().map(|&i| usize::try_from(i).ok()).collect::<Option<Vec<_>>>();
        if let Some(element) = to.and_then(|to| result.get_mut(&to[..])) {
            *element = f(*element, update);
        }
    }
    Some(Ok(vec![Tensor::of_words(input.dtype, result)]))
}

fn unfit() -> KernelError {
    KernelError::invalid("the indices do not fit the input")
}
