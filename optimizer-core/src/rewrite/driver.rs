//! The driver: tries the rules at every operator until nothing changes.
//!
//! Invariant: between two steps the graph is valid, and positions never fall from an operator to its readers.

use crate::ir::{Graph, Model, OpId, Piece, ValueId};
use crate::pass::{self, Limits, Pass, Phase};
use crate::rewrite::attempt;
use crate::rewrite::cost::{Dead, Holders};
use crate::rewrite::log::{Change, PassEntry, Scene};
use crate::rewrite::pool::Pool;
use crate::rewrite::{
    Cost, Delta, Dims, Entry, Event, Level, Match, Outcome, Patch, Reject, Rule, Target, Watch, Why,
};
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

/// What a run is allowed to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// By how many percent of its bytes the model may grow.
    pub max_growth: f64,
    pub target: Target,
    /// The most rewrites in one run; `None` is generous for the size of the model.
    pub fuel: Option<usize>,
    /// The passes of each round; those that always run need not be among them.
    pub passes: Vec<&'static Pass>,
    /// What unknown dims are taken for where costs decide.
    pub dims: Dims,
    /// Whether the log keeps what the graph was around each rewrite.
    pub record: bool,
}

impl Options {
    /// No growth, and the passes of `-O1`.
    pub fn new(target: Target) -> Options {
        let (dims, record) = (Dims::default(), false);
        Options { max_growth: 0.0, target, fuel: None, passes: pass::at(1), dims, record }
    }
}

/// The rules in force and the state of one run.
struct Engine<'r> {
    by_root: HashMap<i32, Rc<[&'r Rule]>>,
    /// Operators made by rules that apply once, and by which.
    made: HashMap<(usize, OpId), &'static str>,
    tiers: Vec<Tier>,
    passes: Vec<&'static Pass>,
    target: Target,
    /// Provisional rewrites that were taken back since the model last changed.
    refused: HashSet<(usize, OpId, &'static str)>,
    /// How far a rewrite can matter to operators after it.
    reach: u32,
    fuel: usize,
    /// By how many bytes the model may still grow.
    budget: i64,
    /// By how many bytes all rewrites together may let it grow, and what they and passes have changed so far.
    granted: i64,
    changed: Delta,
    holders: Holders,
    pool: Pool,
    graph: usize,
    /// The extent of unknown dims.
    assumed: usize,
    record: bool,
    outcome: Outcome,
    watch: &'r mut dyn Watch,
}

/// Rules that run together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tier {
    /// Priority 0 and above, where the rewrite pays by itself.
    Plain,
    /// The same rules, and provisional ones where the whole pays.
    Provisional,
    /// Rules of one negative priority, which would get in the way of others if they came sooner.
    Late(i32),
}

impl Tier {
    /// All tiers that `rules` need, first to last.
    fn all(rules: &[&Rule]) -> Vec<Tier> {
        let mut late: Vec<i32> = rules.iter().map(|r| r.priority).filter(|&p| p < 0).collect();
        late.sort_unstable_by_key(|&p| Reverse(p));
        late.dedup();
        [Tier::Plain, Tier::Provisional].into_iter().chain(late.into_iter().map(Tier::Late)).collect()
    }

    fn has(self, rule: &Rule) -> bool {
        match self {
            Tier::Plain | Tier::Provisional => rule.priority >= 0,
            Tier::Late(priority) => rule.priority == priority,
        }
    }
}

/// What a whole run may add to the file within a budget of nothing: a few indices are no growth.
const SLACK: i64 = 256;

/// A budget that no model uses up; costs may still add to it.
const UNLIMITED: i64 = i64::MAX / 4;

/// Operators to look at, first in topological order.
type Worklist = BTreeSet<(u32, OpId)>;

/// Optimizes a model until a further round changes nothing.
pub fn optimize(model: &mut Model, rules: &[&Rule], options: &Options) -> Outcome {
    optimize_watched(model, rules, options, &mut ())
}

/// The same, with somebody looking on.
pub fn optimize_watched(
    model: &mut Model,
    rules: &[&Rule],
    options: &Options,
    watch: &mut dyn Watch,
) -> Outcome {
    let (before, assumed) = (Cost::of(model, &options.dims), options.dims.assumed(model));
    let mut engine = Engine::new(model, rules, options, &before, watch);
    pass::settle_shapes(model);
    engine.run_passes(model, Phase::Once);
    loop {
        let mut changed = engine.run_passes(model, Phase::Round);
        for i in 0..model.graphs.len() {
            engine.graph = i;
            changed |= engine.run(&mut model.graphs[i]);
        }
        if !changed && !engine.run_passes(model, Phase::Last) {
            break;
        }
    }
    Outcome { before, after: Cost::of(model, &options.dims), assumed, ..engine.outcome }
}

impl<'r> Engine<'r> {
    fn new(
        model: &Model,
        rules: &[&'r Rule],
        options: &Options,
        before: &Cost,
        watch: &'r mut dyn Watch,
    ) -> Engine<'r> {
        let usable = rules.iter().filter(|rule| rule.emits.iter().all(|op| options.target.has(op)));
        let usable: Vec<&'r Rule> = usable.copied().collect();
        let budget = ((before.bytes as f64 * options.max_growth.max(0.0) / 100.0) as i64).min(UNLIMITED);
        Engine {
            by_root: by_root(&usable),
            made: HashMap::new(),
            tiers: Tier::all(&usable),
            passes: in_order(&options.passes),
            target: options.target.clone(),
            refused: HashSet::new(),
            reach: usable.iter().map(|r| r.size + 1).max().unwrap_or(0),
            fuel: options.fuel.unwrap_or(1000 + 20 * before.ops as usize),
            changed: Delta::default(),
            granted: budget,
            budget,
            holders: Holders::of(model),
            pool: Pool::default(),
            graph: 0,
            assumed: options.dims.all,
            record: options.record,
            outcome: Outcome::default(),
            watch,
        }
    }

    /// Runs the passes of one phase.
    fn run_passes(&mut self, model: &mut Model, phase: Phase) -> bool {
        let mut changed = false;
        for pass in self.passes.clone().into_iter().filter(|pass| pass.phase() == phase) {
            let mut limits = Limits { growth: self.budget, target: self.target.clone() };
            let mut change = Change::of(model, self.record);
            let changes = (pass.run)(model, &mut limits);
            self.budget = limits.growth;
            if changes > 0 {
                changed = true;
                change.end(model);
                let entry = PassEntry { pass: pass.name, changes, after: self.outcome.entries.len(), change };
                self.watch.event(Event::Passed(&entry));
                self.outcome.passes.push(entry);
            }
        }
        if changed {
            let stored = self.holders.stored();
            self.holders = Holders::of(model);
            let bytes = self.holders.stored() - stored;
            self.changed += Delta { bytes, weights: bytes, ..Delta::default() };
            self.refused.clear();
        }
        changed
    }

    /// Settles one graph, each tier of rules only where the tiers before it have nothing left to do.
    fn run(&mut self, graph: &mut Graph) -> bool {
        renumber(graph);
        self.pool = Pool::of(graph);
        let mut changed = false;
        while self.tiers.clone().into_iter().any(|tier| self.settle(graph, everything(graph), tier).1) {
            changed = true;
            self.refused.clear();
        }
        changed
    }

    /// Works the list off; gives the sum of what changed, and whether anything did.
    fn settle(&mut self, graph: &mut Graph, mut list: Worklist, tier: Tier) -> (Delta, bool) {
        let (mut total, mut fired) = (Delta::default(), false);
        while let Some((_, op)) = list.pop_first() {
            if graph.find_op(op).is_none() {
                continue;
            }
            if let Some((delta, touched)) = self.visit(graph, op, tier) {
                total += delta;
                fired = true;
                list.extend(touched);
            }
        }
        (total, fired)
    }

    /// Applies the first rule that fires at `op`; gives the change and the operators to look at again.
    fn visit(&mut self, graph: &mut Graph, op: OpId, tier: Tier) -> Option<(Delta, Worklist)> {
        let rules = self.by_root.get(&graph.op(op).code.0)?.clone();
        rules.iter().copied().filter(|rule| tier.has(rule)).find_map(|rule| {
            if self.fuel == 0 {
                self.outcome.out_of_fuel.push(rule.name);
                self.by_root.clear();
                return None;
            }
            let done = self.attempt(graph, op, rule, tier);
            if done.is_none() && self.watch.wants_misses() {
                self.tell_miss(graph, op, rule);
            }
            done
        })
    }

    /// Tells the watcher why a rule whose operators are all there does not fire by itself.
    fn tell_miss(&mut self, graph: &Graph, root: OpId, rule: &Rule) {
        let Err(why) = attempt(rule, graph, root, &self.holders, Some(&self.target)) else { return };
        let is_ventured = rule.provisional && matches!(why.why, Why::Cost(_));
        if why.is_past_operands() && !is_ventured {
            self.watch.event(Event::Refused { rule, graph, root, why: &why });
        }
    }

    fn attempt(
        &mut self,
        graph: &mut Graph,
        op: OpId,
        rule: &'r Rule,
        tier: Tier,
    ) -> Option<(Delta, Worklist)> {
        if rule.once && self.made.get(&(self.graph, op)) == Some(&rule.name) {
            return None;
        }
        let mut m = Match::new(graph, op);
        let patch = self.pool.reuse((rule.apply)(&mut m)?, graph);
        self.target.accepts(&patch, graph).then_some(())?;
        let dead = Dead::of(&patch, graph);
        let delta = self.delta(&patch, graph, &dead);
        let pays = (rule.cost)(&delta.settled()) && self.affords(rule, delta);
        let provisional = rule.provisional && tier == Tier::Provisional;
        let mut ventures = || provisional && self.refused.insert((self.graph, op, rule.name));
        (pays || ventures()).then_some(())?;
        let patch = Some(patch.force()).filter(Patch::is_finite)?;
        if !pays {
            return self.venture(graph, op, rule, patch, &dead, delta);
        }
        let root = graph.value(patch_root(graph, op)).name.clone();
        self.log(graph, &dead, Outcome::entry(rule, self.graph, root, delta));
        Some((delta, self.apply(graph, rule, patch, &dead)))
    }

    fn delta(&self, patch: &Patch, graph: &Graph, dead: &Dead) -> Delta {
        Delta { growth: self.budget, ..Delta::assuming(self.assumed, patch, graph, dead, &self.holders) }
    }

    /// Whether the model stays within the budget. What single rewrites may add by their `cost` is bounded over the
    /// whole run; what others have saved pays for it. A rule that no level includes was asked for as it is.
    fn affords(&self, rule: &Rule, delta: Delta) -> bool {
        let grows = delta.settled().bytes > 0 && rule.level().is_in(3);
        !grows || (self.changed + delta).settled().bytes <= self.granted.saturating_add(SLACK)
    }

    fn log(&mut self, graph: &Graph, dead: &Dead, mut entry: Entry) {
        entry.scene = self.record.then(|| Box::new(Scene::before(graph, dead)));
        self.fuel -= 1;
        self.changed += entry.delta;
        self.budget -= entry.delta.settled().bytes.clamp(0, self.budget);
        self.watch.event(Event::Rewritten(&entry));
        self.outcome.entries.push(entry);
    }

    /// Applies a provisional rewrite, settles what follows from it, and keeps the whole only if it pays.
    fn venture(
        &mut self,
        graph: &mut Graph,
        op: OpId,
        rule: &'r Rule,
        patch: Patch<'static>,
        dead: &Dead,
        first: Delta,
    ) -> Option<(Delta, Worklist)> {
        let root = graph.value(patch_root(graph, op)).name.clone();
        let (entries, holders, budget) = (self.outcome.entries.len(), self.holders.mark(), self.budget);
        let changed = self.changed;
        let mark = graph.mark();
        self.log(graph, dead, Outcome::entry(rule, self.graph, root, first));
        let touched = self.apply(graph, rule, patch, dead);
        let (rest, _) = self.settle(graph, touched.clone(), Tier::Plain);
        let whole = Delta { growth: budget, ..first + rest };
        self.changed = changed;
        if (rule.cost)(&whole.settled()) && self.affords(rule, whole) {
            graph.keep(mark);
            self.changed += whole;
            self.budget = budget - whole.settled().bytes.clamp(0, budget);
            return Some((whole, touched));
        }
        graph.undo(mark);
        let here = self.graph;
        self.made.retain(|&(g, op), _| g != here || graph.find_op(op).is_some());
        self.holders.undo(holders);
        self.budget = budget;
        let why = Reject::new(rule.at(), Why::RolledBack(whole.to_string()));
        let undone = &mut self.outcome.entries[entries..];
        undone.iter_mut().for_each(|entry| entry.rolled_back = Some(why.clone()));
        self.watch.event(Event::RolledBack { entries: undone, why: &why });
        None
    }

    fn apply(&mut self, graph: &mut Graph, rule: &Rule, patch: Patch<'static>, dead: &Dead) -> Worklist {
        let around = neighbours(graph, dead);
        let first_new = graph.values().count();
        let kept: Vec<ValueId> = if self.record { patch.kept_in_place().collect() } else { Vec::new() };
        let added = patch.apply(graph, &dead.ops);
        if let Some(scene) = self.outcome.entries.last_mut().and_then(|entry| entry.scene.as_mut()) {
            scene.after = Piece::of(graph, added.iter().copied(), &kept);
        }
        dead.constants.iter().for_each(|&v| self.holders.remove(graph.value(v)));
        for (id, value) in graph.values().skip(first_new) {
            self.holders.add(value);
            self.pool.add(id, value);
        }
        if rule.once {
            self.made.extend(added.iter().map(|&op| ((self.graph, op), rule.name)));
        }
        downstream(graph, added.into_iter().chain(around), self.reach)
    }
}

/// These passes and those that always run, in the order of all passes.
fn in_order(chosen: &[&'static Pass]) -> Vec<&'static Pass> {
    let is_chosen = |pass: &Pass| chosen.iter().any(|other| other.name == pass.name);
    pass::ALL.iter().filter(|pass| pass.level() == Level::Always || is_chosen(pass)).collect()
}

fn patch_root(graph: &Graph, op: OpId) -> ValueId {
    graph.op(op).results()[0]
}

/// The operators around the dead ones: those that compute what they read, and those that read what they computed.
fn neighbours(graph: &Graph, dead: &Dead) -> Vec<OpId> {
    let around = dead.ops.iter().flat_map(|&op| {
        let op = graph.op(op);
        let producers = op.operands().iter().flatten().filter_map(|&v| graph.producer(v).map(|(op, _)| op));
        let readers = op.results().iter().flat_map(|&v| graph.value(v).uses().iter().map(|at| at.op));
        producers.chain(readers)
    });
    let dead: HashSet<OpId> = dead.ops.iter().copied().collect();
    around.filter(|op| !dead.contains(op)).collect()
}

/// Values with more readers than this are not followed; the final sweep looks at all operators anyway.
const FAN_OUT: usize = 64;

/// The operators and what reads them, `reach` steps on.
fn downstream(graph: &Graph, from: impl Iterator<Item = OpId>, reach: u32) -> Worklist {
    let mut found: Worklist = from.filter_map(|op| Some((graph.find_op(op)?.position, op))).collect();
    let mut edge: Vec<OpId> = found.iter().map(|(_, op)| *op).collect();
    for _ in 0..reach {
        let results = edge.iter().flat_map(|&op| graph.op(op).results());
        let uses = results.map(|&v| graph.value(v).uses()).filter(|uses| uses.len() <= FAN_OUT);
        let readers: Vec<OpId> = uses.flatten().map(|at| at.op).collect();
        edge = readers.into_iter().filter(|&op| found.insert((graph.op(op).position, op))).collect();
    }
    found
}

/// The rules by the operators they can be anchored at, the bigger left sides first.
fn by_root<'r>(rules: &[&'r Rule]) -> HashMap<i32, Rc<[&'r Rule]>> {
    let mut by_root: HashMap<i32, Vec<&'r Rule>> = HashMap::new();
    for rule in rules {
        for root in rule.roots {
            by_root.entry(root.code.0).or_default().push(rule);
        }
    }
    by_root.values_mut().for_each(|rules| rules.sort_by_key(|r| Reverse((r.size, r.priority))));
    by_root.into_iter().map(|(code, rules)| (code, rules.into())).collect()
}

fn everything(graph: &Graph) -> Worklist {
    graph.ops().map(|(id, op)| (op.position, id)).collect()
}

/// Makes positions follow the topological order.
fn renumber(graph: &mut Graph) {
    let order = graph.order().expect("a model that was read has no cycle");
    for (position, op) in order.into_iter().enumerate() {
        graph.set_position(op, position as u32);
    }
}
