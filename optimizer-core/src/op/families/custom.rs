//! Custom operators that importers of TensorFlow models make and whose meaning TensorFlow documents.
//!
//! Invariant: options are those of a table of the schema; an operator whose options say more is not known, and opaque.

use super::arithmetic::add;
use super::convolution::{elements, four, indices, taps, unfit};
use super::dense::{batch_matmul, batch_matmul_macs, batch_matmul_shape};
use super::fill::{broadcast_to, broadcast_to_shape};
use super::join::{split_v, split_v_canonical, split_v_shape};
use super::pooling::pool_shape;
use crate::circle::FlexMap;
use crate::circle::schema::*;
use crate::interp::elements::{array, map_kernel};
use crate::interp::{Call, KernelResult, Tensor};
use crate::ir::{DType, Type};
use crate::op::shapes::{broadcast, same};
use crate::op::{Foreign, NoOptions, Options, OptionsTable, Site, operators};

operators! {
    /// `a + b`, broadcast.
    CustomAddV2 = CUSTOM(a, b) NoOptions {
        custom: Some(Foreign { name: "AddV2", options: no_options }),
        commutative: true, shape: Some(broadcast), kernel: Some(add)
    }
    /// The product of matrices, batches being broadcast.
    CustomBatchMatMulV2 = CUSTOM(a, b) BatchMatMulOptionsT {
        custom: Some(Foreign { name: "BatchMatMulV2", options: batch_matmul_options }),
        shape: Some(batch_matmul_shape), kernel: Some(batch_matmul), macs: Some(batch_matmul_macs)
    }
    /// The product of two matrices.
    CustomMatMul = CUSTOM(a, b) BatchMatMulOptionsT {
        custom: Some(Foreign { name: "MatMul", options: matmul_options }),
        shape: Some(matmul_shape), kernel: Some(batch_matmul), macs: Some(batch_matmul_macs)
    }
    /// Parts of given sizes along an axis.
    CustomSplitV = CUSTOM(input, sizes, axis) SplitVOptionsT {
        custom: Some(Foreign { name: "SplitV", options: split_v_options }),
        shape: Some(split_v_shape), kernel: Some(split_v), canonical: Some(split_v_canonical)
    }
    /// The input broadcast to a shape.
    CustomBroadcastTo = CUSTOM(input, shape) BroadcastToOptionsT {
        custom: Some(Foreign { name: "BroadcastTo", options: |_| Some(BroadcastToOptionsT::default().wrap()) }),
        shape: Some(broadcast_to_shape), kernel: Some(broadcast_to)
    }
    /// The error function.
    CustomErf = CUSTOM(x) NoOptions {
        custom: Some(Foreign { name: "Erf", options: no_options }), shape: Some(same), kernel: Some(erf)
    }
    /// The largest element of each window, and where it is: its index within its batch, the first of equals.
    CustomMaxPoolWithArgmax = CUSTOM(input) Pool2DOptionsT {
        custom: Some(Foreign { name: "MaxPoolWithArgmax", options: pool_options }),
        shape: Some(pool_with_argmax_shape), kernel: Some(pool_with_argmax)
    }
}

fn no_options(_: &FlexMap) -> Option<Options> {
    Some(Options::default())
}

fn batch_matmul_options(map: &FlexMap) -> Option<Options> {
    let (adj_x, adj_y) = (map.bool("adj_x", false)?, map.bool("adj_y", false)?);
    Some(BatchMatMulOptionsT { adj_x, adj_y, ..Default::default() }.wrap())
}

fn matmul_options(map: &FlexMap) -> Option<Options> {
    let (adj_x, adj_y) = (map.bool("transpose_a", false)?, map.bool("transpose_b", false)?);
    Some(BatchMatMulOptionsT { adj_x, adj_y, ..Default::default() }.wrap())
}

fn split_v_options(map: &FlexMap) -> Option<Options> {
    let num_splits = map.int("num_split", 0)?.try_into().ok()?;
    Some(SplitVOptionsT { num_splits }.wrap())
}

/// Windows over height and width alone; the schema's pools know no others.
fn pool_options(map: &FlexMap) -> Option<Options> {
    let plane = |name| match map.ints(name)?[..] {
        [1, height, width, 1] => Some((height.try_into().ok()?, width.try_into().ok()?)),
        _ => None,
    };
    let ((filter_height, filter_width), (stride_h, stride_w)) = (plane("ksize")?, plane("strides")?);
    let padding = match map.str("padding")? {
        "SAME" => Padding::Same,
        "VALID" => Padding::Valid,
        _ => return None,
    };
    let options =
        Pool2DOptionsT { padding, stride_w, stride_h, filter_width, filter_height, ..Default::default() };
    (!map.bool("include_batch_in_index", false)?).then(|| options.wrap())
}

fn matmul_shape(site: &Site) -> Option<Vec<Type>> {
    (0..2).all(|i| site.shape(i).is_some_and(|s| s.rank() == 2)).then(|| batch_matmul_shape(site))?
}

/// Indices are of the declared dtype, else i64 as in TensorFlow.
fn pool_with_argmax_shape(site: &Site) -> Option<Vec<Type>> {
    let [largest] = pool_shape(site)?.try_into().ok()?;
    let dtype = site.results.get(1).map_or(DType::I64, |ty| ty.dtype);
    let index = Type { dtype, shape: largest.shape.clone() };
    matches!(dtype, DType::I32 | DType::I64).then(|| vec![largest, index])
}

fn erf(call: &Call) -> KernelResult {
    map_kernel(call, |x: f32| libm::erf(x.into()) as f32)
}

fn pool_with_argmax(call: &Call) -> KernelResult {
    let [vertical, horizontal] = call.options::<Pool2DOptionsT>().pooling_windows().ok_or_else(unfit)?;
    let [_, height, width, channels] = four(&call.operand(0)?.dims)?;
    let (dims, input) = (call.dims(0)?, elements(call, 0)?);
    let [_, rows, columns, _] = four(&dims)?;
    let best = |i: usize| {
        let [batch, y, x, channel] = indices(i, [rows, columns, channels]);
        let under = taps(vertical.taps(height, y), horizontal.taps(width, x)).map(|(ky, kx)| {
            let (iy, ix) = (vertical.element(height, y, ky), horizontal.element(width, x, kx));
            (iy * width + ix) * channels + channel
        });
        let at = |index: usize| input[batch * height * width * channels + index];
        let index = under.reduce(|best, next| if at(next) > at(best) { next } else { best });
        index.map(|index| (at(index), index)).ok_or_else(unfit)
    };
    let (largest, index): (Vec<f32>, Vec<usize>) =
        (0..dims.iter().product()).map(best).collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
    let index = match call.results.get(1).map(|ty| ty.dtype) {
        Some(DType::I32) => Tensor::of(array(dims.clone(), index.into_iter().map(|i| i as i32).collect())?),
        _ => Tensor::of(array(dims.clone(), index.into_iter().map(|i| i as i64).collect())?),
    };
    Ok(vec![Tensor::of(array(dims, largest)?), index])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interp::evaluate;
    use crate::op::{Description, Op};
    use ndarray::ArrayD;

    fn computed(op: &'static Description, options: Options, x: Tensor, results: Vec<Type>) -> Vec<Tensor> {
        let call =
            Call { options: &options, operands: vec![Some(&x)], results, meanings: Default::default() };
        evaluate(op, call).unwrap()
    }

    fn map(dims: &[usize], elements: &[f32]) -> Tensor {
        Tensor::of(ArrayD::from_shape_vec(dims, elements.to_vec()).unwrap())
    }

    #[test]
    fn names_are_unique_and_not_those_of_circle() {
        let mut names: Vec<_> = ALL.iter().map(|d| d.custom.unwrap().name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
        assert!(ALL.iter().all(|d| d.name.strip_prefix("Custom") == Some(d.custom.unwrap().name)));
        assert!(ALL.iter().all(|d| crate::op::all().iter().all(|builtin| builtin.name != d.name)));
    }

    #[test]
    fn erf_is_odd_and_bounded() {
        let y = computed(
            CustomErf::DESCRIPTION,
            Options::default(),
            Tensor::row(vec![-9.0f32, 0.0, 0.5, 9.0]),
            vec![],
        );
        assert_eq!(y[0].view::<f32>().unwrap().as_slice(), Some(&[-1.0, 0.0, 0.520_499_9, 1.0][..]));
    }

    #[test]
    fn the_first_of_equals_is_found_within_its_batch() {
        let window = Pool2DOptionsT {
            padding: Padding::Same,
            stride_w: 2,
            stride_h: 2,
            filter_width: 2,
            filter_height: 2,
            ..Default::default()
        };
        let x = map(&[2, 1, 3, 2], &[0.0, 5.0, 3.0, 5.0, -1.0, -2.0, 7.0, 1.0, 7.0, 2.0, 0.0, 0.0]);
        let y = computed(CustomMaxPoolWithArgmax::DESCRIPTION, window.wrap(), x, vec![]);
        assert_eq!(
            y[0].view::<f32>().unwrap().iter().copied().collect::<Vec<_>>(),
            [3.0, 5.0, -1.0, -2.0, 7.0, 2.0, 0.0, 0.0]
        );
        assert_eq!(y[1].ints().unwrap(), [2, 1, 4, 5, 0, 3, 4, 5]);
    }
}
