//! Whether two models compute the same, as far as rounding can tell.
//!
//! Invariant: an output may move only as far as it moves when each operator's result is disturbed by the tolerance; no
//! tolerance of its own hides an error, and without one every bit must agree.

use crate::interp::{self, Limits, Machine, Tensor};
use crate::ir::{Data, Model};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// How many times the reference is disturbed.
const SAMPLES: u64 = 12;
/// How much further than in the samples an output may move: they are few, and rewrites fall together.
const SLACK: f64 = 8.0;

/// What running two graphs on the same inputs showed.
#[derive(Clone, Debug, PartialEq)]
pub enum Agreement {
    Same,
    /// The reference itself cannot be run, and why.
    Unknown(String),
    Differ(String),
}

/// Runs a graph of both models on the same inputs. `tolerance` is how far one rewrite may move a value, relative to its largest
/// element.
pub fn agreement(
    reference: &Model,
    other: &Model,
    graph: usize,
    given: &[Tensor],
    tolerance: f64,
    limits: Limits,
) -> Agreement {
    let expected = match Machine::new(reference, limits).run(graph, given) {
        Ok(expected) => expected,
        Err(error) => return Agreement::Unknown(error.to_string()),
    };
    let computed = match Machine::new(other, limits).run(graph, given) {
        Ok(computed) if computed.len() == expected.len() => computed,
        Ok(computed) => {
            return Agreement::Differ(format!("{} outputs for {}", computed.len(), expected.len()));
        }
        Err(error) => return Agreement::Differ(error.to_string()),
    };
    let outer = &reference.graphs[graph];
    let name = |i: usize| outer.value(outer.outputs()[i]).name.as_str();
    let compared = (0..expected.len()).map(|i| interp::difference(name(i), &expected[i], &computed[i]));
    let mut worst = None;
    for comparison in compared {
        match comparison {
            Ok(c) if c.within(tolerance) => {}
            Ok(c) => worst = worst.or(Some(c.to_string())),
            Err(error) => return Agreement::Differ(error.to_string()),
        }
    }
    let Some(worst) = worst else { return Agreement::Same };
    match tolerance > 0.0
        && rounding_explains(reference, graph, given, tolerance, limits, &expected, &computed)
    {
        true => Agreement::Same,
        false => Agreement::Differ(worst),
    }
}

/// Whether disturbing every operator of the reference moves its outputs about as far as the other's are.
fn rounding_explains(
    reference: &Model,
    graph: usize,
    given: &[Tensor],
    tolerance: f64,
    limits: Limits,
    expected: &[Tensor],
    computed: &[Tensor],
) -> bool {
    let mut reach: Vec<Vec<f64>> =
        expected.iter().map(|t| vec![0.0; t.numbers().map_or(0, |n| n.len())]).collect();
    for seed in 0..SAMPLES {
        let mut random = StdRng::seed_from_u64(seed);
        let sample = Machine::new(reference, limits)
            .altering(move |t| disturbed(t, tolerance, &mut random))
            .run(graph, given);
        // Disturbed indices or divisors may leave what an operator takes: then rounding decides everything.
        let Ok(sample) = sample else { return true };
        for ((reach, sample), expected) in reach.iter_mut().zip(&sample).zip(expected) {
            widen(reach, sample, expected);
        }
    }
    reach.iter().zip(expected.iter().zip(computed)).all(|(reach, (expected, computed))| {
        let (Some(expected), Some(computed)) = (expected.numbers(), computed.numbers()) else {
            return expected.data.bytes() == computed.data.bytes();
        };
        let largest = expected.iter().filter(|x| x.is_finite()).fold(0.0, |most: f64, x| most.max(x.abs()));
        let near = |i: usize| {
            let (x, y) = (expected[i], computed[i]);
            let equal = x == y || (x.is_nan() && y.is_nan());
            equal || reach[i] == f64::INFINITY || (x - y).abs() <= SLACK * reach[i] + tolerance * largest
        };
        expected.len() == computed.len() && (0..expected.len()).all(near)
    })
}

/// Notes how far a sample moved; an element that is not finite in either may move anywhere.
fn widen(reach: &mut [f64], sample: &Tensor, expected: &Tensor) {
    let (Some(sample), Some(expected)) = (sample.numbers(), expected.numbers()) else { return };
    if sample.len() != expected.len() {
        reach.fill(f64::INFINITY);
        return;
    }
    for (reach, (x, y)) in reach.iter_mut().zip(sample.iter().zip(&expected)) {
        let moved = (x - y).abs();
        *reach = reach.max(if moved.is_nan() { f64::INFINITY } else { moved });
    }
}

/// A float tensor with each element moved by up to `tolerance` of the largest.
fn disturbed(tensor: Tensor, tolerance: f64, random: &mut StdRng) -> Tensor {
    let Some(view) = tensor.view::<f32>() else { return tensor };
    let largest = view.iter().filter(|x| x.is_finite()).fold(0f32, |most, x| most.max(x.abs()));
    let mut nudge = || (f64::from(largest) * tolerance * random.random_range(-1.0..=1.0)) as f32;
    let moved: Vec<f32> = view.iter().map(|&x| x + nudge()).collect();
    Tensor { data: Data::of(moved), ..tensor }
}
