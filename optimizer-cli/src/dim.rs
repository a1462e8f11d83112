//! `--dim`: what unknown dims are taken for where costs are counted.
//!
//! Invariant: a dim that the model does not have is an error, and an assumption that was used is said.

use crate::select::Usage;
use optimizer_core::ir::Model;
use optimizer_core::rewrite::Dims;

#[derive(clap::Args)]
pub(crate) struct DimArgs {
    /// What unknown dims count as: N for all of them (16 unless told otherwise), INPUT:AXIS=N for one of an input
    #[arg(long, value_name = "[INPUT:AXIS=]N")]
    dim: Vec<String>,
}

impl DimArgs {
    /// # Errors
    /// [`Usage`] on what is no dim, or none of this model.
    pub(crate) fn of(&self, model: &Model) -> anyhow::Result<Dims> {
        let mut dims = Dims::default();
        self.dim.iter().try_for_each(|text| take(&mut dims, text))?;
        dims.check(model).map_err(|error| Usage(format!("--dim: {error}")))?;
        Ok(dims)
    }
}

fn take(dims: &mut Dims, text: &str) -> Result<(), Usage> {
    let unfit = || Usage(format!("--dim takes N or INPUT:AXIS=N with N from 1 on, not `{text}`"));
    let number = |text: &str| text.parse().ok().filter(|&n| n > 0).ok_or_else(unfit);
    match text.rsplit_once('=') {
        None => dims.all = number(text)?,
        Some((place, extent)) => {
            let (input, axis) = place.rsplit_once(':').ok_or_else(unfit)?;
            let axis = axis.parse().map_err(|_| unfit())?;
            dims.inputs.push((input.to_owned(), axis, number(extent)?));
        }
    }
    Ok(())
}

/// The sentence that says what was assumed.
pub(crate) fn said(assumed: Option<usize>, dims: &Dims) -> String {
    let given = |(input, axis, extent): &(String, usize, usize)| format!(", {input}:{axis} as {extent}");
    let given: String = dims.inputs.iter().map(given).collect();
    assumed.map_or(String::new(), |n| format!("unknown dims are counted as {n}{given}; see --dim\n"))
}
