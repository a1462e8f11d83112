//! What the old front ends share: switches by option name, and a run of the engine that does only what they ask for.
//!
//! Invariant: an option switches on the rules and passes of the group of its name, and nothing else does.

use crate::limits::FoldLimit;
use crate::progress::Watched;
use crate::select::{self, Selection};
use crate::{Verdict, optimize};
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches};
use optimizer_core::circle;
use optimizer_core::pass::{self, Sparsity};
use optimizer_core::rewrite::{self, Options, Target};
use optimizer_patterns::options::{self, CANONICALIZE, SEPARATE_OFF};
use std::path::Path;

/// The switches that were given.
pub(crate) struct Switches(pub(crate) Vec<&'static str>);

/// What an old front end was asked for.
pub(crate) struct Request<'a> {
    pub(crate) switches: Vec<&'static str>,
    pub(crate) outputs: Option<&'a str>,
    pub(crate) sparsity: Option<Sparsity>,
    pub(crate) fold_limit: FoldLimit,
    pub(crate) verbose: bool,
}

/// Reads IN, does what was asked for and what is done to every model, and writes OUT.
pub(crate) fn run(request: &Request, input: &Path, output: &Path) -> anyhow::Result<Verdict> {
    let mut model = crate::input::load(input)?;
    if let Some(names) = request.outputs {
        pass::change_outputs(&mut model, &names.split(',').collect::<Vec<_>>())?;
    }
    let selection = selection(&request.switches)?;
    let mut watched = match request.verbose {
        true => Watched::trace(std::io::stderr(), false),
        false => Watched::progress(),
    };
    let outcome =
        rewrite::optimize_watched(&mut model, &selection.rules, &limits(request, &selection), &mut watched);
    if let Some(sparsity) = &request.sparsity {
        pass::sparsify(&mut model, sparsity)?;
    }
    circle::save(&model, output, false)?;
    optimize::complain(&outcome);
    if request.verbose {
        anstream::eprint!("{}", optimize::text(&selection.rules, &outcome));
    }
    Ok(Verdict::Good)
}

/// The rules and passes of the switches, and those of every run.
fn selection(switches: &[&str]) -> anyhow::Result<Selection> {
    let known = select::known();
    let asked = switches.iter().copied().filter(|&name| name != SEPARATE_OFF);
    let separate = (!switches.contains(&SEPARATE_OFF)).then_some(SEPARATE_OFF);
    let names = asked.chain(separate).chain([CANONICALIZE]).filter(|name| known.contains(name));
    select::select(None, &names.map(str::to_owned).collect::<Vec<_>>(), &[])
}

/// Whoever names a rewrite wants it, also where it adds bytes or needs an operator of circle.
fn limits(request: &Request, selection: &Selection) -> Options {
    Options {
        max_growth: f64::MAX,
        fold_limit: request.fold_limit.bytes(),
        passes: selection.passes.clone(),
        ..Options::new(Target::circle())
    }
}

impl clap::Args for Switches {
    fn augment_args(command: Command) -> Command {
        let switch = |name: &'static str| {
            let help = select::meanings(name).join(" ");
            Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
        };
        command.args(options::switches().map(switch))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Switches::augment_args(command)
    }
}

impl FromArgMatches for Switches {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Switches, clap::Error> {
        Ok(Switches(options::switches().filter(|name| matches.get_flag(name)).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Switches::from_arg_matches(matches)?;
        Ok(())
    }
}
