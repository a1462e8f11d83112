//! Running a whole graph.
//!
//! Invariant: a tensor lives from its operator to its last reader; every result has the type the graph declares.

use crate::interp::call::{Call, KernelError, evaluate_within, spend, with_results};
use crate::interp::machine::{Limits, Machine, Scope, fits};
use crate::interp::{KernelResult, Meanings, Tensor};
use crate::ir::order::Cycle;
use crate::ir::sparsity::decode;
use crate::ir::{Data, Graph, Model, Operator, Type, Value, ValueId};
use crate::op;

/// Why a graph cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("{operator} at position {position}, which computes {result:?}: {error}")]
    Operator { operator: String, position: u32, result: String, error: KernelError },
    #[error("the graph has {expected} inputs, not {given}")]
    InputCount { expected: usize, given: usize },
    #[error("input {name:?} is {declared}, not {given}")]
    Input { name: String, declared: Type, given: Type },
    #[error("{0:?} is neither computed, nor an input, nor a constant with content")]
    Missing(String),
    #[error(transparent)]
    Cycle(#[from] Cycle),
    #[error("the model has no such graph")]
    NoGraph,
    #[error("graphs called each other more than {calls} times, or more than {depth} deep")]
    Budget { calls: usize, depth: usize },
    #[error("{0}")]
    Incomparable(String),
}

/// Computes the outputs of a graph of a model that runs for the first time.
///
/// # Errors
/// An operator without a kernel, or on operands that it cannot take; inputs that do not fit; a budget used up.
pub fn run(model: &Model, graph: usize, inputs: &[Tensor]) -> Result<Vec<Tensor>, RunError> {
    Machine::new(model, Limits::default()).run(graph, inputs)
}

/// Runs a graph within a machine, which counts the calls.
pub(super) fn run_graph(
    machine: &mut Machine,
    number: usize,
    inputs: &[Tensor],
) -> Result<Vec<Tensor>, RunError> {
    let graph = machine.model.graphs.get(number).ok_or(RunError::NoGraph)?;
    let mut run = Run::new(machine, graph, number, inputs)?;
    for id in graph.order()? {
        run.step(graph.op(id))?;
    }
    let outputs = graph.outputs().iter().map(|&id| run.tensor(id)).collect();
    run.machine.alive -= run.alive;
    outputs
}

/// The tensors that are alive.
struct Run<'r, 'm> {
    machine: &'r mut Machine<'m>,
    graph: &'m Graph,
    number: usize,
    tensors: Vec<Option<Tensor>>,
    readers: Vec<usize>,
    /// Bytes of the results of this graph that are alive.
    alive: usize,
}

impl<'r, 'm> Run<'r, 'm> {
    fn new(
        machine: &'r mut Machine<'m>,
        graph: &'m Graph,
        number: usize,
        inputs: &[Tensor],
    ) -> Result<Run<'r, 'm>, RunError> {
        let (expected, given) = (graph.inputs().len(), inputs.len());
        if expected != given {
            return Err(RunError::InputCount { expected, given });
        }
        let readers = graph.values().map(|(_, v)| v.uses().len() + usize::from(v.is_output())).collect();
        let mut run =
            Run { machine, graph, number, tensors: vec![None; graph.value_count()], readers, alive: 0 };
        for (&id, tensor) in graph.inputs().iter().zip(inputs) {
            check_input(graph.value(id), tensor)?;
            run.tensors[id.0 as usize] = Some(tensor.clone());
        }
        Ok(run)
    }

    fn step(&mut self, op: &Operator) -> Result<(), RunError> {
        let computed = self.compute(op).map_err(|error| self.located(op, error))?;
        for (&id, tensor) in op.results().iter().zip(computed) {
            if self.graph.value(id).variable {
                self.machine.set_variable(self.number, id, tensor.clone());
            }
            if self.readers[id.0 as usize] > 0 {
                let tensor = self.machine.altered(tensor);
                self.count(tensor.data.len() as isize);
                self.tensors[id.0 as usize] = Some(tensor);
            }
        }
        for id in op.operands().iter().flatten() {
            let readers = &mut self.readers[id.0 as usize];
            *readers -= 1;
            if *readers == 0 {
                let dead = self.tensors[id.0 as usize].take().filter(|_| self.graph.producer(*id).is_some());
                self.count(-(dead.map_or(0, |tensor| tensor.data.len()) as isize));
            }
        }
        Ok(())
    }

    fn count(&mut self, bytes: isize) {
        self.alive = self.alive.saturating_add_signed(bytes);
        self.machine.alive = self.machine.alive.saturating_add_signed(bytes);
    }

    fn compute(&mut self, op: &Operator) -> KernelResult {
        let unsupported = || KernelError::Unsupported(op.name().to_owned());
        let description = op::describe(op).ok_or_else(unsupported)?;
        let operand = |id: &Option<ValueId>| id.map(|id| self.tensor(id)).transpose();
        let operands = op.operands().iter().map(operand).collect::<Result<Vec<_>, _>>();
        let operands = operands.map_err(|e| KernelError::invalid(e.to_string()))?;
        let results: Vec<_> = op.results().iter().map(|&id| self.graph.value(id).ty.clone()).collect();
        let call = Call {
            options: &op.options,
            operands: operands.iter().map(Option::as_ref).collect(),
            results: results.clone(),
            meanings: Meanings::of(self.graph, op),
        };
        let computed = match description.routine {
            Some(routine) => {
                let call = match description.shape {
                    Some(_) => with_results(description, call, self.machine.room())?,
                    None => call,
                };
                spend(description, &call, &mut self.machine.work)?;
                routine(&call, &mut self.scope(op))?
            }
            None if !op::computes(op) => return Err(unsupported()),
            None => evaluate_within(description, call, self.machine.room(), &mut self.machine.work)?,
        };
        (computed.len() == results.len())
            .then_some(())
            .ok_or_else(|| KernelError::invalid("other results"))?;
        computed.iter().zip(&results).try_for_each(|(tensor, declared)| check_declared(tensor, declared))?;
        Ok(computed)
    }

    fn scope<'s>(&'s mut self, op: &'s Operator) -> Scope<'s, 'm> {
        Scope { machine: self.machine, graph: self.number, operands: op.operands() }
    }

    /// The content of a value: computed, given, constant, or kept from before.
    fn tensor(&self, id: ValueId) -> Result<Tensor, RunError> {
        let value = self.graph.value(id);
        match &self.tensors[id.0 as usize] {
            Some(tensor) if !value.variable => Some(tensor.clone()),
            _ if value.variable => self.machine.variable(self.number, id),
            _ => constant(value),
        }
        .ok_or_else(|| RunError::Missing(value.name.clone()))
    }

    fn located(&self, op: &Operator, error: KernelError) -> RunError {
        let result = op.results().first().map(|&id| self.graph.value(id).name.clone());
        let operator = op.name().to_owned();
        RunError::Operator { operator, position: op.position, result: result.unwrap_or_default(), error }
    }
}

/// The content of a constant, made dense; files leave out that of a tensor without elements.
pub(super) fn constant(value: &Value) -> Option<Tensor> {
    let dims = value.shape()?.known()?;
    let nothing = || (dims.contains(&0) && !value.is_input()).then(|| Data::of(Vec::<u8>::new()));
    if value.is_sparse() && !value.variable && !value.is_input() && value.producer().is_none() {
        return dense(value, &dims);
    }
    let data = value.data.clone().filter(|_| value.is_const()).or_else(nothing)?;
    Tensor::new(value.ty.dtype, &dims, &data).ok()
}

/// The elements of a sparse constant, all of them in order.
fn dense(value: &Value, dims: &[usize]) -> Option<Tensor> {
    let (sparsity, dtype) = (value.stored.as_ref()?.sparsity.as_deref()?, value.ty.dtype);
    let bytes = decode(value.data.as_ref()?.bytes(), dtype.bytes()?, dims, sparsity)?;
    Tensor::new(dtype, dims, &Data::aligned(&bytes)).ok()
}

fn check_input(value: &Value, tensor: &Tensor) -> Result<(), RunError> {
    match fits(tensor, &value.ty) {
        true => Ok(()),
        false => {
            let (name, declared) = (value.name.clone(), value.ty.clone());
            Err(RunError::Input { name, declared, given: tensor.ty() })
        }
    }
}

fn check_declared(tensor: &Tensor, declared: &Type) -> Result<(), KernelError> {
    match fits(tensor, declared) {
        true => Ok(()),
        false => Err(KernelError::invalid(format!("computed {}, declared {declared}", tensor.ty()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circle::schema::AddOptionsT;
    use crate::ir::{DType, OpCode};
    use crate::op::{Options, OptionsTable};

    /// `relu(x + 1)` over `[?]`.
    fn model(last: OpCode) -> Model {
        let mut graph = Graph::default();
        let unknown = graph.unknown_dim();
        let ty = Type::new(DType::F32, vec![unknown].into());
        let x = graph.add_input(Value::new("x", ty.clone()));
        let one = Value::constant("one", Type::fixed(DType::F32, &[]), Data::of(vec![1.0f32]));
        let one = graph.add_value(one);
        let [sum, y] = ["sum", "y"].map(|name| graph.add_value(Value::new(name, ty.clone())));
        let add = AddOptionsT::default().wrap();
        graph.add_op(Operator::new(OpCode::ADD, add, vec![Some(x), Some(one)], vec![sum]));
        graph.add_op(Operator::new(last, Options::default(), vec![Some(sum)], vec![y]));
        graph.add_output(y);
        Model { graphs: vec![graph], ..Model::default() }
    }

    #[test]
    fn operators_run_in_order() {
        let outputs = run(&model(OpCode::RELU), 0, &[Tensor::row(vec![-3.0f32, 2.0])]).unwrap();
        assert_eq!(outputs[0].view::<f32>().unwrap().as_slice(), Some(&[0.0, 3.0][..]));
    }

    #[test]
    fn errors_name_the_operator_and_its_result() {
        let error = run(&model(OpCode::CUSTOM), 0, &[Tensor::row(vec![1.0f32])]).unwrap_err();
        assert_eq!(error.to_string(), "CUSTOM at position 0, which computes \"y\": no kernel for CUSTOM");
    }

    #[test]
    fn inputs_are_checked() {
        let model = model(OpCode::RELU);
        assert!(matches!(run(&model, 0, &[]), Err(RunError::InputCount { expected: 1, given: 0 })));
        let error = run(&model, 0, &[Tensor::row(vec![1i32])]).unwrap_err();
        assert_eq!(error.to_string(), "input \"x\" is f32[?], not i32[1]");
    }

    #[test]
    fn declared_types_are_checked() {
        let mut model = model(OpCode::RELU);
        let y = model.graphs[0].outputs()[0];
        model.graphs[0].value_mut(y).ty = Type::fixed(DType::F32, &[5]);
        let error = run(&model, 0, &[Tensor::row(vec![1.0f32])]).unwrap_err();
        assert!(error.to_string().ends_with("computed f32[1], declared f32[5]"), "{error}");
    }
}
