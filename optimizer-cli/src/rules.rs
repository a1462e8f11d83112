//! `circle-opt rules`.
//!
//! Invariant: lists every rule there is; `--check` fails if any law over all rules is broken.

use crate::{Verdict, select, table};
use optimizer_core::rewrite::Rule;
use optimizer_core::testing;
use std::io::Write;
use std::path::PathBuf;

/// Lists the rules: level, name, place and meaning.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Show this rule's pattern
    name: Option<String>,
    /// Check the laws that hold over all rules, and every example
    #[arg(long)]
    check: bool,
    /// With --check: also the layout of the pattern files in this folder
    #[arg(long, value_name = "FOLDER", requires = "check")]
    folder: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Verdict> {
    let mut rules = select::all();
    if let Some(name) = &args.name {
        rules = select::select(u8::MAX, std::slice::from_ref(name), &[])?;
    }
    let mut out = std::io::stdout().lock();
    if args.check {
        let broken = broken_laws(&rules, args)?;
        broken.iter().try_for_each(|law| writeln!(out, "{law}"))?;
        writeln!(out, "{} rules, {} broken laws", rules.len(), broken.len())?;
        return Ok(if broken.is_empty() { Verdict::Good } else { Verdict::Bad });
    }
    match &args.name {
        Some(_) => rules.iter().try_for_each(|rule| writeln!(out, "{}\n{}\n", rule.place(), rule.source))?,
        None => write!(out, "{}", list(&rules))?,
    }
    Ok(Verdict::Good)
}

fn list(rules: &[&Rule]) -> String {
    let row =
        |rule: &&Rule| vec![format!("-O{}", rule.level()), rule.name.into(), rule.place(), rule.doc.into()];
    table::plain(&["level", "rule", "place", "meaning"], 0, rules.iter().map(row))
}

fn broken_laws(rules: &[&'static Rule], args: &Args) -> anyhow::Result<Vec<String>> {
    let mut broken = testing::laws(rules);
    if let Some(folder) = &args.folder {
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "pat"));
        files.sort();
        for path in files {
            broken.extend(layout(&path.display().to_string(), &std::fs::read_to_string(&path)?));
        }
    }
    Ok(broken)
}

/// What rustfmt would say of a pattern file if it read them: no tabs, no trailing blanks, no line past 110 columns.
fn layout(path: &str, text: &str) -> Vec<String> {
    let faults = |line: &str| {
        [
            (line.contains('\t'), "a tab"),
            (line.ends_with(' '), "a trailing blank"),
            (line.chars().count() > 110, "more than 110 columns"),
        ]
    };
    let of_line = |(i, line): (usize, &str)| {
        let found = faults(line).into_iter().filter(|(bad, _)| *bad);
        found.map(|(_, what)| format!("{path}:{}: {what}", i + 1)).collect::<Vec<_>>()
    };
    text.lines().enumerate().flat_map(of_line).collect()
}
