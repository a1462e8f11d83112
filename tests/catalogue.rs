//! docs/rules.md: the catalogue of rules, written from the rules themselves.
//!
//! Invariant: the file says what the rules say; where it does not, it is rewritten and the test fails once.

use optimizer_core::pass::{self, Pass};
use optimizer_core::rewrite::{Exactness, Rule};
use std::fmt::Write;

#[test]
fn the_catalogue_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rules.md");
    let want = catalogue(optimizer_patterns::RULES);
    if std::fs::read_to_string(path).ok().as_ref() != Some(&want) {
        std::fs::write(path, want).expect("docs/rules.md can be written");
        panic!("docs/rules.md did not list the rules as they are; it has been rewritten, commit it");
    }
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
            "\n## [{0}](../{0})\n\n| rule | level | groups | results | meaning |\n|---|---|---|---|---|",
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
    format!("| `{}` | `{level}` | {groups} | {results} | {doc}{note} |\n", rule.name)
}
