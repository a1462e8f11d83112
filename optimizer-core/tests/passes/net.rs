//! Graphs in the making, for tests of passes.

use optimizer_core::circle::schema::DType;
use optimizer_core::ir::{Data, Element, Graph, Model, OpCode, Operator, Type, Value, ValueId};
use optimizer_core::op::{Options, all};

/// A graph in the making.
#[derive(Default)]
pub(crate) struct Net(pub(crate) Graph);

impl Net {
    pub(crate) fn input(&mut self, ty: Type) -> ValueId {
        let name = format!("v{}", self.0.value_count());
        self.0.add_input(Value::new(name, ty))
    }

    pub(crate) fn constant<T: Element>(&mut self, dims: &[usize], elements: &[T]) -> ValueId {
        let name = format!("v{}", self.0.value_count());
        let ty = Type::fixed(T::DTYPE, dims);
        self.0.add_value(Value::constant(name, ty, Data::of(elements.to_vec())))
    }

    pub(crate) fn op(
        &mut self,
        code: OpCode,
        options: Options,
        operands: &[ValueId],
        result: Type,
    ) -> ValueId {
        let name = format!("v{}", self.0.value_count());
        let result = self.0.add_value(Value::new(name, result));
        let operands = operands.iter().map(|&v| Some(v));
        self.0.add_op(Operator::new(code, options, operands, vec![result]));
        result
    }

    pub(crate) fn plain(&mut self, code: OpCode, operands: &[ValueId], result: Type) -> ValueId {
        let description = all().iter().find(|d| d.code == code).unwrap();
        self.op(code, (description.options)(), operands, result)
    }

    /// `x + v`, so that the folded value is none of the graph's outputs.
    pub(crate) fn finish(mut self, v: ValueId) -> Model {
        let ty = self.0.value(v).ty.clone();
        let x = self.input(ty.clone());
        let y = self.plain(OpCode::ADD, &[x, v], ty);
        self.0.add_output(y);
        Model { graphs: vec![self.0], ..Model::default() }
    }
}

pub(crate) fn floats(dims: &[usize]) -> Type {
    Type::fixed(DType::F32, dims)
}
