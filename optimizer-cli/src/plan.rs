//! What a run is to do, as flags: its rules and passes, for which runtime, and within which bounds.
//!
//! Invariant: commands that take these flags run alike.

use crate::dim::DimArgs;
use crate::limits::FoldLimit;
use crate::select::{self, Selection};
use clap::ValueEnum;
use optimizer_core::ir::Model;
use optimizer_core::rewrite::{Options, RUNTIMES, Target};

#[derive(clap::Args)]
pub(crate) struct PlanArgs {
    /// How much to do: 0 nothing, 1 what is safe for every model, 2 and 3 also what trades bytes or precision; the
    /// highest counts. Without it and without --rules: 1
    #[arg(short = 'O', value_name = "LEVEL", value_parser = clap::value_parser!(u8).range(0..=3))]
    level: Vec<u8>,
    /// Only these rules, passes or groups; with -O these as well
    #[arg(long, value_name = "NAME,..", value_delimiter = ',')]
    rules: Vec<String>,
    /// All but these rules, passes or groups
    #[arg(long, value_name = "NAME,..", value_delimiter = ',')]
    without: Vec<String>,
    /// The runtime the model is for
    #[arg(long, value_enum, default_value_t = TargetName::Portable)]
    pub(crate) target: TargetName,
    /// By how many percent of its constants the model may grow
    #[arg(long, value_name = "PCT", default_value_t = 0.0, value_parser = percent)]
    max_growth: f64,
    #[command(flatten)]
    fold_limit: FoldLimit,
    #[command(flatten)]
    dim: DimArgs,
}

/// The runtimes that rules know of, in the order of [`RUNTIMES`].
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum TargetName {
    /// Operators of TFLite, and what the model contains already
    Portable,
    /// Every operator of circle
    Circle,
    /// What version 0.1.0 of onert runs and computes right, and what the model contains already
    Onert,
}

fn percent(text: &str) -> Result<f64, &'static str> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    number.ok_or("a percentage is a number from 0 on")
}

impl PlanArgs {
    /// The highest level asked for; rules by name alone need none.
    fn level(&self) -> Option<u8> {
        self.level.iter().copied().max().or(self.rules.is_empty().then_some(1))
    }

    /// Whether the model stays as it is.
    pub(crate) fn is_empty(&self) -> bool {
        self.level() == Some(0) && self.rules.is_empty()
    }

    /// The rules and passes of the run, with those that `also` names.
    ///
    /// # Errors
    /// As [`select::select`].
    pub(crate) fn selection(&self, also: &[String]) -> anyhow::Result<Selection> {
        select::select(self.level(), &[&self.rules, also].concat(), &self.without)
    }

    /// What the run may do to this model.
    ///
    /// # Errors
    /// A dim that the model does not have.
    pub(crate) fn options(&self, model: &Model, selection: &Selection) -> anyhow::Result<Options> {
        Ok(Options {
            max_growth: self.max_growth,
            fold_limit: self.fold_limit.bytes(),
            passes: selection.passes.clone(),
            dims: self.dim.of(model)?,
            ..Options::new(self.target.of(model))
        })
    }
}

impl TargetName {
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map_or(String::new(), |value| value.get_name().to_owned())
    }

    /// The runtime, with the operators that the model has already.
    fn of(self, model: &Model) -> Target {
        Target::of(RUNTIMES[self as usize], model)
    }
}
