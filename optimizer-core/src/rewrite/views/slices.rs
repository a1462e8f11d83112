//! Slices of the last axis, in every spelling.
//!
//! Invariant: a slice is extracted only if its bounds are constants and lie inside a known dim.

use crate::circle::schema::StridedSliceOptionsT;
use crate::ir::{Graph, OpCode};
use crate::op::{Neg, Slice, Split, SplitV, StridedSlice};
use crate::rewrite::consts::Rows;
use crate::rewrite::{At, Builder, Extract, IntoOperand, Match, Reject, Shown, Spell, Val, Why, Wire};
use std::ops::Range;

/// A [`last_axis_slice`] of `.0`, negated or not.
pub struct signed_slice<V>(pub V, pub Rows);

impl<'g> Extract<'g> for signed_slice<Val<'g>> {
    fn extract(m: &mut Match<'g>, v: Val<'g>, at: At) -> Option<Self> {
        let negative = v.producer().is_some_and(|(op, _)| m.graph().op(op).code == OpCode::NEG);
        let sliced = match negative {
            true => {
                let neg = m.produced::<Neg>(v, 0, false, at)?;
                let [x] = *m.operands(neg);
                m.present(x, at)?
            }
            false => v,
        };
        let last_axis_slice(x, range) = last_axis_slice::extract(m, sliced, at)?;
        Some(signed_slice(x, Rows { range, negative }))
    }
}

impl Spell for signed_slice<Wire> {
    fn spell(&self, b: &mut Builder<'_>) -> Result<Vec<Wire>, Reject> {
        let signed_slice(x, Rows { range, negative }) = self;
        let slices = last_axis_slice(*x, range.clone()).spell(b)?;
        let sign = |slice: Wire| match negative {
            true => Ok(b.op::<Neg, _>([slice], Default::default(), At::default())?.result(0)),
            false => Ok(slice),
        };
        slices.into_iter().map(sign).collect()
    }
}

/// Elements of a value that are to be cut out along its last axis.
pub struct Cut<W>(Rows, W);

impl Rows {
    /// These elements of `value` along its last axis.
    pub fn of<W>(&self, value: W) -> Cut<W> {
        Cut(self.clone(), value)
    }
}

impl<'g, W: IntoOperand<'g>> IntoOperand<'g> for Cut<W> {
    /// Elements that the value does not have make the operand absent.
    fn into_wire(self, b: &mut Builder<'g>) -> Wire {
        let Cut(rows, value) = self;
        let slice = signed_slice(b.operand(value), rows);
        slice.spell(b).ok().and_then(|spellings| spellings.last().copied()).unwrap_or(Wire::Absent)
    }
}

/// The elements `.1` along the last axis of `.0`, in order, all else whole: a SLICE, a STRIDED_SLICE, or a result of
/// a SPLIT or SPLIT_V.
pub struct last_axis_slice<V>(pub V, pub Range<usize>);

impl<'g> Extract<'g> for last_axis_slice<Val<'g>> {
    fn extract(m: &mut Match<'g>, v: Val<'g>, at: At) -> Option<Self> {
        let wanted = "a slice of the last axis";
        let Some((op, result)) = v.producer() else {
            return m.not_produced(v, wanted, at);
        };
        match m.graph().op(op).code {
            OpCode::SLICE => slice(m, v, at),
            OpCode::STRIDED_SLICE => strided_slice(m, v, at),
            OpCode::SPLIT => split(m, v, result as usize, at),
            OpCode::SPLIT_V => split_v(m, v, result as usize, at),
            _ => m.not_produced(v, wanted, at),
        }
    }
}

fn slice<'g>(m: &mut Match<'g>, v: Val<'g>, at: At) -> Option<last_axis_slice<Val<'g>>> {
    let node = m.produced::<Slice>(v, 0, false, at)?;
    let [x, begin, size] = *m.operands(node);
    let (x, begin, size) = (m.present(x, at)?, m.present(begin, at)?, m.present(size, at)?);
    let (Some(begin), Some(size), Some(dims)) = (begin.ints(), size.ints(), x.shape().known()) else {
        return m.fail(at, Why::NotConstant);
    };
    let end = |i: usize| if size[i] < 0 { dims[i] as i64 } else { begin[i].saturating_add(size[i]) };
    let ranges = (begin.len() == dims.len() && size.len() == dims.len())
        .then(|| (0..dims.len()).map(|i| (begin[i], end(i))).collect());
    last_only(m, x, ranges, at)
}

impl StridedSliceOptionsT {
    /// Whether every axis of the operand is an axis of the result.
    pub fn is_plain(&self) -> bool {
        self.ellipsis_mask == 0 && self.new_axis_mask == 0 && self.shrink_axis_mask == 0 && !self.offset
    }
}

fn strided_slice<'g>(m: &mut Match<'g>, v: Val<'g>, at: At) -> Option<last_axis_slice<Val<'g>>> {
    let node = m.produced::<StridedSlice>(v, 0, false, at)?;
    let [x, begin, end, strides] = *m.operands(node);
    let (x, begin) = (m.present(x, at)?, m.present(begin, at)?);
    let (end, strides) = (m.present(end, at)?, m.present(strides, at)?);
    let o = node.options();
    let (Some(begin), Some(end), Some(strides), Some(dims)) =
        (begin.ints(), end.ints(), strides.ints(), x.shape().known())
    else {
        return m.fail(at, Why::NotConstant);
    };
    let full_rank = [&begin, &end, &strides].iter().all(|list| list.len() == dims.len());
    if !o.is_plain() || !full_rank || strides.iter().any(|&s| s != 1) {
        return m.fail(at, Why::Differs("the slice"));
    }
    let wrap = |n: i64, dim: usize| if n < 0 { n + dim as i64 } else { n }.clamp(0, dim as i64);
    let bound =
        |list: &[i64], mask: i32, open: i64, i: usize| match mask.checked_shr(i as u32).unwrap_or(0) & 1 {
            0 => wrap(list[i], dims[i]),
            _ => open,
        };
    let range = |i: usize| (bound(&begin, o.begin_mask, 0, i), bound(&end, o.end_mask, dims[i] as i64, i));
    let ranges = (0..dims.len()).map(range).collect();
    last_only(m, x, Some(ranges), at)
}

/// A view of the last axis, if all other axes are whole.
fn last_only<'g>(
    m: &mut Match<'g>,
    x: Val<'g>,
    ranges: Option<Vec<(i64, i64)>>,
    at: At,
) -> Option<last_axis_slice<Val<'g>>> {
    let dims = x.shape().known().unwrap_or_default();
    let valid = |&(begin, end): &(i64, i64), dim: usize| 0 <= begin && begin < end && end <= dim as i64;
    match ranges.as_deref().and_then(|ranges| ranges.split_last()) {
        Some((last, others))
            if others.iter().zip(&dims).all(|(&r, &dim)| r == (0, dim as i64))
                && valid(last, dims[dims.len() - 1]) =>
        {
            Some(last_axis_slice(x, last.0 as usize..last.1 as usize))
        }
        _ => {
            let wanted = Shown::Written("all of every axis but the last");
            m.compared("the slice", at, Shown::Value(&(ranges, x)), wanted);
            None
        }
    }
}

fn split<'g>(m: &mut Match<'g>, v: Val<'g>, result: usize, at: At) -> Option<last_axis_slice<Val<'g>>> {
    let node = m.produced::<Split>(v, result, false, at)?;
    let [axis, x] = *m.operands(node);
    let (axis, x) = (m.present(axis, at)?, m.present(x, at)?);
    on_last_axis(m, x, axis, at)?;
    let parts = node.operator().results().len();
    match x.dim(-1).known() {
        Some(d) if d % parts == 0 => {
            Some(last_axis_slice(x, result * (d / parts)..(result + 1) * (d / parts)))
        }
        _ => m.fail(at, Why::UnknownDim),
    }
}

fn split_v<'g>(m: &mut Match<'g>, v: Val<'g>, result: usize, at: At) -> Option<last_axis_slice<Val<'g>>> {
    let node = m.produced::<SplitV>(v, result, false, at)?;
    let [x, _, axis] = *m.operands(node);
    let (x, axis) = (m.present(x, at)?, m.present(axis, at)?);
    on_last_axis(m, x, axis, at)?;
    let sizes = node.operator().results().iter().map(|&r| width(m.graph(), r));
    match sizes.collect::<Option<Vec<usize>>>() {
        Some(sizes) => {
            let begin = sizes[..result].iter().sum();
            Some(last_axis_slice(x, begin..begin + sizes[result]))
        }
        None => m.fail(at, Why::UnknownDim),
    }
}

fn width(graph: &Graph, v: crate::ir::ValueId) -> Option<usize> {
    graph.value(v).shape()?.dim(-1)?.known()
}

fn on_last_axis<'g>(m: &mut Match<'g>, x: Val<'g>, axis: Val<'g>, at: At) -> Option<()> {
    let last = axis.ints().filter(|axis| axis.len() == 1).and_then(|axis| crate::op::axis(axis[0], x.rank()));
    if last.is_some_and(|axis| axis + 1 == x.rank()) {
        Some(())
    } else {
        m.compared("the axis", at, Shown::Value(&axis), Shown::Written("the last one"));
        None
    }
}

impl Spell for last_axis_slice<Wire> {
    fn spell(&self, b: &mut Builder<'_>) -> Result<Vec<Wire>, Reject> {
        let last_axis_slice(x, range) = self;
        let dims = b.shape(*x)?.known().ok_or_else(|| Reject::build(At::default(), "a dim is not known"))?;
        let (rank, d) = (dims.len(), dims[dims.len() - 1]);
        let with = |last: usize, all: &dyn Fn(usize) -> usize| -> Vec<usize> {
            (0..rank).map(|i| if i + 1 == rank { last } else { all(i) }).collect()
        };
        let begin = b.operand(with(range.start, &|_| 0));
        let size = b.operand(with(range.len(), &|i| dims[i]));
        let end = b.operand(with(range.end, &|i| dims[i]));
        let strides = b.operand(vec![1usize; rank]);
        let axis = b.operand(rank as i32 - 1);
        let at = At::default();
        let mut spellings = vec![
            b.op::<StridedSlice, _>([*x, begin, end, strides], Default::default(), at)?.result(0),
            b.op::<Slice, _>([*x, begin, size], Default::default(), at)?.result(0),
        ];
        let halves = d % 2 == 0 && range.len() == d / 2 && range.start % (d / 2) == 0;
        if halves {
            let options = crate::circle::schema::SplitOptionsT { num_splits: 2 };
            let split = b.op::<Split, _>([axis, *x], options, at)?;
            spellings.push(split.result((range.start / (d / 2)) as u32));
        }
        Ok(spellings)
    }
}
