//! Inputs from a NumPy archive.
//!
//! Invariant: every input of the graph gets the array of its name or place, of its own dtype; nothing is converted.

use anyhow::{Context, bail};
use ndarray::{ArrayD, IxDyn, OwnedRepr};
use ndarray_npy::{NpzReader, ReadNpzError, ReadableElement};
use optimizer_core::interp::Tensor;
use optimizer_core::ir::{DType, Graph};
use std::fs::File;
use std::path::Path;

type Archive = NpzReader<File>;

/// One tensor for each input of `graph`, in order.
///
/// # Errors
/// The file is no archive, or lacks an input's array, or has it in another dtype.
pub(crate) fn inputs(path: &Path, graph: &Graph) -> anyhow::Result<Vec<Tensor>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut archive = NpzReader::new(file)
        .with_context(|| format!("{} is no npz file, numpy.savez writes one", path.display()))?;
    let names = archive.names().with_context(|| format!("cannot list {}", path.display()))?;
    let has = |name: &str| names.iter().any(|n| n.trim_end_matches(".npy") == name);
    let input = |(i, &id)| {
        let value = graph.value(id);
        let by_place = format!("arr_{i}");
        let Some(name) = [value.name.as_str(), &by_place].into_iter().find(|name| has(name)) else {
            bail!("{} has neither {:?} nor {by_place}, but {}", path.display(), value.name, names.join(", "));
        };
        let what = || format!("{name} of {} is not {}", path.display(), value.ty);
        tensor(&mut archive, name, value.ty.dtype).with_context(what)
    };
    graph.inputs().iter().enumerate().map(input).collect()
}

fn tensor(archive: &mut Archive, name: &str, dtype: DType) -> anyhow::Result<Tensor> {
    macro_rules! of {
        ($element:ty) => {
            Tensor::of(array::<$element>(archive, name)?)
        };
    }
    Ok(match dtype {
        DType::F32 => of!(f32),
        DType::F64 => of!(f64),
        DType::I8 => of!(i8),
        DType::I16 => of!(i16),
        DType::I32 => of!(i32),
        DType::I64 => of!(i64),
        DType::U8 => of!(u8),
        DType::U16 => of!(u16),
        DType::U32 => of!(u32),
        DType::U64 => of!(u64),
        DType::Bool => Tensor::of_bools(array::<bool>(archive, name)?),
        other => bail!("NumPy has no {}", other.name()),
    })
}

fn array<T: ReadableElement>(archive: &mut Archive, name: &str) -> Result<ArrayD<T>, ReadNpzError> {
    archive.by_name::<OwnedRepr<T>, IxDyn>(name).or_else(|_| archive.by_name(&format!("{name}.npy")))
}
