//! The driver: tries the rules at every operator until nothing changes.
//!
//! Invariant: between two steps the graph is valid, and positions never fall from an operator to its readers.

use crate::ir::{Graph, Model, OpId, Piece, ValueId};
use crate::pass::{self, FoldBudget, Limits, Pass, Phase};
use crate::rewrite::around::{downstream, neighbours};
use crate::rewrite::attempt;
use crate::rewrite::cost::{Dead, Holders};
use crate::rewrite::index::Index;
use crate::rewrite::log::{Change, PassEntry, Scene, operators};
use crate::rewrite::pool::Pool;
use crate::rewrite::tier::Tier;
use crate::rewrite::worklist::{Item, Worklist};
use crate::rewrite::{
    Cost, Delta, Entry, Event, Level, Match, Options, Outcome, Patch, Reject, Rule, Target, Watch, Why,
};
use std::collections::{BTreeMap, HashSet};

/// The rules in force and the state of one run.
struct Engine<'r> {
    index: Index<'r>,
    /// Operators made by rules that apply once, and by which, for each graph.
    made: Vec<BTreeMap<OpId, &'static str>>,
    /// For each tier what may have changed since it was there last.
    pending: Vec<Worklist>,
    /// Each pass, and the state of the model that it had nothing to do in.
    passes: Vec<(&'static Pass, Option<u64>)>,
    /// Counts the changes of the model.
    state: u64,
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
    fold: FoldBudget,
    holders: Holders,
    pool: Pool,
    graph: usize,
    /// The extent of unknown dims.
    assumed: usize,
    record: bool,
    outcome: Outcome,
    watch: &'r mut dyn Watch,
}

/// The number of [`Tier::Plain`].
const PLAIN: usize = 0;

/// What a whole run may add to the file within a budget of nothing: a few indices are no growth.
const SLACK: i64 = 256;

/// A budget that no model uses up; costs may still add to it.
const UNLIMITED: i64 = i64::MAX / 4;

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
    let mut look = Look::Everywhere;
    loop {
        let passes = engine.run_passes(model, Phase::Round);
        let rules = engine.run_rules(model, look);
        look = Look::AtEdits;
        let changed = passes || rules || engine.run_rules(model, Look::Everywhere);
        if !changed && !engine.run_passes(model, Phase::Last) {
            break;
        }
    }
    Outcome { before, after: Cost::of(model, &options.dims), assumed, ..engine.outcome }
}

/// Where rules are tried.
#[derive(Clone, Copy)]
enum Look {
    Everywhere,
    /// Around what passes have edited since rules were there last.
    AtEdits,
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
            index: Index::new(&usable, watch.wants_misses()),
            made: vec![BTreeMap::new(); model.graphs.len()],
            pending: Vec::new(),
            passes: in_order(&options.passes).into_iter().map(|pass| (pass, None)).collect(),
            state: 0,
            target: options.target.clone(),
            refused: HashSet::new(),
            reach: usable.iter().map(|r| r.size + 1).max().unwrap_or(0),
            fuel: options.fuel.unwrap_or(1000 + 20 * before.ops as usize),
            changed: Delta::default(),
            granted: budget,
            budget,
            fold: FoldBudget::of(before, options.fold_limit),
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
        for (pass, settled) in self.passes.iter_mut().filter(|(pass, _)| pass.phase() == phase) {
            if *settled == Some(self.state) {
                continue;
            }
            let mut limits = Limits { growth: self.budget, target: self.target.clone(), fold: self.fold };
            let before: Option<HashSet<_>> = self.record.then(|| operators(model).collect());
            let changes = (pass.run)(model, &mut limits);
            (self.budget, self.fold) = (limits.growth, limits.fold);
            *settled = Some(self.state);
            if changes > 0 {
                changed = true;
                self.state += 1;
                let change = before.map(|before| Change::to(model, &before));
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

    /// Settles every graph.
    fn run_rules(&mut self, model: &mut Model, look: Look) -> bool {
        let mut changed = false;
        for (number, graph) in model.graphs.iter_mut().enumerate() {
            self.graph = number;
            changed |= self.run(graph, look);
        }
        changed
    }

    /// Settles one graph, each tier of rules only where the tiers before it have nothing left to do.
    fn run(&mut self, graph: &mut Graph, look: Look) -> bool {
        renumber(graph);
        self.pool = Pool::of(graph);
        let edited = graph.take_edited();
        match look {
            Look::Everywhere => self.pending = self.everything(graph),
            Look::AtEdits => self.touch(graph, &downstream(graph, edited.into_iter(), self.reach)),
        }
        let mut changed = false;
        while (0..self.index.tiers()).any(|tier| self.settle(graph, tier)) {
            changed = true;
            self.state += 1;
            self.refused.clear();
        }
        graph.take_edited();
        changed
    }

    /// For each tier all operators at which one of its rules may match.
    fn everything(&mut self, graph: &Graph) -> Vec<Worklist> {
        let mut lists: Vec<Vec<Item>> = vec![Vec::new(); self.index.tiers()];
        for (id, op) in graph.ops() {
            let candidates = self.index.candidates(graph, id);
            for (tier, (list, rules)) in lists.iter_mut().zip(&*candidates).enumerate() {
                let tier = self.index.tier(tier);
                if rules.iter().any(|rule| tier.adds(rule) && self.index.may_match(rule, graph, id)) {
                    list.push((op.position, id));
                }
            }
        }
        lists.into_iter().map(Worklist::from_iter).collect()
    }

    /// Works off what is pending for a tier; gives whether anything changed.
    fn settle(&mut self, graph: &mut Graph, tier: usize) -> bool {
        let mut fired = false;
        while let Some(op) = self.pending[tier].pop() {
            fired |= self.visit(graph, op, tier).is_some();
        }
        fired
    }

    /// Works off what a provisional rewrite leads to; gives the sum of what changed.
    fn follow_up(&mut self, graph: &mut Graph, touched: Vec<Item>) -> Delta {
        let (mut total, mut list) = (Delta::default(), Worklist::from_iter(touched));
        while let Some(op) = list.pop() {
            if let Some((delta, touched)) = self.visit(graph, op, PLAIN) {
                total += delta;
                list.extend(touched);
            }
        }
        total
    }

    /// Applies the first rule that fires at `op`, if that is still there; gives the change and the operators to look
    /// at again.
    fn visit(&mut self, graph: &mut Graph, op: OpId, tier: usize) -> Option<(Delta, Vec<Item>)> {
        graph.find_op(op)?;
        let rules = self.index.candidates(graph, op)[tier].clone();
        let tier = self.index.tier(tier);
        rules.iter().copied().find_map(|rule| {
            self.index.may_match(rule, graph, op).then_some(())?;
            if self.fuel == 0 {
                self.outcome.out_of_fuel.push(rule.name);
                self.index.clear();
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
    ) -> Option<(Delta, Vec<Item>)> {
        if rule.once && self.made[self.graph].get(&op) == Some(&rule.name) {
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
        let root = graph.root_name(op).to_owned();
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
    ) -> Option<(Delta, Vec<Item>)> {
        let root = graph.root_name(op).to_owned();
        let (entries, holders, budget) = (self.outcome.entries.len(), self.holders.mark(), self.budget);
        let changed = self.changed;
        let mark = graph.mark();
        self.log(graph, dead, Outcome::entry(rule, self.graph, root, first));
        let touched = self.apply(graph, rule, patch, dead);
        let rest = self.follow_up(graph, touched.clone());
        let whole = Delta { growth: budget, ..first + rest };
        self.changed = changed;
        if (rule.cost)(&whole.settled()) && self.affords(rule, whole) {
            graph.keep(mark);
            self.changed += whole;
            self.budget = budget - whole.settled().bytes.clamp(0, budget);
            return Some((whole, touched));
        }
        graph.undo(mark);
        self.made[self.graph].split_off(&graph.next_op());
        self.holders.undo(holders);
        self.budget = budget;
        let why = Reject::new(rule.at(), Why::RolledBack(whole.to_string()));
        let undone = &mut self.outcome.entries[entries..];
        undone.iter_mut().for_each(|entry| entry.rolled_back = Some(why.clone()));
        self.watch.event(Event::RolledBack { entries: undone, why: &why });
        None
    }

    fn apply(&mut self, graph: &mut Graph, rule: &Rule, patch: Patch<'static>, dead: &Dead) -> Vec<Item> {
        let around = neighbours(graph, dead);
        let first_new = graph.next_value();
        let kept: Vec<ValueId> = if self.record { patch.kept_in_place().collect() } else { Vec::new() };
        let added = patch.apply(graph, &dead.ops);
        if let Some(scene) = self.outcome.entries.last_mut().and_then(|entry| entry.scene.as_mut()) {
            scene.after = Piece::of(graph, added.iter().copied(), &kept);
        }
        dead.constants.iter().for_each(|&v| self.holders.remove(graph.value(v)));
        for (id, value) in graph.values_from(first_new) {
            self.holders.add(value);
            self.pool.add(graph, id);
        }
        if rule.once {
            self.made[self.graph].extend(added.iter().map(|&op| (op, rule.name)));
        }
        let touched = downstream(graph, added.into_iter().chain(around), self.reach);
        self.touch(graph, &touched);
        touched
    }

    /// Lets every tier with rules for them look at these operators again.
    fn touch(&mut self, graph: &Graph, touched: &[Item]) {
        for &item in touched {
            let candidates = self.index.candidates(graph, item.1);
            let lists = self.pending.iter_mut().zip(&*candidates);
            lists.filter(|(_, rules)| !rules.is_empty()).for_each(|(list, _)| list.add(item));
        }
    }
}

/// These passes and those that always run, in the order of all passes.
fn in_order(chosen: &[&'static Pass]) -> Vec<&'static Pass> {
    let is_chosen = |pass: &Pass| chosen.iter().any(|other| other.name == pass.name);
    pass::ALL.iter().filter(|pass| pass.level() == Level::Always || is_chosen(pass)).collect()
}

/// Makes positions follow the topological order.
fn renumber(graph: &mut Graph) {
    let order = graph.order().expect("a model that was read has no cycle");
    for (position, op) in order.into_iter().enumerate() {
        graph.set_position(op, position as u32);
    }
}
