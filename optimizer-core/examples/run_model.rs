//! Runs the first graph of a model on raw little-endian inputs: `run_model MODEL OUT_DIR INPUT...`.
//!
//! Each output is written to `OUT_DIR/<number>.bin`. `tests/compare_models.py` holds them against LiteRT's.

use optimizer_core::circle;
use optimizer_core::interp::{Tensor, run};
use optimizer_core::ir::Data;
use std::error::Error;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from);
    let (model, out) = args.next().zip(args.next()).ok_or("usage: run_model MODEL OUT_DIR INPUT...")?;
    let model = circle::load(&model)?;
    let graph = model.graphs.first().ok_or("the model has no graph")?;
    let values = graph.inputs().iter().map(|&id| graph.value(id));
    let inputs = values.zip(args).map(|(value, path)| {
        let dims = value.shape().and_then(|s| s.known()).ok_or("an input is not of known shape")?;
        Ok(Tensor::new(value.ty.dtype, &dims, &Data::of(std::fs::read(path)?))?)
    });
    let inputs = inputs.collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    write(&run(graph, &inputs)?, &out)
}

fn write(outputs: &[Tensor], dir: &Path) -> Result<(), Box<dyn Error>> {
    for (i, output) in outputs.iter().enumerate() {
        std::fs::write(dir.join(format!("{i}.bin")), output.data.bytes())?;
    }
    Ok(())
}
