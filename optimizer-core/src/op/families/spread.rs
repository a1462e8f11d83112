//! Elements set apart from each other, with a value in the gaps.
//!
//! Invariant: every element of the input that falls inside the result occurs once.

use crate::circle::schema::*;
use crate::interp::elements::array;
use crate::interp::{Call, KernelError, KernelResult, Tensor, Word, by_width};
use crate::ir::{Dim, Type};
use crate::op::shapes::unknown_dims;
use crate::op::{Site, operators};

operators! {
    /// With `value` between the elements, which are `dilations` apart.
    Dilate = DILATE(input, dilations, value) DilateOptionsT { shape: Some(dilate_shape), kernel: Some(dilate) }
    /// With a value before, after and between elements; where there is less than none, elements are cut off.
    StablehloPad = STABLEHLO_PAD(input, value) StablehloPadOptionsT { shape: Some(pad_shape), kernel: Some(pad) }
}

/// Where the elements of one axis come to lie.
#[derive(Clone, Copy)]
struct Spacing {
    before: i64,
    after: i64,
    step: i64,
}

impl Spacing {
    fn extent(self, elements: usize) -> Option<usize> {
        let gaps = i64::try_from(elements.saturating_sub(1)).ok()?.checked_mul(self.step)?;
        let spread = gaps.checked_add(i64::from(elements > 0))?;
        let extent = spread.checked_add(self.before)?.checked_add(self.after)?;
        usize::try_from(extent.max(0)).ok()
    }

    fn of(self, site: &Site, dim: Dim) -> Option<Dim> {
        match dim {
            Dim::Known(n) => self.extent(n).map(Dim::Known),
            dim if (self.before, self.after, self.step) == (0, 0, 1) => Some(dim),
            _ => Some(site.unknown()),
        }
    }
}

fn dilations(steps: &[i64], rank: usize) -> Option<Vec<Spacing>> {
    let spacing = |&step: &i64| (step > 0).then_some(Spacing { before: 0, after: 0, step });
    (steps.len() == rank).then(|| steps.iter().map(spacing).collect())?
}

fn edges(options: &StablehloPadOptionsT, rank: usize) -> Option<Vec<Spacing>> {
    let lists = [&options.edge_padding_low, &options.edge_padding_high, &options.interior_padding];
    let [low, high, inner]: [&[i64]; 3] = lists.map(|list| list.as_deref().unwrap_or_default());
    let fits = [low, high, inner].iter().all(|list| list.len() == rank) && inner.iter().all(|&n| n >= 0);
    let spacing = |i: usize| Some(Spacing { before: low[i], after: high[i], step: inner[i].checked_add(1)? });
    fits.then(|| (0..rank).map(spacing).collect())?
}

fn dilate_shape(site: &Site) -> Option<Vec<Type>> {
    let rank = site.shape(0)?.rank();
    match site.ints(1) {
        Some(steps) => spaced(site, site.operand(2)?.dtype, &dilations(&steps, rank)?),
        None => Some(vec![Type::new(site.operand(0)?.dtype, unknown_dims(site, rank))]),
    }
}

fn pad_shape(site: &Site) -> Option<Vec<Type>> {
    spaced(site, site.operand(1)?.dtype, &edges(&site.options(), site.shape(0)?.rank())?)
}

fn spaced(site: &Site, value: DType, spacings: &[Spacing]) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let dims = input.shape.dims().iter().zip(spacings).map(|(&dim, spacing)| spacing.of(site, dim));
    let shape = dims.collect::<Option<_>>()?;
    (input.dtype == value).then(|| vec![Type::new(input.dtype, shape)])
}

fn dilate(call: &Call) -> KernelResult {
    let spacings = dilations(&call.ints(1)?, call.operand(0)?.dims.len()).ok_or_else(unfit)?;
    by_width!(call.operand(0)?.dtype, W => spread::<W>(call, 2, &spacings))
}

fn pad(call: &Call) -> KernelResult {
    let spacings = edges(&call.options(), call.operand(0)?.dims.len()).ok_or_else(unfit)?;
    by_width!(call.operand(0)?.dtype, W => spread::<W>(call, 1, &spacings))
}

fn spread<W: Word>(call: &Call, value: usize, spacings: &[Spacing]) -> KernelResult {
    let (input, dims) = (call.operand(0)?, call.dims(0)?);
    let value = *call.words::<W>(value)?.first().ok_or_else(unfit)?;
    let mut result = array(dims.clone(), vec![value; dims.iter().product()])?;
    for (at, &x) in call.words::<W>(0)?.indexed_iter() {
        let place = |i: usize| usize::try_from(at[i] as i64 * spacings[i].step + spacings[i].before).ok();
        let place = (0..dims.len()).map(|i| place(i).filter(|&p| p < dims[i])).collect::<Option<Vec<_>>>();
        if let Some(place) = place {
            result[&place[..]] = x;
        }
    }
    Ok(vec![Tensor::of_words(input.dtype, result)])
}

fn unfit() -> KernelError {
    KernelError::invalid("the distances do not fit the input")
}
