//! The pages of the book that are written from the rules themselves: rules.md, drawings.md with its pictures, and options.md.
//!
//! Invariant: the files say what the rules say; where one does not, it is rewritten and the test fails once.

use circle_opt_drawing::drawing::{self, Tone};
use optimizer_core::ir::Piece;
use optimizer_core::pass::{self, Pass};
use optimizer_core::rewrite::{Exactness, Rule};
use optimizer_core::testing;
use optimizer_patterns::options::{ONE_OPTIMIZE, ONE_OPTIMIZE_O1, STEPS, switches};
use std::fmt::Write;
use std::path::PathBuf;

#[test]
fn the_catalogue_is_up_to_date() {
    is_up_to_date("docs/rules.md", &catalogue(optimizer_patterns::RULES));
}

#[test]
fn the_drawings_are_up_to_date() {
    is_up_to_date("docs/drawings.md", &drawings(optimizer_patterns::RULES));
}

#[test]
fn the_pictures_are_up_to_date() {
    let file = |rule: &Rule| format!("docs/drawings/{}.svg", rule.name);
    let stale = optimizer_patterns::rules().filter(|rule| !is_current(&file(rule), &picture(rule)));
    let stale: Vec<&str> = stale.map(|rule| rule.name).collect();
    assert!(stale.is_empty(), "{stale:?} have been drawn again, commit them");
}

#[test]
fn every_picture_is_of_a_rule() {
    let folder = format!("{}/docs/drawings", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let is_rule =
        |file: &PathBuf| optimizer_patterns::rules().any(|rule| file.file_stem() == Some(rule.name.as_ref()));
    let left_over: Vec<PathBuf> = files.filter(|file| !is_rule(file)).collect();
    assert!(left_over.is_empty(), "no rule has that name, remove {left_over:?}");
}

#[test]
fn the_options_are_up_to_date() {
    is_up_to_date("docs/options.md", &option_table());
}

#[test]
fn every_option_has_a_rule_or_a_pass() {
    let missing: Vec<&str> = switches().filter(|name| serving(name).is_empty()).collect();
    assert!(missing.is_empty(), "no rule or pass has the group {missing:?}");
}

fn is_up_to_date(file: &str, want: &str) {
    assert!(
        is_current(file, want),
        "{file} did not say what the rules say; it has been rewritten, commit it"
    );
}

/// Whether a file of the repository holds what it is to hold; it does afterwards.
fn is_current(file: &str, want: &str) -> bool {
    let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
    let current = std::fs::read_to_string(&path).ok().as_deref() == Some(want);
    if !current {
        std::fs::write(path, want).expect("the file can be written");
    }
    current
}

fn option_table() -> String {
    let mut text = "# What serves each option of circle2circle\n\n\
        Written by `cargo test` from the groups of rules and passes; do not edit.\n\n\
        | option | in one-optimize | rules and passes | level |\n|---|---|---|---|\n"
        .to_owned();
    switches().for_each(|name| text.push_str(&option_row(name)));
    STEPS.iter().for_each(|(name, step)| text.push_str(&format!("| `--{name}` | no | {step} | opt-in |\n")));
    text
}

fn option_row(name: &str) -> String {
    let known = match name {
        _ if ONE_OPTIMIZE_O1.contains(&name) => "in O1",
        _ if ONE_OPTIMIZE.contains(&name) => "yes",
        _ => "no",
    };
    let serving = serving(name);
    let mut levels: Vec<&str> = serving.iter().map(|(_, level)| level.as_str()).collect();
    levels.sort_unstable();
    levels.dedup();
    let names: Vec<&str> = serving.iter().map(|(name, _)| *name).collect();
    format!("| `--{name}` | {known} | {} | {} |\n", listed(&names), levels.join(", "))
}

/// The rules and passes in the group of that name, each with its level.
fn serving(group: &str) -> Vec<(&'static str, String)> {
    let rules = optimizer_patterns::rules().map(|rule| (rule.name, rule.groups, rule.level()));
    let all = rules.chain(pass::ALL.iter().map(|pass| (pass.name, pass.groups, pass.level())));
    all.filter(|(_, groups, _)| groups.contains(&group))
        .map(|(name, _, level)| (name, level.to_string()))
        .collect()
}

fn catalogue(files: &[&[Rule]]) -> String {
    let count: usize = files.iter().map(|rules| rules.len()).sum();
    let mut text = format!(
        "# The {count} rules and {} passes\n\nWritten by `cargo test` from them; do not edit.\n",
        pass::ALL.len()
    );
    for rules in files {
        let Some(first) = rules.first() else { continue };
        let _ = writeln!(
            text,
            "\n## {0}\n\n| rule | level | groups | results | meaning |\n|---|---|---|---|---|",
            first.file
        );
        rules.iter().for_each(|rule| text.push_str(&row(rule)));
    }
    text += "\n## Passes over the whole model\n\n| pass | level | groups | meaning |\n|---|---|---|---|\n";
    pass::ALL.iter().for_each(|pass| text.push_str(&pass_row(pass)));
    text
}

fn pass_row(pass: &Pass) -> String {
    format!("| `{}` | `{}` | {} | {} |\n", pass.name, pass.level(), listed(pass.groups), pass.doc)
}

fn listed(groups: &[&str]) -> String {
    groups.iter().map(|group| format!("`{group}`")).collect::<Vec<_>>().join(" ")
}

fn row(rule: &Rule) -> String {
    let results = match rule.exactness {
        Exactness::Exact => "the same bits".to_owned(),
        Exactness::Approx(limit) => format!("within {limit:e}"),
        Exactness::Lossy => "others, by design".to_owned(),
    };
    let doc = rule.doc.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
    let note = if rule.provisional { " Only where what follows pays for it." } else { "" };
    let (level, groups) = (rule.level(), listed(rule.groups));
    format!("| [`{0}`](drawings.md#{0}) | `{level}` | {groups} | {results} | {doc}{note} |\n", rule.name)
}

/// Every rule as written, and its picture.
fn drawings(files: &[&[Rule]]) -> String {
    let mut text =
        "# The rules drawn\n\nWritten by `cargo test` from each rule and its first example; do not edit.\n"
            .to_owned();
    files.iter().flat_map(|rules| rules.iter()).for_each(|rule| text.push_str(&drawing(rule)));
    text
}

fn drawing(rule: &Rule) -> String {
    let Rule { name, doc, file, .. } = rule;
    let source = rule.written();
    format!(
        "\n## {name}\n\n{doc} In `{file}`:\n\n```rust,ignore\n{source}\n```\n\n![before and after](drawings/{name}.svg)\n"
    )
}

/// What a rule makes of its first example, side by side.
fn picture(rule: &Rule) -> String {
    let [before, after] = testing::shown(rule)
        .unwrap_or_else(|| panic!("{} has no example that fires", rule.name))
        .map(|model| Piece::whole(&model.graphs[0]));
    drawing::svg(&[(&before, Tone::Before), (&after, Tone::After)])
}
