//! Operators that keep all elements in order and change the shape, or tell it.
//!
//! Invariant: the number of elements stays.

use crate::circle::schema::*;
use crate::interp::{Call, KernelResult, Tensor};
use crate::ir::{Dim, Type};
use crate::op::shapes::{held_axes, quotient, unknown_dims};
use crate::op::{Follow, Options, OptionsTable, Permutation, Place, Quantized, Reads, Relayout, Site, axis, operators};

operators! {
    /// Another shape for the same elements; at most one -1 is whatever is left.
    Reshape = RESHAPE(input, shape) ReshapeOptionsT {
        shape: Some(reshape_shape), kernel: Some(reshaped), layout: Some(reshape_layout),
        quantized: Quantized::AsStored
    }
    /// Without axes of extent 1.
    Squeeze = SQUEEZE(input) SqueezeOptionsT {
        shape: Some(squeeze_shape), kernel: Some(reshaped), canonical: Some(squeeze_canonical),
        quantized: Quantized::AsStored
    }
    /// With one more axis of extent 1.
    ExpandDims = EXPAND_DIMS(input, axis) ExpandDimsOptionsT {
        shape: Some(expand_dims_shape), kernel: Some(reshaped), quantized: Quantized::AsStored
    }
    /// The extents.
    Shape = SHAPE(input) ShapeOptionsT {
        shape: Some(shape_shape), kernel: Some(shape), quantized: Quantized::AsStored,
        reads: Reads::Shapes
    }
    /// The number of axes.
    Rank = RANK(input) RankOptionsT {
        shape: Some(rank_shape), kernel: Some(rank),
        quantized: Quantized::AsStored, reads: Reads::Shapes
    }
}

/// The shape operand counts if there is one, else the option.
fn reshape_shape(site: &Site) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let target = match site.operand(1) {
        Some(shape) if shape.shape.rank() == 1 && shape.dtype == DType::I32 => match shape.ints() {
            Some(target) => target,
            None => return Some(vec![Type::new(input.dtype, unknown_dims(site, held_axes(site, 1)?))]),
        },
        _ => site.options::<ReshapeOptionsT>().new_shape?.into_iter().map(i64::from).collect(),
    };
    let dims = fill_rest(site, input.shape.dims(), &target)?;
    Some(vec![Type::new(input.dtype, dims.into())])
}

/// Elements stay in order if only axes of extent 1 move past others.
fn reshape_layout(site: &Site, perm: &Permutation, place: Place) -> Option<Relayout> {
    match place {
        Place::Operand(_) => {
            perm.keeps_order(site.movable(0, perm)?.shape.dims()).then_some(())?;
            Relayout::staying(site.options.clone(), vec![Follow::Moves, Follow::Stays])
        }
        Place::Result(_) => {
            let result = site.results.first()?.shape.as_ref().filter(|s| s.rank() == perm.rank())?;
            perm.keeps_order(result.dims()).then_some(())?;
            let dims: Vec<i64> = perm.apply(&result.known()?).into_iter().map(|n| n as i64).collect();
            let new_shape = site.options::<ReshapeOptionsT>().new_shape;
            let new_shape = new_shape.map(|_| dims.iter().map(|&n| n as i32).collect());
            site.ints(1)?;
            let options = ReshapeOptionsT { new_shape }.wrap();
            Relayout::moving(options, vec![Follow::Stays, Follow::Becomes(dims)])
        }
    }
}

/// The target with its -1 replaced; `None` if the elements do not fit.
fn fill_rest(site: &Site, dims: &[Dim], target: &[i64]) -> Option<Vec<Dim>> {
    let mut known = target.iter().filter(|&&n| n != -1).map(|&n| usize::try_from(n).ok());
    let known = known.try_fold(1usize, |n, d| n.checked_mul(d?))?;
    let rest = quotient(site, dims, known);
    match target.iter().filter(|&&n| n == -1).count() {
        0 if crate::ir::Shape::from(dims.to_vec()).elements().is_some_and(|n| n != known) => return None,
        0 | 1 => {}
        _ => return None,
    }
    target.iter().map(|&n| if n == -1 { rest } else { Some(Dim::Known(n as usize)) }).collect()
}

fn squeeze_shape(site: &Site) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let dims = input.shape.dims();
    let axes = site.options::<SqueezeOptionsT>().squeeze_dims.unwrap_or_default();
    let mut squeeze: Vec<bool> = dims.iter().map(|d| axes.is_empty() && *d == 1).collect();
    for a in &axes {
        squeeze[axis((*a).into(), dims.len())?] = true;
    }
    let undecided = axes.is_empty() && !input.shape.is_known();
    let fits = dims.iter().zip(&squeeze).all(|(d, &s)| !s || d.known().is_none_or(|n| n == 1));
    let kept = dims.iter().zip(&squeeze).filter(|&(_, &s)| !s).map(|(&d, _)| d);
    (fits && !undecided).then(|| vec![Type::new(input.dtype, kept.collect())])
}

fn squeeze_canonical(site: &Site, options: &mut Options) {
    let (Some(shape), Some(table)) = (site.shape(0), SqueezeOptionsT::get(options)) else { return };
    let axes = table.squeeze_dims.iter().flatten().map(|&a| axis(a.into(), shape.rank()));
    if let Some(mut axes) = axes.collect::<Option<Vec<_>>>() {
        axes.sort_unstable();
        axes.dedup();
        let squeeze_dims = table.squeeze_dims.as_ref().map(|_| axes.iter().map(|&a| a as i32).collect());
        *options = SqueezeOptionsT { squeeze_dims }.wrap();
    }
}

fn expand_dims_shape(site: &Site) -> Option<Vec<Type>> {
    let input = site.operand(0)?;
    let rank = input.shape.rank();
    let shape = match site.ints(1) {
        Some(at) => {
            let mut dims = input.shape.dims().to_vec();
            dims.insert(axis(*at.first()?, rank + 1)?, Dim::Known(1));
            dims.into()
        }
        None => unknown_dims(site, rank + 1),
    };
    Some(vec![Type::new(input.dtype, shape)])
}

fn shape_shape(site: &Site) -> Option<Vec<Type>> {
    let dtype = site.options::<ShapeOptionsT>().out_type;
    let rank = site.shape(0)?.rank();
    matches!(dtype, DType::I32 | DType::I64).then(|| vec![Type::fixed(dtype, &[rank])])
}

fn rank_shape(site: &Site) -> Option<Vec<Type>> {
    site.operand(0).map(|_| vec![Type::fixed(DType::I32, &[])])
}

/// The same bytes under the result's dims.
fn reshaped(call: &Call) -> KernelResult {
    let input = call.operand(0)?;
    Ok(vec![Tensor { dims: call.dims(0)?, ..input.clone() }])
}

fn shape(call: &Call) -> KernelResult {
    let dims = &call.operand(0)?.dims;
    Ok(vec![match call.options::<ShapeOptionsT>().out_type {
        DType::I64 => Tensor::row(dims.iter().map(|&n| n as i64).collect()),
        _ => Tensor::row(dims.iter().map(|&n| n as i32).collect()),
    }])
}

fn rank(call: &Call) -> KernelResult {
    let rank = call.operand(0)?.dims.len() as i32;
    Ok(vec![Tensor::of(ndarray::arr0(rank).into_dyn())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Data, Shape, Symbol};
    use crate::op::Operand;
    use std::cell::Cell;

    fn reshape(dims: Vec<Dim>, target: &[i32]) -> Option<Shape> {
        let (options, fresh) = (Options::default(), Cell::new(100));
        let (input, shape, data) =
            (Shape::from(dims), Shape::fixed(&[target.len()]), Data::of(target.to_vec()));
        let input = Operand { dtype: DType::F32, shape: &input, data: None };
        let shape = Operand { dtype: DType::I32, shape: &shape, data: Some(&data) };
        let site = Site::new(&options, vec![Some(input), Some(shape)], vec![], &fresh);
        reshape_shape(&site)?.remove(0).shape
    }

    #[test]
    fn the_rest_of_a_reshape_is_an_unknown_dim_carried_through() {
        let (b, k) = (Dim::Unknown(Symbol(1)), Dim::Known);
        assert_eq!(reshape(vec![b, k(2), k(3)], &[-1, 6]), Some(vec![b, k(6)].into()));
        assert_ne!(reshape(vec![b, k(2), k(3)], &[-1, 3]), Some(vec![b, k(3)].into()));
        assert_eq!(reshape(vec![k(4), k(3)], &[2, -1]), Some(Shape::fixed(&[2, 6])));
        assert_eq!(reshape(vec![k(4), k(3)], &[5, -1]), None);
        assert_eq!(reshape(vec![k(4), k(3)], &[-1, -1]), None);
        assert_eq!(reshape(vec![k(4), k(3)], &[4, 4]), None);
        assert_eq!(reshape(vec![k(1)], &[]), Some(Shape::scalar()));
        assert_eq!(reshape(vec![k(4)], &[i32::MIN]), None);
    }
}
