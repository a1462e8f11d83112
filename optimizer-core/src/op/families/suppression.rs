//! Boxes that no better box overlaps.
//!
//! Invariant: boxes are chosen by falling score; what is left of the places is filled with zeros.

use crate::circle::schema::*;
use crate::interp::{Call, ELEMENT, KernelError, KernelResult, Tensor};
use crate::ir::{DType, Shape, Type};
use crate::op::shapes::held_dim;
use crate::op::{Site, operators};
use ndarray::arr0;

operators! {
    /// Boxes that no better box overlaps, and how many they are.
    NonMaxSuppressionV4 = NON_MAX_SUPPRESSION_V4(
        boxes, scores, max_output_size, iou_threshold, score_threshold
    ) NonMaxSuppressionV4OptionsT { shape: Some(hard_shape), kernel: Some(hard), steps: Some(overlaps) }
    /// Boxes that no better box overlaps, with scores softened by overlaps, and how many they are.
    NonMaxSuppressionV5 = NON_MAX_SUPPRESSION_V5(
        boxes, scores, max_output_size, iou_threshold, score_threshold, soft_nms_sigma
    ) NonMaxSuppressionV5OptionsT { shape: Some(soft_shape), kernel: Some(soft), steps: Some(overlaps) }
}

fn hard_shape(site: &Site) -> Option<Vec<Type>> {
    let places = places(site)?;
    Some(vec![Type::new(DType::I32, places), Type::fixed(DType::I32, &[])])
}

fn soft_shape(site: &Site) -> Option<Vec<Type>> {
    let places = places(site)?;
    let indices = Type::new(DType::I32, places.clone());
    Some(vec![indices, Type::new(DType::F32, places), Type::fixed(DType::I32, &[])])
}

/// As many places as may be filled.
fn places(site: &Site) -> Option<Shape> {
    let (boxes, scores) = (site.operand(0)?, site.operand(1)?);
    let (&[count, four], &[scored]) = (boxes.shape.dims(), scores.shape.dims()) else { return None };
    let fits = four == 4 && count.agrees(scored);
    let places = held_dim(site, 2)?;
    fits.then(|| Shape::from(vec![places]))
}

/// The best of all boxes is sought for each, and each may be held against all that were chosen.
fn overlaps(site: &Site) -> u64 {
    let boxes = site.axis_extent(1, 0);
    boxes.saturating_mul(boxes).saturating_mul(ELEMENT)
}

fn hard(call: &Call) -> KernelResult {
    let chosen = suppress(call, 0.0)?;
    let count = Tensor::of(arr0(chosen.len() as i32).into_dyn());
    Ok(vec![filled(call, chosen.iter().map(|c| c.index as i32))?, count])
}

fn soft(call: &Call) -> KernelResult {
    let sigma = number(call, 5)?;
    if sigma < 0.0 {
        return Err(KernelError::invalid("a negative sigma"));
    }
    let chosen = suppress(call, sigma)?;
    let count = Tensor::of(arr0(chosen.len() as i32).into_dyn());
    let indices = filled(call, chosen.iter().map(|c| c.index as i32))?;
    Ok(vec![indices, filled(call, chosen.iter().map(|c| c.score))?, count])
}

fn filled<T: crate::ir::Element + Default>(
    call: &Call,
    chosen: impl Iterator<Item = T>,
) -> Result<Tensor, KernelError> {
    let places = *call.dims(0)?.first().ok_or_else(unfit)?;
    Ok(Tensor::row(chosen.chain(std::iter::repeat(T::default())).take(places).collect()))
}

/// A box that may still be chosen, with what its score has become.
#[derive(Clone, Copy)]
struct Candidate {
    index: usize,
    score: f32,
    /// How many of the chosen boxes have softened it already.
    seen: usize,
}

fn suppress(call: &Call, sigma: f32) -> Result<Vec<Candidate>, KernelError> {
    let most = usize::try_from(*call.ints(2)?.first().ok_or_else(unfit)?).map_err(|_| unfit())?;
    let (most_overlap, least_score) = (number(call, 3)?, number(call, 4)?);
    let corners = call.view::<f32>(0)?;
    let corners: Vec<[f32; 4]> = corners.rows().into_iter().map(|r| std::array::from_fn(|i| r[i])).collect();
    let scores = call.view::<f32>(1)?;
    let candidates = scores.iter().enumerate().map(|(index, &score)| (index, score));
    let passing = candidates.filter(|&(_, score)| score > least_score);
    let mut left: Vec<_> = passing.map(|(index, score)| Candidate { index, score, seen: 0 }).collect();
    let (mut chosen, most) = (Vec::<Candidate>::new(), most.min(left.len()));
    while chosen.len() < most && !left.is_empty() {
        let mut next = left.remove(best(&left));
        let before = next.score;
        let mut overlapped = false;
        for other in chosen[next.seen..].iter().rev() {
            let overlap = overlap(corners[next.index], corners[other.index]);
            overlapped = overlap >= most_overlap;
            if !overlapped && sigma > 0.0 {
                next.score *= (-0.5 / sigma * overlap * overlap).exp();
            }
            if overlapped || next.score <= least_score {
                break;
            }
        }
        next.seen = chosen.len();
        if !overlapped && next.score == before {
            chosen.push(next);
        }
        // As LiteRT has it, a chosen box overlaps itself next time, or it is chosen again.
        if !overlapped && next.score > least_score {
            left.push(next);
        }
    }
    Ok(chosen)
}

/// Where the highest score is; the first of equals.
fn best(left: &[Candidate]) -> usize {
    (1..left.len()).fold(0, |best, i| {
        let (a, b) = (left[best], left[i]);
        if b.score > a.score || (b.score == a.score && b.index < a.index) { i } else { best }
    })
}

/// The area that two boxes share, over the area that they cover.
fn overlap(a: [f32; 4], b: [f32; 4]) -> f32 {
    let sides = |c: [f32; 4]| ([c[0].min(c[2]), c[1].min(c[3])], [c[0].max(c[2]), c[1].max(c[3])]);
    let area = |(low, high): ([f32; 2], [f32; 2])| (high[0] - low[0]) * (high[1] - low[1]);
    let (a, b) = (sides(a), sides(b));
    if area(a) <= 0.0 || area(b) <= 0.0 {
        return 0.0;
    }
    let side = |i: usize| (a.1[i].min(b.1[i]) - a.0[i].max(b.0[i])).max(0.0);
    let shared = side(0) * side(1);
    shared / (area(a) + area(b) - shared)
}

fn number(call: &Call, i: usize) -> Result<f32, KernelError> {
    call.view::<f32>(i)?.first().copied().ok_or_else(unfit)
}

fn unfit() -> KernelError {
    KernelError::invalid("the boxes and limits do not fit each other")
}
