//! Functions on the filters of convolutions and on the windows they move over a feature map.
//!
//! Invariant: padding counts as zeros; what is asked of it has a definite answer for known extents only.

use crate::circle::schema::{Padding, Pool2DOptionsT, TransposeConvOptionsT};
use crate::ir::Shape;
use crate::op::{Window, Windowed};
use crate::rewrite::consts::Rows;
use crate::rewrite::{Lazy, Val};
use ndarray::{Array1, ArrayView1, ArrayView4, Axis};

/// `w` with each slice along `axis` times its factor in `s`.
pub fn scale_slices<'g>(w: &ArrayView4<'g, f32>, axis: usize, s: &Array1<f32>) -> Lazy<'g, f32> {
    let (w, s) = (*w, s.clone());
    Lazy::new(w.shape(), move || {
        let mut scaled = w.to_owned();
        let slices = scaled.axis_iter_mut(Axis(axis)).zip(&s);
        slices.for_each(|(mut slice, &factor)| slice.mapv_inplace(|x| x * factor));
        scaled.into_dyn()
    })
}

/// One factor per input channel as one per output of a depthwise convolution, which has `outputs` of them.
pub fn repeat_channels(s: &Array1<f32>, outputs: usize) -> Array1<f32> {
    let multiplier = outputs / s.len().max(1);
    s.iter().flat_map(|&factor| std::iter::repeat_n(factor, multiplier)).collect()
}

/// The bias of a convolution with filter `w` once `t` is no longer added to its input channels.
pub fn bias_of_shift(w: &ArrayView4<f32>, t: &Array1<f32>, b: Option<ArrayView1<f32>>) -> Array1<f32> {
    let through = |filter: ndarray::ArrayView3<f32>| -> f64 {
        let taps = filter.lanes(Axis(2)).into_iter();
        taps.flat_map(|lane| lane.into_iter().zip(t)).map(|(&w, &t)| f64::from(w) * f64::from(t)).sum()
    };
    let sums = w.axis_iter(Axis(0)).enumerate();
    sums.map(|(i, filter)| (through(filter) + f64::from(b.map_or(0.0, |b| b[i]))) as f32).collect()
}

/// The same for a depthwise convolution.
pub fn depthwise_bias_of_shift(
    w: &ArrayView4<f32>,
    t: &Array1<f32>,
    b: Option<ArrayView1<f32>>,
) -> Array1<f32> {
    let shifts = repeat_channels(t, w.len_of(Axis(3)));
    let taps = |out: usize| w.index_axis(Axis(3), out).iter().map(|&w| f64::from(w)).sum::<f64>();
    let through =
        |(i, &t): (usize, &f32)| (taps(i) * f64::from(t) + f64::from(b.map_or(0.0, |b| b[i]))) as f32;
    shifts.iter().enumerate().map(through).collect()
}

/// Whether no window of `filter` height and width reaches over the edge of the feature map `x`.
pub fn stays_inside(options: &impl Windowed, x: &Shape, filter: [usize; 2]) -> bool {
    let Some(windows) = options.windows(filter[0], filter[1]) else { return false };
    windows.iter().zip([1, 2]).all(|(window, axis)| {
        match (window.padding, x.dim(axis).and_then(|d| d.known())) {
            (Padding::Valid, _) => true,
            (_, Some(extent)) => window.padding_around(extent) == Some([0, 0]),
            _ => false,
        }
    })
}

/// Whether windows that pad the feature map `x` by themselves see what they see inside of `x` with `paddings` around.
pub fn pads_alike(options: &impl Windowed, x: &Shape, paddings: Val<'_>, filter: [usize; 2]) -> bool {
    let (Some(windows), Some(paddings)) = (options.windows(filter[0], filter[1]), paddings.ints()) else {
        return false;
    };
    let wanted = |axis: usize| Some([*paddings.get(2 * axis)?, *paddings.get(2 * axis + 1)?]);
    let alike = |window: &Window, axis: usize| {
        let extent = x.dim(axis as isize)?.known()?;
        let [before, after] = wanted(axis)?.map(|n| usize::try_from(n).ok());
        Some(window.padded_same().pads_like(extent, [before?, after?]))
    };
    [0, 3].iter().all(|&axis| wanted(axis) == Some([0, 0]))
        && windows
            .iter()
            .zip([1, 2])
            .all(|(window, axis)| window.padding == Padding::Valid && alike(window, axis) == Some(true))
}

/// Whether every window of a pooling sees at least one element of `x`, which has `paddings` around.
pub fn sees_elements(options: &Pool2DOptionsT, x: &Shape, paddings: Val<'_>) -> bool {
    let (Some(windows), Some(paddings)) = (options.pooling_windows(), paddings.ints()) else { return false };
    let seen = |window: &Window, axis: usize| {
        let extent = x.dim(axis as isize)?.known()?;
        let amount = |i: usize| paddings.get(i).and_then(|&n| usize::try_from(n).ok());
        Some(window.sees_elements(extent, [amount(2 * axis)?, amount(2 * axis + 1)?]))
    };
    let apart = [0, 1, 6, 7].iter().all(|&i| paddings.get(i) == Some(&0));
    apart && windows.iter().zip([1, 2]).all(|(window, axis)| seen(window, axis) == Some(true))
}

/// Whether a pooling that pads `x` by itself has the windows that it has on `x` with `paddings` around.
pub fn pooling_pads_alike(options: &Pool2DOptionsT, x: &Shape, paddings: Val<'_>) -> bool {
    let filter = [options.filter_height, options.filter_width].map(|n| usize::try_from(n).unwrap_or(0));
    pads_alike(options, x, paddings, filter)
}

/// The padding with which a transposed convolution computes just the part of its result that starts at `begin` and has
/// the shape `part`, and the channels of that part; `filter` are height and width. TFLite runs it only if its input
/// `x` has the extents that a convolution of the part would give; without `x` that is not asked.
pub fn cropped(
    options: &TransposeConvOptionsT,
    filter: [usize; 2],
    whole: &Shape,
    begin: Val<'_>,
    part: &Shape,
    x: Option<&Shape>,
) -> Option<(Padding, Rows)> {
    let input = x.map(|x| x.known().filter(|dims| dims.len() == 4)).map_or(Some(None), |x| x.map(Some))?;
    let (whole, part) = (whole.known()?, part.known()?);
    let begin: Vec<usize> = begin.ints()?.iter().map(|&n| usize::try_from(n).ok()).collect::<Option<_>>()?;
    let whole_batch = begin.len() == 4 && part.len() == 4 && begin[0] == 0 && whole[0] == part[0];
    let windows =
        |padding: Padding| TransposeConvOptionsT { padding, ..*options }.windows(filter[0], filter[1]);
    let starts = |padding: Padding| {
        let pairs = windows(options.padding)?.into_iter().zip(windows(padding)?);
        let offset = |(axis, (old, new)): (usize, (Window, Window))| {
            let fits = input.as_ref().is_none_or(|x| new.positions(part[axis]) == Some(x[axis]));
            fits && new.before(part[axis]) == old.before(whole[axis]) + begin[axis]
        };
        Some([1, 2].into_iter().zip(pairs).all(offset))
    };
    let padding =
        [Padding::Same, Padding::Valid].into_iter().find(|&p| whole_batch && starts(p) == Some(true));
    Some((padding?, Rows::plus(begin[3]..begin[3] + part[3])))
}
