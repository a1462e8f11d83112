//! Chains of reshapes and transposes.
//!
//! Invariant: a path moves elements and computes nothing, so that an element-wise function may cross it.

use crate::circle::schema::ReshapeOptionsT;
use crate::ir::{OpCode, Shape};
use crate::op::{Reshape, Transpose};
use crate::rewrite::{At, Builder, Extract, IntoOperand, Match, Reject, Shown, Spell, Val, Wire};
use std::cell::Cell;

/// `.0` carried along the path `.1`, which may be empty.
pub struct moved<V>(pub V, pub Path);

/// Like [`moved`], with steps that others may read too.
pub struct moved_shared<V>(pub V, pub Path);

/// Reshapes and transposes, first to last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path(Vec<Step>);

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// To these dims.
    Reshape(Vec<usize>),
    /// Axis `i` of the result is axis `perm[i]` of the operand.
    Transpose(Vec<usize>),
}

/// A value that is to be carried along a path, once for all that read it by reference.
pub struct Moved<W> {
    path: Path,
    start: W,
    end: Cell<Option<Wire>>,
}

/// From what a product with `x` gives to `result`, which may have fewer dims.
pub fn flattened(x: Val<'_>, result: Val<'_>) -> Option<Path> {
    match x.rank() == result.rank() {
        true => Some(Path::direct()),
        false => Some(Path::direct().then(Step::Reshape(result.shape().known()?))),
    }
}

/// `.0` with its last two dims exchanged: a TRANSPOSE, or a RESHAPE where one of them is 1.
pub struct swap_last_two<V>(pub V);

impl Path {
    /// No step at all.
    pub fn direct() -> Path {
        Path::default()
    }

    /// Rows split into heads, as `[batch, rows, heads, features]`, the heads then before the rows.
    pub fn heads(dims: [usize; 4]) -> Path {
        Path::direct().then(Step::Reshape(dims.to_vec())).then(Step::Transpose(vec![0, 2, 1, 3]))
    }

    pub fn is_direct(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.0
    }

    pub fn then(mut self, step: Step) -> Path {
        self.0.push(step);
        self
    }

    /// `value` after all steps.
    pub fn over<W>(&self, value: W) -> Moved<W> {
        Moved { path: self.clone(), start: value, end: Cell::new(None) }
    }
}

impl Step {
    /// `x` after the step.
    ///
    /// # Errors
    /// Dims or axes that do not fit `x`.
    pub(crate) fn build(&self, b: &mut Builder<'_>, x: Wire) -> Result<Wire, Reject> {
        let at = At::default();
        match self {
            Step::Reshape(dims) => {
                let new_shape = Some(dims.iter().map(|&d| d as i32).collect());
                let shape = b.operand(dims.clone());
                Ok(b.op::<Reshape, _>([x, shape], ReshapeOptionsT { new_shape }, at)?.result(0))
            }
            Step::Transpose(perm) => {
                let perm = b.operand(perm.clone());
                Ok(b.op::<Transpose, _>([x, perm], Default::default(), at)?.result(0))
            }
        }
    }
}

impl<'g, W: IntoOperand<'g>> IntoOperand<'g> for Moved<W> {
    /// A step that does not fit makes the operand absent, which no operator that needs it accepts.
    fn into_wire(self, b: &mut Builder<'g>) -> Wire {
        let start = self.start.into_wire(b);
        self.path.0.iter().try_fold(start, |x, step| step.build(b, x)).unwrap_or(Wire::Absent)
    }
}

impl<'g, W: IntoOperand<'g> + Copy> IntoOperand<'g> for &Moved<W> {
    fn into_wire(self, b: &mut Builder<'g>) -> Wire {
        let end = self.end.get().unwrap_or_else(|| self.path.over(self.start).into_wire(b));
        self.end.set(Some(end));
        end
    }
}

impl<'g> Extract<'g> for moved<Val<'g>> {
    fn extract(m: &mut Match<'g>, v: Val<'g>, at: At) -> Option<Self> {
        let (x, path) = walk(m, v, false, at);
        Some(moved(x, path))
    }
}

impl<'g> Extract<'g> for moved_shared<Val<'g>> {
    fn extract(m: &mut Match<'g>, v: Val<'g>, at: At) -> Option<Self> {
        let (x, path) = walk(m, v, true, at);
        Some(moved_shared(x, path))
    }
}

/// Where `v` comes from, and along which path.
fn walk<'g>(m: &mut Match<'g>, v: Val<'g>, shared: bool, at: At) -> (Val<'g>, Path) {
    let (mut x, mut steps) = (v, Vec::new());
    while let Some((before, step)) = step(m, x, shared, at) {
        x = before;
        steps.push(step);
    }
    steps.reverse();
    (x, Path(steps))
}

fn step<'g>(m: &mut Match<'g>, v: Val<'g>, shared: bool, at: At) -> Option<(Val<'g>, Step)> {
    let (op, _) = v.producer()?;
    let mark = m.mark();
    let step = match m.graph().op(op).code {
        OpCode::RESHAPE => {
            let node = m.produced::<Reshape>(v, 0, shared, at)?;
            let [x, _] = *m.operands(node);
            x.zip(v.shape().known().map(Step::Reshape))
        }
        OpCode::TRANSPOSE => {
            let node = m.produced::<Transpose>(v, 0, shared, at)?;
            let [x, perm] = *m.operands(node);
            x.zip(perm.and_then(permutation).map(Step::Transpose))
        }
        _ => None,
    };
    if step.is_none() {
        m.rewind(mark);
    }
    step
}

fn permutation(perm: Val<'_>) -> Option<Vec<usize>> {
    let perm = perm.ints()?;
    crate::op::axes(&perm, perm.len())
}

impl Spell for moved<Wire> {
    fn spell(&self, b: &mut Builder<'_>) -> Result<Vec<Wire>, Reject> {
        let end = self.1.0.iter().try_fold(self.0, |x, step| step.build(b, x))?;
        Ok(vec![end])
    }
}

impl Spell for moved_shared<Wire> {
    fn spell(&self, b: &mut Builder<'_>) -> Result<Vec<Wire>, Reject> {
        let moved_shared(x, path) = self;
        moved(*x, path.clone()).spell(b)
    }
}

impl<'g> Extract<'g> for swap_last_two<Val<'g>> {
    fn extract(m: &mut Match<'g>, v: Val<'g>, at: At) -> Option<Self> {
        let wanted = "a transpose of the last two dims";
        match step(m, v, false, at) {
            Some((x, Step::Transpose(perm))) if perm == swapped(perm.len()) && perm.len() >= 2 => {
                Some(swap_last_two(x))
            }
            Some((x, Step::Reshape(dims))) if is_swap(x.shape(), &dims) => Some(swap_last_two(x)),
            Some((_, step)) => {
                m.compared("the permutation", at, Shown::Value(&step), Shown::Written(wanted));
                None
            }
            None => m.not_produced(v, wanted, at),
        }
    }
}

/// The permutation that exchanges the last two axes.
fn swapped(rank: usize) -> Vec<usize> {
    let mut perm: Vec<usize> = (0..rank).collect();
    if rank >= 2 {
        perm.swap(rank - 1, rank - 2);
    }
    perm
}

/// Whether a reshape to `dims` only exchanges the last two dims, one of which is 1.
fn is_swap(from: &Shape, dims: &[usize]) -> bool {
    let Some(from) = from.known() else { return false };
    let rank = dims.len();
    let swapped = |from: &[usize]| from[rank - 2] == dims[rank - 1] && from[rank - 1] == dims[rank - 2];
    rank >= 2
        && from.len() == rank
        && from[..rank - 2] == dims[..rank - 2]
        && swapped(&from)
        && dims[rank - 2..].contains(&1)
}

impl Spell for swap_last_two<Wire> {
    fn spell(&self, b: &mut Builder<'_>) -> Result<Vec<Wire>, Reject> {
        let shape = b.shape(self.0)?.clone();
        let mut spellings = vec![Step::Transpose(swapped(shape.rank())).build(b, self.0)?];
        if let Some(mut dims) = shape.known() {
            let rank = dims.len();
            dims.swap(rank - 1, rank - 2);
            if is_swap(&shape, &dims) {
                spellings.push(Step::Reshape(dims).build(b, self.0)?);
            }
        }
        Ok(spellings)
    }
}

/// Which axes of size 1 to drop from `from` so that `to` is left, as a bit mask; `None` if that cannot be.
pub fn unit_axes(from: &Shape, to: &Shape) -> Option<i32> {
    let (from, to) = (from.known()?, to.known()?);
    let mut rest = to.iter().peekable();
    let mut mask = 0i32;
    for (axis, dim) in from.iter().enumerate().take(31) {
        if rest.next_if(|next| *next == dim).is_none() {
            (*dim == 1).then_some(())?;
            mask |= 1 << axis;
        }
    }
    (rest.next().is_none() && from.len() == to.len() + mask.count_ones() as usize).then_some(mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_axes_are_those_left_out() {
        let mask = |from: &[usize], to: &[usize]| unit_axes(&Shape::fixed(from), &Shape::fixed(to));
        assert_eq!(mask(&[1, 4, 1, 8], &[1, 4, 8]), Some(0b100));
        assert_eq!(mask(&[1, 4, 8], &[4, 8]), Some(0b001));
        assert_eq!(mask(&[2, 4, 8], &[4, 8]), None);
        assert_eq!(mask(&[4, 8], &[4, 1, 8]), None);
        assert_eq!(mask(&[1, 1], &[]), Some(0b11));
    }

    #[test]
    fn a_reshape_swaps_only_around_a_unit_dim() {
        assert!(is_swap(&Shape::fixed(&[2, 1, 5]), &[2, 5, 1]));
        assert!(!is_swap(&Shape::fixed(&[2, 3, 5]), &[2, 5, 3]));
        assert!(!is_swap(&Shape::fixed(&[5, 1, 2]), &[2, 5, 1]));
    }
}
