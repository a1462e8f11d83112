//! `circle-opt circle2circle`: the command line of ONE's circle2circle.
//!
//! Invariant: without options only what circle2circle does to every model is done.

use crate::Verdict;
use crate::front::{self, Request, Switches};
use crate::limits::FoldLimit;
use crate::select::Usage;
use anyhow::bail;
use optimizer_core::pass::Sparsity;
use std::path::PathBuf;

/// Takes the command line of ONE's circle2circle: each option runs the rules of its name.
#[derive(clap::Args)]
#[command(rename_all = "snake_case", disable_version_flag = true)]
pub(crate) struct Args {
    /// The model
    input: PathBuf,
    /// Where to write
    output: PathBuf,
    #[command(flatten)]
    switches: Switches,
    /// Make these values of the first graph its outputs
    #[arg(long, value_name = "NAME,..")]
    change_outputs: Option<String>,
    /// Store this constant block-sparse
    #[arg(long, value_name = "NAME", requires = "sparsify_block_size")]
    sparsify_tensor: Option<String>,
    /// The order in which the dims, then the blocks, are walked
    #[arg(long, value_name = "N,..", default_value = "0,1,2,3")]
    sparsify_traversal_order: String,
    /// d for dense, s for sparse, for each dim
    #[arg(long, value_name = "F,..", default_value = "d,s")]
    sparsify_format: String,
    /// The size of each dim of a block
    #[arg(long, value_name = "N,..")]
    sparsify_block_size: Option<String>,
    /// Which dim each dim of a block divides
    #[arg(long, value_name = "N,..", default_value = "0,1")]
    sparsify_block_map: String,
    /// Print no warnings
    #[arg(long)]
    mute_warnings: bool,
    /// Accepted and without effect: a model that is not valid is never written
    #[arg(long)]
    disable_validation: bool,
    /// Accepted and without effect: `optimize --report` says what each rewrite did
    #[arg(long)]
    generate_profile_data: bool,
    #[command(flatten)]
    fold_limit: FoldLimit,
    /// Print every rewrite
    #[arg(short = 'V', long)]
    verbose: bool,
    /// Print version
    #[arg(long, action = clap::ArgAction::Version)]
    version: Option<bool>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Verdict> {
    let without_effect = [
        (args.disable_validation, "disable_validation"),
        (args.generate_profile_data, "generate_profile_data"),
    ];
    for (_, name) in without_effect.iter().filter(|(given, _)| *given && !args.mute_warnings) {
        crate::say(format_args!("--{name} has no effect here"));
    }
    let request = Request {
        switches: args.switches.0.clone(),
        outputs: args.change_outputs.as_deref(),
        sparsity: sparsity(args)?,
        fold_limit: args.fold_limit,
        verbose: args.verbose,
    };
    front::run(&request, &args.input, &args.output)
}

fn sparsity(args: &Args) -> anyhow::Result<Option<Sparsity>> {
    let (Some(tensor), Some(block_size)) = (&args.sparsify_tensor, &args.sparsify_block_size) else {
        return Ok(None);
    };
    Ok(Some(Sparsity {
        tensor: tensor.clone(),
        traversal_order: numbers("sparsify_traversal_order", &args.sparsify_traversal_order)?,
        sparse: formats(&args.sparsify_format)?,
        block_size: numbers("sparsify_block_size", block_size)?,
        block_map: numbers("sparsify_block_map", &args.sparsify_block_map)?,
    }))
}

fn numbers(option: &str, text: &str) -> anyhow::Result<Vec<usize>> {
    let number = |n: &str| n.trim().parse();
    let numbers: Result<Vec<usize>, _> = text.split(',').map(number).collect();
    numbers.map_err(|_| Usage(format!("--{option} takes numbers apart by commas, not `{text}`")).into())
}

fn formats(text: &str) -> anyhow::Result<Vec<bool>> {
    let format = |f: &str| match f.trim() {
        "d" => Ok(false),
        "s" => Ok(true),
        other => bail!(Usage(format!("--sparsify_format takes d and s apart by commas, not `{other}`"))),
    };
    text.split(',').map(format).collect()
}
