//! Building models that no exporter would write.

use optimizer_core::circle::schema::*;

/// A model under construction; tensors and operators go to the last subgraph.
pub(crate) struct Net(pub(crate) ModelT);

impl Net {
    pub(crate) fn new() -> Net {
        let mut net = Net(table!(ModelT {
            operator_codes: Some(Vec::new()),
            subgraphs: Some(Vec::new()),
            buffers: Some(vec![BufferT::default()]),
        }));
        net.graph();
        net
    }

    pub(crate) fn graph(&mut self) {
        let graph = table!(SubGraphT {
            tensors: Some(Vec::new()),
            inputs: Some(Vec::new()),
            outputs: Some(Vec::new()),
            operators: Some(Vec::new()),
        });
        self.0.subgraphs.as_mut().expect("they are there").push(graph);
    }

    pub(crate) fn last(&mut self) -> &mut SubGraphT {
        self.0.subgraphs.as_mut().and_then(|graphs| graphs.last_mut()).expect("there is one")
    }

    pub(crate) fn tensor(&mut self, shape: &[i32], dtype: DType) -> i32 {
        self.stored(shape, dtype, 0)
    }

    fn stored(&mut self, shape: &[i32], dtype: DType, buffer: u32) -> i32 {
        let tensors = self.last().tensors.as_mut().expect("they are there");
        let name = Some(format!("t{}", tensors.len()));
        tensors.push(table!(TensorT {
            name: name,
            shape: Some(shape.to_vec()),
            type_: dtype,
            buffer: buffer
        }));
        tensors.len() as i32 - 1
    }

    pub(crate) fn input(&mut self, shape: &[i32], dtype: DType) -> i32 {
        let id = self.tensor(shape, dtype);
        self.last().inputs.as_mut().expect("they are there").push(id);
        id
    }

    pub(crate) fn output(&mut self, id: i32) {
        self.last().outputs.as_mut().expect("they are there").push(id);
    }

    pub(crate) fn bytes(&mut self, shape: &[i32], dtype: DType, content: Vec<u8>) -> i32 {
        let buffers = self.0.buffers.as_mut().expect("they are there");
        buffers.push(table!(BufferT { data: Some(content) }));
        let buffer = buffers.len() as u32 - 1;
        self.stored(shape, dtype, buffer)
    }

    /// A constant list of i32.
    pub(crate) fn ints(&mut self, list: &[i32]) -> i32 {
        let content = list.iter().flat_map(|n| n.to_le_bytes()).collect();
        self.bytes(&[list.len() as i32], DType::I32, content)
    }

    /// A constant f32 of rank 0.
    pub(crate) fn number(&mut self, number: f32) -> i32 {
        let id = self.bytes(&[], DType::F32, number.to_le_bytes().to_vec());
        self.last().tensors.as_mut().expect("they are there")[id as usize].has_rank = true;
        id
    }

    /// An operator of one result; gives that.
    pub(crate) fn op(
        &mut self,
        code: BuiltinOperator,
        options: BuiltinOptionsT,
        inputs: &[i32],
        shape: &[i32],
        dtype: DType,
    ) -> i32 {
        let result = self.tensor(shape, dtype);
        self.op_into(code, options, inputs, &[result]);
        result
    }

    pub(crate) fn op_into(
        &mut self,
        code: BuiltinOperator,
        options: BuiltinOptionsT,
        inputs: &[i32],
        outputs: &[i32],
    ) {
        let codes = self.0.operator_codes.as_mut().expect("they are there");
        let known = codes.iter().position(|known| known.builtin_code == code);
        let index = known.unwrap_or_else(|| {
            let deprecated = code.0.clamp(-128, 127) as i8;
            codes.push(table!(OperatorCodeT { builtin_code: code, deprecated_builtin_code: deprecated }));
            codes.len() - 1
        });
        let op = table!(OperatorT {
            opcode_index: index as u32,
            inputs: Some(inputs.to_vec()),
            outputs: Some(outputs.to_vec()),
            builtin_options: options,
        });
        self.last().operators.as_mut().expect("they are there").push(op);
    }
}
