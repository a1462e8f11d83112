//! Graphs that run other graphs: calls, branches, loops, and variables that a graph sets once.
//!
//! Invariant: a caller hands over what the called graph declares, and gets what it declares; every loop counts up to a
//! constant, so that it ends.

use super::options::table;
use super::scene::{Candidate, Scene};
use super::splice::feed;
use super::{Picks, Step};
use optimizer_core::circle::schema::*;
use optimizer_core::interp;
use optimizer_core::ir::{Data, Operator, Type, Value, ValueId};
use optimizer_core::op::{self, Description, Op, Options};
use optimizer_core::rewrite::Rule;
use std::mem;

/// What stands in the graphs that are called.
pub(crate) struct Bodies<'s> {
    pub(crate) steps: &'s [Vec<Step>; 2],
    pub(crate) rules: &'s [&'s Rule],
}

/// How many kinds of calls there are.
pub(super) const KINDS: u16 = 5;
/// How many values a caller picks to hand over, and a called graph gives back.
const HANDED: usize = 3;

/// Adds an operator that runs graphs.
pub(crate) fn control(scene: &mut Scene, picks: &mut Picks, bodies: Bodies) {
    match picks.below(usize::from(KINDS)) {
        0 => call(scene, picks, bodies),
        1 => choose(scene, picks, bodies),
        2 => repeat(scene, picks, bodies),
        3 => keep(scene, picks),
        _ => call_again(scene, picks),
    }
}

fn call(scene: &mut Scene, picks: &mut Picks, Bodies { steps, rules }: Bodies) {
    let operands = handed(scene, picks);
    let mut inner = Inner::of(scene, &operands);
    inner.0.play(&steps[0], rules);
    let operands = inner.fed(scene, operands);
    let outputs = inner.wanted(picks);
    let results = inner.results(scene, &outputs);
    let subgraph = inner.close(scene, &outputs) as u32;
    add(scene, op::Call::DESCRIPTION, table::<CallOptionsT>(|t| t.subgraph = subgraph), operands, results);
}

/// Another caller of a graph that has one.
fn call_again(scene: &mut Scene, picks: &mut Picks) {
    let Some(number) = picks.below(scene.called.len() + 1).checked_sub(1) else { return };
    let called = scene.called[number].clone();
    let operands = called.inputs().iter().map(|&id| feed(scene, called.value(id), picks)).collect();
    let results = called.outputs().iter().map(|&id| scene.copy_of("r", &bare(called.value(id)))).collect();
    let subgraph = number as u32 + 1;
    add(scene, op::Call::DESCRIPTION, table::<CallOptionsT>(|t| t.subgraph = subgraph), operands, results);
}

fn choose(scene: &mut Scene, picks: &mut Picks, Bodies { steps, rules }: Bodies) {
    let condition = condition(scene, picks);
    let operands = handed(scene, picks);
    let mut yes = Inner::of(scene, &operands);
    yes.0.play(&steps[0], rules);
    let operands = yes.fed(scene, operands);
    let mut no = Inner::of(scene, &operands);
    no.0.play(&steps[1], rules);
    let more = no.fed(scene, operands.clone());
    yes.takes_too(scene, &more[operands.len()..]);
    let chosen = yes.wanted(picks);
    let results = yes.results(scene, &chosen);
    let like: Vec<Value> = chosen.iter().map(|&id| bare(yes.0.graph.value(id))).collect();
    let others: Vec<ValueId> = like.iter().map(|like| no.fitting_or_constant(like, picks)).collect();
    let then_subgraph_index = yes.close(scene, &chosen);
    let else_subgraph_index = no.close(scene, &others);
    let operands: Vec<_> = std::iter::once(condition).chain(more).collect();
    let options = table::<IfOptionsT>(|t| {
        (t.then_subgraph_index, t.else_subgraph_index) = (then_subgraph_index, else_subgraph_index);
    });
    add(scene, op::If::DESCRIPTION, options, operands, results);
}

fn repeat(scene: &mut Scene, picks: &mut Picks, Bodies { steps, rules }: Bodies) {
    let mut operands = vec![counter(scene, picks)];
    operands.extend(handed(scene, picks));
    let mut body = Inner::of(scene, &operands);
    body.0.play(&steps[0], rules);
    let operands = body.fed(scene, operands);
    let mut test = Inner::of(scene, &operands);
    test.0.play(&steps[1], rules);
    let goes_on = test.goes_on(picks);
    let more = test.fed(scene, operands.clone());
    let cond_subgraph_index = test.close(scene, &[goes_on]);
    body.takes_too(scene, &more[operands.len()..]);
    let next = body.next_state(picks);
    let results = body.results(scene, &next);
    let body_subgraph_index = body.close(scene, &next);
    let options = table::<WhileOptionsT>(|t| {
        (t.cond_subgraph_index, t.body_subgraph_index) = (cond_subgraph_index, body_subgraph_index);
    });
    add(scene, op::While::DESCRIPTION, options, more, results);
}

/// A variable that a graph of its own sets once; it is read, and perhaps set again and read again.
fn keep(scene: &mut Scene, picks: &mut Picks) {
    let name = format!("kept{}", scene.called.len());
    let mut first = Inner::of(scene, &[]);
    let content = first.0.numbers(DType::F32, [&[2, 4][..], &[4], &[]][picks.below(3)], picks);
    let ty = first.0.graph.value(content).ty.clone();
    let handle = handle(&mut first.0, &name);
    assign(&mut first.0, handle, content);
    let init_subgraph_index = first.close(scene, &[]);
    let options = table::<CallOnceOptionsT>(|t| t.init_subgraph_index = init_subgraph_index);
    add(scene, op::CallOnce::DESCRIPTION, options, vec![], vec![]);
    let handle = self::handle(scene, &name);
    read(scene, handle, &ty);
    if picks.one_in(2) {
        let content = feed(scene, &Value::new("", ty.clone()), picks);
        assign(scene, handle, content);
        read(scene, handle, &ty);
    }
}

fn handle(scene: &mut Scene, name: &str) -> ValueId {
    let result = scene.copy_of("h", &Value::new("", Type::fixed(DType::Resource, &[])));
    let options = table::<VarHandleOptionsT>(|t| t.shared_name = Some(name.into()));
    add(scene, op::VarHandle::DESCRIPTION, options, vec![], vec![result]);
    result
}

fn assign(scene: &mut Scene, handle: ValueId, content: ValueId) {
    let op = op::AssignVariable::DESCRIPTION;
    add(scene, op, (op.options)(), vec![handle, content], vec![]);
}

fn read(scene: &mut Scene, handle: ValueId, ty: &Type) {
    let result = scene.copy_of("r", &Value::new("", ty.clone()));
    let op = op::ReadVariable::DESCRIPTION;
    add(scene, op, (op.options)(), vec![handle], vec![result]);
}

fn add(
    scene: &mut Scene,
    op: &'static Description,
    options: Options,
    operands: Vec<ValueId>,
    results: Vec<ValueId>,
) {
    let operands: Vec<_> = operands.into_iter().map(Some).collect();
    scene.graph.add_op(Operator::of(op, options, operands, results));
}

/// Values to hand over: some of those there are, constants among them.
fn handed(scene: &mut Scene, picks: &mut Picks) -> Vec<ValueId> {
    let there = scene.fitting(is_handy);
    let count = picks.below(HANDED + 1);
    (0..count).filter_map(|_| picks.of(&there)).collect()
}

fn is_handy(value: &Value) -> bool {
    !value.variable && value.ty.dtype != DType::Resource && value.shape().is_some()
}

/// The value without what only constants have.
fn bare(value: &Value) -> Value {
    let mut bare = Value::new(value.name.clone(), value.ty.clone());
    bare.quant = value.quant.clone();
    bare
}

fn condition(scene: &mut Scene, picks: &mut Picks) -> ValueId {
    let ty = Type::fixed(DType::Bool, &[]);
    match picks.below(4) {
        0 => scene.constant(ty, Data::of(vec![1u8])),
        _ => feed(scene, &Value::new("", ty), picks),
    }
}

/// What a loop counts from: 0, or what a caller gives, if it is no less.
fn counter(scene: &mut Scene, picks: &mut Picks) -> ValueId {
    let zero = scene.constant(Type::fixed(DType::I32, &[]), Data::of(vec![0i32]));
    if !picks.one_in(3) {
        return zero;
    }
    let from = feed(scene, &Value::new("", Type::fixed(DType::I32, &[])), picks);
    binary(scene, op::Maximum::DESCRIPTION, from, zero).unwrap_or(zero)
}

fn binary(scene: &mut Scene, op: &'static Description, a: ValueId, b: ValueId) -> Option<ValueId> {
    let operands = vec![Some(a), Some(b)];
    Some(scene.add(Candidate { op, operands, options: (op.options)() })?[0])
}

/// A graph in the making that another will call.
struct Inner(Scene);

impl Inner {
    /// A graph on the constants of its caller, with an input like each operand.
    fn of(caller: &mut Scene, operands: &[ValueId]) -> Inner {
        let mut inner = Scene::on(caller.constants());
        inner.called = mem::take(&mut caller.called);
        let mut inner = Inner(inner);
        inner.takes_too(caller, operands);
        inner
    }

    /// The operands with one more for each input that the steps wished for. The caller has its list of graphs back.
    fn fed(&mut self, caller: &mut Scene, mut operands: Vec<ValueId>) -> Vec<ValueId> {
        caller.called = mem::take(&mut self.0.called);
        let wished = self.0.graph.inputs()[operands.len()..].iter();
        operands.extend(wished.map(|&id| caller.input_like(self.0.graph.value(id))));
        operands
    }

    /// More inputs, which another graph with the same operands wished for.
    fn takes_too(&mut self, caller: &Scene, operands: &[ValueId]) {
        for &id in operands {
            self.0.input_like(caller.graph.value(id));
        }
    }

    /// What nothing reads, and now and then an input; there is always something.
    fn wanted(&mut self, picks: &mut Picks) -> Vec<ValueId> {
        let unread = |v: &Value| is_handy(v) && v.producer().is_some() && v.uses().is_empty();
        let mut wanted = self.0.fitting(unread);
        wanted.truncate(HANDED);
        if wanted.is_empty() || picks.one_in(4) {
            let input = picks.of(self.0.graph.inputs()).filter(|&id| is_handy(self.0.graph.value(id)));
            wanted.push(input.unwrap_or_else(|| self.0.numbers(DType::F32, &[2], picks)));
        }
        wanted
    }

    /// The latest value of a type and meaning, or a constant.
    fn fitting_or_constant(&mut self, like: &Value, picks: &mut Picks) -> ValueId {
        let there = self.0.fitting(|v| v.ty == like.ty && v.quant == like.quant && is_handy(v));
        let computed = there.iter().find(|&&id| self.0.graph.value(id).producer().is_some());
        computed.or(there.first()).copied().unwrap_or_else(|| {
            let data = interp::random_data(&like.ty, picks.seed() % 64);
            let mut constant = bare(like);
            constant.data = Some(data);
            self.0.copy_of("c", &constant)
        })
    }

    /// Whether the counter, which is the first input, is below a constant; perhaps something else too.
    fn goes_on(&mut self, picks: &mut Picks) -> ValueId {
        let counter = self.0.graph.inputs()[0];
        let limit = self.0.constant(Type::fixed(DType::I32, &[]), Data::of(vec![picks.below(4) as i32]));
        let below = binary(&mut self.0, op::Less::DESCRIPTION, counter, limit).expect("i32 can be compared");
        let others = self.0.fitting(|v| v.ty == Type::fixed(DType::Bool, &[]));
        let other = picks.of(&others).filter(|&other| other != below);
        other.and_then(|v| binary(&mut self.0, op::LogicalAnd::DESCRIPTION, below, v)).unwrap_or(below)
    }

    /// The counter and one, and for each other input a value like it: computed, or as it is.
    fn next_state(&mut self, picks: &mut Picks) -> Vec<ValueId> {
        let inputs = self.0.graph.inputs().to_vec();
        let one = self.0.constant(Type::fixed(DType::I32, &[]), Data::of(vec![1i32]));
        let next = binary(&mut self.0, op::Add::DESCRIPTION, inputs[0], one).expect("i32 can be added");
        let carried = inputs[1..].iter().map(|&id| {
            let like = bare(self.0.graph.value(id));
            if picks.one_in(4) { id } else { self.fitting_or_constant(&like, picks) }
        });
        std::iter::once(next).chain(carried).collect()
    }

    /// What the caller sees of these outputs.
    fn results(&self, caller: &mut Scene, outputs: &[ValueId]) -> Vec<ValueId> {
        outputs.iter().map(|&id| caller.copy_of("r", &bare(self.0.graph.value(id)))).collect()
    }

    /// Hands the graph to the caller's list; gives its number in the model, where the main graph is 0.
    fn close(mut self, caller: &mut Scene, outputs: &[ValueId]) -> i32 {
        caller.called.append(&mut self.0.called);
        outputs.iter().for_each(|&id| self.0.graph.add_output(id));
        let mut graph = self.0.into_graph();
        graph.name = Some(format!("called{}", caller.called.len()));
        caller.called.push(graph);
        caller.called.len() as i32
    }
}
