//! Functions on constants for the right sides of rules.
//!
//! Invariant: what may be large comes back as [`Lazy`], computed only once the rewrite is known to pay.

use crate::ir::{Element, Shape};
use crate::rewrite::Lazy;
use ndarray::{
    Array, Array1, ArrayBase, ArrayD, ArrayView, ArrayView1, ArrayView2, ArrayViewD, Axis, Data, Dimension,
    Ix2, RemoveAxis, Slice, Zip, concatenate,
};
use std::ops::{Mul, Neg, Range};

/// Rows of a constant, taken as they are or negated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    pub range: Range<usize>,
    pub negative: bool,
}

impl Rows {
    /// Rows as they are.
    pub fn plus(range: Range<usize>) -> Rows {
        Rows { range, negative: false }
    }

    /// Rows negated.
    pub fn minus(range: Range<usize>) -> Rows {
        Rows { range, negative: true }
    }
}

/// The permutation that does what `inner` and then `outer` do; `None` if they are no permutations of as many axes.
pub fn compose_axes(inner: &ArrayView1<i32>, outer: &ArrayView1<i32>) -> Option<Vec<i32>> {
    let axis = |axis: &i32| crate::op::axis((*axis).into(), inner.len());
    outer.iter().map(|outer| Some(axis(inner.get(axis(outer)?)?)? as i32)).collect()
}

/// The operand of a `Reshape` to these dims, an unknown one as -1; `None` if several are unknown.
pub fn reshape_operand(shape: &Shape) -> Option<Vec<i32>> {
    let dims = shape.dims().iter().map(|dim| dim.known().map_or(Some(-1), |n| n.try_into().ok()));
    let unknown = shape.dims().iter().filter(|dim| dim.known().is_none()).count();
    if unknown <= 1 { dims.collect() } else { None }
}

/// The same numbers in 32 bits; `None` if one does not fit.
pub fn narrowed<D: Dimension>(wide: &ArrayView<i64, D>) -> Option<Array<i32, D>> {
    let fits = wide.iter().all(|&n| i32::try_from(n).is_ok());
    fits.then(|| wide.mapv(|n| n as i32))
}

/// `perm` with its last two entries exchanged, if that leaves the last axis last and other axes move still.
pub fn with_last_axis_kept(perm: &ArrayView1<i32>) -> Option<Vec<i32>> {
    let mut axes = compose_axes(perm, &(0..perm.len() as i32).collect::<Array1<_>>().view())?;
    let last = axes.len().checked_sub(1)?;
    (last > 1 && axes[last - 1] == last as i32).then_some(())?;
    axes.swap(last - 1, last);
    axes.iter().enumerate().any(|(i, &axis)| axis != i as i32).then_some(axes)
}

/// Whether no element is infinite or NaN.
pub fn all_finite<S: Data<Elem = f32>, D: Dimension>(array: &ArrayBase<S, D>) -> bool {
    array.iter().all(|x| x.is_finite())
}

/// `c` as one factor for each of `n` features along the last axis: a scalar is repeated. `None` if `c` varies along
/// any other axis.
pub fn per_channel(c: &ArrayViewD<f32>, n: usize) -> Option<Array1<f32>> {
    match c.len() {
        1 => Some(Array1::from_elem(n, *c.first()?)),
        len if len == n && c.shape().last() == Some(&n) => Some(c.iter().copied().collect()),
        _ => None,
    }
}

/// The second half of the rows negated, then the first half: what rotating the halves of a product does to it.
pub fn rotate_rows<'g, T, D>(w: &ArrayView<'g, T, D>) -> Lazy<'g, T>
where
    T: Element + Neg<Output = T>,
    D: Dimension + RemoveAxis,
{
    let n = w.shape()[0];
    let halves = [Rows { range: n / 2..n, negative: true }, Rows { range: 0..n / 2, negative: false }];
    pick_rows(w, halves)
}

/// Some rows of `w`, in the order given.
pub fn pick_rows<'g, T, D>(w: &ArrayView<'g, T, D>, rows: impl IntoIterator<Item = Rows>) -> Lazy<'g, T>
where
    T: Element + Neg<Output = T>,
    D: Dimension + RemoveAxis,
{
    let rows: Vec<Rows> = rows.into_iter().collect();
    let w = w.clone().into_dyn();
    let mut dims = w.shape().to_vec();
    dims[0] = rows.iter().map(|rows| rows.range.len()).sum();
    Lazy::new(dims, move || {
        if rows.is_empty() {
            return w.slice_axis(Axis(0), Slice::from(0..0)).to_owned();
        }
        let pieces: Vec<ArrayD<T>> = rows.iter().map(|rows| piece(&w, rows)).collect();
        let views: Vec<_> = pieces.iter().map(|piece| piece.view()).collect();
        concatenate(Axis(0), &views).expect("rows of one array fit together")
    })
}

fn piece<T: Element + Neg<Output = T>>(w: &ArrayViewD<T>, rows: &Rows) -> ArrayD<T> {
    let piece = w.slice_axis(Axis(0), Slice::from(rows.range.clone()));
    if rows.negative { piece.mapv(|x| -x) } else { piece.to_owned() }
}

/// The rows of `w` as columns.
pub fn transposed<'g, T: Element>(w: &ArrayView2<'g, T>) -> Lazy<'g, T> {
    let w = *w;
    Lazy::new([w.ncols(), w.nrows()], move || w.t().as_standard_layout().into_owned().into_dyn())
}

/// Each row of `w` times its factor in `s`.
pub fn scale_rows<'g, T>(w: &ArrayView2<'g, T>, s: &Array1<T>) -> Lazy<'g, T>
where
    T: Element + Mul<Output = T>,
{
    let (w, s) = (*w, s.clone());
    Lazy::new(w.shape(), move || {
        let mut scaled = w.to_owned();
        let rows = Zip::from(scaled.rows_mut()).and(&s);
        rows.par_for_each(|mut row, &factor| row.mapv_inplace(|x| x * factor));
        scaled.into_dyn()
    })
}

/// Each column of `w` times its factor in `s`.
pub fn scale_columns<'g, T>(w: &ArrayView2<'g, T>, s: &Array1<T>) -> Lazy<'g, T>
where
    T: Element + Mul<Output = T>,
{
    let (w, s) = (*w, s.clone());
    Lazy::new(w.shape(), move || {
        let mut scaled = w.to_owned();
        let scale = |x: &mut T, &factor: &T| *x = *x * factor;
        Zip::from(scaled.rows_mut()).par_for_each(|row| Zip::from(row).and(&s).for_each(scale));
        scaled.into_dyn()
    })
}

/// Every element of `c` times `factor`.
pub fn scaled<'g, D: Dimension>(c: &ArrayView<'g, f32, D>, factor: f32) -> Lazy<'g, f32> {
    let c = c.clone().into_dyn();
    Lazy::new(c.shape().to_vec(), move || Zip::from(&c).par_map_collect(|x| x * factor))
}

/// Whether `axes` are the last of `rank` axes alone.
pub fn is_last_axis(axes: &ArrayViewD<i32>, rank: usize) -> bool {
    let axes = crate::op::axes(axes, rank);
    axes.is_some_and(|axes| !axes.is_empty() && axes.iter().all(|axis| axis + 1 == rank))
}

/// `1 / c`; `None` where that is not a plain number.
pub fn reciprocal(c: &ArrayViewD<f32>) -> Option<ArrayD<f32>> {
    let r = c.mapv(f32::recip);
    r.iter().all(|x| x.is_normal()).then_some(r)
}

/// One factor for each row: minus one where it is negated.
pub fn signs(rows: &[Rows]) -> Array1<f32> {
    rows.iter().flat_map(|rows| rows.range.clone().map(|_| if rows.negative { -1.0 } else { 1.0 })).collect()
}

/// `c` with the first `front` of its `width` features along the last axis negated; `None` if it has not as many.
pub fn negate_first(c: &ArrayViewD<f32>, front: usize, width: usize) -> Option<ArrayD<f32>> {
    (c.shape().last() == Some(&width) && front <= width).then_some(())?;
    let mut table = c.to_owned();
    table.slice_axis_mut(Axis(c.ndim() - 1), Slice::from(0..front)).mapv_inplace(|x| -x);
    Some(table)
}

/// The bias `b`, if there is one, moved by `s`.
pub fn shift_bias(b: Option<ArrayView1<f32>>, s: &Array1<f32>) -> Array1<f32> {
    b.map_or_else(|| s.clone(), |b| &b + s)
}

/// The bias of a layer with weights `w` and bias `outer` on a layer with bias `inner`.
pub fn bias_through(
    w: &ArrayView2<f32>,
    inner: Option<ArrayView1<f32>>,
    outer: Option<ArrayView1<f32>>,
) -> Option<Array1<f32>> {
    match (inner.map(|b| w.dot(&b)), outer) {
        (Some(through), Some(outer)) => Some(through + outer),
        (Some(through), None) => Some(through),
        (None, outer) => outer.map(|b| b.to_owned()),
    }
}

/// The sum of two weights of the same dims; `None` if the dims differ.
pub fn add_arrays<'g, D: Dimension>(
    a: &ArrayView<'g, f32, D>,
    b: &ArrayView<'g, f32, D>,
) -> Option<Lazy<'g, f32>> {
    let (a, b) = (a.clone().into_dyn(), b.clone().into_dyn());
    let sum = |a: ArrayViewD<'g, f32>, b: ArrayViewD<'g, f32>| {
        move || Zip::from(&a).and(&b).par_map_collect(|x, y| x + y)
    };
    (a.shape() == b.shape()).then(|| Lazy::new(a.shape().to_vec(), sum(a, b)))
}

/// The bias of the sum of two layers: an absent one is zero.
pub fn add_bias(a: &Option<ArrayView1<f32>>, b: &Option<ArrayView1<f32>>) -> Option<Array1<f32>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a + b),
        (one, None) | (None, one) => one.map(|bias| bias.to_owned()),
    }
}

/// Weights of one input stacked by rows.
pub fn stack_rows<'g, T: Element>(weights: &[ArrayView2<'g, T>]) -> Lazy<'g, T> {
    let weights = weights.to_vec();
    let rows = weights.iter().map(|w| w.nrows()).sum();
    let columns = weights.first().map_or(0, |w| w.ncols());
    Lazy::new([rows, columns], move || {
        concatenate(Axis(0), &weights).expect("weights of one input have one width").into_dyn()
    })
}

/// Biases stacked to go with [`stack_rows`], `n` features each; absent if all are.
pub fn stack_bias<T: Element + Default>(biases: &[Option<ArrayView1<T>>], n: &[usize]) -> Option<Array1<T>> {
    biases.iter().any(Option::is_some).then(|| {
        let stacked = biases.iter().zip(n).flat_map(|(bias, &n)| match bias {
            Some(bias) => bias.to_vec(),
            None => vec![T::default(); n],
        });
        stacked.collect()
    })
}

/// The matrix product `a b`.
pub fn product<'g>(a: &ArrayView2<'g, f32>, b: &ArrayView2<'g, f32>) -> Lazy<'g, f32> {
    let (a, b) = (*a, *b);
    Lazy::new([a.nrows(), b.ncols()], move || multiply(a, b).into_dyn())
}

/// What a dense layer makes of each row of `x`: `x wᵀ + b`.
pub fn dense_rows<'g>(
    x: &ArrayView2<'g, f32>,
    w: &ArrayView2<'g, f32>,
    b: &Option<ArrayView1<'g, f32>>,
) -> Lazy<'g, f32> {
    let (x, w, b) = (*x, w.reversed_axes(), *b);
    Lazy::new([x.nrows(), w.ncols()], move || {
        let mut rows = multiply(x, w);
        b.iter().for_each(|b| rows += b);
        rows.into_dyn()
    })
}

fn multiply(a: ArrayView2<f32>, b: ArrayView2<f32>) -> Array<f32, Ix2> {
    use ndarray::parallel::prelude::*;
    let mut out = Array::zeros((a.nrows(), b.ncols()));
    let chunk = a.nrows().div_ceil(rayon::current_num_threads()).max(1);
    out.axis_chunks_iter_mut(Axis(0), chunk)
        .into_par_iter()
        .zip(a.axis_chunks_iter(Axis(0), chunk))
        .for_each(|(mut out, a)| out.assign(&a.dot(&b)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{arr1, arr2};

    #[test]
    fn a_scale_is_per_channel_only_along_the_last_axis() {
        let c = |dims: &[usize]| ArrayD::from_elem(dims, 2.0f32);
        assert_eq!(per_channel(&c(&[]).view(), 3), Some(arr1(&[2.0, 2.0, 2.0])));
        assert_eq!(per_channel(&c(&[1, 3]).view(), 3), Some(arr1(&[2.0, 2.0, 2.0])));
        assert_eq!(per_channel(&c(&[3, 1]).view(), 3), None);
        assert_eq!(per_channel(&c(&[2, 3]).view(), 3), None);
    }

    #[test]
    fn product_is_the_matrix_product() {
        let (a, b) = (arr2(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), arr2(&[[1.0, 0.0, 2.0], [0.0, 1.0, 3.0]]));
        assert_eq!(multiply(a.view(), b.view()), a.dot(&b));
    }
}
