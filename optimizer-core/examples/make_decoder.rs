//! Makes a synthetic decoder: `make_decoder OPERATORS OUT.circle`, with at least so many operators.
//!
//! Blocks like those of an exported language model stand one after the other, with tiny weights of their own, so that
//! operators are nearly all there is. Every fourth block has what exporters leave behind and rules take away.

use optimizer_core::circle;
use optimizer_core::ir::{DType, Data, Element, Graph, Model, Operator, Type, Value, ValueId};
use optimizer_core::op::{self, Op, OptionsTable, Site};
use std::cell::Cell;
use std::error::Error;
use std::process::ExitCode;

/// Tokens, features, heads, features of a head, and hidden features.
const T: usize = 4;
const D: usize = 8;
const HEADS: usize = 2;
const WIDTH: usize = 4;
const HIDDEN: usize = 16;

fn main() -> ExitCode {
    match make() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn make() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [operators, out] = &args[..] else { return Err("usage: make_decoder OPERATORS OUT.circle".into()) };
    Ok(circle::save(&Decoder::new().model(operators.parse()?), out.as_ref(), false)?)
}

struct Decoder {
    graph: Graph,
    x: ValueId,
    /// Cosines and sines of the rotary embedding.
    tables: [ValueId; 2],
    mask: ValueId,
    blocks: usize,
    operators: usize,
    constants: usize,
}

impl Decoder {
    fn new() -> Decoder {
        let mut graph = Graph::default();
        let mut input =
            |name, dims: &[usize]| graph.add_input(Value::new(name, Type::fixed(DType::F32, dims)));
        let x = input("tokens", &[1, T, D]);
        let tables = [input("cos", &[1, 1, T, WIDTH]), input("sin", &[1, 1, T, WIDTH])];
        let mask = input("mask", &[1, 1, T, T]);
        Decoder { graph, x, tables, mask, blocks: 0, operators: 0, constants: 0 }
    }

    fn model(mut self, operators: usize) -> Model {
        while self.operators < operators {
            self.attention();
            self.feed_forward();
            self.blocks += 1;
        }
        self.graph.add_output(self.x);
        let description = Some("made by make_decoder".into());
        Model { graphs: vec![self.graph], description, ..Model::default() }
    }

    fn attention(&mut self) {
        let x = self.normalized(self.x);
        let [q, k, v] = ["q", "k", "v"].map(|name| self.heads(name, x));
        let (q, k) = (self.rotary(q), self.rotary(k));
        let keys = self.transposed(k, &[0, 1, 3, 2]);
        let scores = self.op(op::BatchMatMul, &[q, keys]);
        let scale = self.constant(&[], vec![0.5f32]);
        let scaled = self.op(op::Mul, &[scores, scale]);
        let masked = self.op(op::Add, &[scaled, self.mask]);
        let weights = self.op_with(op::Softmax, &[masked], |options| options.beta = 1.0);
        let context = self.op(op::BatchMatMul, &[weights, v]);
        let context = self.transposed(context, &[0, 2, 1, 3]);
        let context = self.reshaped(context, &[1, T, D]);
        let out = self.dense(context, D, D);
        self.x = self.op(op::Add, &[self.x, out]);
    }

    fn feed_forward(&mut self) {
        let x = self.normalized(self.x);
        let gate = self.dense(x, HIDDEN, D);
        let sigmoid = self.op(op::Logistic, &[gate]);
        let gate = self.op(op::Mul, &[gate, sigmoid]);
        let up = self.dense(x, HIDDEN, D);
        let product = self.op(op::Mul, &[gate, up]);
        let down = self.dense(product, D, HIDDEN);
        self.x = self.op(op::Add, &[self.x, down]);
    }

    fn normalized(&mut self, x: ValueId) -> ValueId {
        let square = self.op(op::Mul, &[x, x]);
        let axis = self.constant(&[1], vec![2i32]);
        let mean = self.op_with(op::Mean, &[square, axis], |options| options.keep_dims = true);
        let epsilon = self.constant(&[], vec![1e-5f32]);
        let shifted = self.op(op::Add, &[mean, epsilon]);
        let root = self.op(op::Rsqrt, &[shifted]);
        let even = self.op(op::Mul, &[x, root]);
        let gamma = self.weight(&[D]);
        self.op(op::Mul, &[even, gamma])
    }

    /// The heads of a projection; left behind in some blocks: a second scale, and a reshape that another one follows.
    fn heads(&mut self, name: &str, x: ValueId) -> ValueId {
        let mut y = self.dense(x, D, D);
        if self.blocks.is_multiple_of(4) && name != "v" {
            for factor in [0.5f32, 4.0] {
                let factor = self.constant(&[], vec![factor]);
                y = self.op(op::Mul, &[y, factor]);
            }
            y = self.reshaped(y, &[T, D]);
        }
        let y = self.reshaped(y, &[1, T, HEADS, WIDTH]);
        self.transposed(y, &[0, 2, 1, 3])
    }

    fn rotary(&mut self, x: ValueId) -> ValueId {
        let [cos, sin] = self.tables;
        let (low, high) = (self.slice(x, 0, WIDTH / 2), self.slice(x, WIDTH / 2, WIDTH));
        let negated = self.op(op::Neg, &[high]);
        let turned = self.op_with(op::Concatenation, &[negated, low], |options| options.axis = 3);
        let straight = self.op(op::Mul, &[x, cos]);
        let turned = self.op(op::Mul, &[turned, sin]);
        self.op(op::Add, &[straight, turned])
    }

    fn dense(&mut self, x: ValueId, rows: usize, columns: usize) -> ValueId {
        let weight = self.weight(&[rows, columns]);
        self.op_with(op::FullyConnected, &[x, weight], |options| options.keep_num_dims = true)
    }

    fn slice(&mut self, x: ValueId, from: usize, to: usize) -> ValueId {
        let corners = [[0, 0, 0, from], [1, HEADS, T, to], [1; 4]];
        let corners = corners.map(|corner| self.constant(&[4], corner.map(|n| n as i32).to_vec()));
        self.op(op::StridedSlice, &[x, corners[0], corners[1], corners[2]])
    }

    fn reshaped(&mut self, x: ValueId, dims: &[usize]) -> ValueId {
        let dims: Vec<i32> = dims.iter().map(|&n| n as i32).collect();
        let shape = self.constant(&[dims.len()], dims.clone());
        self.op_with(op::Reshape, &[x, shape], |options| options.new_shape = Some(dims))
    }

    fn transposed(&mut self, x: ValueId, axes: &[i32]) -> ValueId {
        let axes = self.constant(&[axes.len()], axes.to_vec());
        self.op(op::Transpose, &[x, axes])
    }

    /// Numbers of which the first is in no other weight.
    fn weight(&mut self, dims: &[usize]) -> ValueId {
        let count: usize = dims.iter().product();
        let own = self.constants as f32 / (1 << 20) as f32;
        let numbers = std::iter::once(own).chain((1..count).map(|i| (i * 31 % 17) as f32 / 17.0 - 0.5));
        let numbers = numbers.collect();
        self.constant(dims, numbers)
    }

    fn constant<E: Element>(&mut self, dims: &[usize], elements: Vec<E>) -> ValueId {
        self.constants += 1;
        let name = format!("block{}/constant{}", self.blocks, self.constants);
        self.graph.add_value(Value::constant(name, Type::fixed(E::DTYPE, dims), Data::of(elements)))
    }

    fn op<O: Op>(&mut self, kind: O, operands: &[ValueId]) -> ValueId {
        self.op_with(kind, operands, |_| ())
    }

    /// Adds an operator; its result follows from its operands.
    fn op_with<O: Op>(&mut self, _: O, operands: &[ValueId], set: impl FnOnce(&mut O::Options)) -> ValueId {
        self.operators += 1;
        let mut options = O::Options::default();
        set(&mut options);
        let (options, operands) = (options.wrap(), operands.iter().map(|&v| Some(v)).collect::<Vec<_>>());
        let bare = Operator::of(O::DESCRIPTION, options.clone(), operands.clone(), Vec::new());
        let fresh = Cell::new(0);
        let site = Site::of(&self.graph, &bare, &fresh).expect("all ranks are known");
        let results = O::DESCRIPTION.shape.and_then(|rule| rule(&site)).expect("the operands fit");
        let name = format!("block{}/{}{}", self.blocks, O::DESCRIPTION.name, self.operators);
        let result = self.graph.add_value(Value::new(name, results[0].clone()));
        let mut op = Operator::of(O::DESCRIPTION, options, operands, vec![result]);
        op.position = self.operators as u32;
        self.graph.add_op(op);
        result
    }
}
