//! `circle-opt rules`.
//!
//! Invariant: lists every rule there is; `--check` fails if any law over all rules is broken.

use crate::select::{self, Selection};
use crate::{Verdict, paint, table};
use optimizer_core::pass::Pass;
use optimizer_core::rewrite::{Level, Rule};
use optimizer_core::testing;
use std::io::Write;
use std::path::PathBuf;

/// Lists the rules and passes: level, name, place, groups and meaning.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Show the pattern of this rule, or of the rules of this group
    name: Option<String>,
    /// Check the laws that hold over all rules, and every example
    #[arg(long)]
    check: bool,
    /// With --check: also the layout of the pattern files in this folder
    #[arg(long, value_name = "FOLDER", requires = "check")]
    folder: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Verdict> {
    let Selection { rules, passes } = match &args.name {
        Some(name) => select::select(None, std::slice::from_ref(name), &[])?,
        None => select::all(),
    };
    let mut out = paint::out();
    if args.check {
        let broken = broken_laws(&rules, args)?;
        broken.iter().try_for_each(|law| writeln!(out, "{law}"))?;
        writeln!(out, "{} rules, {} broken laws", rules.len(), broken.len())?;
        return Ok(if broken.is_empty() { Verdict::Good } else { Verdict::Bad });
    }
    match &args.name {
        Some(_) => {
            rules.iter().try_for_each(|rule| writeln!(out, "{}\n{}\n", rule.place(), rule.source))?;
            passes.iter().try_for_each(|pass| writeln!(out, "{}, a pass\n{}\n", pass.name, pass.doc))?;
        }
        None => write!(out, "{}", paint::table(&list(&rules, &passes)))?,
    }
    Ok(Verdict::Good)
}

fn list(rules: &[&Rule], passes: &[&Pass]) -> String {
    let row = |level: Level, name: &str, place: String, groups: &[&str], doc: &str| {
        vec![level.to_string(), name.into(), place, groups.join(","), doc.into()]
    };
    let rule = |r: &&Rule| row(r.level(), r.name, r.place(), r.groups, r.doc);
    let pass = |p: &&Pass| row(p.level(), p.name, "pass".into(), p.groups, p.doc);
    let rows = rules.iter().map(rule).chain(passes.iter().map(pass));
    table::plain(&["level", "rule", "place", "groups", "meaning"], 0, rows)
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
