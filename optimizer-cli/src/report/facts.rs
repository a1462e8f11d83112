//! What a report says, in its documented form: docs/report.md.
//!
//! Invariant: every change of a field's meaning raises [`VERSION`].

use crate::counts::Counts;
use crate::explain::misses::{Miss, misses};
use crate::report::Run;
use crate::report::operators::{self, OperatorFacts};
use optimizer_core::ir::Piece;
use optimizer_core::ir::piece::Origin;
use optimizer_core::rewrite::cost::Holders;
use optimizer_core::rewrite::log::Change;
use optimizer_core::rewrite::{Cost, Delta, Entry, Profile, Reject, Rule};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The version of the form.
pub(super) const VERSION: u32 = 2;
/// How many near misses of one rule are told.
const MISSES: usize = 3;

#[derive(Serialize)]
pub(super) struct Facts<'a> {
    pub(super) version: u32,
    pub(super) tool: &'static str,
    pub(super) input: String,
    pub(super) target: String,
    /// What unknown dims were taken for, if there are any.
    pub(super) assumed_dim: Option<usize>,
    pub(super) before: Totals<'a>,
    pub(super) after: Totals<'a>,
    pub(super) rules: Vec<RuleFacts<'a>>,
    pub(super) passes: BTreeMap<&'a str, usize>,
    pub(super) timeline: Vec<Event<'a>>,
    pub(super) rewrites: Vec<RewriteFacts<'a>>,
    pub(super) near_misses: Vec<MissFacts>,
    pub(super) operators: Vec<OperatorFacts>,
}

#[derive(Clone, Copy, Default, Serialize)]
pub(super) struct Numbers {
    pub(super) operators: i64,
    pub(super) bytes: i64,
    pub(super) traffic: i64,
    pub(super) macs: i64,
}

#[derive(Serialize)]
pub(super) struct Totals<'a> {
    #[serde(flatten)]
    pub(super) numbers: Numbers,
    pub(super) peak_bytes: i64,
    pub(super) kinds: BTreeMap<&'a str, Counts>,
}

#[derive(Serialize)]
pub(super) struct RuleFacts<'a> {
    pub(super) name: &'a str,
    pub(super) file: &'a str,
    pub(super) line: u32,
    pub(super) doc: &'a str,
    pub(super) source: &'a str,
    pub(super) times: usize,
    pub(super) rolled_back: usize,
    /// By the rewrites that stand.
    pub(super) change: Numbers,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Event<'a> {
    Rewrite(usize),
    Pass {
        name: &'a str,
        changes: usize,
        /// How many more operators there were after it.
        operators: i64,
    },
}

#[derive(Serialize)]
pub(super) struct RewriteFacts<'a> {
    pub(super) rule: &'a str,
    pub(super) place: &'a str,
    pub(super) graph: usize,
    pub(super) root: &'a str,
    pub(super) change: Numbers,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rolled_back: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<PieceFacts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<PieceFacts>,
}

#[derive(Serialize)]
pub(super) struct PieceFacts {
    operators: Vec<PieceOpFacts>,
    values: Vec<PieceValueFacts>,
}

#[derive(Serialize)]
struct PieceOpFacts {
    id: u32,
    kind: String,
    attributes: Vec<String>,
    operands: Vec<OperandFacts>,
    results: Vec<usize>,
}

#[derive(Serialize)]
struct OperandFacts {
    name: &'static str,
    value: Option<usize>,
}

#[derive(Serialize)]
struct PieceValueFacts {
    name: String,
    r#type: String,
    origin: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    constant_bytes: Option<usize>,
    output: bool,
}

#[derive(Serialize)]
pub(super) struct MissFacts {
    pub(super) rule: String,
    /// `patterns/scale.pat:24:9`, the place in the pattern that refused.
    pub(super) place: String,
    pub(super) graph: usize,
    pub(super) operator: u32,
    pub(super) root: String,
    /// How many operators had matched; all if the cost refused.
    pub(super) matched: u32,
    pub(super) why: String,
}

impl<'a> Facts<'a> {
    /// With `pieces` the graph around each rewrite is told as well.
    pub(super) fn of(run: &'a Run, before: &'a Profile, after: &'a Profile, pieces: bool) -> Facts<'a> {
        let near = near_misses(run);
        Facts {
            version: VERSION,
            tool: env!("CARGO_PKG_VERSION"),
            input: run.input.display().to_string(),
            target: run.target_name.clone(),
            assumed_dim: run.outcome.assumed,
            before: Totals::of(before),
            after: Totals::of(after),
            rules: rules(run, &near),
            passes: run.outcome.changes_by_pass(),
            timeline: timeline(run),
            rewrites: run.outcome.entries.iter().map(|entry| RewriteFacts::of(entry, pieces)).collect(),
            near_misses: near.iter().map(|(rule, miss)| MissFacts::of(rule, miss)).collect(),
            operators: operators::of(run, before, after),
        }
    }
}

impl Numbers {
    pub(super) fn of(cost: &Cost) -> Numbers {
        Numbers { operators: cost.ops, bytes: cost.bytes, traffic: cost.traffic, macs: cost.macs }
    }

    fn changed(delta: &Delta) -> Numbers {
        Numbers { operators: delta.ops, bytes: delta.bytes, traffic: delta.traffic, macs: delta.macs }
    }
}

impl<'a> Totals<'a> {
    fn of(profile: &'a Profile) -> Totals<'a> {
        Totals {
            numbers: Numbers::of(&profile.total),
            peak_bytes: profile.total.peak,
            kinds: Counts::by_kind(profile),
        }
    }
}

/// The rules that fired or nearly did, in the order of their files.
fn rules<'a>(run: &Run<'a>, near: &[(&Rule, Miss)]) -> Vec<RuleFacts<'a>> {
    let mut tallies = run.outcome.by_rule();
    near.iter().for_each(|(rule, _)| {
        tallies.entry(rule.name).or_default();
    });
    let fired = run.rules.iter().filter_map(|&rule| Some((rule, tallies.get(rule.name)?)));
    let facts = fired.map(|(rule, tally)| RuleFacts {
        name: rule.name,
        file: rule.file,
        line: rule.line,
        doc: rule.doc,
        source: rule.source,
        times: tally.times,
        rolled_back: tally.rolled_back,
        change: Numbers::changed(&tally.change),
    });
    facts.collect()
}

/// Rewrites and passes in the order in which they happened.
fn timeline<'a>(run: &Run<'a>) -> Vec<Event<'a>> {
    let mut events = Vec::new();
    let mut passes = run.outcome.passes.iter().peekable();
    for i in 0..=run.outcome.entries.len() {
        while let Some(pass) = passes.next_if(|pass| pass.after <= i) {
            let more = |change: &Change| change.added.len() as i64 - change.removed.len() as i64;
            let operators = pass.change.as_ref().map_or(0, more);
            events.push(Event::Pass { name: pass.pass, changes: pass.changes, operators });
        }
        if i < run.outcome.entries.len() {
            events.push(Event::Rewrite(i));
        }
    }
    events
}

impl<'a> RewriteFacts<'a> {
    fn of(entry: &'a Entry, pieces: bool) -> RewriteFacts<'a> {
        let scene = entry.scene.as_ref().filter(|_| pieces);
        RewriteFacts {
            rule: entry.rule,
            place: &entry.place,
            graph: entry.graph,
            root: &entry.root,
            change: Numbers::changed(&entry.delta),
            rolled_back: entry.rolled_back.as_ref().map(Reject::reason),
            before: scene.map(|scene| PieceFacts::of(&scene.before)),
            after: scene.map(|scene| PieceFacts::of(&scene.after)),
        }
    }
}

impl PieceFacts {
    fn of(piece: &Piece) -> PieceFacts {
        let operators = piece.ops.iter().map(|op| PieceOpFacts {
            id: op.id.number(),
            kind: op.kind.clone(),
            attributes: op.attributes.clone(),
            operands: op.operands.iter().map(|&(name, value)| OperandFacts { name, value }).collect(),
            results: op.results.clone(),
        });
        let values = piece.values.iter().map(|value| {
            let (origin, constant_bytes) = match &value.origin {
                Origin::Inside => ("inside", None),
                Origin::Outside(_) => ("outside", None),
                Origin::Input => ("input", None),
                Origin::Constant { bytes, .. } => ("constant", Some(*bytes)),
                Origin::Nothing => ("variable", None),
            };
            let (name, r#type) = (value.name.clone(), value.ty.to_string());
            PieceValueFacts { name, r#type, origin, constant_bytes, output: value.is_output }
        });
        PieceFacts { operators: operators.collect(), values: values.collect() }
    }
}

/// The nearest misses of each rule in the result.
fn near_misses<'a>(run: &Run<'a>) -> Vec<(&'a Rule, Miss)> {
    let holders = Holders::of(run.model);
    let of_rule = |&rule: &&'static Rule| {
        let near = misses(rule, run.model, &holders, &run.options.target)
            .into_iter()
            .filter(|miss| miss.is_near(rule));
        near.take(MISSES).map(move |miss| (rule, miss))
    };
    let mut near: Vec<(&Rule, Miss)> = run.rules.iter().flat_map(of_rule).collect();
    near.sort_by_key(|(_, miss)| Reverse(miss.why.nearness()));
    near
}

impl MissFacts {
    fn of(rule: &Rule, miss: &Miss) -> MissFacts {
        MissFacts {
            rule: rule.name.to_owned(),
            place: rule.place_of(miss.why.at),
            graph: miss.graph,
            operator: miss.op.number(),
            root: miss.root.clone(),
            matched: miss.why.depth.min(rule.size),
            why: miss.why.reason(),
        }
    }
}
