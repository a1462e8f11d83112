//! Reductions of windows that slide over all axes.
//!
//! Invariant: each reduction begins with the initial value; places between and beyond elements hold it too.

use super::window::visited;
use crate::circle::schema::*;
use crate::interp::elements::{Number, array};
use crate::interp::{Call, KernelError, KernelResult, Scope, Tensor, by_dtype};
use crate::ir::{DType, Dim, OpCode, Shape, Type};
use crate::op::shapes::unknown_dims;
use crate::op::{Effect, Site, operators};
use bytemuck::Pod;

operators! {
    /// A reduction over each position of a window.
    ReduceWindow = REDUCE_WINDOW(input, init, window, strides, dilations) ReduceWindowOptionsT {
        shape: Some(reduce_window_shape), kernel: Some(reduce_window), steps: Some(window_steps)
    }
    /// A reduction of windows by a graph; computed where the graph is one commutative operator.
    StablehloReduceWindow = STABLEHLO_REDUCE_WINDOW(..) StablehloReduceWindowOptionsT {
        effect: Effect::Opaque, shape: Some(by_graph_shape), routine: Some(by_graph), steps: Some(by_graph_steps)
    }
}

/// How a window moves along one axis, whose elements may be apart.
#[derive(Clone, Copy)]
struct Sliding {
    size: usize,
    stride: usize,
    dilation: usize,
    base: usize,
    low: i64,
    high: i64,
}

impl Sliding {
    fn positions(self, extent: usize) -> Option<usize> {
        let spread = extent.saturating_sub(1).checked_mul(self.base)?.checked_add(usize::from(extent > 0))?;
        let whole = i64::try_from(spread).ok()?.checked_add(self.low)?.checked_add(self.high)?;
        let reach = self.size.checked_sub(1)?.checked_mul(self.dilation)?.checked_add(1)?;
        let room = usize::try_from(whole).ok().and_then(|whole| whole.checked_sub(reach));
        Some(room.map_or(0, |room| room / self.stride + 1))
    }

    fn element(self, extent: usize, position: usize, tap: usize) -> Option<usize> {
        let place = (position * self.stride + tap * self.dilation) as i64 - self.low;
        let place = usize::try_from(place).ok().filter(|place| place.is_multiple_of(self.base))?;
        Some(place / self.base).filter(|&i| i < extent)
    }
}

fn slidings(
    rank: usize,
    [window, strides, dilations, base]: [&[i64]; 4],
    padding: &[i64],
) -> Option<Vec<Sliding>> {
    let one = |list: &[i64], i: usize| match list {
        [] => Some(1),
        list => usize::try_from(*list.get(i)?).ok().filter(|&n| n > 0),
    };
    let sliding = |i: usize| {
        let edge = |end: usize| if padding.is_empty() { Some(0) } else { padding.get(2 * i + end).copied() };
        Some(Sliding {
            size: one(window, i)?,
            stride: one(strides, i)?,
            dilation: one(dilations, i)?,
            base: one(base, i)?,
            low: edge(0)?,
            high: edge(1)?,
        })
    };
    (window.len() == rank).then(|| (0..rank).map(sliding).collect())?
}

fn reduce_window_shape(site: &Site) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let rank = input.shape.rank();
    let shape = match (site.ints(2), site.ints(3), site.ints(4)) {
        (Some(window), Some(strides), Some(dilations)) => {
            slid(site, &slidings(rank, [&window, &strides, &dilations, &[]], &[])?)?
        }
        _ => unknown_dims(site, rank),
    };
    (site.operand(1)?.dtype == input.dtype).then(|| vec![Type::new(input.dtype, shape)])
}

fn window_steps(site: &Site) -> u64 {
    visited(site.count_first(reduce_window_shape(site)), site.ints(2).unwrap_or_default())
}

fn by_graph_steps(site: &Site) -> u64 {
    let window = site.options::<StablehloReduceWindowOptionsT>().window_dimensions;
    visited(site.count_first(by_graph_shape(site)), window.unwrap_or_default())
}

fn slid(site: &Site, slidings: &[Sliding]) -> Option<Shape> {
    let dims = site.shape(0)?.dims().iter().zip(slidings);
    dims.map(|(dim, sliding)| match dim {
        Dim::Known(extent) => sliding.positions(*extent).map(Dim::Known),
        Dim::Unknown(_) => Some(site.unknown()),
    })
    .collect()
}

fn reduce_window(call: &Call) -> KernelResult {
    let rank = call.operand(0)?.dims.len();
    let lists = [call.ints(2)?, call.ints(3)?, call.ints(4)?];
    let slidings = slidings(rank, [&lists[0], &lists[1], &lists[2], &[]], &[]).ok_or_else(unfit)?;
    let by = match call.options::<ReduceWindowOptionsT>().reduce_function {
        ReduceWindowFunction::Add => OpCode::ADD,
        ReduceWindowFunction::Mul => OpCode::MUL,
        ReduceWindowFunction::Minimum => OpCode::MINIMUM,
        ReduceWindowFunction::Maximum => OpCode::MAXIMUM,
        ReduceWindowFunction::All => OpCode::LOGICAL_AND,
        ReduceWindowFunction::Any => OpCode::LOGICAL_OR,
        _ => return Err(KernelError::Unsupported("an unknown reduction".to_owned())),
    };
    reduced(call, by, &slidings)
}

fn by_graph_slidings(options: &StablehloReduceWindowOptionsT, rank: usize) -> Option<Vec<Sliding>> {
    let lists = [
        &options.window_dimensions,
        &options.window_strides,
        &options.window_dilations,
        &options.base_dilations,
    ];
    let lists = lists.map(|list| list.as_deref().unwrap_or_default());
    slidings(rank, lists, options.padding.as_deref().unwrap_or_default())
}

fn by_graph_shape(site: &Site) -> Option<Vec<Type>> {
    let (input, init) = (site.operand(0)?, site.operand(1)?);
    let shape = slid(site, &by_graph_slidings(&site.options(), input.shape.rank())?)?;
    let fits = site.operands().count() == 2 && init.dtype == input.dtype;
    fits.then(|| vec![Type::new(input.dtype, shape)])
}

fn by_graph(call: &Call, scope: &mut Scope) -> KernelResult {
    let options = call.options::<StablehloReduceWindowOptionsT>();
    let slidings = by_graph_slidings(&options, call.operand(0)?.dims.len()).ok_or_else(unfit)?;
    let unknown = || KernelError::Unsupported("a reduction by such a graph".to_owned());
    reduced(call, scope.combination(options.body_subgraph_index.into()).ok_or_else(unknown)?, &slidings)
}

/// How two elements become one; `None` where the operator does not take the dtype.
pub(super) fn combination<T: Number>(by: OpCode) -> Option<fn(T, T) -> T> {
    Some(match by {
        OpCode::ADD => T::plus,
        OpCode::MUL => T::times,
        OpCode::MINIMUM => T::smaller,
        OpCode::MAXIMUM => T::larger,
        _ => return None,
    })
}

/// The same for Bool.
pub(super) fn logic(by: OpCode) -> Option<fn(u8, u8) -> u8> {
    Some(match by {
        OpCode::LOGICAL_AND | OpCode::MUL | OpCode::MINIMUM => |a, b| a & b,
        OpCode::LOGICAL_OR | OpCode::ADD | OpCode::MAXIMUM => |a, b| a | b,
        _ => return None,
    })
}

fn reduced(call: &Call, by: OpCode, slidings: &[Sliding]) -> KernelResult {
    let other = || KernelError::Unsupported("such a reduction of this dtype".to_owned());
    match call.operand(0)?.dtype {
        DType::Bool => windows::<u8>(call, slidings, logic(by).ok_or_else(other)?),
        dtype => by_dtype!(dtype, T: f32 | f64 | i8 | u8 | i16 | i32 | i64 => {
            windows::<T>(call, slidings, combination::<T>(by).ok_or_else(other)?)
        }),
    }
}

fn windows<T: Pod + Send + Sync>(call: &Call, slidings: &[Sliding], f: fn(T, T) -> T) -> KernelResult {
    let (input, dims) = (call.operand(0)?, call.dims(0)?);
    let elements = input.data.elements::<T>().ok_or_else(unfit)?;
    let init = *call.operand(1)?.data.elements::<T>().and_then(|e| e.first()).ok_or_else(unfit)?;
    let sizes: Vec<_> = slidings.iter().map(|s| s.size).collect();
    let taps = sizes.iter().try_fold(1usize, |n, &size| n.checked_mul(size)).filter(|&n| n <= MOST_TAPS);
    let taps: Vec<_> = (0..taps.ok_or_else(unfit)?).map(|i| crate::interp::place(i, &sizes)).collect();
    let element = |position: &[usize], tap: &[usize]| {
        let along = slidings.iter().zip(&input.dims).zip(position.iter().zip(tap));
        along.map(|((s, &n), (&position, &tap))| Some((n, s.element(n, position, tap)?))).try_fold(
            0,
            |at, next| {
                let (extent, i) = next?;
                Some(at * extent + i)
            },
        )
    };
    let count = dims.iter().product();
    let reduce = |i: usize| {
        let position = crate::interp::place(i, &dims);
        let seen = taps.iter().map(|tap| element(&position, tap).map_or(init, |at| elements[at]));
        seen.fold(init, f)
    };
    let reduced = (0..count).map(reduce).collect();
    Ok(vec![Tensor::of_words(input.dtype, array(dims, reduced)?)])
}

/// More than any window has: a hostile size must not exhaust memory.
const MOST_TAPS: usize = 1 << 20;

fn unfit() -> KernelError {
    KernelError::invalid("the window does not fit the input")
}
