//! Small graphs, built one operator at a time.

use optimizer_core::ir::{DType, Data, Graph, Model, OpCode, Operator, Shape, Type, Value, ValueId};
use optimizer_core::op::Options;

#[derive(Default)]
pub(crate) struct Net(pub(crate) Graph);

pub(crate) fn floats(dims: &[usize]) -> Type {
    Type::fixed(DType::F32, dims)
}

pub(crate) fn ints(dims: &[usize]) -> Type {
    Type::fixed(DType::I32, dims)
}

impl Net {
    fn name(&self) -> String {
        format!("v{}", self.0.value_count())
    }

    pub(crate) fn input(&mut self, dims: &[usize]) -> ValueId {
        let name = self.name();
        self.0.add_input(Value::new(name, floats(dims)))
    }

    /// An input whose zero dims are unknown ones.
    pub(crate) fn open_input(&mut self, name: &str, dims: &[usize]) -> ValueId {
        let ty = self.open(dims);
        self.0.add_input(Value::new(name, ty))
    }

    /// A type whose zero dims are unknown ones.
    pub(crate) fn open(&mut self, dims: &[usize]) -> Type {
        let dims = dims.iter().map(|&n| if n == 0 { self.0.unknown_dim() } else { n.into() });
        Type::new(DType::F32, dims.collect::<Shape>())
    }

    pub(crate) fn weights(&mut self, dims: &[usize]) -> ValueId {
        let (name, data) = (self.name(), Data::of(vec![1f32; dims.iter().product()]));
        self.0.add_value(Value::constant(name, floats(dims), data))
    }

    pub(crate) fn numbers(&mut self, numbers: &[i32]) -> ValueId {
        let (name, data) = (self.name(), Data::of(numbers.to_vec()));
        self.0.add_value(Value::constant(name, ints(&[numbers.len()]), data))
    }

    pub(crate) fn variable(&mut self, dims: &[usize]) -> ValueId {
        let mut value = Value::new(self.name(), floats(dims));
        value.variable = true;
        self.0.add_value(value)
    }

    pub(crate) fn op(&mut self, code: OpCode, options: Options, operands: &[ValueId], ty: Type) -> ValueId {
        let name = self.name();
        let y = self.0.add_value(Value::new(name, ty));
        let mut op = Operator::new(code, options, operands.iter().copied().map(Some), [y]);
        op.position = self.0.op_count() as u32;
        self.0.add_op(op);
        y
    }

    pub(crate) fn output(&mut self, value: ValueId) {
        self.0.add_output(value);
    }

    pub(crate) fn model(self) -> Model {
        Model { graphs: vec![self.0], ..Model::default() }
    }
}
