//! Graphs as deep as they are long: nothing walks them on the stack, and nothing walks every path.
//!
//! Invariant: each model is made here, and passes through reading, all passes, all rules and writing.

use optimizer_core::circle;
use optimizer_core::circle::schema::CallOptionsT;
use optimizer_core::ir::{DType, Data, Graph, Input, Model, OpCode, Operator, Type, Value, ValueId};
use optimizer_core::op::{self, Op, OptionsTable};
use optimizer_core::rewrite::{Options, RUNTIMES, Rule, Target, optimize};
use std::sync::Arc;

const DEPTH: usize = 100_000;
/// Enough for any function that calls no other of its kind; a recursion needs a hundred times as much.
const STACK: usize = 512 << 10;

/// A chain that begins with an input; each link reads the link before it.
struct Chain {
    graph: Graph,
    last: ValueId,
}

impl Chain {
    fn new(dims: &[usize]) -> Chain {
        let mut graph = Graph::default();
        let last = graph.add_input(Value::new("x", Type::fixed(DType::F32, dims)));
        Chain { graph, last }
    }

    fn link<O: Op>(&mut self, _: O, dims: &[usize], second: Option<ValueId>) {
        self.link_with::<O>(O::Options::default(), dims, second);
    }

    fn link_with<O: Op>(&mut self, options: O::Options, dims: &[usize], second: Option<ValueId>) {
        let name = format!("link{}", self.graph.value_count());
        let result = self.graph.add_value(Value::new(name, Type::fixed(DType::F32, dims)));
        let operands = [Some(self.last)].into_iter().chain(second.map(Some));
        let mut link = Operator::of(O::DESCRIPTION, options.wrap(), operands, vec![result]);
        link.position = self.graph.op_count() as u32;
        self.graph.add_op(link);
        self.last = result;
    }

    fn permutation(&mut self) -> ValueId {
        let ty = Type::fixed(DType::I32, &[2]);
        self.graph.add_value(Value::constant("permutation", ty, Data::of(vec![1i32, 0])))
    }

    fn model(mut self) -> Model {
        self.graph.add_output(self.last);
        Model { graphs: vec![self.graph], ..Model::default() }
    }
}

/// Optimizes what a file of the model holds, and gives the result as a file would.
fn through(model: Model) -> Model {
    let rules: Vec<&Rule> = optimizer_patterns::rules().filter(|rule| rule.level().is_in(1)).collect();
    let mut read = reread(&model);
    let options = Options::new(Target::of(RUNTIMES[0], &read));
    let outcome = optimize(&mut read, &rules, &options);
    assert!(outcome.out_of_fuel.is_empty());
    assert_eq!(outcome.after.ops, read.graphs.iter().map(|graph| graph.op_count() as i64).sum());
    reread(&read)
}

fn reread(model: &Model) -> Model {
    let mut bytes = Vec::new();
    circle::write(model, &mut bytes).expect("the model can be written");
    circle::read(Arc::new(Input::owned(bytes))).expect("what was written can be read")
}

fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(test).expect("threads can be started");
    thread.join().expect("the test on the small stack passes");
}

#[test]
fn a_chain_of_unary_operators_passes() {
    on_a_small_stack(|| {
        let mut chain = Chain::new(&[2, 3]);
        (0..DEPTH).for_each(|_| chain.link(op::Tanh, &[2, 3], None));
        assert_eq!(through(chain.model()).graphs[0].op_count(), DEPTH);
    });
}

/// There are two paths through each link, so two to the power of the depth through all.
#[test]
fn a_chain_of_doublings_passes() {
    on_a_small_stack(|| {
        let mut chain = Chain::new(&[2, 3]);
        (0..DEPTH).for_each(|_| chain.link(op::SquaredDifference, &[2, 3], Some(chain.last)));
        assert_eq!(through(chain.model()).graphs[0].op_count(), DEPTH);
    });
}

/// One region as long as the chain, with a transpose in the middle that can only move.
#[test]
fn a_transpose_within_a_long_region_stays_one() {
    on_a_small_stack(|| {
        let mut chain = Chain::new(&[2, 3]);
        (0..DEPTH / 2).for_each(|_| chain.link(op::Tanh, &[2, 3], None));
        let permutation = chain.permutation();
        chain.link(op::Transpose, &[3, 2], Some(permutation));
        (0..DEPTH / 2).for_each(|_| chain.link(op::Tanh, &[3, 2], None));
        let model = through(chain.model());
        assert_eq!(model.graphs[0].ops_of(OpCode::TRANSPOSE).len(), 1);
        assert_eq!(model.graphs[0].op_count(), DEPTH + 1);
    });
}

/// Both transposes go, however far they are apart.
#[test]
fn transposes_at_both_ends_of_a_long_region_cancel() {
    on_a_small_stack(|| {
        let mut chain = Chain::new(&[2, 3]);
        let permutation = chain.permutation();
        chain.link(op::Transpose, &[3, 2], Some(permutation));
        (0..DEPTH).for_each(|_| chain.link(op::Tanh, &[3, 2], None));
        chain.link(op::Transpose, &[2, 3], Some(permutation));
        assert_eq!(through(chain.model()).graphs[0].op_count(), DEPTH);
    });
}

/// All but the first operator go, one after the other from the end.
#[test]
fn dead_code_goes_however_deep() {
    on_a_small_stack(|| {
        let mut chain = Chain::new(&[2, 3]);
        chain.link(op::Tanh, &[2, 3], None);
        let read = chain.last;
        (0..DEPTH).for_each(|_| chain.link(op::Exp, &[2, 3], None));
        chain.last = read;
        assert_eq!(through(chain.model()).graphs[0].op_count(), 1);
    });
}

/// Everything is computed from one constant.
#[test]
fn constants_fold_however_deep() {
    on_a_small_stack(|| {
        let mut chain = Chain::new(&[2, 3]);
        let input = chain.last;
        let ty = Type::fixed(DType::F32, &[2, 3]);
        chain.last = chain.graph.add_value(Value::constant("c", ty, Data::of(vec![0.5f32; 6])));
        (0..DEPTH).for_each(|_| chain.link(op::Abs, &[2, 3], None));
        let folded = std::mem::replace(&mut chain.last, input);
        chain.link(op::Add, &[2, 3], Some(folded));
        assert_eq!(through(chain.model()).graphs[0].op_count(), 1);
    });
}

/// Each graph calls the next one.
#[test]
fn graphs_call_each_other_however_deep() {
    on_a_small_stack(|| {
        let graph = |number: usize| {
            let mut chain = Chain::new(&[2, 3]);
            let mut next = CallOptionsT::default();
            next.subgraph = number as u32 + 1;
            match number + 1 < DEPTH {
                true => chain.link_with::<op::Call>(next, &[2, 3], None),
                false => chain.link(op::Tanh, &[2, 3], None),
            }
            chain.model().graphs.remove(0)
        };
        let model = Model { graphs: (0..DEPTH).map(graph).collect(), ..Model::default() };
        assert_eq!(through(model).graphs.len(), DEPTH);
    });
}
