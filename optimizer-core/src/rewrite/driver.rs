//! The driver: tries the rules at every operator until nothing changes.
//!
//! Invariant: between two steps the graph is valid, and positions never fall from an operator to its readers.

use crate::ir::{Clock, Graph, Model, OpId, Piece, ValueId};
use crate::pass::{self, FoldBudget, Limits, Pass, Phase};
use crate::rewrite::around::{downstream, neighbours};
use crate::rewrite::attempt;
use crate::rewrite::attempt::{Offer, Terms};
use crate::rewrite::cost::{Dead, Holders};
use crate::rewrite::growth::Growth;
use crate::rewrite::index::{Index, Tiers};
use crate::rewrite::log::{Change, PassEntry, Scene, operators};
use crate::rewrite::pool::Pool;
use crate::rewrite::tier::Tier;
use crate::rewrite::worklist::{Distance, Item, Worklist};
use crate::rewrite::{
    Cost, Delta, Entry, Event, Level, Match, Options, Outcome, Patch, Reject, Rule, Target, Watch, Why,
};
use std::collections::{BTreeMap, HashSet};

/// The rules in force and the state of one run.
struct Engine<'r> {
    index: Index<'r>,
    /// Operators made by rules that apply once, and by which, for each graph.
    made: Vec<BTreeMap<OpId, &'static str>>,
    /// For each tier where something may have changed since it was there last.
    pending: Vec<Worklist>,
    /// When rules last looked at each graph.
    looked: Vec<Clock>,
    /// What the tiers after the first one have not been told of yet.
    touched: Vec<Touched<'r>>,
    passes: Vec<Turn>,
    /// Counts the changes of the model.
    state: u64,
    /// The state in which no rule fires anywhere.
    settled: Option<u64>,
    target: Target,
    fuel: usize,
    growth: Growth,
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

/// A pass, and what it has seen.
struct Turn {
    pass: &'static Pass,
    /// The state of the model that it had nothing to do in.
    settled: Option<u64>,
    /// When it last began to look at each graph.
    since: Vec<Clock>,
}

/// An operator that a change so far away may matter to, and the rules for it.
struct Touched<'r> {
    item: Item,
    distance: Distance,
    tiers: Tiers<'r>,
}

/// The number of [`Tier::Plain`].
const PLAIN: usize = 0;

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
        Engine {
            index: Index::new(&usable, watch.wants_misses()),
            made: vec![BTreeMap::new(); model.graphs.len()],
            pending: Vec::new(),
            touched: Vec::new(),
            passes: in_order(&options.passes).into_iter().map(Turn::first).collect(),
            looked: vec![Clock::default(); model.graphs.len()],
            state: 0,
            settled: None,
            target: options.target.clone(),
            fuel: options.fuel.unwrap_or(1000 + 20 * before.ops as usize),
            growth: Growth::of(before, options.max_growth),
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
        for turn in self.passes.iter_mut().filter(|turn| turn.pass.phase() == phase) {
            if turn.settled == Some(self.state) {
                continue;
            }
            let pass = turn.pass;
            let now = model.graphs.iter_mut().map(Graph::now).collect();
            let since = std::mem::replace(&mut turn.since, now);
            let (growth, target) = (self.growth.left, self.target.clone());
            let mut limits = Limits { growth, target, fold: self.fold, since };
            let before: Option<HashSet<_>> = self.record.then(|| operators(model).collect());
            let changes = (pass.run)(model, &mut limits);
            (self.growth.left, self.fold) = (limits.growth, limits.fold);
            turn.settled = Some(self.state);
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
            self.growth.count(self.holders.stored() - stored);
        }
        changed
    }

    /// Settles every graph; gives whether anything changed.
    fn run_rules(&mut self, model: &mut Model, look: Look) -> bool {
        if self.settled == Some(self.state) {
            return false;
        }
        let before = self.state;
        for (number, graph) in model.graphs.iter_mut().enumerate() {
            self.graph = number;
            self.run(graph, look);
        }
        let changed = self.state != before;
        if !changed && matches!(look, Look::Everywhere) {
            self.settled = Some(self.state);
        }
        changed
    }

    /// Settles one graph, each tier of rules only where the tiers before it have nothing left to do.
    fn run(&mut self, graph: &mut Graph, look: Look) {
        renumber(graph);
        self.pool = Pool::of(graph);
        match look {
            Look::Everywhere => self.pending = self.everything(graph),
            Look::AtEdits => self.touch(graph, graph.edited(self.looked[self.graph]).into_iter()),
        }
        while let Some((op, distance, tier)) = self.next() {
            if self.visit(graph, op, distance, tier).is_some() {
                self.state += 1;
            }
        }
        self.looked[self.graph] = graph.now();
    }

    /// For each tier all operators at which one of its rules may match.
    fn everything(&mut self, graph: &Graph) -> Vec<Worklist> {
        let mut lists: Vec<Vec<Item>> = vec![Vec::new(); self.index.tiers().len()];
        for (id, op) in graph.ops() {
            for (list, candidates) in lists.iter_mut().zip(&*self.index.candidates(graph, id)) {
                if candidates.rules.iter().any(|(rule, _)| self.index.may_match(rule, graph, id)) {
                    list.push((op.position, id));
                }
            }
        }
        lists.into_iter().map(Worklist::from_iter).collect()
    }

    /// Takes the first operator out of the first tier that has any.
    fn next(&mut self) -> Option<(OpId, Distance, usize)> {
        let (plain, others) = self.pending.split_first_mut()?;
        if let Some((op, distance)) = plain.pop() {
            return Some((op, distance, PLAIN));
        }
        for Touched { item, distance, tiers } in self.touched.drain(..) {
            let lists = others.iter_mut().zip(&tiers[PLAIN + 1..]);
            let seeing = lists.filter(|(_, candidates)| candidates.reach >= Some(distance));
            seeing.for_each(|(list, _)| list.add(item, distance));
        }
        let mut tiers = others.iter_mut().zip(PLAIN + 1..);
        tiers.find_map(|(list, tier)| list.pop().map(|(op, distance)| (op, distance, tier)))
    }

    /// Works off what the first tier has left, which a provisional rewrite leads to; gives the sum of what changed.
    fn follow_up(&mut self, graph: &mut Graph) -> Delta {
        let mut total = Delta::default();
        while let Some((op, distance)) = self.pending[PLAIN].pop() {
            total += self.visit(graph, op, distance, PLAIN).unwrap_or_default();
        }
        total
    }

    /// Applies the first rule that fires at `op`, if that is still there, of those that see a change so far away; gives
    /// what it changed.
    fn visit(&mut self, graph: &mut Graph, op: OpId, distance: Distance, tier: usize) -> Option<Delta> {
        graph.find_op(op)?;
        let tiers = self.index.candidates(graph, op);
        let seeing = tiers[tier].rules.iter().filter(|(_, reach)| *reach >= distance);
        let tier = self.index.tiers()[tier];
        seeing.map(|(rule, _)| *rule).find_map(|rule| {
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

    fn attempt(&mut self, graph: &mut Graph, op: OpId, rule: &'r Rule, tier: Tier) -> Option<Delta> {
        if rule.once && self.made[self.graph].get(&op) == Some(&rule.name) {
            return None;
        }
        let terms = Terms {
            holders: &self.holders,
            target: Some(&self.target),
            pool: Some(&self.pool),
            assumed: self.assumed,
            growth: self.growth.left,
        };
        let Offer { patch, dead, delta } = Offer::of(rule, &mut Match::new(graph, op), &terms).ok()?;
        let pays = (rule.cost)(&delta.settled()) && self.growth.affords(rule, delta);
        (pays || tier == Tier::Provisional).then_some(())?;
        let patch = Some(patch.force()).filter(Patch::is_finite)?;
        if !pays {
            return self.venture(graph, op, rule, patch, &dead, delta);
        }
        let root = graph.root_name(op).to_owned();
        self.log(graph, &dead, Outcome::entry(rule, self.graph, root, delta));
        self.apply(graph, rule, patch, &dead);
        Some(delta)
    }

    fn log(&mut self, graph: &Graph, dead: &Dead, mut entry: Entry) {
        entry.scene = self.record.then(|| Box::new(Scene::before(graph, dead)));
        self.fuel -= 1;
        self.growth.take(entry.delta);
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
    ) -> Option<Delta> {
        let root = graph.root_name(op).to_owned();
        let (entries, holders, touched) =
            (self.outcome.entries.len(), self.holders.mark(), self.touched.len());
        let (growth, mark) = (self.growth, graph.mark());
        self.log(graph, dead, Outcome::entry(rule, self.graph, root, first));
        self.apply(graph, rule, patch, dead);
        let rest = self.follow_up(graph);
        let whole = Delta { growth: growth.left, ..first + rest };
        self.growth = growth;
        if (rule.cost)(&whole.settled()) && growth.affords(rule, whole) {
            graph.keep(mark);
            self.growth.take(whole);
            return Some(whole);
        }
        graph.undo(mark);
        self.made[self.graph].split_off(&graph.next_op());
        self.holders.undo(holders);
        self.touched.truncate(touched);
        let why = Reject::new(rule.at(), Why::RolledBack(whole.to_string()));
        let undone = &mut self.outcome.entries[entries..];
        undone.iter_mut().for_each(|entry| entry.rolled_back = Some(why.clone()));
        self.watch.event(Event::RolledBack { entries: undone, why: &why });
        None
    }

    fn apply(&mut self, graph: &mut Graph, rule: &Rule, patch: Patch<'static>, dead: &Dead) {
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
        self.touch(graph, added.into_iter().chain(around));
    }

    /// Lets every tier with rules that see a change look at the operators again that it may matter to.
    fn touch(&mut self, graph: &Graph, changed: impl Iterator<Item = OpId>) {
        for (item, distance) in downstream(graph, changed, self.index.reach()) {
            let tiers = self.index.candidates(graph, item.1);
            if tiers[PLAIN].reach >= Some(distance) {
                self.pending[PLAIN].add(item, distance);
            }
            self.touched.push(Touched { item, distance, tiers });
        }
    }
}

impl Turn {
    fn first(pass: &'static Pass) -> Turn {
        Turn { pass, settled: None, since: Vec::new() }
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
