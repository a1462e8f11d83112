//! Runs: slices of one value that are joined in the order in which they lie in it.
//!
//! Invariant: a run holds the elements of its parts, in their order.

use crate::circle::schema::StridedSliceOptionsT;
use crate::ir::OpCode;
use crate::op::StridedSlice;
use crate::rewrite::{At, Builder, IntoOperand, Val, Wire};

/// What is joined: a value, or a plain slice of one with steps of 1, by its bounds in each axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Run<'g> {
    Value(Val<'g>),
    Slice { of: Val<'g>, begin: Vec<usize>, end: Vec<usize> },
}

/// The parts of a join along `axis`, slices that lie next to each other as one; `None` if none do.
pub fn joined_runs<'g>(parts: impl IntoIterator<Item = Val<'g>>, axis: i32) -> Option<Vec<Run<'g>>> {
    let (mut runs, mut merged) = (Vec::<Run>::new(), false);
    for next in parts.into_iter().map(Run::of) {
        match runs.last().and_then(|last| last.and(&next, usize::try_from(axis).ok()?)) {
            Some(both) => {
                *runs.last_mut().expect("there is a last one") = both;
                merged = true;
            }
            None => runs.push(next),
        }
    }
    merged.then_some(runs)
}

impl<'g> Run<'g> {
    fn of(value: Val<'g>) -> Run<'g> {
        Run::slice(value).unwrap_or(Run::Value(value))
    }

    fn slice(value: Val<'g>) -> Option<Run<'g>> {
        let (graph, (op, _)) = (value.graph(), value.producer()?);
        let op = Some(graph.op(op)).filter(|op| op.code == OpCode::STRIDED_SLICE)?;
        let operand = |i: usize| Val::new(graph, (*op.operands().get(i)?)?);
        let (of, begin, end) = (operand(0)?, bounds(operand(1)?)?, bounds(operand(2)?)?);
        let options: StridedSliceOptionsT = op.options.table();
        let dims = of.shape().known()?;
        let inside = |axis: usize| begin[axis] < end[axis] && end[axis] <= dims[axis];
        let plain = options.is_plain() && options.begin_mask == 0 && options.end_mask == 0;
        let whole = begin.len() == dims.len() && end.len() == dims.len() && (0..dims.len()).all(inside);
        (plain && whole && operand(3)?.ints()?.iter().all(|&step| step == 1)).then_some(())?;
        Some(Run::Slice { of, begin, end })
    }

    /// Both as one, if this one ends along `axis` where the next begins.
    fn and(&self, next: &Run<'g>, axis: usize) -> Option<Run<'g>> {
        let (Run::Slice { of, begin, end }, Run::Slice { of: same, begin: from, end: to }) = (self, next)
        else {
            return None;
        };
        let alike = |i: usize| i == axis || (begin[i], end[i]) == (from[i], to[i]);
        let meets =
            axis < begin.len() && of == same && end[axis] == from[axis] && (0..begin.len()).all(alike);
        meets.then(|| Run::Slice { of: *of, begin: begin.clone(), end: to.clone() })
    }
}

/// Bounds that are constants, none counted from the end.
fn bounds(value: Val) -> Option<Vec<usize>> {
    value.ints()?.into_iter().map(|bound| usize::try_from(bound).ok()).collect()
}

impl<'g> IntoOperand<'g> for Run<'g> {
    /// A slice that cannot be made is absent.
    fn into_wire(self, b: &mut Builder<'g>) -> Wire {
        match self {
            Run::Value(value) => value.into_wire(b),
            Run::Slice { of, begin, end } => {
                let steps = vec![1usize; begin.len()];
                let operands = [of.into_wire(b), begin.into_wire(b), end.into_wire(b), steps.into_wire(b)];
                let slice = b.op::<StridedSlice, _>(operands, StridedSliceOptionsT::default(), At::default());
                slice.map_or(Wire::Absent, |slice| slice.result(0))
            }
        }
    }
}
