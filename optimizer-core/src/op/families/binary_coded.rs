//! Weights in binary codes: each number is a sum of scales, a bit saying whether one is added or taken away.
//!
//! Invariant: the codes are laid out as ONE's `FuseBCQPass` packed them when it still did: the scales and the codes of a row
//! stand together, one for each of its bits; a code is a row of 32-bit words, the first element being the lowest bit,
//! and 1 adds. Clusters of rows, each of as many bits, follow one another.

use super::dense::bias;
use crate::circle::schema::*;
use crate::interp::elements::{activate, array};
use crate::interp::{Call, KernelError, KernelResult, Tensor};
use crate::ir::{Dim, Type};
use crate::op::{Site, axis, operators};
use ndarray::Ix2;

operators! {
    /// [`Gather`](super::Gather) from binary-coded weights.
    BCQGather = BCQ_GATHER(scales, binary, indices, clusters) BCQGatherOptionsT {
        shape: Some(gather_shape), kernel: Some(gather)
    }
    /// [`FullyConnected`](super::FullyConnected) with binary-coded weights.
    BCQFullyConnected = BCQ_FULLY_CONNECTED(
        input, scales, binary, bias, clusters
    ) BCQFullyConnectedOptionsT {
        shape: Some(fully_connected_shape), kernel: Some(fully_connected), macs: Some(fully_connected_macs)
    }
}

/// How many bits of codes a word holds.
const WORD: usize = 32;

/// How many rows the clusters have together; each is a pair of bits and rows.
fn clustered_rows(site: &Site, i: usize) -> Option<Dim> {
    let Some(clusters) = site.ints(i) else { return Some(site.unknown()) };
    let sizes = clusters.chunks_exact(2).map(|pair| usize::try_from(pair[1]).ok());
    sizes.sum::<Option<usize>>().map(Dim::Known)
}

/// As onert infers it: features come first, then the batch.
fn fully_connected_shape(site: &Site) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let &[features, batch] = input.shape.dims() else { return None };
    let hidden = usize::try_from(site.options::<BCQFullyConnectedOptionsT>().weights_hidden_size).ok()?;
    let dims = vec![clustered_rows(site, 4)?, batch];
    features.known().is_none_or(|n| n == hidden).then(|| vec![Type::new(input.dtype, dims.into())])
}

fn fully_connected_macs(site: &Site) -> u64 {
    site.count_first(fully_connected_shape(site)).saturating_mul(site.axis_extent(0, 0))
}

/// As onert infers it: rows or columns of the coded matrix, by index.
fn gather_shape(site: &Site) -> Option<Vec<Type>> {
    let options = site.options::<BCQGatherOptionsT>();
    let columns = Dim::Known(usize::try_from(options.input_hidden_size).ok()?);
    let indices = site.shape(2)?.dims();
    let dims: Vec<Dim> = match axis(options.axis.into(), 2)? {
        0 => indices.iter().copied().chain([columns]).collect(),
        _ => [clustered_rows(site, 3)?].into_iter().chain(indices.iter().copied()).collect(),
    };
    Some(vec![Type::new(site.operand(0)?.dtype, dims.into())])
}

/// A matrix in codes.
struct Coded {
    columns: usize,
    scales: Vec<f32>,
    words: Vec<i32>,
    /// For each row, where its codes begin, and how many it has.
    rows: Vec<(usize, usize)>,
}

impl Coded {
    /// The matrix of three operands.
    fn of(call: &Call, [scales, binary, clusters]: [usize; 3], columns: i32) -> Result<Coded, KernelError> {
        let unfit = || KernelError::invalid("the codes do not fit the clusters");
        let scales: Vec<f32> = call.view::<f32>(scales)?.iter().copied().collect();
        let words: Vec<i32> = call.view::<i32>(binary)?.iter().copied().collect();
        let columns = usize::try_from(columns).map_err(|_| unfit())?;
        let (mut rows, mut codes) = (Vec::new(), 0);
        for pair in call.ints(clusters)?.chunks_exact(2) {
            let (bits, size) = (usize::try_from(pair[0]), usize::try_from(pair[1]));
            let (bits, size) = (bits.map_err(|_| unfit())?, size.map_err(|_| unfit())?);
            let within = bits > 0 && bits.checked_mul(size).is_some_and(|n| n <= scales.len() - codes);
            within.then_some(()).ok_or_else(unfit)?;
            rows.extend((0..size).map(|row| (codes + row * bits, bits)));
            codes += bits * size;
        }
        let complete = codes == scales.len() && words.len() == codes * columns.div_ceil(WORD);
        complete.then_some(Coded { columns, scales, words, rows }).ok_or_else(unfit)
    }

    fn element(&self, row: usize, column: usize) -> f32 {
        let (first, bits) = self.rows[row];
        let width = self.columns.div_ceil(WORD);
        let signed = (first..first + bits).map(|code| {
            let word = self.words[code * width + column / WORD];
            let scale = f64::from(self.scales[code]);
            if word >> (column % WORD) & 1 == 1 { scale } else { -scale }
        });
        signed.sum::<f64>() as f32
    }
}

fn fully_connected(call: &Call) -> KernelResult {
    let options = call.options::<BCQFullyConnectedOptionsT>();
    let weights = Coded::of(call, [1, 2, 4], options.weights_hidden_size)?;
    let (dims, bias) = (call.dims(0)?, bias(call, 3, weights.rows.len())?);
    let input = call.view::<f32>(0)?.into_dimensionality::<Ix2>().map_err(super::dense::unfit)?;
    let mut sums = Vec::with_capacity(dims.iter().product());
    for (row, bias) in bias.into_iter().enumerate() {
        let weights: Vec<f32> = (0..weights.columns).map(|column| weights.element(row, column)).collect();
        for batch in input.columns() {
            let products = weights.iter().zip(batch).map(|(&w, &x)| f64::from(w) * f64::from(x));
            sums.push((products.sum::<f64>() + f64::from(bias)) as f32);
        }
    }
    Ok(vec![Tensor::of(activate(options.act, array(dims, sums)?)?)])
}

fn gather(call: &Call) -> KernelResult {
    let options = call.options::<BCQGatherOptionsT>();
    let matrix = Coded::of(call, [0, 1, 3], options.input_hidden_size)?;
    let (dims, chosen) = (call.dims(0)?, call.ints(2)?);
    let is_rows = axis(options.axis.into(), 2) == Some(0);
    let extent = if is_rows { matrix.rows.len() } else { matrix.columns };
    let within = |&index: &i64| usize::try_from(index).ok().filter(|&index| index < extent);
    let chosen: Option<Vec<usize>> = chosen.iter().map(within).collect();
    let chosen = chosen.ok_or_else(|| KernelError::invalid("an index lies outside of the matrix"))?;
    let element = |i: usize| match is_rows {
        true => matrix.element(chosen[i / matrix.columns], i % matrix.columns),
        false => matrix.element(i / chosen.len(), chosen[i % chosen.len()]),
    };
    let elements = (0..dims.iter().product()).map(element).collect();
    Ok(vec![Tensor::of(array(dims, elements)?)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interp::evaluate;
    use crate::op::{Op, Options, OptionsTable};
    use ndarray::{arr2, Array};

    fn computed<O: Op>(options: Options, operands: &[Option<Tensor>]) -> Option<(Vec<usize>, Vec<f32>)> {
        let operands = operands.iter().map(Option::as_ref).collect();
        let call = Call { options: &options, operands, results: vec![], meanings: Default::default() };
        let result = evaluate(O::DESCRIPTION, call).ok()?.remove(0);
        Some((result.dims.clone(), result.view::<f32>()?.iter().copied().collect()))
    }

    /// Scales, words and clusters of `[[3, 1, -3], [1, -3, 3], [-8, 8, 8]]`: two rows of two bits, then one of one.
    fn codes() -> [Tensor; 3] {
        let words = arr2(&[[0b011], [0b001], [0b101], [0b100], [0b110]]).into_dyn();
        // 2 and 1, then 2 and 1 again, then 8.
        let scales = Tensor::row(vec![2.0f32, 1.0, 2.0, 1.0, 8.0]);
        [scales, Tensor::of(words), Tensor::of(arr2(&[[2, 2], [1, 1]]).into_dyn())]
    }

    #[test]
    fn rows_and_columns_are_decoded() {
        let [scales, words, clusters] = codes();
        let gathered = |axis: i32, indices: Vec<i32>| {
            let options = BCQGatherOptionsT { input_hidden_size: 3, axis }.wrap();
            let operands = [scales.clone(), words.clone(), Tensor::row(indices), clusters.clone()];
            computed::<BCQGather>(options, &operands.map(Some))
        };
        let rows = vec![-8.0, 8.0, 8.0, 3.0, 1.0, -3.0];
        assert_eq!(gathered(0, vec![2, 0]), Some((vec![2, 3], rows)));
        assert_eq!(gathered(1, vec![1]), Some((vec![3, 1], vec![1.0, -3.0, 8.0])));
        assert_eq!(gathered(0, vec![3]), None);
    }

    #[test]
    fn layers_have_features_first_and_a_bias() {
        let [scales, words, clusters] = codes();
        let input = Tensor::of(arr2(&[[1.0f32, 0.0], [2.0, 1.0], [0.5, 0.0]]).into_dyn());
        let layer = |bias: Option<Tensor>, act| {
            let options = BCQFullyConnectedOptionsT { weights_hidden_size: 3, act }.wrap();
            let operands =
                [Some(input.clone()), Some(scales.clone()), Some(words.clone()), bias, Some(clusters.clone())];
            computed::<BCQFullyConnected>(options, &operands).map(|(_, numbers)| numbers)
        };
        assert_eq!(layer(None, Activation::None), Some(vec![3.5, 1.0, -3.5, -3.0, 12.0, 8.0]));
        let bias = Tensor::row(vec![0.5f32, 0.0, -10.0]);
        assert_eq!(layer(Some(bias), Activation::Relu), Some(vec![4.0, 1.5, 0.0, 0.0, 2.0, 0.0]));
        assert_eq!(layer(Some(Tensor::row(vec![0.5f32])), Activation::None), None);
    }

    #[test]
    fn columns_past_a_word_stand_in_the_next() {
        let words = Array::from_shape_vec(vec![1, 2], vec![0i32, 0b10]).unwrap();
        let options = BCQGatherOptionsT { input_hidden_size: 34, axis: 1 }.wrap();
        let indices = Tensor::row(vec![31, 32, 33]);
        let clusters = Tensor::of(arr2(&[[1, 1]]).into_dyn());
        let operands = [Tensor::row(vec![0.5f32]), Tensor::of(words), indices, clusters].map(Some);
        let gathered = computed::<BCQGather>(options, &operands);
        assert_eq!(gathered, Some((vec![1, 3], vec![-0.5, -0.5, 0.5])));
    }
}
