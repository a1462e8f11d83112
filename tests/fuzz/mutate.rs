//! Structure-aware damage: a flatbuffer's offsets, lengths and indices, and what its tables say.
//!
//! Invariant: the same bytes and seed give the same damage.

use crate::pack::pack;
use optimizer_core::circle::schema::*;

/// Numbers that look harmless and are not: bounds of types, and what multiplies past them.
const EXTREMES: [i32; 14] =
    [0, 1, 2, -1, -2, 7, 255, 4096, 65_535, 65_536, 1 << 24, 1 << 30, i32::MAX, i32::MIN];

/// A file with a few changes, of its words or of what its tables say.
pub(crate) fn mutated(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut dice = Dice::new(seed ^ bytes.len() as u64);
    match root_as_model(bytes) {
        Ok(table) if dice.below(3) > 0 && has_no_tail(&table) => {
            let mut model = table.unpack();
            for _ in 0..1 + dice.below(3) {
                change(&mut model, &mut dice);
            }
            pack(&model)
        }
        _ => {
            let mut bytes = bytes.to_vec();
            (0..1 + dice.below(4)).for_each(|_| change_word(&mut bytes, &mut dice));
            bytes
        }
    }
}

/// Whether all of the file is in its tables, so that it can be packed anew.
fn has_no_tail(table: &Model) -> bool {
    table.buffers().into_iter().flatten().all(|buffer| buffer.offset() <= 1)
}

/// Repeatable chance.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % bound.max(1)
    }

    fn extreme(&mut self) -> i32 {
        EXTREMES[self.below(EXTREMES.len())]
    }

    fn of<'a, T>(&mut self, all: &'a mut [T]) -> Option<&'a mut T> {
        let at = self.below(all.len());
        all.get_mut(at)
    }
}

/// Changes one word by what it seems to be: an offset, a length or index, or an entry of a vtable.
fn change_word(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let tables = if dice.below(2) == 0 { bytes.len().min(8192) } else { bytes.len() };
    let at = 8 + 4 * dice.below(tables.saturating_sub(12) / 4);
    let Some(word) = bytes.get(at..at + 4).map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]])) else {
        return;
    };
    let points = word >= 4 && (word as usize) < bytes.len() - at;
    let new = match dice.below(8) {
        0 if points => 4 * dice.below((bytes.len() - at) / 4) as u32,
        1 if points => word.wrapping_add(4),
        2 => word.wrapping_sub(4),
        3 => word ^ (1 << dice.below(32)),
        4 => (word & 0xffff) | (2 * dice.below(40) as u32) << 16,
        5 => word.wrapping_mul(2),
        _ => dice.extreme() as u32,
    };
    bytes[at..at + 4].copy_from_slice(&new.to_le_bytes());
    if dice.below(20) == 0 {
        bytes.truncate(at + dice.below(bytes.len() - at));
    }
}

fn change(model: &mut ModelT, dice: &mut Dice) -> Option<()> {
    let codes = model.operator_codes.as_mut()?.len();
    let graphs = model.subgraphs.as_mut()?;
    match dice.below(12) {
        0 => {
            let code = dice.of(model.operator_codes.as_mut()?)?;
            code.builtin_code = BuiltinOperator(dice.below(216) as i32 - 6);
            code.deprecated_builtin_code = code.builtin_code.0.clamp(-128, 127) as i8;
        }
        1 => {
            let buffer = dice.of(model.buffers.as_mut()?)?.data.as_mut()?;
            let at = 4 * dice.below(buffer.len() / 4);
            buffer.get_mut(at..at + 4)?.copy_from_slice(&dice.extreme().to_le_bytes());
        }
        2 => {
            let buffer = dice.of(model.buffers.as_mut()?)?.data.as_mut()?;
            buffer.resize(dice.below(2 * buffer.len() + 1), 1);
        }
        3 => {
            let graph = dice.of(graphs)?;
            let list = if dice.below(2) == 0 { &mut graph.inputs } else { &mut graph.outputs };
            *dice.of(list.as_mut()?)? = dice.below(graph.tensors.as_ref()?.len()) as i32;
        }
        4..=7 => change_operator(dice.of(graphs)?, codes, dice)?,
        _ => {
            let tensors = dice.of(graphs)?.tensors.as_mut()?;
            change_tensor(dice.of(tensors)?, dice)?;
        }
    }
    Some(())
}

fn change_operator(graph: &mut SubGraphT, codes: usize, dice: &mut Dice) -> Option<()> {
    let tensors = graph.tensors.as_ref()?.len();
    let operators = graph.operators.as_mut()?;
    let other = operators.get(dice.below(operators.len()))?.clone();
    let op = dice.of(operators)?;
    match dice.below(8) {
        0 => op.opcode_index = dice.below(codes) as u32,
        1 => *dice.of(op.inputs.as_mut()?)? = dice.below(tensors + 1) as i32 - 1,
        2 => drop(op.inputs.as_mut()?.pop()),
        3 => op.inputs.as_mut()?.push(dice.below(tensors) as i32),
        4 => op.outputs = other.outputs,
        5 => (op.builtin_options, op.builtin_options_2) = (other.builtin_options, other.builtin_options_2),
        6 => op.intermediates = Some(vec![dice.below(tensors) as i32; 3]),
        _ => op.custom_options = Some((0..dice.below(40)).map(|_| dice.below(256) as u8).collect()),
    }
    Some(())
}

fn change_tensor(tensor: &mut TensorT, dice: &mut Dice) -> Option<()> {
    match dice.below(9) {
        0 | 1 => *dice.of(tensor.shape.as_mut()?)? = dice.extreme(),
        2 => tensor.shape.as_mut()?.push(dice.extreme()),
        3 => drop(tensor.shape.as_mut()?.pop()),
        4 => tensor.shape_signature = tensor.shape.as_ref().map(|s| s.iter().map(|_| -1).collect()),
        5 => tensor.type_ = DType(dice.below(27) as i8 - 7),
        6 => tensor.buffer = dice.below(4) as u32,
        7 => tensor.is_variable = !tensor.is_variable,
        _ => {
            let quant = tensor.quantization.get_or_insert_default();
            quant.scale = Some((0..dice.below(4)).map(|_| dice.extreme() as f32).collect());
            quant.zero_point = Some((0..dice.below(4)).map(|_| dice.extreme().into()).collect());
            quant.quantized_dimension = dice.extreme();
        }
    }
    Some(())
}
