//! Runs the first graph of a model: `run_model MODEL INPUTS OUTPUTS`.
//!
//! Both files are tensors one after the other, each being dtype (i8), rank (u32), dims (u32 each), and the elements, as
//! little-endian bytes. `tests/compare_models.py` holds the outputs against LiteRT's.

use optimizer_core::circle;
use optimizer_core::interp::{Tensor, run};
use optimizer_core::ir::{DType, Data, Type};
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    match answer() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn answer() -> Result<(), Box<dyn Error>> {
    let args: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [model, inputs, outputs] = &args[..] else {
        return Err("usage: run_model MODEL INPUTS OUTPUTS".into());
    };
    let model = circle::load(model)?;
    let inputs = tensors(&std::fs::read(inputs)?).ok_or("the inputs end early")?;
    let computed = run(&model, 0, &inputs)?;
    Ok(std::fs::write(outputs, computed.iter().flat_map(packed).collect::<Vec<_>>())?)
}

/// `None` if the bytes end within a tensor.
fn tensors(mut rest: &[u8]) -> Option<Vec<Tensor>> {
    let mut tensors = Vec::new();
    while let Some((&dtype, after)) = rest.split_first() {
        rest = after;
        let rank = number(&mut rest)?;
        let dims = (0..rank).map(|_| number(&mut rest)).collect::<Option<Vec<_>>>()?;
        let dtype = DType(dtype as i8);
        let (elements, after) = rest.split_at_checked(Type::fixed(dtype, &dims).bytes(0))?;
        tensors.push(Tensor::new(dtype, &dims, &Data::of(elements.to_vec())).ok()?);
        rest = after;
    }
    Some(tensors)
}

fn number(rest: &mut &[u8]) -> Option<usize> {
    let (number, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    Some(u32::from_le_bytes(*number) as usize)
}

fn packed(tensor: &Tensor) -> Vec<u8> {
    let numbers = [tensor.dims.len()].into_iter().chain(tensor.dims.iter().copied());
    let dims = numbers.flat_map(|n| (n as u32).to_le_bytes());
    [tensor.dtype.0 as u8].into_iter().chain(dims).chain(tensor.data.bytes().iter().copied()).collect()
}
