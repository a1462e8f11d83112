//! Slices.
//!
//! Invariant: an axis that is not mentioned stays whole.

use crate::circle::schema::*;
use crate::interp::{Call, KernelError, KernelResult, Tensor, Word, by_width};
use crate::ir::{Dim, Type};
use crate::op::layout::moved_numbers;
use crate::op::pieces::CUT;
use crate::op::shapes::{held_axes, same};
use ndarray::{Axis, Slice as AxisSlice};
use crate::op::{Follow, OptionsTable, Permutation, Place, Quantized, Reads, Relayout, Site, operators};

operators! {
    /// `size` elements from `begin` on; size -1 is all that is left.
    Slice = SLICE(input, begin, size) SliceOptionsT {
        shape: Some(slice_shape), kernel: Some(slice), layout: Some(slice_layout),
        pieces: Some(CUT), quantized: Quantized::AsStored, reads: Reads::Chosen(0)
    }
    /// Every `strides`-th element from `begin` to before `end`.
    StridedSlice = STRIDED_SLICE(input, begin, end, strides) StridedSliceOptionsT {
        shape: Some(strided_slice_shape), kernel: Some(strided_slice), layout: Some(strided_slice_layout),
        pieces: Some(CUT), quantized: Quantized::AsStored, reads: Reads::Chosen(0)
    }
    /// The input with `update` written at `begin`, which is moved inside.
    DynamicUpdateSlice = DYNAMIC_UPDATE_SLICE(input, update, begin) DynamicUpdateSliceOptionsT {
        shape: Some(same), kernel: Some(dynamic_update_slice), quantized: Quantized::AsStored
    }
}

/// `len` elements from `start` on, `step` apart.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Steps {
    start: i64,
    step: i64,
    len: usize,
}

/// What one entry of a strided slice does.
enum Entry {
    /// Inserts an axis of extent 1.
    NewAxis,
    /// Takes one element of the next axis and drops the axis.
    Pick(Option<Steps>),
    /// Takes elements of the next axis.
    Take(Dim, Option<Steps>),
}

/// Begin, end and stride of one axis, as far as they are constants.
#[derive(Clone, Copy, Default)]
struct Bounds {
    begin: Option<i64>,
    end: Option<i64>,
    stride: Option<i64>,
    whole_begin: bool,
    whole_end: bool,
    offset: bool,
}

fn slice_shape(site: &Site) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let rank = input.shape.rank();
    let unknown = || vec![None; rank];
    let begin = site.ints(1).map_or_else(unknown, |b| b.into_iter().map(Some).collect());
    let size = site.ints(2).map_or_else(unknown, |s| s.into_iter().map(Some).collect());
    let axes = input.shape.dims().iter().zip(begin).zip(size);
    let dims =
        axes.map(|((&dim, begin), size)| sliced(site, dim, begin, size)).collect::<Option<Vec<_>>>()?;
    (dims.len() == rank).then(|| vec![Type::new(input.dtype, dims.into())])
}

fn slice_layout(site: &Site, perm: &Permutation, _: Place) -> Option<Relayout> {
    let operands = bounds_layout(site, perm, 2)?;
    Relayout::moving(site.options.clone(), operands)
}

/// The input moves, and so do the numbers for each axis that the `count` operands after it hold.
fn bounds_layout(site: &Site, perm: &Permutation, count: usize) -> Option<Vec<Follow>> {
    site.movable(0, perm)?;
    let bounds = (1..=count).map(|i| moved_numbers(site, perm, i));
    [Some(Follow::Moves)].into_iter().chain(bounds).collect()
}

/// Axes that are picked go; the others must stay in order, or none may be picked.
fn strided_slice_layout(site: &Site, perm: &Permutation, _: Place) -> Option<Relayout> {
    let options = site.options::<StridedSliceOptionsT>();
    (options.ellipsis_mask == 0 && options.new_axis_mask == 0).then_some(())?;
    let operands = bounds_layout(site, perm, 3)?;
    let mask = |mask: i32| {
        let bits = perm.axes().iter().enumerate().map(|(i, &axis)| i32::from(has(mask, axis)) << i);
        bits.fold(0, |mask, bit| mask | bit)
    };
    let picked: Vec<usize> = (0..perm.rank()).filter(|&axis| has(options.shrink_axis_mask, axis)).collect();
    let moved = StridedSliceOptionsT {
        begin_mask: mask(options.begin_mask),
        end_mask: mask(options.end_mask),
        shrink_axis_mask: mask(options.shrink_axis_mask),
        ..options
    };
    match picked.is_empty() {
        true => Relayout::moving(moved.wrap(), operands),
        false => perm.keeps_others(&picked).then(|| Relayout::staying(moved.wrap(), operands))?,
    }
}

fn sliced(site: &Site, dim: Dim, begin: Option<i64>, size: Option<i64>) -> Option<Dim> {
    match (dim, begin, size) {
        (Dim::Known(n), Some(begin), Some(size)) => Some(Dim::Known(slice_steps(n, begin, size)?.len)),
        (_, _, Some(size)) if size != -1 => Some(Dim::Known(usize::try_from(size).ok()?)),
        (dim, Some(0), Some(_)) => Some(dim),
        _ => Some(site.unknown()),
    }
}

fn slice_steps(extent: usize, begin: i64, size: i64) -> Option<Steps> {
    let begin = usize::try_from(begin).ok()?;
    let rest = extent.checked_sub(begin)?;
    let len = if size == -1 { rest } else { usize::try_from(size).ok().filter(|&n| n <= rest)? };
    Some(Steps { start: begin as i64, step: 1, len })
}

fn slice(call: &Call) -> KernelResult {
    let (begin, size) = (call.ints(1)?, call.ints(2)?);
    let axes = call.operand(0)?.dims.iter().zip(begin.iter().zip(&size));
    let steps: Option<Vec<_>> = axes.map(|(&n, (&begin, &size))| slice_steps(n, begin, size)).collect();
    by_width!(call.operand(0)?.dtype, W => take::<W>(call, &steps.ok_or_else(outside)?))
}

fn strided_slice_shape(site: &Site) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let ints = |i| site.ints(i).map(|ints| ints.into_iter().map(Some).collect());
    let count = held_axes(site, 1)?;
    let lists = [1, 2, 3].map(|i| ints(i).unwrap_or_else(|| vec![None; count]));
    let entries = entries(input.shape.dims(), &lists, &site.options(), || site.unknown())?;
    let dims = entries.iter().filter_map(|entry| match entry {
        Entry::NewAxis => Some(Dim::Known(1)),
        Entry::Pick(_) => None,
        Entry::Take(dim, _) => Some(*dim),
    });
    Some(vec![Type::new(input.dtype, dims.collect())])
}

/// What each entry of the lists does, the ellipsis (at the end if there is none) spelled out as whole axes.
fn entries(
    dims: &[Dim],
    [begin, end, strides]: &[Vec<Option<i64>>; 3],
    options: &StridedSliceOptionsT,
    unknown: impl Fn() -> Dim,
) -> Option<Vec<Entry>> {
    let count = begin.len();
    let ellipsis = (0..count).find(|&i| has(options.ellipsis_mask, i));
    let is_new = |i: usize| has(options.new_axis_mask, i) && Some(i) != ellipsis;
    let mentioned = (0..count).filter(|&i| !is_new(i) && Some(i) != ellipsis).count();
    let whole = dims.len().checked_sub(mentioned)?;
    (end.len() == count && strides.len() == count).then_some(())?;
    let mut axes = dims.iter().copied();
    let mut entries = Vec::new();
    for i in 0..count {
        if Some(i) == ellipsis {
            entries.extend(axes.by_ref().take(whole).map(untouched));
        } else if is_new(i) {
            entries.push(Entry::NewAxis);
        } else {
            let bounds = Bounds {
                begin: begin[i],
                end: end[i],
                stride: strides[i],
                whole_begin: has(options.begin_mask, i),
                whole_end: has(options.end_mask, i),
                offset: options.offset,
            };
            let dim = axes.next()?;
            entries.push(if has(options.shrink_axis_mask, i) {
                pick(dim, bounds)?
            } else {
                range(dim, bounds, &unknown)?
            });
        }
    }
    entries.extend(axes.map(untouched));
    Some(entries)
}

/// Whether bit `i` of a mask is set.
fn has(mask: i32, i: usize) -> bool {
    i < 32 && mask as u32 >> i & 1 == 1
}

fn untouched(dim: Dim) -> Entry {
    Entry::Take(dim, dim.known().map(|len| Steps { start: 0, step: 1, len }))
}

fn pick(dim: Dim, bounds: Bounds) -> Option<Entry> {
    let begin = if bounds.whole_begin { Some(0) } else { bounds.begin };
    let (Dim::Known(extent), Some(begin)) = (dim, begin) else { return Some(Entry::Pick(None)) };
    let start = if begin < 0 { begin.checked_add_unsigned(extent as u64)? } else { begin };
    (0..extent as i64).contains(&start).then_some(Entry::Pick(Some(Steps { start, step: 1, len: 1 })))
}

fn range(dim: Dim, bounds: Bounds, unknown: impl Fn() -> Dim) -> Option<Entry> {
    let from_start = bounds.whole_begin || (bounds.begin == Some(0) && bounds.stride == Some(1));
    match (dim, bounds.stride) {
        (_, Some(0)) => None,
        (Dim::Known(extent), Some(step)) => match steps(extent as i64, bounds, step)? {
            Some(steps) => Some(Entry::Take(Dim::Known(steps.len), Some(steps))),
            None => Some(Entry::Take(unknown(), None)),
        },
        (dim, Some(1 | -1)) if from_start && bounds.whole_end => Some(Entry::Take(dim, None)),
        _ => Some(Entry::Take(unknown(), None)),
    }
}

/// `Some(None)` if the bounds are not known.
fn steps(extent: i64, bounds: Bounds, step: i64) -> Option<Option<Steps>> {
    let (low, high) = if step > 0 { (0, extent) } else { (-1, extent - 1) };
    let from_end = |i: i64| if i < 0 { i.saturating_add(extent) } else { i };
    let start = match bounds.begin {
        _ if bounds.whole_begin => {
            if step > 0 {
                0
            } else {
                extent - 1
            }
        }
        Some(begin) => from_end(begin).clamp(low, high),
        None => return Some(None),
    };
    let stop = match bounds.end {
        _ if bounds.whole_end => {
            if step > 0 {
                extent
            } else {
                -1
            }
        }
        Some(length) if bounds.offset => start.saturating_add(length).clamp(low, high),
        Some(end) => from_end(end).clamp(low, high),
        None => return Some(None),
    };
    let len = if (stop - start).signum() == step.signum() {
        (stop - start).unsigned_abs().div_ceil(step.unsigned_abs())
    } else {
        0
    };
    Some(Some(Steps { start, step, len: usize::try_from(len).ok()? }))
}

fn strided_slice(call: &Call) -> KernelResult {
    let dims: Vec<_> = call.operand(0)?.dims.iter().map(|&n| Dim::Known(n)).collect();
    let ints = |i| Ok(call.ints(i)?.into_iter().map(Some).collect());
    let entries = entries(&dims, &[ints(1)?, ints(2)?, ints(3)?], &call.options(), || Dim::Known(0));
    let entries = entries.ok_or_else(outside)?;
    let steps = entries.into_iter().filter_map(|entry| match entry {
        Entry::NewAxis => None,
        Entry::Pick(steps) | Entry::Take(_, steps) => Some(steps),
    });
    let steps = steps.collect::<Option<Vec<_>>>().ok_or_else(outside)?;
    by_width!(call.operand(0)?.dtype, W => take::<W>(call, &steps))
}

/// The elements that `steps` says of each axis, in the result's dims.
fn take<W: Word>(call: &Call, steps: &[Steps]) -> KernelResult {
    let mut view = call.words::<W>(0)?;
    for (i, steps) in steps.iter().enumerate() {
        view.slice_axis_inplace(Axis(i), steps.axis_slice());
    }
    let taken = view.as_standard_layout().into_owned().into_shape_with_order(call.dims(0)?);
    let taken = taken.map_err(|e| KernelError::invalid(e.to_string()))?;
    Ok(vec![Tensor::of_words(call.operand(0)?.dtype, taken)])
}

impl Steps {
    /// In ndarray's terms, where a negative step begins at the end of a range.
    fn axis_slice(self) -> AxisSlice {
        let last = self.start + self.step * (self.len as i64 - 1);
        match self.len {
            0 => AxisSlice::from(0..0),
            1 => AxisSlice::from(self.start as isize..self.start as isize + 1),
            _ => AxisSlice::new(
                self.start.min(last) as isize,
                Some(self.start.max(last) as isize + 1),
                self.step as isize,
            ),
        }
    }
}

fn dynamic_update_slice(call: &Call) -> KernelResult {
    let (input, update, begin) = (call.operand(0)?, call.operand(1)?, call.ints(2)?);
    let fits = update.dtype == input.dtype
        && update.dims.len() == input.dims.len()
        && begin.len() == input.dims.len()
        && update.dims.iter().zip(&input.dims).all(|(u, n)| u <= n);
    fits.then_some(()).ok_or_else(outside)?;
    by_width!(input.dtype, W => {
        let mut result = call.words::<W>(0)?.to_owned();
        let part = result.slice_each_axis_mut(|axis| {
            let (i, len) = (axis.axis.index(), update.dims[axis.axis.index()]);
            let start = begin[i].clamp(0, (axis.len - len) as i64) as usize;
            AxisSlice::from(start..start + len)
        });
        call.words::<W>(1)?.assign_to(part);
        Ok(vec![Tensor::of_words(input.dtype, result)])
    })
}

fn outside() -> KernelError {
    KernelError::invalid("the slice is outside the input")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(begin: i64, end: i64, step: i64, extent: i64) -> (i64, usize) {
        let bounds = Bounds { begin: Some(begin), end: Some(end), ..Bounds::default() };
        let steps = steps(extent, bounds, step).unwrap().unwrap();
        (steps.start, steps.len)
    }

    #[test]
    fn bounds_are_clamped_as_python_does() {
        assert_eq!(of(1, 9, 2, 6), (1, 3));
        assert_eq!(of(-2, 6, 1, 6), (4, 2));
        assert_eq!(of(4, -9, -2, 6), (4, 3));
        assert_eq!(of(3, 3, 1, 6), (3, 0));
        assert_eq!(of(5, 1, 1, 6).1, 0);
        assert_eq!(of(i64::MIN, i64::MAX, i64::MAX, 6), (0, 1));
        assert_eq!(of(i64::MAX, i64::MIN, i64::MIN, 6), (5, 1));
    }

    #[test]
    fn unknown_axes_stay_unknown_unless_whole() {
        let dim = Dim::Unknown(crate::ir::Symbol(1));
        let fresh = || Dim::Unknown(crate::ir::Symbol(2));
        let bounds = Bounds { begin: Some(0), stride: Some(1), whole_end: true, ..Bounds::default() };
        assert!(matches!(range(dim, bounds, fresh), Some(Entry::Take(d, None)) if d == dim));
        let bounds = Bounds { end: Some(3), whole_end: false, ..bounds };
        assert!(matches!(range(dim, bounds, fresh), Some(Entry::Take(d, None)) if d == fresh()));
    }
}
