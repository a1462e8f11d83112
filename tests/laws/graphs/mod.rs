//! Random models: valid by construction, and the same for the same recipe.
//!
//! Invariant: every recipe gives a model, as a step that fits nowhere is left out; so recipes can be cut down freely
//! when a law fails.

mod control;
mod operands;
mod options;
mod recorded;
mod scene;
mod splice;

use optimizer_core::ir::{Graph, Model, Shape};
use optimizer_core::op::{self, Site};
use optimizer_core::rewrite::Rule;
use proptest::prelude::*;
use scene::Scene;
pub(crate) use scene::usable;
use std::cell::Cell;
use std::fmt;

/// Numbers that decide what a step does; past their end all are 0, which is the simplest.
pub(crate) struct Picks<'a>(std::slice::Iter<'a, u16>);

/// One addition to a graph.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Any operator on whatever fits it.
    Operator(Vec<u16>),
    /// The left side of a rule, fed by and read by what is around it.
    LeftSide(Vec<u16>),
    /// An operator as it was recorded from LiteRT.
    Recorded(Vec<u16>),
    /// An operator that runs graphs, which have steps of their own.
    Control(Vec<u16>, [Vec<Step>; 2]),
}

/// How to make a model.
#[derive(Clone)]
pub(crate) struct Recipe {
    main: Vec<Step>,
    /// A second subgraph, on the constants of the first.
    second: Option<Vec<Step>>,
    /// What becomes an output although something reads it, and which dim is not known.
    ends: Vec<u16>,
}

/// All recipes, small ones first.
pub(crate) fn recipes() -> impl Strategy<Value = Recipe> {
    let ends = prop::collection::vec(any::<u16>(), 0..8);
    let second = prop::option::weighted(0.1, steps(1));
    (steps(DEPTH), second, ends).prop_map(|(main, second, ends)| Recipe { main, second, ends })
}

/// How deep graphs that are called may lie.
const DEPTH: u32 = 2;

/// A recipe for each operator that can be drawn, each recorded case, and each kind of call, alone in a graph.
pub(crate) fn one_of_each() -> impl Iterator<Item = Recipe> {
    let of = |step: Step| Recipe { main: vec![step], second: None, ends: Vec::new() };
    let drawn = (0..usable().len() as u16).flat_map(|op| (0..DRAWS).map(move |draw| draws(op, draw)));
    let recorded = recorded::places().map(|[op, case]| Step::Recorded(vec![op, case]));
    let calls = (0..control::KINDS).map(|kind| Step::Control(vec![kind], Default::default()));
    drawn.map(Step::Operator).chain(recorded).chain(calls).map(of)
}

/// How often an operator is drawn before it counts as out of reach.
const DRAWS: u16 = 40;

/// The `draw`-th choice of operands and options of an operator.
fn draws(op: u16, draw: u16) -> Vec<u16> {
    let scattered =
        |i: u16| draw.wrapping_mul(40_503).wrapping_add(i.wrapping_mul(draw).wrapping_mul(30_011)) >> 3;
    std::iter::once(op).chain((1..16).map(scattered)).collect()
}

/// Steps in which graphs are called `depth` deep.
fn steps(depth: u32) -> BoxedStrategy<Vec<Step>> {
    let picks = || prop::collection::vec(any::<u16>(), 0..12);
    let plain = prop_oneof![
        3 => picks().prop_map(Step::Operator),
        2 => picks().prop_map(Step::LeftSide),
        1 => picks().prop_map(Step::Recorded)
    ];
    match depth {
        0 => prop::collection::vec(plain, 0..4).boxed(),
        _ => {
            let bodies = [steps(depth - 1), steps(depth - 1)];
            let calls = (picks(), bodies).prop_map(|(picks, bodies)| Step::Control(picks, bodies));
            prop::collection::vec(prop_oneof![12 => plain, 1 => calls], 1..9).boxed()
        }
    }
}

impl Recipe {
    /// The model; one without operators if no step fits.
    pub(crate) fn model(&self, rules: &[&Rule]) -> Model {
        let mut scene = Scene::default();
        scene.play(&self.main, rules);
        let (constants, called) = (scene.constants(), std::mem::take(&mut scene.called));
        let mut graphs = vec![finish(scene, &mut Picks(self.ends.iter()))];
        graphs.extend(called);
        if let Some(second) = &self.second {
            let mut scene = Scene::on(constants);
            scene.called = graphs.split_off(1);
            scene.play(second, rules);
            graphs.append(&mut scene.called);
            graphs.push(finish(scene, &mut Picks(self.ends.iter())));
        }
        Model { graphs, ..Model::default() }
    }

    /// The rules whose left sides the recipe puts in, as far as they fit.
    pub(crate) fn left_sides<'r>(&self, rules: &[&'r Rule]) -> Vec<&'r Rule> {
        let steps = self.main.iter().chain(self.second.iter().flatten());
        steps.flat_map(|step| step.left_sides(rules)).collect()
    }
}

impl Step {
    fn left_sides<'r>(&self, rules: &[&'r Rule]) -> Vec<&'r Rule> {
        match self {
            Step::LeftSide(picks) => Picks(picks.iter()).of(rules).into_iter().collect(),
            Step::Control(_, bodies) => {
                bodies.iter().flatten().flat_map(|step| step.left_sides(rules)).collect()
            }
            Step::Operator(_) | Step::Recorded(_) => Vec::new(),
        }
    }
}

/// Makes all that nothing reads an output, and perhaps more, and hides the extent of an input's dim.
fn finish(mut scene: Scene, picks: &mut Picks) -> Graph {
    scene.end(picks);
    let mut graph = scene.into_graph();
    graph.name = Some("main".into());
    let mut unknown = graph.clone();
    if picks.one_in(2) && hide_dim(&mut unknown, picks).is_some() {
        return unknown;
    }
    graph
}

fn hide_dim(graph: &mut Graph, picks: &mut Picks) -> Option<()> {
    let input = *graph.inputs().get(picks.below(graph.inputs().len()))?;
    let mut dims = graph.value(input).shape()?.dims().to_vec();
    let axis = picks.below(dims.len());
    *dims.get_mut(axis)? = graph.unknown_dim();
    graph.value_mut(input).ty.shape = Some(Shape::from(dims));
    let fresh = Cell::new(1 << 20);
    for id in graph.order().ok()? {
        let operator = graph.op(id);
        let Some(rule) = op::describe(operator)?.shape else {
            let operands = operator.operands().iter().flatten();
            operands.copied().all(|v| !graph.value(v).has_unknown_dims()).then_some(())?;
            continue;
        };
        let types = rule(&Site::of(graph, operator, &fresh)?)?;
        let results = operator.results().to_vec();
        let rank = |ty: &optimizer_core::ir::Type| ty.shape.as_ref().map(Shape::rank);
        let kept = results.iter().zip(&types).all(|(&v, ty)| rank(&graph.value(v).ty) == rank(ty));
        (kept && types.len() == results.len()).then_some(())?;
        results.into_iter().zip(types).for_each(|(v, ty)| graph.value_mut(v).ty = ty);
    }
    Some(())
}

impl Picks<'_> {
    /// A number below `n`, and 0 if there is none.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % n.max(1)
    }

    /// Yes once in `n` times.
    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    pub(crate) fn of<T: Copy>(&mut self, list: &[T]) -> Option<T> {
        list.get(self.below(list.len())).copied()
    }

    /// A seed for more numbers than a recipe can hold.
    pub(crate) fn seed(&mut self) -> u64 {
        self.below(1 << 16) as u64
    }
}

impl fmt::Debug for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Recipe { main, second, ends } = self;
        write!(f, "Recipe {{ main: {main:?}, second: {second:?}, ends: {ends:?} }}")
    }
}
