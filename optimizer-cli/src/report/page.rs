//! The report as one page.
//!
//! Invariant: a model's names reach the page as text only: escaped by the template, or as data that the page's script
//! shows as text.

use super::Run;
use super::facts::{Facts, RuleFacts};
use super::operators::OperatorFacts;
use crate::counts::Counts;
use crate::table;
use anyhow::Context;
use askama::Template;
use circle_opt_drawing::drawing::{self, Gallery, Shown, Tone};
use optimizer_core::ir::Piece;
use serde::Serialize;
use std::borrow::Borrow;
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    facts: &'a Facts<'a>,
    /// The last part of the input's path.
    file: String,
    fired: Vec<&'a RuleFacts<'a>>,
    bars: Vec<Bar>,
    kinds: Vec<KindRow<'a>>,
    drawing_style: &'static str,
    style: &'static str,
    script: &'static str,
    data: String,
}

impl Page<'_> {
    fn number(&self, n: impl Borrow<i64>) -> String {
        table::grouped(*n.borrow())
    }
}

/// A cost before and after.
struct Bar {
    what: &'static str,
    before: i64,
    after: i64,
}

struct KindRow<'a> {
    name: &'a str,
    before: Counts,
    after: Counts,
}

/// What the script of the page shows on demand.
#[derive(Serialize)]
struct Data<'a> {
    facts: &'a Facts<'a>,
    drawings: &'a [String],
    /// Before and after each rewrite.
    rewrites: Vec<[Shown; 2]>,
    /// Around each operator that no rewrite took away or made.
    operators: Vec<Option<Shown>>,
}

pub(super) fn text(run: &Run, facts: &Facts) -> anyhow::Result<String> {
    let page = Page {
        facts,
        file: run.input.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned()),
        fired: facts.rules.iter().filter(|rule| rule.times + rule.rolled_back > 0).collect(),
        bars: bars(facts),
        kinds: kinds(facts),
        drawing_style: drawing::STYLE,
        style: include_str!("../../templates/report.css"),
        script: include_str!("../../templates/report.js"),
        data: data(run, facts)?,
    };
    page.render().context("cannot make the page")
}

fn bars(facts: &Facts) -> Vec<Bar> {
    let (a, b) = (&facts.before, &facts.after);
    vec![
        Bar { what: "operators", before: a.numbers.operators, after: b.numbers.operators },
        Bar { what: "constant bytes", before: a.numbers.bytes, after: b.numbers.bytes },
        Bar { what: "memory traffic, bytes a run", before: a.numbers.traffic, after: b.numbers.traffic },
        Bar { what: "MACs", before: a.numbers.macs, after: b.numbers.macs },
        Bar { what: "peak activation bytes", before: a.peak_bytes, after: b.peak_bytes },
    ]
}

impl Bar {
    fn width(&self, of: impl Borrow<i64>) -> i64 {
        100 * of.borrow() / self.before.max(self.after).max(1)
    }

    fn change(&self) -> String {
        match self.before {
            before if before == self.after => "±0%".to_owned(),
            0 => String::new(),
            before => format!("{:+.1}%", 100.0 * (self.after - before) as f64 / before as f64),
        }
    }
}

/// The kinds of operators, those with most traffic first.
fn kinds<'a>(facts: &'a Facts) -> Vec<KindRow<'a>> {
    let mut rows: BTreeMap<&str, KindRow> = BTreeMap::new();
    let empty = |name| KindRow { name, before: Counts::default(), after: Counts::default() };
    for (&name, &kind) in &facts.before.kinds {
        rows.entry(name).or_insert_with(|| empty(name)).before = kind;
    }
    for (&name, &kind) in &facts.after.kinds {
        rows.entry(name).or_insert_with(|| empty(name)).after = kind;
    }
    let mut rows: Vec<KindRow> = rows.into_values().collect();
    rows.sort_by_key(|row| -row.before.traffic.max(row.after.traffic));
    rows
}

/// JSON that is safe inside of a `script` element.
fn data(run: &Run, facts: &Facts) -> anyhow::Result<String> {
    let mut gallery = Gallery::default();
    let empty = Piece::default();
    let scenes = run.outcome.entries.iter().map(|entry| match &entry.scene {
        Some(scene) => [(&scene.before, Tone::Before), (&scene.after, Tone::After)],
        None => [(&empty, Tone::Before), (&empty, Tone::After)],
    });
    let rewrites = scenes.map(|scene| scene.map(|(piece, tone)| gallery.show(piece, tone))).collect();
    let operators = operators(run, facts, &mut gallery);
    let data = Data { facts, drawings: gallery.drawings(), rewrites, operators };
    Ok(serde_json::to_string(&data)?.replace('<', "\\u003c"))
}

fn operators(run: &Run, facts: &Facts, gallery: &mut Gallery) -> Vec<Option<Shown>> {
    let around = |facts: &OperatorFacts| {
        let is_kept = facts.made_by.is_none() && facts.removed_by.is_none();
        let model = if facts.after.is_some() { run.model } else { run.original };
        let graph = &model.graphs[facts.graph];
        graph.find_op(facts.op).filter(|_| is_kept)?;
        Some(gallery.show(&Piece::of(graph, [facts.op], &[]), Tone::Plain))
    };
    facts.operators.iter().map(around).collect()
}
