//! A graph in the making, and the values there are to read.
//!
//! Invariant: every operator's results have the types that its shape rule gives, all dims known, and its kernel runs.

use super::control::{Bodies, control};
use super::operands::operands;
use super::options::options;
use super::{Picks, Step, recorded, splice};
use optimizer_core::interp::{self, Call, Meaning, Meanings, Tensor};
use optimizer_core::ir::{DType, Data, Graph, Operator, Shape, Type, Value, ValueId};
use optimizer_core::op::{self, Description, Effect, Options, Site};
use optimizer_core::rewrite::Rule;
use std::cell::Cell;

/// Values with more elements are not made: laws are about structure.
pub(super) const LARGEST: usize = 2048;
/// How often another choice of operands is tried before a step is left out.
const TRIES: usize = 6;

#[derive(Default)]
pub(crate) struct Scene {
    pub(crate) graph: Graph,
    /// The graphs that this one or its callers call, by number less one: the main graph is 0.
    pub(crate) called: Vec<Graph>,
    names: usize,
}

/// What a step wants to add.
pub(crate) struct Candidate {
    pub(crate) op: &'static Description,
    pub(crate) operands: Vec<Option<ValueId>>,
    pub(crate) options: Options,
}

/// The operators that can be drawn and run: circle's by code, then known custom ones.
pub(crate) fn usable() -> Vec<&'static Description> {
    let runs = |d: &&&Description| d.effect == Effect::Pure && d.shape.is_some() && d.kernel.is_some();
    op::all().iter().filter(runs).chain(op::custom::ALL).copied().collect()
}

impl Scene {
    /// A scene whose first constants have the bytes of another's.
    pub(crate) fn on(constants: Vec<(Type, Data)>) -> Scene {
        let mut scene = Scene::default();
        constants.into_iter().for_each(|(ty, data)| {
            scene.constant(ty, data);
        });
        scene
    }

    pub(crate) fn play(&mut self, steps: &[Step], rules: &[&Rule]) {
        for step in steps {
            match step {
                Step::Operator(picks) => self.operator(&mut Picks(picks.iter())),
                Step::LeftSide(picks) => splice::left_side(self, rules, &mut Picks(picks.iter())),
                Step::Recorded(picks) => recorded::case(self, &mut Picks(picks.iter())),
                Step::Control(picks, steps) => {
                    control(self, &mut Picks(picks.iter()), Bodies { steps, rules })
                }
            }
        }
    }

    fn operator(&mut self, picks: &mut Picks) {
        let Some(op) = picks.of(&usable()) else { return };
        for _ in 0..TRIES {
            let Some(operands) = operands(self, op, picks) else { continue };
            let options = options(self, op, &operands, picks);
            if self.add(Candidate { op, operands, options }).is_some() {
                return;
            }
        }
    }

    /// Adds an operator if it is valid and runs.
    pub(crate) fn add(&mut self, candidate: Candidate) -> Option<Vec<ValueId>> {
        let Candidate { op, operands, options } = candidate;
        let tensors: Vec<Option<Tensor>> = operands
            .iter()
            .map(|v| v.map(|v| self.sample(v)).map_or(Some(None), |t| t.map(Some)))
            .collect::<Option<_>>()?;
        let (declared, meanings) = self.declared(op, &operands, &options)?;
        let call = Call {
            options: &options,
            operands: tensors.iter().map(Option::as_ref).collect(),
            results: declared.iter().map(|value| value.ty.clone()).collect(),
            meanings,
        };
        let types: Vec<Type> = interp::evaluate(op, call).ok()?.iter().map(Tensor::ty).collect();
        types
            .iter()
            .all(|ty| ty.shape.as_ref().and_then(Shape::elements).is_some_and(|n| n <= LARGEST))
            .then_some(())?;
        let result = |(ty, mut declared): (Type, Value)| {
            declared.ty = ty;
            self.copy_of("v", &declared)
        };
        let results: Vec<ValueId> = types.into_iter().zip(declared).map(result).collect();
        self.graph.add_op(Operator::of(op, options, operands, results.clone()));
        Some(results)
    }

    /// The results by the shape rule, and what all numbers stand for: small ones on what the quantized operand's stand for.
    fn declared(
        &self,
        op: &Description,
        operands: &[Option<ValueId>],
        options: &Options,
    ) -> Option<(Vec<Value>, Meanings)> {
        let fresh = Cell::new(1 << 20);
        let operator = Operator::new(op.code, options.clone(), operands.to_vec(), Vec::new());
        let types = op.shape?(&Site::of(&self.graph, &operator, &fresh)?)?;
        let values: Vec<_> = operands.iter().map(|id| id.map(|id| self.graph.value(id))).collect();
        let like = values.iter().flatten().find(|value| value.is_quantized());
        let declared = types.into_iter().map(|ty| {
            let mut value = Value::new("", ty);
            let holds = matches!(value.ty.dtype, DType::I8 | DType::U8 | DType::I16);
            value.quant = like.and_then(|like| like.quant.clone()).filter(|_| holds);
            value
        });
        let declared: Vec<Value> = declared.collect();
        let operands = values.iter().map(|value| value.map(Meaning::of).unwrap_or_default()).collect();
        let results = declared.iter().map(Meaning::of).collect();
        Some((declared, Meanings { operands, results }))
    }

    /// Content that a value may have.
    fn sample(&self, id: ValueId) -> Option<Tensor> {
        let value = self.graph.value(id);
        let data =
            value.data.clone().unwrap_or_else(|| interp::random_data(&value.ty, u64::from(id_number(id))));
        Tensor::new(value.ty.dtype, &value.shape()?.known()?, &data).ok()
    }

    /// A value of the same type, content and meaning.
    pub(super) fn copy_of(&mut self, kind: &str, value: &Value) -> ValueId {
        let mut copy = Value::new(self.name(kind), value.ty.clone());
        (copy.data, copy.variable) = (value.data.clone(), value.variable);
        (copy.quant, copy.stored) = (value.quant.clone(), value.stored.clone());
        self.graph.add_value(copy)
    }

    /// An input of the same type and meaning.
    pub(super) fn input_like(&mut self, value: &Value) -> ValueId {
        let mut input = Value::new(self.name("x"), value.ty.clone());
        input.quant = value.quant.clone();
        self.graph.add_input(input)
    }

    pub(crate) fn name(&mut self, kind: &str) -> String {
        self.names += 1;
        format!("{kind}{}", self.names)
    }

    pub(crate) fn input(&mut self, ty: Type) -> ValueId {
        let name = self.name("x");
        self.graph.add_input(Value::new(name, ty))
    }

    pub(crate) fn constant(&mut self, ty: Type, data: Data) -> ValueId {
        let name = self.name("c");
        self.graph.add_value(Value::constant(name, ty, data))
    }

    pub(crate) fn ints(&mut self, dims: &[usize], ints: Vec<i32>) -> ValueId {
        self.constant(Type::fixed(DType::I32, dims), Data::of(ints))
    }

    /// A constant of random numbers.
    pub(crate) fn numbers(&mut self, dtype: DType, dims: &[usize], picks: &mut Picks) -> ValueId {
        let ty = Type::fixed(dtype, dims);
        let data = interp::random_data(&ty, picks.seed() % 64);
        self.constant(ty, data)
    }

    /// The values that `fits` accepts, the latest first.
    pub(crate) fn fitting(&self, fits: impl Fn(&Value) -> bool) -> Vec<ValueId> {
        self.graph.values().rev().filter(|(_, v)| fits(v)).map(|(id, _)| id).collect()
    }

    pub(crate) fn dims(&self, id: ValueId) -> Vec<usize> {
        self.graph.value(id).shape().and_then(Shape::known).unwrap_or_default()
    }

    pub(crate) fn constants(&self) -> Vec<(Type, Data)> {
        self.graph.values().filter_map(|(_, v)| Some((v.ty.clone(), v.data.clone()?))).collect()
    }

    /// Lets callers see all that nothing reads, and now and then a value that is read.
    pub(crate) fn end(&mut self, picks: &mut Picks) {
        let computed: Vec<ValueId> =
            self.fitting(|v| v.producer().is_some() && v.ty.dtype != DType::Resource);
        let unread = |id: &ValueId| self.graph.value(*id).uses().is_empty();
        let mut outputs: Vec<ValueId> = computed.iter().rev().copied().filter(unread).collect();
        if picks.one_in(2) {
            outputs.extend(picks.of(&computed));
        }
        if picks.one_in(8) {
            outputs.extend(picks.of(&self.fitting(|v| v.is_input())));
        }
        outputs.into_iter().for_each(|id| self.graph.add_output(id));
    }

    pub(crate) fn into_graph(mut self) -> Graph {
        let unused = self.fitting(|v| v.is_unused() && v.producer().is_none() && !v.is_input());
        unused.into_iter().for_each(|id| self.graph.drop_value(id));
        self.graph
    }
}

fn id_number(id: ValueId) -> u32 {
    format!("{id:?}").bytes().fold(7, |n, b| n.wrapping_mul(31) ^ u32::from(b))
}
