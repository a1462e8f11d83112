//! `circle-opt one-optimize`: the command line and the configuration files of ONE's one-optimize.
//!
//! Invariant: the command line outweighs the configuration file, and that outweighs the groups of `-O`.

use crate::Verdict;
use crate::front::{self, Request, Switches};
use crate::limits::FoldLimit;
use crate::select::{Usage, nearest};
use anyhow::{Context, anyhow, bail};
use configparser::ini::Ini;
use optimizer_patterns::options::{self, ONE_OPTIMIZE_O1};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The section of a configuration file that is read.
const SECTION: &str = "one-optimize";

/// What a section may hold besides the switches.
const KEYS: [&str; 4] = ["input_path", "output_path", "verbose", "generate_profile_data"];

/// Takes the command line and the configuration files of ONE's one-optimize.
#[derive(clap::Args)]
#[command(rename_all = "snake_case", disable_version_flag = true)]
pub(crate) struct Args {
    /// Read the section one-optimize of this file
    #[arg(short = 'C', long, value_name = "FILE.cfg")]
    config: Option<PathBuf>,
    /// Another section than one-optimize
    #[arg(short = 'S', long, value_name = "NAME", default_value = SECTION, hide_default_value = true)]
    section: String,
    /// The model
    #[arg(short, long)]
    input_path: Option<PathBuf>,
    /// Where to write
    #[arg(short, long)]
    output_path: Option<PathBuf>,
    /// A group of options; there is 1
    #[arg(short = 'O', value_name = "GROUP")]
    group: Vec<String>,
    #[command(flatten)]
    switches: Switches,
    /// Accepted and without effect: `optimize --report` says what each rewrite did
    #[arg(long)]
    generate_profile_data: bool,
    #[command(flatten)]
    fold_limit: FoldLimit,
    /// Print every rewrite
    #[arg(short = 'V', long)]
    verbose: bool,
    /// Print version
    #[arg(short, long, action = clap::ArgAction::Version)]
    version: Option<bool>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Verdict> {
    let section = match &args.config {
        Some(path) => section(path, &args.section)?,
        None => BTreeMap::new(),
    };
    let path = |given: &Option<PathBuf>, key: &str| {
        let configured = section.get(key).filter(|path| !path.is_empty()).map(PathBuf::from);
        given
            .clone()
            .or(configured)
            .ok_or_else(|| anyhow!(Usage(format!("--{key} is required, here or in the file of -C"))))
    };
    let request = Request {
        switches: switches(&args.group, &section, &args.switches.0)?,
        outputs: None,
        sparsity: None,
        fold_limit: args.fold_limit,
        verbose: args.verbose || section.get("verbose").is_some_and(|value| is_on(value)),
    };
    front::run(&request, &path(&args.input_path, "input_path")?, &path(&args.output_path, "output_path")?)
}

/// The switches in force, in the order of all switches: those of the groups, as the section has them, and those given.
fn switches(
    groups: &[String],
    section: &BTreeMap<String, String>,
    given: &[&'static str],
) -> anyhow::Result<Vec<&'static str>> {
    let mut on = BTreeSet::new();
    for group in groups {
        on.extend(group_of(group)?);
    }
    for name in options::switches() {
        match section.get(name).filter(|value| !value.is_empty()) {
            Some(value) if is_on(value) => on.insert(name),
            Some(_) => on.remove(name),
            None => false,
        };
    }
    on.extend(given);
    Ok(options::switches().filter(|name| on.contains(name)).collect())
}

fn group_of(name: &str) -> anyhow::Result<&'static [&'static str]> {
    match name {
        "1" | "O1" => Ok(ONE_OPTIMIZE_O1),
        _ => bail!(Usage(format!("there is no group -O{name}; there is -O1"))),
    }
}

/// one-optimize's idea of a switch that is on: anything but a few words.
fn is_on(value: &str) -> bool {
    !["false", "0", "n"].contains(&value.to_lowercase().as_str())
}

/// The keys and values of a section; a key that means nothing is an error.
fn section(path: &Path, name: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    let sections = Ini::new_cs().read(text).map_err(|fault| anyhow!("{shown}: {fault}"))?;
    let Some(section) = sections.get(name) else {
        bail!("{shown}: there is no section [{name}]; -S names another")
    };
    let known: Vec<&str> = KEYS.into_iter().chain(options::switches()).collect();
    for key in section.keys().collect::<BTreeSet<_>>() {
        if !known.contains(&key.as_str()) {
            let nearest = nearest(&known, key).unwrap_or("none");
            bail!("{shown}: [{name}] has no option `{key}`; did you mean `{nearest}`?");
        }
    }
    Ok(section.iter().map(|(key, value)| (key.clone(), value.clone().unwrap_or_default())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_outweighs_the_section_and_that_the_group() {
        let section: BTreeMap<String, String> =
            [("fold_cast", "False"), ("fold_mul", "n"), ("fuse_bcq", "True"), ("fuse_rope", "")]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into();
        let on = switches(&["1".into()], &section, &["fold_mul"]).expect("there is a group 1");
        assert_eq!(on.len(), ONE_OPTIMIZE_O1.len());
        assert!(on.contains(&"fold_mul") && on.contains(&"fuse_bcq"));
        assert!(!on.contains(&"fold_cast") && !on.contains(&"fuse_rope"));
    }
}
