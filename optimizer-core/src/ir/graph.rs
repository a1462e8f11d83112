//! A graph: two arenas, operators and values, and every edit of them.
//!
//! Invariant: after each edit, producers, uses, inputs and outputs agree, and the edit can be undone.

use crate::ir::journal::{Edit, Journal};
use crate::ir::names::Names;
use crate::ir::{Dim, OpCode, Operator, Symbol, Use, Value};
use crate::op::Options;
use std::fmt;

/// An operator within its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId(pub(crate) u32);

/// A value within its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueId(pub(crate) u32);

/// A moment in the life of a graph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clock(u32);

/// One subgraph of a model.
#[derive(Clone, Debug)]
pub struct Graph {
    pub name: Option<String>,
    /// What a file says of the graph that no rewrite reads.
    pub debug_metadata_index: i32,
    pub(super) ops: Vec<Option<Operator>>,
    pub(super) values: Vec<Value>,
    inputs: Vec<ValueId>,
    pub(super) outputs: Vec<ValueId>,
    pub(super) names: Names,
    symbols: u32,
    /// How many operators there are.
    live: usize,
    /// What edits are stamped with.
    clock: Clock,
    pub(super) journal: Journal,
}

impl OpId {
    /// The operator's place in its graph's arena; operators of a file have their place there.
    pub fn number(self) -> u32 {
        self.0
    }
}

impl Default for Graph {
    fn default() -> Graph {
        Graph {
            name: None,
            debug_metadata_index: -1,
            ops: Vec::new(),
            values: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            names: Names::default(),
            symbols: 0,
            live: 0,
            clock: Clock::default(),
            journal: Journal::default(),
        }
    }
}

impl Graph {
    pub fn op(&self, id: OpId) -> &Operator {
        self.ops[id.0 as usize].as_ref().expect("ids of removed operators are not kept")
    }

    /// The operator, or `None` if it was removed.
    pub fn find_op(&self, id: OpId) -> Option<&Operator> {
        self.ops.get(id.0 as usize)?.as_ref()
    }

    pub fn value(&self, id: ValueId) -> &Value {
        &self.values[id.0 as usize]
    }

    /// The value, or `None` if there is none of this id (any longer).
    pub fn find_value(&self, id: ValueId) -> Option<&Value> {
        self.values.get(id.0 as usize)
    }

    /// For what does not take part in the graph's structure: names, types, details.
    pub fn value_mut(&mut self, id: ValueId) -> &mut Value {
        stamp(&mut self.values, self.clock, [id]);
        let value = &mut self.values[id.0 as usize];
        for op in value.uses.iter().map(|at| at.op).chain(value.producer.map(|(op, _)| op)) {
            forget(&mut self.ops[op.0 as usize]);
        }
        value
    }

    /// All operators, in arena order.
    pub fn ops(&self) -> impl DoubleEndedIterator<Item = (OpId, &Operator)> {
        self.ops.iter().enumerate().filter_map(|(i, op)| Some((OpId(i as u32), op.as_ref()?)))
    }

    /// The operators of one code, in arena order.
    pub fn ops_of(&self, code: OpCode) -> Vec<OpId> {
        self.ops().filter(|(_, op)| op.code == code).map(|(id, _)| id).collect()
    }

    /// Whether numbers that an operator reads or computes stand for others.
    pub fn is_quantized(&self, op: &Operator) -> bool {
        let values = op.operands.iter().flatten().chain(&op.results);
        values.into_iter().any(|&v| self.value(v).is_quantized())
    }

    /// All values, in arena order, also dead ones.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = (ValueId, &Value)> {
        self.values.iter().enumerate().map(|(i, v)| (ValueId(i as u32), v))
    }

    /// All values from `first` on.
    pub(crate) fn values_from(&self, first: ValueId) -> impl Iterator<Item = (ValueId, &Value)> {
        (first.0..).map(ValueId).zip(&self.values[first.0 as usize..])
    }

    /// A moment after all edits so far and before all that follow.
    pub(crate) fn now(&mut self) -> Clock {
        self.clock.0 += 1;
        self.clock
    }

    /// Whether a value was edited since then, or got another reader or producer.
    pub(crate) fn is_edited(&self, id: ValueId, since: Clock) -> bool {
        self.value(id).edited >= since
    }

    /// The operators that compute or read a value that was edited since then; some come several times.
    pub(crate) fn edited(&self, since: Clock) -> Vec<OpId> {
        let values = self.values.iter().filter(|value| value.edited >= since);
        values
            .flat_map(|v| v.producer().map(|(op, _)| op).into_iter().chain(v.uses().iter().map(|at| at.op)))
            .collect()
    }

    /// The id that the next new value gets.
    pub(crate) fn next_value(&self) -> ValueId {
        ValueId(self.values.len() as u32)
    }

    /// The id that the next new operator gets.
    pub(crate) fn next_op(&self) -> OpId {
        OpId(self.ops.len() as u32)
    }

    pub fn value_count(&self) -> usize {
        self.values.len()
    }

    pub fn op_count(&self) -> usize {
        self.live
    }

    pub fn inputs(&self) -> &[ValueId] {
        &self.inputs
    }

    pub fn outputs(&self) -> &[ValueId] {
        &self.outputs
    }

    /// The operator that computes `value`.
    pub fn producer(&self, value: ValueId) -> Option<(OpId, u32)> {
        self.value(value).producer()
    }

    /// The name of the first value that an operator computes; empty if it computes none.
    pub fn root_name(&self, op: OpId) -> &str {
        self.op(op).results().first().map_or("", |&v| &self.value(v).name)
    }

    pub fn add_input(&mut self, value: Value) -> ValueId {
        let id = self.add_value(value);
        self.mark_input(id);
        id
    }

    pub fn mark_input(&mut self, id: ValueId) {
        self.value_mut(id).is_input = true;
        self.inputs.push(id);
    }

    pub fn add_output(&mut self, id: ValueId) {
        stamp(&mut self.values, self.clock, [id]);
        self.values[id.0 as usize].outputs += 1;
        self.outputs.push(id);
    }

    /// Keeps a value, its producer and its name, as if it were an output.
    pub(crate) fn pin(&mut self, id: ValueId) {
        self.values[id.0 as usize].pinned = true;
    }

    /// Makes no value an output, and gives those that were.
    pub fn take_outputs(&mut self) -> Vec<ValueId> {
        let outputs = std::mem::take(&mut self.outputs);
        outputs.iter().for_each(|id| self.values[id.0 as usize].outputs = 0);
        stamp(&mut self.values, self.clock, outputs.iter().copied());
        outputs
    }

    pub fn add_value(&mut self, value: Value) -> ValueId {
        let id = ValueId(self.values.len() as u32);
        self.names.add(&value.name);
        self.values.push(value);
        self.journal.record(Edit::AddValue);
        id
    }

    /// An unknown dim that equals no other.
    pub fn unknown_dim(&mut self) -> Dim {
        self.symbols += 1;
        Dim::Unknown(Symbol(self.symbols - 1))
    }

    /// Takes a value out of the model that nothing computes or reads; it is not written.
    pub fn drop_value(&mut self, id: ValueId) {
        let value = &mut self.values[id.0 as usize];
        debug_assert!(value.is_unused() && value.producer.is_none() && !value.is_input);
        value.dropped = true;
    }

    /// The values that operators list beside their operands and results.
    pub fn intermediates(&self) -> impl Iterator<Item = ValueId> {
        let stored = self.ops().filter_map(|(_, op)| op.stored.as_ref()?.intermediates.as_ref());
        stored.flatten().filter_map(|v| *v)
    }

    /// Adds to values, by number, what quantizes them block by block, and what quantizes that.
    pub(crate) fn add_scales(&self, kept: &mut [bool]) {
        let mut waiting: Vec<_> = self.values().filter(|(id, _)| kept[id.0 as usize]).collect();
        while let Some((_, value)) = waiting.pop() {
            for at in value.scale_tensors().into_iter().filter_map(|at| u32::try_from(at).ok()) {
                if !std::mem::replace(&mut kept[at as usize], true) {
                    waiting.push((ValueId(at), self.value(ValueId(at))));
                }
            }
        }
    }

    /// Changes an operator's options outside any rewrite.
    pub(crate) fn set_options(&mut self, op: OpId, options: Options) {
        let slot = &mut self.ops[op.0 as usize];
        forget(slot);
        if let Some(op) = slot {
            op.options = options;
            stamp(&mut self.values, self.clock, op.results.iter().copied());
        }
    }

    pub fn set_position(&mut self, op: OpId, position: u32) {
        if let Some(op) = &mut self.ops[op.0 as usize] {
            op.position = position;
        }
    }

    /// A name that no value of the graph has, beginning with `base`.
    pub fn unique_name(&mut self, base: &str) -> String {
        let Graph { names, values, .. } = self;
        names.unique(base, values.iter().map(|v| v.name.as_str()))
    }

    /// Adds an operator; its results must have no producer yet.
    pub fn add_op(&mut self, op: Operator) -> OpId {
        let id = OpId(self.ops.len() as u32);
        self.ops.push(None);
        self.link(id, op);
        self.journal.record(Edit::AddOp);
        id
    }

    /// Takes an operator out; its results keep their readers and lack a producer until they get another.
    pub fn remove_op(&mut self, id: OpId) {
        let op = self.unlink(id);
        self.journal.record(Edit::RemoveOp(id, Box::new(op)));
    }

    pub fn set_operand(&mut self, op: OpId, operand: usize, value: Option<ValueId>) {
        let old = self.swap_operand(op, operand, value);
        self.journal.record(Edit::SetOperand(op, operand, old));
    }

    /// Makes `op` compute `value` as its result number `result`, in place of what it computed there.
    pub fn set_result(&mut self, op: OpId, result: usize, value: ValueId) {
        let old = self.swap_result(op, result, value);
        self.journal.record(Edit::SetResult(op, result, old));
    }

    /// Lets every reader of `old` read `new`; graph outputs stay as they are.
    pub fn redirect(&mut self, old: ValueId, new: ValueId) {
        for at in self.value(old).uses().clone().iter() {
            self.set_operand(at.op, at.operand as usize, Some(new));
        }
    }

    pub(super) fn link(&mut self, id: OpId, op: Operator) {
        stamp(&mut self.values, self.clock, op.operands.iter().flatten().chain(&op.results).copied());
        for (i, value) in op.operands.iter().enumerate() {
            if let Some(value) = value {
                self.values[value.0 as usize].uses.insert(Use { op: id, operand: i as u32 });
            }
        }
        for (i, value) in op.results.iter().enumerate() {
            self.values[value.0 as usize].producer = Some((id, i as u32));
        }
        self.ops[id.0 as usize] = Some(op);
        forget(&mut self.ops[id.0 as usize]);
        self.live += 1;
    }

    pub(super) fn unlink(&mut self, id: OpId) -> Operator {
        let op = self.ops[id.0 as usize].take().expect("an operator is removed once");
        self.live -= 1;
        stamp(&mut self.values, self.clock, op.operands.iter().flatten().chain(&op.results).copied());
        for (i, value) in op.operands.iter().enumerate() {
            if let Some(value) = value {
                self.values[value.0 as usize].uses.remove(&Use { op: id, operand: i as u32 });
            }
        }
        for value in &op.results {
            self.values[value.0 as usize].producer = None;
        }
        op
    }

    pub(super) fn swap_operand(
        &mut self,
        id: OpId,
        operand: usize,
        value: Option<ValueId>,
    ) -> Option<ValueId> {
        forget(&mut self.ops[id.0 as usize]);
        let op = self.ops[id.0 as usize].as_mut().expect("edits name live operators");
        let old = std::mem::replace(&mut op.operands[operand], value);
        let at = Use { op: id, operand: operand as u32 };
        let edited = old.into_iter().chain(value).chain(op.results.iter().copied());
        stamp(&mut self.values, self.clock, edited);
        if let Some(old) = old {
            self.values[old.0 as usize].uses.remove(&at);
        }
        if let Some(value) = value {
            self.values[value.0 as usize].uses.insert(at);
        }
        old
    }

    pub(super) fn swap_result(&mut self, id: OpId, result: usize, value: ValueId) -> ValueId {
        forget(&mut self.ops[id.0 as usize]);
        let op = self.ops[id.0 as usize].as_mut().expect("edits name live operators");
        let old = std::mem::replace(&mut op.results[result], value);
        let at = Some((id, result as u32));
        stamp(&mut self.values, self.clock, [old, value]);
        if self.values[old.0 as usize].producer == at {
            self.values[old.0 as usize].producer = None;
        }
        self.values[value.0 as usize].producer = at;
        old
    }
}

/// Notes an edit of these values.
fn stamp(values: &mut [Value], now: Clock, edited: impl IntoIterator<Item = ValueId>) {
    edited.into_iter().for_each(|id| values[id.0 as usize].edited = now);
}

/// Lets what was found out about an operator be found out again.
fn forget(op: &mut Option<Operator>) {
    if let Some(op) = op {
        op.consistent.take();
    }
}

impl fmt::Display for OpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "operator {}", self.0)
    }
}
