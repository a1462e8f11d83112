//! Quantized tensors one after the other.
//!
//! Invariant: parts on another scale than the result's are rescaled with floats.

use crate::interp::stored::{Stored, Target};
use crate::interp::{Call, KernelResult, Tensor};
use crate::ir::DType;
use crate::op::families::join;

/// LiteRT rescales unsigned numbers only.
pub(crate) fn concatenation(call: &Call) -> KernelResult {
    if call.meanings.agree() {
        return join::concatenation(call);
    }
    let target = call.target(0)?;
    let rescaled = |i: usize| rescaled(&call.stored(i, &[DType::U8])?, &target);
    let parts = (0..call.operands.len()).map(rescaled).collect::<Result<Vec<Tensor>, _>>()?;
    let operands = parts.iter().map(Some).collect();
    let results = call.results.clone();
    join::concatenation(&Call { options: call.options, operands, results, meanings: call.meanings.clone() })
}

fn rescaled(part: &Stored, target: &Target) -> Result<Tensor, crate::interp::KernelError> {
    let scale = part.affine.scale * (1.0 / target.affine.scale);
    let bias = -part.affine.zero_point as f32 * scale;
    let number = |&n: &i32| match part.affine == target.affine {
        true => n,
        false => target.stored((n as f32 * scale + bias).round() as i32),
    };
    let numbers: Vec<_> = part.numbers.iter().map(number).collect();
    target.tensor(part.numbers.shape().to_vec(), &numbers)
}
