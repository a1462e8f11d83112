//! Examples: the left side of a rule, built from the shapes that an example gives.
//!
//! Invariant: an instance is a valid model whose one match is the example.

use crate::circle::schema::Activation;
use crate::ir::{DType, Data, Element, Graph, Model, Type, Value, ValueId};
use crate::op::{self, Op};
use crate::rewrite::patch;
use crate::rewrite::{At, Builder, Built, IntoOperand, Reject, Spell, Val, Wire};
use crate::testing::{Choices, Computed};
use ndarray::{ArrayView, Dimension};
use std::collections::HashMap;

/// An `example` or `counterexample` of a rule.
pub struct Example {
    pub line: u32,
    pub counter: bool,
    pub leaves: fn(&mut Leaves),
    pub build: for<'g> fn(&mut Sample<'g>) -> Result<(), Reject>,
}

/// The values an example starts from.
pub struct Leaves<'c> {
    graph: Graph,
    named: HashMap<&'static str, Vec<Option<ValueId>>>,
    uses: Vec<&'static str>,
    choices: &'c mut Choices,
}

/// The left side in the making.
pub struct Sample<'g> {
    graph: &'g Graph,
    named: &'g HashMap<&'static str, Vec<Option<ValueId>>>,
    choices: &'g mut Choices,
    pub b: Builder<'g>,
    roots: Vec<Wire>,
    names: Vec<(&'static str, Wire)>,
}

/// One variation of an example as a model.
pub struct Instance {
    pub model: Model,
    /// Results of operators that are there only to read what the left side computes.
    pub outside: Vec<ValueId>,
}

impl Example {
    /// The variation that `choices` picks.
    ///
    /// # Errors
    /// The left side cannot be built from what the example gives.
    pub fn instance(&self, choices: &mut Choices) -> Result<Instance, String> {
        let mut leaves = Leaves {
            graph: Graph::default(),
            named: HashMap::new(),
            uses: Vec::new(),
            choices: &mut *choices,
        };
        (self.leaves)(&mut leaves);
        let Leaves { mut graph, named, uses, .. } = leaves;
        let (parts, roots, names) = {
            let b = Builder::new(&graph);
            let mut sample =
                Sample { graph: &graph, named: &named, choices, b, roots: Vec::new(), names: Vec::new() };
            (self.build)(&mut sample).map_err(|reject| reject.to_string())?;
            (sample.b.into_parts(), sample.roots, sample.names)
        };
        let values = patch::extend(&mut graph, parts);
        roots.iter().for_each(|&root| graph.add_output(values(root).expect("a root is a result")));
        let mut outside = Vec::new();
        for name in uses {
            let wire = names
                .iter()
                .find(|(n, _)| *n == name)
                .ok_or(format!("`use {name}`: nothing has that name"))?;
            outside.push(use_outside(&mut graph, values(wire.1).expect("a named operator has a result")));
        }
        let mut model = Model { graphs: vec![graph], ..Model::default() };
        crate::pass::remove_dead_code(&mut model);
        Ok(Instance { model, outside })
    }
}

/// Adds a reader of `value` and makes its result, which it gives, a graph output.
pub(super) fn use_outside(graph: &mut Graph, value: ValueId) -> ValueId {
    let name = graph.unique_name("outside");
    let result = graph.add_value(Value::new(name, graph.value(value).ty.clone()));
    let options = (op::Neg::DESCRIPTION.options)();
    let mut reader =
        crate::ir::Operator::new(op::Neg::DESCRIPTION.code, options, vec![Some(value)], vec![result]);
    reader.position = u32::MAX;
    graph.add_op(reader);
    graph.add_output(result);
    result
}

impl Leaves<'_> {
    pub fn value(&mut self, name: &'static str, dtype: DType, dims: &[usize]) {
        self.values(name, &[(dtype, dims)]);
    }

    pub fn constant(&mut self, name: &'static str, dtype: DType, dims: &[usize]) {
        self.constants(name, &[(dtype, dims)]);
    }

    pub fn values(&mut self, name: &'static str, given: &[(DType, &[usize])]) {
        for (i, (dtype, dims)) in given.iter().enumerate() {
            let id = self.graph.add_input(Value::new(format!("{name}.{i}"), Type::fixed(*dtype, dims)));
            self.named.entry(name).or_default().push(Some(id));
        }
    }

    pub fn constants(&mut self, name: &'static str, given: &[(DType, &[usize])]) {
        for (i, (dtype, dims)) in given.iter().enumerate() {
            let ty = Type::fixed(*dtype, dims);
            let data = crate::interp::random_data(&ty, seed(name, i));
            let id = self.graph.add_value(Value::constant(format!("{name}.{i}"), ty, data));
            self.named.entry(name).or_default().push(Some(id));
        }
    }

    pub fn optional_value(&mut self, name: &'static str, dtype: DType, dims: &[usize]) {
        self.optional_values(name, &[(dtype, dims)]);
    }

    pub fn optional_constant(&mut self, name: &'static str, dtype: DType, dims: &[usize]) {
        self.optional_constants(name, &[(dtype, dims)]);
    }

    pub fn optional_values(&mut self, name: &'static str, given: &[(DType, &[usize])]) {
        given.iter().for_each(|one| self.optionally(name, |leaves| leaves.values(name, &[*one])));
    }

    pub fn optional_constants(&mut self, name: &'static str, given: &[(DType, &[usize])]) {
        for (i, (dtype, dims)) in given.iter().enumerate() {
            self.optionally(name, |leaves| {
                let ty = Type::fixed(*dtype, dims);
                let data = crate::interp::random_data(&ty, seed(name, i));
                let id = leaves.graph.add_value(Value::constant(format!("{name}.{i}"), ty, data));
                leaves.named.entry(name).or_default().push(Some(id));
            });
        }
    }

    fn optionally(&mut self, name: &'static str, add: impl FnOnce(&mut Self)) {
        match self.choices.choose(2) {
            0 => add(self),
            _ => self.named.entry(name).or_default().push(None),
        }
    }

    /// Gives a constant leaf its content.
    pub fn pin<T: IntoConstant>(&mut self, name: &'static str, content: T) {
        for id in self.named.get(name).into_iter().flatten().flatten() {
            let value = self.graph.value_mut(*id);
            let (dtype, data) = content.constant();
            assert!(
                dtype == value.ty.dtype && Some(data.len()) == Some(value.ty.bytes(0)),
                "`{name}` = a constant of another type"
            );
            value.data = Some(data);
        }
    }

    /// Asks for a reader outside the match of what `name` names.
    pub fn use_(&mut self, name: &'static str) {
        self.uses.push(name);
    }
}

fn seed(name: &str, i: usize) -> u64 {
    name.bytes().fold(i as u64 + 1, |seed, b| seed.wrapping_mul(31).wrapping_add(b.into()))
}

/// The content of a constant, from what an author writes.
pub trait IntoConstant {
    fn constant(&self) -> (DType, Data);
}

impl<T: Element, D: Dimension> IntoConstant for ndarray::Array<T, D> {
    fn constant(&self) -> (DType, Data) {
        (T::DTYPE, Data::of(self.iter().copied().collect()))
    }
}

impl<T: Element, const N: usize> IntoConstant for [T; N] {
    fn constant(&self) -> (DType, Data) {
        (T::DTYPE, Data::of(self.to_vec()))
    }
}

impl<T: Element> IntoConstant for Vec<T> {
    fn constant(&self) -> (DType, Data) {
        (T::DTYPE, Data::of(self.clone()))
    }
}

impl IntoConstant for f32 {
    fn constant(&self) -> (DType, Data) {
        [*self].constant()
    }
}

impl IntoConstant for i32 {
    fn constant(&self) -> (DType, Data) {
        [*self].constant()
    }
}

impl<'g> Sample<'g> {
    pub fn val(&self, name: &str) -> Val<'g> {
        self.optional(name).expect("the example gives every value that is not optional")
    }

    pub fn optional(&self, name: &str) -> Option<Val<'g>> {
        self.optionals(name).into_iter().next().flatten()
    }

    pub fn vals(&self, name: &str) -> Vec<Val<'g>> {
        self.optionals(name).into_iter().flatten().collect()
    }

    pub fn optionals(&self, name: &str) -> Vec<Option<Val<'g>>> {
        let ids = self.named.get(name).into_iter().flatten();
        ids.map(|id| id.and_then(|id| Val::new(self.graph, id))).collect()
    }

    /// The content of a constant leaf.
    pub fn array<T: Element, D: Dimension>(&self, v: Val<'g>) -> ArrayView<'g, T, D> {
        v.array().expect("the example gives a constant of the pattern's dtype and rank")
    }

    pub fn choose(&mut self, n: usize) -> usize {
        self.choices.choose(n)
    }

    /// An operator of the left side; matching has fixed the number of its operands.
    ///
    /// # Errors
    /// See [`Builder::op`].
    pub fn op<O: Op>(
        &mut self,
        first: impl IntoIterator<Item = Wire>,
        further: Vec<Wire>,
        options: O::Options,
        at: At,
    ) -> Result<Built, Reject> {
        self.b.add::<O>(first.into_iter().chain(further).collect(), options, at)
    }

    /// Both operands, in either order where `O` and the pattern allow it.
    pub fn order<O: Op>(&mut self, a: Wire, b: Wire, commute: bool) -> [Wire; 2] {
        match commute && O::COMMUTATIVE && self.choose(2) == 1 {
            true => [b, a],
            false => [a, b],
        }
    }

    /// Some activation, for an attribute that the pattern leaves open.
    pub fn activation(&mut self) -> Activation {
        [Activation::None, Activation::Relu, Activation::Relu6][self.choose(3)]
    }

    /// One of the view's spellings.
    ///
    /// # Errors
    /// What [`Spell::spell`] says.
    pub fn spell(&mut self, view: impl Spell) -> Result<Wire, Reject> {
        let spellings = view.spell(&mut self.b)?;
        match self.choose(spellings.len()) {
            chosen if chosen < spellings.len() => Ok(spellings[chosen]),
            _ => Err(Reject::build(At::default(), "a view has no spelling")),
        }
    }

    /// What the left side computes on the way, for expressions of the pattern to ask.
    ///
    /// # Errors
    /// The wire is absent or of unknown rank.
    pub fn computed(&self, wire: Wire) -> Result<Computed, Reject> {
        Computed::of(&self.b, wire)
    }

    pub fn name(&mut self, name: &'static str, wire: impl IntoOperand<'g>) {
        let wire = self.b.operand(wire);
        self.names.push((name, wire));
    }

    /// A root of the left side: an operator with all its results, or one result past the first.
    pub fn root(&mut self, wire: impl IntoOperand<'g>) {
        match self.b.operand(wire) {
            Wire::Result { op, result: 0 } => self.roots.extend(self.b.results(op)),
            wire => self.roots.push(wire),
        }
    }
}

impl Instance {
    /// The graph as text: what there is to see when a test fails.
    pub fn text(&self) -> String {
        crate::ir::text::graph(&self.model.graphs[0])
    }

    /// Puts a reader behind each graph output, so that the operator before it is an output no longer.
    pub fn read_outputs(&mut self) {
        let graph = &mut self.model.graphs[0];
        for output in graph.take_outputs() {
            self.outside.push(use_outside(graph, output));
        }
    }

    /// Another copy of the model.
    pub fn duplicate(&self) -> Instance {
        Instance { model: self.model.clone(), outside: self.outside.clone() }
    }
}
