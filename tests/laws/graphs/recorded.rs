//! Operators as they were recorded from LiteRT, in the midst of a graph: quantized ones, stateful ones, and options and
//! operands that nobody would draw at random.
//!
//! Invariant: what is put in is a recorded case that LiteRT runs, only with other surroundings.

use super::Picks;
use super::scene::Scene;
use super::splice::{insert, is_small};
use optimizer_core::circle;
use optimizer_core::ir::{DType, Graph, Input, Model};
use std::sync::{Arc, LazyLock};

#[path = "../../../optimizer-core/tests/goldens/recording.rs"]
#[expect(dead_code, reason = "names and groups are for the tests of the kernels")]
mod recording;

/// The cases of each operator that LiteRT runs.
static CASES: LazyLock<Vec<Vec<recording::Case>>> = LazyLock::new(|| {
    let cases = recording::recordings().into_values();
    let run = cases.map(|cases| cases.into_iter().filter(|case| !case.outputs.is_empty()).collect());
    run.filter(|cases: &Vec<_>| !cases.is_empty()).collect()
});

/// Puts a recorded operator in, with the graphs that it runs.
pub(crate) fn case(scene: &mut Scene, picks: &mut Picks) {
    let cases = &CASES[picks.below(CASES.len())];
    let case = &cases[picks.below(cases.len())];
    let bytes = Arc::new(Input::owned(case.model.clone()));
    let Ok(Model { mut graphs, .. }) = circle::read(bytes) else { return };
    if graphs.iter().all(is_small) {
        let called = graphs.split_off(1);
        insert(scene, &held(&graphs[0], case), None, picks);
        scene.called.extend(called);
    }
}

/// The picks for each case.
pub(super) fn places() -> impl Iterator<Item = [u16; 2]> {
    let cases = CASES.iter().enumerate();
    cases.flat_map(|(op, cases)| (0..cases.len()).map(move |case| [op as u16, case as u16]))
}

/// The graph with its integer inputs as constants: they are indices as often as not.
fn held(graph: &Graph, case: &recording::Case) -> Graph {
    let mut held = graph.clone();
    for (&id, tensor) in graph.inputs().iter().zip(case.inputs_of(graph)) {
        let value = held.value_mut(id);
        if matches!(value.ty.dtype, DType::I32 | DType::I64) && !value.is_quantized() {
            value.data = Some(tensor.data);
        }
    }
    held
}
