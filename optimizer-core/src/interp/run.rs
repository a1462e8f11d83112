//! Running a whole graph.
//!
//! Invariant: a tensor lives from its operator to its last reader; every result has the type the graph declares.

use crate::interp::call::{Call, KernelError, LARGEST_RESULT, evaluate_within};
use crate::interp::{KernelResult, Tensor};
use crate::ir::order::Cycle;
use crate::ir::{Data, Dim, Graph, Operator, Type, Value, ValueId};
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
    #[error("the model has no graph")]
    NoGraph,
    #[error("{0}")]
    Incomparable(String),
}

/// Computes the outputs of a graph.
///
/// # Errors
/// An operator without a kernel, with effects, or on operands that it cannot take; inputs that do not fit.
pub fn run(graph: &Graph, inputs: &[Tensor]) -> Result<Vec<Tensor>, RunError> {
    run_within(graph, inputs, LARGEST_RESULT)
}

/// The same, with no operator's results taking more than `budget` bytes.
///
/// # Errors
/// As for [`run`], and larger results.
pub fn run_within(graph: &Graph, inputs: &[Tensor], budget: usize) -> Result<Vec<Tensor>, RunError> {
    run_altered(graph, inputs, budget, |computed| computed)
}

/// The same, where `alter` stands between each operator and the readers of its results.
///
/// # Errors
/// As for [`run_within`].
pub fn run_altered(
    graph: &Graph,
    inputs: &[Tensor],
    budget: usize,
    mut alter: impl FnMut(Tensor) -> Tensor,
) -> Result<Vec<Tensor>, RunError> {
    let mut run = Run::new(graph, inputs, budget)?;
    for id in graph.order()? {
        run.step(graph.op(id), &mut alter)?;
    }
    graph.outputs().iter().map(|&id| run.tensor(id)).collect()
}

/// The tensors that are alive.
struct Run<'a> {
    graph: &'a Graph,
    tensors: Vec<Option<Tensor>>,
    readers: Vec<usize>,
    budget: usize,
}

impl<'a> Run<'a> {
    fn new(graph: &'a Graph, inputs: &[Tensor], budget: usize) -> Result<Run<'a>, RunError> {
        let (expected, given) = (graph.inputs().len(), inputs.len());
        if expected != given {
            return Err(RunError::InputCount { expected, given });
        }
        let readers = graph.values().map(|(_, v)| v.uses().len() + usize::from(v.is_output())).collect();
        let mut run = Run { graph, tensors: vec![None; graph.value_count()], readers, budget };
        for (&id, tensor) in graph.inputs().iter().zip(inputs) {
            check_input(graph.value(id), tensor)?;
            run.tensors[id.0 as usize] = Some(tensor.clone());
        }
        Ok(run)
    }

    fn step(&mut self, op: &Operator, alter: &mut impl FnMut(Tensor) -> Tensor) -> Result<(), RunError> {
        let computed = self.compute(op).map_err(|error| self.located(op, error))?;
        for (&id, tensor) in op.results().iter().zip(computed) {
            let wanted = self.readers[id.0 as usize] > 0;
            self.tensors[id.0 as usize] = wanted.then(|| alter(tensor));
        }
        for id in op.operands().iter().flatten() {
            let readers = &mut self.readers[id.0 as usize];
            *readers -= 1;
            if *readers == 0 {
                self.tensors[id.0 as usize] = None;
            }
        }
        Ok(())
    }

    fn compute(&self, op: &Operator) -> KernelResult {
        let description = op::describe(op.code).filter(|_| op::is_pure(self.graph, op));
        let description = description.ok_or_else(|| KernelError::Unsupported(op.name().to_owned()))?;
        let operand = |id: &Option<ValueId>| id.map(|id| self.tensor(id)).transpose();
        let operands = op.operands().iter().map(operand).collect::<Result<Vec<_>, _>>();
        let operands = operands.map_err(|e| KernelError::invalid(e.to_string()))?;
        let results: Vec<_> = op.results().iter().map(|&id| self.graph.value(id).ty.clone()).collect();
        let call = Call {
            options: &op.options,
            operands: operands.iter().map(Option::as_ref).collect(),
            results: results.clone(),
            quantized: is_quantized(self.graph, op),
        };
        let computed = evaluate_within(description, call, self.budget)?;
        computed.iter().zip(&results).try_for_each(|(tensor, declared)| check_declared(tensor, declared))?;
        Ok(computed)
    }

    /// The content of a value: computed, given, or constant.
    fn tensor(&self, id: ValueId) -> Result<Tensor, RunError> {
        let value = self.graph.value(id);
        match &self.tensors[id.0 as usize] {
            Some(tensor) => Ok(tensor.clone()),
            None => constant(value).ok_or_else(|| RunError::Missing(value.name.clone())),
        }
    }

    fn located(&self, op: &Operator, error: KernelError) -> RunError {
        let result = op.results().first().map(|&id| self.graph.value(id).name.clone());
        let operator = op.name().to_owned();
        RunError::Operator { operator, position: op.position, result: result.unwrap_or_default(), error }
    }
}

/// Whether numbers of an operand or a result stand for others.
pub(super) fn is_quantized(graph: &Graph, op: &Operator) -> bool {
    let operands = op.operands().iter().flatten();
    operands.chain(op.results()).any(|&id| graph.value(id).is_quantized())
}

/// The content of a constant; files leave out that of a tensor without elements.
pub(super) fn constant(value: &Value) -> Option<Tensor> {
    let dims = value.shape()?.known()?;
    let nothing = || (dims.contains(&0) && !value.is_input()).then(|| Data::of(Vec::<u8>::new()));
    let data = value.data.clone().filter(|_| value.is_const()).or_else(nothing)?;
    Tensor::new(value.ty.dtype, &dims, &data).ok()
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

/// Whether a tensor is of a type whose unknown dims may be anything.
fn fits(tensor: &Tensor, ty: &Type) -> bool {
    let shape = |dims: &[Dim]| {
        dims.len() == tensor.dims.len()
            && dims.iter().zip(&tensor.dims).all(|(d, n)| d.known().is_none_or(|d| d == *n))
    };
    tensor.dtype == ty.dtype && ty.shape.as_ref().is_none_or(|s| shape(s.dims()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circle::schema::AddOptionsT;
    use crate::ir::{DType, OpCode};
    use crate::op::{Options, OptionsTable};

    /// `relu(x + 1)` over `[?]`.
    fn graph(last: OpCode) -> Graph {
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
        graph
    }

    #[test]
    fn operators_run_in_order() {
        let outputs = run(&graph(OpCode::RELU), &[Tensor::row(vec![-3.0f32, 2.0])]).unwrap();
        assert_eq!(outputs[0].view::<f32>().unwrap().as_slice(), Some(&[0.0, 3.0][..]));
    }

    #[test]
    fn errors_name_the_operator_and_its_result() {
        let error = run(&graph(OpCode::CUSTOM), &[Tensor::row(vec![1.0f32])]).unwrap_err();
        assert_eq!(error.to_string(), "CUSTOM at position 0, which computes \"y\": no kernel for CUSTOM");
    }

    #[test]
    fn inputs_are_checked() {
        let graph = graph(OpCode::RELU);
        assert!(matches!(run(&graph, &[]), Err(RunError::InputCount { expected: 1, given: 0 })));
        let error = run(&graph, &[Tensor::row(vec![1i32])]).unwrap_err();
        assert_eq!(error.to_string(), "input \"x\" is f32[?], not i32[1]");
    }

    #[test]
    fn declared_types_are_checked() {
        let mut graph = graph(OpCode::RELU);
        let y = graph.outputs()[0];
        graph.value_mut(y).ty = Type::fixed(DType::F32, &[5]);
        let error = run(&graph, &[Tensor::row(vec![1.0f32])]).unwrap_err();
        assert!(error.to_string().ends_with("computed f32[1], declared f32[5]"), "{error}");
    }
}
