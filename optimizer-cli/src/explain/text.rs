//! What `explain` prints.
//!
//! Invariant: every line about a pattern carries its file and line, so that one step leads to it.

use super::{Finding, Miss};
use crate::paint;
use crate::table::plain;
use optimizer_core::rewrite::{Reject, Rule, Why};
use optimizer_core::testing;
use std::fmt::Write;

/// So many misses are shown without `--all`.
const NEAREST: usize = 10;

/// A rule as written and drawn.
pub(crate) fn drawing(rule: &Rule) -> String {
    let mut text = title(rule) + "\n" + &rule.written() + "\n";
    if let Some([before, after]) =
        testing::shown(rule).map(|models| models.map(|model| testing::trees(&model)))
    {
        let _ = write!(text, "\nbefore\n{before}\nafter\n{after}");
    }
    text
}

fn title(rule: &Rule) -> String {
    format!("{}  {}\n{}\n", paint::heading(rule.name), paint::place(rule.place()), rule.doc)
}

/// Everything about one rule.
pub(crate) fn finding(finding: &Finding, all: bool) -> String {
    let Finding { rule, entries, overtaken, misses, lacking } = finding;
    let mut text = title(rule);
    if let Some(op) = lacking {
        let _ = writeln!(text, "\nnot in force: the target has no {op}; see --target");
    }
    let (fired, undone): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| entry.rolled_back.is_none());
    section(&mut text, "fired", fired.iter().map(|e| format!("{}: {}", e.root, e.delta)));
    let undone = undone.iter().map(|e| {
        let why = e.rolled_back.as_ref().map_or(String::new(), Reject::reason);
        format!("{}: {why}", e.root)
    });
    section(&mut text, "taken back", undone);
    let come_first = "would fire in the file as it is, but other rules came first";
    section(&mut text, come_first, overtaken.iter().cloned());
    let shown =
        misses.iter().filter(|miss| all || miss.is_near(rule)).take(if all { usize::MAX } else { NEAREST });
    let shown: Vec<&Miss> = shown.collect();
    section(&mut text, "did not fire, nearest miss first", shown.iter().map(|miss| self::miss(rule, miss)));
    let rest = misses.len() - shown.len();
    if rest > 0 {
        let _ = writeln!(text, "\n{rest} more operators where less of it matched; --all shows them");
    }
    if entries.is_empty() && misses.is_empty() && overtaken.is_empty() {
        let roots: Vec<&str> = rule.roots.iter().map(|root| root.name).collect();
        let _ = writeln!(text, "\nno operator to start at: it needs {}", roots.join(" or "));
    }
    text + "\n"
}

/// A heading with the number of its lines, if there are any.
fn section(text: &mut String, heading: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if !lines.is_empty() {
        let _ = writeln!(text, "\n{}", paint::heading(format!("{heading} ({}):", lines.len())));
        lines.iter().for_each(|line| {
            let _ = writeln!(text, "  {line}");
        });
    }
}

fn miss(rule: &Rule, miss: &Miss) -> String {
    let gives_back = match miss.why.why {
        Why::Cost(_) if rule.provisional => "; it stands only where the rules after it give that back",
        _ => "",
    };
    let place = paint::place(rule.place_of(miss.why.at));
    format!("{}: {}\n    {place}: {}{gives_back}", miss.root, how_far(rule, miss), miss.why.reason())
}

fn how_far(rule: &Rule, miss: &Miss) -> String {
    match (&miss.why.why, rule.size) {
        (Why::Cost(_), _) => "all of it matched".to_owned(),
        (_, size) if miss.matched.is_empty() => format!("none of {size} operators matched"),
        (_, size) => {
            format!("{} of {size} operators matched ({})", miss.why.depth.min(size), miss.matched.join(", "))
        }
    }
}

/// All rules in short.
pub(crate) fn summary(findings: &[Finding], all: bool) -> String {
    let (fired, silent): (Vec<&Finding>, Vec<&Finding>) = findings.iter().partition(|f| has_fired(f));
    let rows = fired.into_iter().map(|f| {
        let undone = f.entries.iter().filter(|e| e.rolled_back.is_some()).count();
        let numbers = [f.entries.len() - undone, undone, f.misses.len()].map(|n| n.to_string());
        [vec![f.rule.name.to_owned(), f.rule.place()], numbers.to_vec()].concat()
    });
    let mut text = paint::heading("fired") + "\n";
    text += &plain(&["rule", "place", "times", "taken back", "not at"], 3, rows);
    let (near, quiet): (Vec<&Finding>, Vec<&Finding>) =
        silent.into_iter().partition(|f| nearest(f).is_some());
    let mut near: Vec<(&Finding, &Miss)> = near.into_iter().filter_map(|f| Some((f, nearest(f)?))).collect();
    near.sort_by_key(|(_, miss)| std::cmp::Reverse(miss.why.nearness()));
    let _ = writeln!(text, "\n{}", paint::heading("nearly fired, each with its nearest miss"));
    for (finding, nearest) in &near {
        let _ = writeln!(text, "{} at {}", paint::heading(finding.rule.name), miss(finding.rule, nearest));
    }
    let _ = writeln!(text, "\n{} rules found nothing like their pattern", quiet.len());
    for finding in quiet.iter().filter(|_| all) {
        let _ = writeln!(text, "  {}  {}", finding.rule.name, finding.rule.place());
    }
    text
}

/// The nearest miss, if the rule nearly fired there.
fn nearest(finding: &Finding) -> Option<&Miss> {
    finding.misses.first().filter(|miss| miss.is_near(finding.rule))
}

fn has_fired(finding: &Finding) -> bool {
    finding.entries.iter().any(|entry| entry.rolled_back.is_none())
}
