//! What lives around a running graph: the other graphs of its model, variables, and the budget of a run.
//!
//! Invariant: every run of a graph costs one call, so that no loop and no recursion runs forever.

use crate::circle::schema::Activation;
use crate::interp::call::{KernelError, KernelResult, LARGEST_RESULT};
use crate::interp::run::{RunError, run_graph};
use crate::interp::{Call, Tensor};
use crate::ir::{DType, Data, Dim, Model, OpCode, Type, ValueId};
use crate::rewrite::cost::Holders;
use ndarray::arr1;
use std::collections::{BTreeMap, BTreeSet};

/// How much a run may take before it is an error.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the inputs and of all results that are alive at once.
    pub bytes: usize,
    /// What all operators together may take, in multiply-accumulates; an element read or written counts as
    /// [`ELEMENT`](crate::interp::ELEMENT) of them.
    pub work: u64,
    /// Runs of graphs, all loops and calls together.
    pub calls: usize,
    /// Graphs that are within one another.
    pub depth: usize,
}

/// Computes the results of an operator that runs graphs, or reads or writes what outlives it.
pub type Routine = fn(&Call, &mut Scope) -> KernelResult;

/// A model that runs, and what it keeps between two runs.
pub struct Machine<'m> {
    pub(super) model: &'m Model,
    pub(super) limits: Limits,
    calls: usize,
    depth: usize,
    pub(super) work: u64,
    /// Bytes of inputs, and of results that are alive.
    pub(super) alive: usize,
    /// Resource variables by their number; `None` until one is assigned.
    resources: BTreeMap<String, (u32, Option<Tensor>)>,
    variables: BTreeMap<(usize, ValueId), Tensor>,
    done: BTreeSet<i64>,
    alter: Option<Alter<'m>>,
}

/// What stands between an operator and the readers of its results.
type Alter<'m> = Box<dyn FnMut(Tensor) -> Tensor + 'm>;

/// What a [`Routine`] sees of the machine: it stands at one operator of one graph.
pub struct Scope<'r, 'm> {
    pub(super) machine: &'r mut Machine<'m>,
    pub(super) graph: usize,
    pub(super) operands: &'r [Option<ValueId>],
}

/// How many times as long kernels take in a build without optimization. Only when a run gives up depends on it.
const SLOWNESS: u64 = if cfg!(debug_assertions) { 128 } else { 1 };

impl Default for Limits {
    fn default() -> Limits {
        Limits { bytes: LARGEST_RESULT, work: u64::MAX, calls: 1 << 16, depth: 32 }
    }
}

impl Limits {
    /// What an honest model of this cost needs, and no more: 96 MB and twice its constants of memory; a second or two,
    /// and time to use each byte of constants some hundred times.
    pub fn of(model: &Model) -> Limits {
        let constants = Holders::of(model).stored() as u64;
        let bytes =
            usize::try_from(constants.saturating_mul(2)).unwrap_or(usize::MAX).saturating_add(96 << 20);
        let work = constants.saturating_mul(512).saturating_add(1 << 30) / SLOWNESS;
        Limits { bytes, work, ..Limits::default() }
    }
}

impl<'m> Machine<'m> {
    pub fn new(model: &'m Model, limits: Limits) -> Machine<'m> {
        let (resources, variables, done) = Default::default();
        Machine {
            model,
            limits,
            calls: 0,
            depth: 0,
            work: limits.work,
            alive: 0,
            resources,
            variables,
            done,
            alter: None,
        }
    }

    /// The same machine, where readers of an operator's result see what `alter` makes of it.
    pub fn altering(self, alter: impl FnMut(Tensor) -> Tensor + 'm) -> Machine<'m> {
        Machine { alter: Some(Box::new(alter)), ..self }
    }

    pub(super) fn altered(&mut self, computed: Tensor) -> Tensor {
        match &mut self.alter {
            Some(alter) => alter(computed),
            None => computed,
        }
    }

    /// Computes the outputs of a graph. Variables keep what the last run left; the budget of calls begins anew.
    ///
    /// # Errors
    /// An operator that cannot be run, inputs that do not fit, or a budget that is used up.
    pub fn run(&mut self, graph: usize, inputs: &[Tensor]) -> Result<Vec<Tensor>, RunError> {
        (self.calls, self.depth, self.work) = (0, 0, self.limits.work);
        self.alive = inputs.iter().map(|tensor| tensor.data.len()).sum();
        self.nested(graph, inputs)
    }

    fn nested(&mut self, graph: usize, inputs: &[Tensor]) -> Result<Vec<Tensor>, RunError> {
        let Limits { calls, depth, .. } = self.limits;
        if self.calls >= calls || self.depth >= depth {
            return Err(RunError::Budget { calls, depth });
        }
        self.calls += 1;
        self.depth += 1;
        let outputs = run_graph(self, graph, inputs);
        self.depth -= 1;
        outputs
    }

    /// The content of a variable: as written last, as the file has it, or zeros.
    pub(super) fn variable(&self, graph: usize, id: ValueId) -> Option<Tensor> {
        let written = self.variables.get(&(graph, id)).cloned();
        let declared = self.model.graphs.get(graph)?.value(id);
        written.or_else(|| (declared.ty.bytes(0) <= self.limits.bytes).then(|| initial(declared))?)
    }

    /// Bytes that results may still take.
    pub(super) fn room(&self) -> usize {
        self.limits.bytes.saturating_sub(self.alive)
    }

    pub(super) fn set_variable(&mut self, graph: usize, id: ValueId, content: Tensor) {
        self.variables.insert((graph, id), content);
    }
}

/// Quantized zeros are their zero point, as in LiteRT.
fn initial(value: &crate::ir::Value) -> Option<Tensor> {
    let dims = value.shape()?.known()?;
    let zero = value.quant.as_ref().and_then(|q| q.zero_point.as_ref()?.first().copied());
    let fill = zero.filter(|_| value.ty.dtype == DType::I8).unwrap_or(0) as u8;
    let zeros = || Data::of(vec![fill; value.ty.bytes(0)]);
    Tensor::new(value.ty.dtype, &dims, &value.data.clone().unwrap_or_else(zeros)).ok()
}

impl Scope<'_, '_> {
    /// Runs a graph of the model, given by its number in options.
    pub fn run(&mut self, graph: i64, inputs: &[Tensor]) -> KernelResult {
        let number = usize::try_from(graph).map_err(|_| KernelError::invalid("no such graph"))?;
        self.machine.nested(number, inputs).map_err(|error| KernelError::Graph(number, Box::new(error)))
    }

    /// Runs a graph without inputs, unless it has been run this way.
    pub fn run_once(&mut self, graph: i64) -> Result<(), KernelError> {
        if self.machine.done.insert(graph) {
            self.run(graph, &[])?;
        }
        Ok(())
    }

    /// Which operator alone makes the output of a graph from its two inputs, whatever their order.
    pub fn combination(&self, graph: i64) -> Option<OpCode> {
        let graph = self.machine.model.graphs.get(usize::try_from(graph).ok()?)?;
        let ((_, op), &[a, b]) = (graph.ops().next()?, graph.inputs()) else { return None };
        let both = [[Some(a), Some(b)], [Some(b), Some(a)]].iter().any(|pair| op.operands() == pair);
        let alone = graph.ops().count() == 1 && op.results() == graph.outputs() && both;
        let plain = op.options.activation().is_none_or(|act| act == Activation::None);
        (alone && plain && op.stored_is_plain()).then_some(match op.code {
            OpCode::ADD | OpCode::STABLEHLO_ADD => OpCode::ADD,
            OpCode::MUL | OpCode::STABLEHLO_MULTIPLY => OpCode::MUL,
            OpCode::MINIMUM | OpCode::STABLEHLO_MINIMUM => OpCode::MINIMUM,
            OpCode::MAXIMUM | OpCode::STABLEHLO_MAXIMUM => OpCode::MAXIMUM,
            OpCode::LOGICAL_AND | OpCode::STABLEHLO_AND => OpCode::LOGICAL_AND,
            OpCode::LOGICAL_OR | OpCode::STABLEHLO_OR => OpCode::LOGICAL_OR,
            _ => return None,
        })
    }

    /// Whether a graph does nothing but to return its second input.
    pub fn takes_second(&self, graph: i64) -> bool {
        let graph = usize::try_from(graph).ok().and_then(|graph| self.machine.model.graphs.get(graph));
        graph
            .is_some_and(|g| g.ops().count() == 0 && g.inputs().len() == 2 && g.outputs() == &g.inputs()[1..])
    }

    /// The handle of the resource variable of this name, in the type that the result is declared with.
    pub fn handle(&mut self, name: String, declared: &Type) -> Tensor {
        let next = self.machine.resources.len() as u32;
        let number = self.machine.resources.entry(name).or_insert((next, None)).0;
        let dims = declared.shape.as_ref().and_then(|s| s.known()).unwrap_or_default();
        let data = Tensor::of_words(DType::Resource, arr1(&[number]).into_dyn()).data;
        Tensor { dtype: DType::Resource, dims, data }
    }

    /// What a handle stands for: empty until it is assigned.
    pub fn resource(&mut self, handle: &Tensor) -> Result<&mut Option<Tensor>, KernelError> {
        let number = handle.data.elements::<u32>().and_then(|n| n.first().copied());
        let mut slots = self.machine.resources.values_mut();
        let slot = slots.find(|(n, _)| handle.dtype == DType::Resource && Some(*n) == number);
        slot.map(|(_, content)| content).ok_or_else(|| KernelError::invalid("not a handle"))
    }

    /// Whether an operand is a variable.
    pub(crate) fn is_variable(&self, operand: usize) -> bool {
        let id = self.operands.get(operand).copied().flatten();
        id.is_some_and(|id| self.machine.model.graphs[self.graph].value(id).variable)
    }

    /// Writes a variable that the operator has as operand.
    pub fn set_variable(&mut self, operand: usize, content: Tensor) -> Result<(), KernelError> {
        let id = self.operands.get(operand).copied().flatten().ok_or(KernelError::Missing(operand))?;
        let value = self.machine.model.graphs[self.graph].value(id);
        let fits = value.variable && value.ty.agrees(&content.ty());
        fits.then_some(()).ok_or_else(|| KernelError::invalid("not a variable of this type"))?;
        self.machine.set_variable(self.graph, id, content);
        Ok(())
    }
}

/// Whether a tensor is of a type whose unknown dims may be anything.
pub(super) fn fits(tensor: &Tensor, ty: &Type) -> bool {
    let shape = |dims: &[Dim]| {
        dims.len() == tensor.dims.len()
            && dims.iter().zip(&tensor.dims).all(|(d, n)| d.known().is_none_or(|d| d == *n))
    };
    tensor.dtype == ty.dtype && ty.shape.as_ref().is_none_or(|s| shape(s.dims()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circle::schema::{
        AddOptionsT, AssignVariableOptionsT, CallOptionsT, MulOptionsT, ReadVariableOptionsT,
        VarHandleOptionsT, WhileOptionsT,
    };
    use crate::interp::run;
    use crate::ir::{Graph, OpCode, Operator, Value};
    use crate::op::{Options, OptionsTable};

    fn scalar(name: &str, dtype: DType) -> Value {
        Value::new(name, Type::fixed(dtype, &[]))
    }

    /// A graph of i32 scalars: one operator with a constant as second operand.
    fn step(code: OpCode, options: Options, constant: i32, result: DType) -> Graph {
        let mut graph = Graph::default();
        let x = graph.add_input(scalar("x", DType::I32));
        let c = Value::constant("c", Type::fixed(DType::I32, &[]), Data::of(vec![constant]));
        let c = graph.add_value(c);
        let y = graph.add_value(scalar("y", result));
        graph.add_op(Operator::new(code, options, vec![Some(x), Some(c)], vec![y]));
        graph.add_output(y);
        graph
    }

    /// A graph that hands its input to an operator of other graphs.
    fn caller(code: OpCode, options: Options) -> Graph {
        let mut graph = Graph::default();
        let x = graph.add_input(scalar("x", DType::I32));
        let y = graph.add_value(scalar("y", DType::I32));
        graph.add_op(Operator::new(code, options, vec![Some(x)], vec![y]));
        graph.add_output(y);
        graph
    }

    /// Adds 3 while less than `below`.
    fn counting(below: i32) -> Model {
        let options = WhileOptionsT { cond_subgraph_index: 1, body_subgraph_index: 2 };
        let graphs = vec![
            caller(OpCode::WHILE, options.wrap()),
            step(OpCode::LESS, Options::default(), below, DType::Bool),
            step(OpCode::ADD, AddOptionsT::default().wrap(), 3, DType::I32),
        ];
        Model { graphs, ..Model::default() }
    }

    fn number(n: i32) -> Tensor {
        Tensor::of(ndarray::arr0(n).into_dyn())
    }

    #[test]
    fn loops_end_when_their_condition_says_so() {
        assert_eq!(run(&counting(10), 0, &[number(0)]).unwrap()[0].ints(), Some(vec![12]));
        assert_eq!(run(&counting(10), 0, &[number(50)]).unwrap()[0].ints(), Some(vec![50]));
    }

    #[test]
    fn endless_loops_and_recursions_are_errors() {
        let mut endless = counting(10);
        endless.graphs[2] = step(OpCode::MUL, MulOptionsT::default().wrap(), 1, DType::I32);
        let error = run(&endless, 0, &[number(0)]).unwrap_err().to_string();
        assert!(error.contains("more than 65536 times"), "{error}");
        let call = CallOptionsT { subgraph: 0 };
        let recursive = Model { graphs: vec![caller(OpCode::CALL, call.wrap())], ..Model::default() };
        let error = run(&recursive, 0, &[number(0)]).unwrap_err().to_string();
        assert!(error.ends_with("more than 32 deep"), "{error}");
        let call = CallOptionsT { subgraph: 7 };
        let astray = Model { graphs: vec![caller(OpCode::CALL, call.wrap())], ..Model::default() };
        assert!(run(&astray, 0, &[number(0)]).is_err());
    }

    /// `y = v; v = v + x`, the variable being a resource.
    fn accumulator() -> Model {
        let mut graph = Graph::default();
        let x = graph.add_input(scalar("x", DType::I32));
        let handle = graph.add_value(scalar("handle", DType::Resource));
        let [y, sum] = ["y", "sum"].map(|name| graph.add_value(scalar(name, DType::I32)));
        let named = VarHandleOptionsT { container: None, shared_name: Some("v".into()) };
        graph.add_op(Operator::new(OpCode::VAR_HANDLE, named.wrap(), vec![], vec![handle]));
        let read = ReadVariableOptionsT::default().wrap();
        graph.add_op(Operator::new(OpCode::READ_VARIABLE, read, vec![Some(handle)], vec![y]));
        let add = AddOptionsT::default().wrap();
        graph.add_op(Operator::new(OpCode::ADD, add, vec![Some(y), Some(x)], vec![sum]));
        let assign = AssignVariableOptionsT::default().wrap();
        let operands = vec![Some(handle), Some(sum)];
        graph.add_op(Operator::new(OpCode::ASSIGN_VARIABLE, assign, operands, vec![]));
        graph.add_output(y);
        Model { graphs: vec![graph], ..Model::default() }
    }

    #[test]
    fn variables_live_from_run_to_run() {
        let model = accumulator();
        let mut machine = Machine::new(&model, Limits::default());
        let error = machine.run(0, &[number(2)]).unwrap_err().to_string();
        assert!(error.contains("read before it is assigned"), "{error}");
        let mut scope = Scope { machine: &mut machine, graph: 0, operands: &[] };
        let handle = scope.handle("/v".into(), &Type::fixed(DType::Resource, &[]));
        *scope.resource(&handle).unwrap() = Some(number(5));
        let runs = [2, 4, 0].map(|x| machine.run(0, &[number(x)]).unwrap()[0].ints());
        assert_eq!(runs, [Some(vec![5]), Some(vec![7]), Some(vec![11])]);
    }
}
