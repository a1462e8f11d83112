//! One attempt to match a rule at an operator.
//!
//! Invariant: matching reads the graph and never changes it; each failed step leaves its reason behind.

use crate::ir::{Element, Graph, OpCode, OpId, Operator, Type, ValueId};
use crate::op::{self, Op, Site, TakesAny};
use crate::rewrite::evidence::Shown;
use crate::rewrite::refusal::kind_of;
use crate::rewrite::{At, Builder, ConstantEq, Node, Patch, Reject, Val, Why};
use ndarray::{ArrayView, Dimension};
use smallvec::SmallVec;
use std::cell::Cell;
use std::fmt::Debug;

/// A match in progress: the operators seen so far and the nearest miss.
pub struct Match<'g> {
    pub(super) graph: &'g Graph,
    root: OpId,
    pub(super) seen: SmallVec<[Seen; 8]>,
    pub(super) best: Option<Reject>,
    quantized: bool,
    /// Whether rejects carry what was compared.
    pub(super) explaining: bool,
    /// The names of the next guard and their values.
    pub(super) names: Vec<String>,
}

#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub(super) op: OpId,
    role: Role,
    pub(super) at: At,
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Root,
    Interior,
    Shared,
}

/// How many operators had been seen at some point; see [`Match::rewind`].
#[derive(Clone, Copy)]
pub struct Seenmark(usize);

/// A Rust view that recognizes several spellings of one meaning.
pub trait Extract<'g>: Sized {
    /// The view of `v`, its operators recorded in `m`.
    fn extract(m: &mut Match<'g>, v: Val<'g>, at: At) -> Option<Self>;
}

/// The other direction of [`Extract`]: every spelling of a view, for examples.
pub trait Spell {
    /// # Errors
    /// A spelling that is not valid for these operands.
    fn spell(&self, b: &mut Builder<'_>) -> Result<Vec<crate::rewrite::Wire>, Reject>;
}

impl<'g> Match<'g> {
    /// A match anchored at `root`.
    pub fn new(graph: &'g Graph, root: OpId) -> Match<'g> {
        let (seen, names) = (SmallVec::new(), Vec::new());
        Match { graph, root, seen, best: None, quantized: false, explaining: false, names }
    }

    /// A match whose reject says what was compared.
    pub fn explaining(graph: &'g Graph, root: OpId) -> Match<'g> {
        Match { explaining: true, ..Match::new(graph, root) }
    }

    pub fn graph(&self) -> &'g Graph {
        self.graph
    }

    /// The anchor, if it is an `O`.
    pub fn root<O: Op>(&mut self, at: At) -> Option<Node<'g, O>> {
        self.node(self.root, Role::Root, at)
    }

    /// A further root: it is replaced as well and its results may have any readers.
    pub fn also_root<O: Op>(&mut self, node: Node<'g, O>, at: At) -> Option<()> {
        self.node::<O>(node.id(), Role::Root, at).map(|_| ())
    }

    /// The `O` that computes `v` as its result number `result`.
    pub fn produced<O: Op>(
        &mut self,
        v: Val<'g>,
        result: usize,
        shared: bool,
        at: At,
    ) -> Option<Node<'g, O>> {
        let Some((id, found)) = v.producer() else {
            return self.not_produced(v, O::DESCRIPTION.name, at);
        };
        if found as usize != result {
            return self.fail(at, Why::Result(found));
        }
        if !O::DESCRIPTION.describes(self.graph.op(id)) {
            return self.not_produced(v, O::DESCRIPTION.name, at);
        }
        self.node(id, if shared { Role::Shared } else { Role::Interior }, at)
    }

    fn node<O: Op>(&mut self, id: OpId, role: Role, at: At) -> Option<Node<'g, O>> {
        let op = self.graph.op(id);
        if !O::DESCRIPTION.describes(op) {
            return self.fail(at, Why::Operator { wanted: O::DESCRIPTION.name, found: Some(op.code) });
        }
        self.see(id, role, at)?;
        Some(Node::new(self.graph, id))
    }

    /// The operator that computes `v` as its first result, if it is one of a set called `wanted`.
    pub fn produced_by(
        &mut self,
        v: Val<'g>,
        set: fn(&Operator) -> bool,
        shared: bool,
        wanted: &'static str,
        at: At,
    ) -> Option<&'g Operator> {
        let role = if shared { Role::Shared } else { Role::Interior };
        let found = v.producer().map(|(id, result)| (self.graph.op(id), id, result));
        match found {
            Some((op, id, 0)) if set(op) => self.see(id, role, at).map(|()| op),
            Some((_, _, result @ 1..)) => self.fail(at, Why::Result(result)),
            _ => self.not_produced(v, wanted, at),
        }
    }

    fn see(&mut self, id: OpId, role: Role, at: At) -> Option<()> {
        let op = self.graph.op(id);
        let values = op.operands().iter().flatten().chain(op.results());
        if values.into_iter().any(|&v| self.graph.value(v).shape().is_none()) {
            return self.fail(at, Why::UnknownRank);
        }
        self.seen.push(Seen { op: id, role, at });
        Some(())
    }

    /// The operands in circle's order; those left out at the end are absent.
    pub fn operands<O: Op>(&self, node: Node<'g, O>) -> O::Operands<Option<Val<'g>>> {
        self.ordered(node, false)
    }

    /// The operands of an operator that has any number of them.
    pub fn any_operands<O: TakesAny>(&self, node: Node<'g, O>) -> Vec<Option<Val<'g>>> {
        self.operands(node).as_ref().to_vec()
    }

    /// The operands as they stand and, for commutative operators on request, with the first two swapped.
    pub fn orders<O: Op>(
        &self,
        node: Node<'g, O>,
        commute: bool,
    ) -> impl Iterator<Item = O::Operands<Option<Val<'g>>>> + use<'g, O> {
        let both = [self.ordered(node, false), self.ordered(node, true)];
        both.into_iter().take(if commute && O::COMMUTATIVE { 2 } else { 1 })
    }

    fn ordered<O: Op>(&self, node: Node<'g, O>, swap: bool) -> O::Operands<Option<Val<'g>>> {
        let operands = node.operator().operands();
        let wanted = match O::DESCRIPTION.operands.len() {
            0 => operands.len(),
            fixed => fixed,
        };
        let at = |i: usize| operands.get(if swap && i < 2 { 1 - i } else { i }).copied().flatten();
        (0..wanted).map(|i| at(i).and_then(|v| Val::new(self.graph, v))).collect()
    }

    /// An operand that must be there.
    pub fn present(&mut self, v: Option<Val<'g>>, at: At) -> Option<Val<'g>> {
        v.or_else(|| self.fail(at, Why::Absent))
    }

    /// Further operands, all of which must be there.
    pub fn all_present(&mut self, further: &[Option<Val<'g>>], at: At) -> Option<Vec<Val<'g>>> {
        further.iter().map(|&v| self.present(v, at)).collect()
    }

    pub fn dtype<T: Element>(&mut self, v: Val<'g>, at: At) -> Option<()> {
        match v.dtype() == T::DTYPE {
            true => Some(()),
            false => self.fail_with(at, Why::Dtype, |_| format!("`{v:?}` is not of {:?}", T::DTYPE)),
        }
    }

    pub fn is_const(&mut self, v: Val<'g>, at: At) -> Option<()> {
        match v.is_const() {
            true => Some(()),
            false => self.fail_with(at, Why::NotConstant, |graph| match v.producer() {
                Some((op, _)) => format!("`{v:?}` is not a constant, {} computes it", graph.op(op).name()),
                None => format!("{} `{v:?}` is not a constant", kind_of(v)),
            }),
        }
    }

    /// The content of a constant as an array of the rank that `D` has.
    pub fn constant<T: Element, D: Dimension>(&mut self, v: Val<'g>, at: At) -> Option<ArrayView<'g, T, D>> {
        self.is_const(v, at)?;
        self.dtype::<T>(v, at)?;
        match v.array() {
            Some(array) => Some(array),
            None => self.fail_with(at, Why::Rank, |_| match D::NDIM {
                Some(rank) => format!("`{v:?}` has rank {}, wanted {rank}", v.rank()),
                None => format!("`{v:?}` cannot be read"),
            }),
        }
    }

    /// Whether `v` is the constant `expected`.
    pub fn equals<T: ConstantEq + Debug>(&mut self, v: Val<'g>, expected: T, at: At) -> Option<()> {
        if expected.is_equal(v) {
            return Some(());
        }
        self.compared("the operand", at, Shown::Value(&v), Shown::Value(&expected));
        None
    }

    pub fn extract<T: Extract<'g>>(&mut self, v: Val<'g>, at: At) -> Option<T> {
        T::extract(self, v, at)
    }

    /// The operators of kind `O` that read `v`, in graph order, each once.
    pub fn users<O: Op>(&self, v: Val<'g>) -> Vec<Node<'g, O>> {
        let mut users: Vec<OpId> = v.value().uses().iter().map(|at| at.op).collect();
        users.dedup();
        users.retain(|&id| O::DESCRIPTION.describes(self.graph.op(id)));
        users.sort_by_key(|&id| (self.graph.op(id).position, id));
        users.into_iter().map(|id| Node::new(self.graph, id)).collect()
    }

    pub fn mark(&self) -> Seenmark {
        Seenmark(self.seen.len())
    }

    /// Forgets the operators seen since `mark`.
    pub fn rewind(&mut self, mark: Seenmark) {
        self.seen.truncate(mark.0);
    }

    /// Lets matched values be quantized; the rule answers for what that means.
    pub fn allow_quantized(&mut self) {
        self.quantized = true;
    }

    /// Whether the match stands for itself: no reader outside, no effects, nothing quantized, shapes that fit.
    pub fn closed(&mut self) -> bool {
        let opened = self.seen.iter().find_map(|&seen| Some((seen, self.open(seen)?)));
        opened.is_none_or(|(seen, why)| self.refuse_to_close(seen, why))
    }

    fn open(&self, seen: Seen) -> Option<Why> {
        let op = self.graph.op(seen.op);
        if !op::is_pure(self.graph, op) {
            Some(Why::Effect)
        } else if !self.quantized && self.graph.is_quantized(op) {
            Some(Why::Quantized)
        } else if seen.role == Role::Interior && !self.is_private(seen.op) {
            Some(Why::UsedOutside)
        } else if !op.consistent.get_or_init(|| self.declares_what_follows(op)) {
            Some(Why::Inconsistent)
        } else {
            None
        }
    }

    /// Whether the declared results are what the operands give; guards may rely on it.
    fn declares_what_follows(&self, op: &Operator) -> bool {
        let fresh = Cell::new(0);
        let Some(rule) = op::describe(op).and_then(|d| d.shape) else { return true };
        let inferred = Site::of(self.graph, op, &fresh).and_then(|site| rule(&site));
        let agrees = |(ty, &v): (&Type, &ValueId)| ty.agrees(&self.graph.value(v).ty);
        inferred.is_some_and(|types| {
            types.len() == op.results().len() && types.iter().zip(op.results()).all(agrees)
        })
    }

    fn is_private(&self, id: OpId) -> bool {
        self.graph.op(id).results().iter().map(|&v| self.graph.value(v)).all(|v| {
            !v.is_output() && v.uses().iter().all(|at| self.seen.iter().any(|seen| seen.op == at.op))
        })
    }

    /// A builder of the right side.
    pub fn builder(&self) -> Builder<'g> {
        Builder::new(self.graph)
    }

    /// The patch of a built right side, checked against the graph.
    pub fn finish(&mut self, built: Result<Builder<'g>, Reject>) -> Option<Patch<'g>> {
        let root = self.seen.first()?.at;
        let roots = self.seen.iter().filter(|s| s.role == Role::Root).map(|s| s.op).collect();
        match built.and_then(|b| b.finish(roots, self.versions(), root)) {
            Ok(patch) => Some(patch),
            Err(reject) => self.fail(reject.at, reject.why),
        }
    }

    /// The versions of the matched operators, by code; new operators of the same code take them over.
    fn versions(&self) -> Vec<(OpCode, i32)> {
        self.seen.iter().map(|seen| self.graph.op(seen.op)).map(|op| (op.code, op.version)).collect()
    }

    /// The nearest miss.
    pub fn reject(self) -> Option<Reject> {
        self.best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{DType, Value};
    use crate::op::Neg;

    /// `y = -x`, and the operator.
    fn negation() -> (Graph, OpId) {
        let mut graph = Graph::default();
        let ty = || Type::fixed(DType::F32, &[2]);
        let x = graph.add_input(Value::new("x", ty()));
        let y = graph.add_value(Value::new("y", ty()));
        let options = (Neg::DESCRIPTION.options)();
        let neg = graph.add_op(Operator::new(Neg::DESCRIPTION.code, options, vec![Some(x)], vec![y]));
        (graph, neg)
    }

    /// What was compared is kept only where somebody asked.
    #[test]
    fn only_an_explaining_match_has_evidence() {
        let (graph, neg) = negation();
        let [plain, explained] = [Match::new(&graph, neg), Match::explaining(&graph, neg)].map(|mut m| {
            m.root::<Neg>(At::default()).expect("the root is a Neg");
            let x = Val::new(m.graph(), m.graph().inputs()[0]).expect("the rank is known");
            assert_eq!(m.is_const(x, At::default()), None);
            m.reject().expect("a reject")
        });
        assert_eq!(plain.evidence, None);
        assert_eq!(explained.reason(), "the input `x: f32[2]` is not a constant");
        assert_eq!(explained.evidence.expect("evidence").matched, [neg]);
    }

    /// Whether an operator declares what follows is found out once, and again after an edit.
    #[test]
    fn a_match_closes_only_over_what_the_file_declares_now() {
        let (mut graph, neg) = negation();
        let closes = |graph: &Graph| {
            let mut m = Match::new(graph, neg);
            m.root::<Neg>(At::default()).expect("the root is a Neg");
            m.closed()
        };
        assert!(closes(&graph));
        let x = graph.inputs()[0];
        graph.value_mut(x).ty = Type::fixed(DType::F32, &[3]);
        assert!(!closes(&graph));
        let other = graph.add_value(Value::new("z", Type::fixed(DType::F32, &[2])));
        graph.set_operand(neg, 0, Some(other));
        assert!(closes(&graph));
        graph.value_mut(other).ty = Type::fixed(DType::I32, &[2]);
        assert!(!closes(&graph));
    }

    /// A guard of one alternative is nearer than an operand of the next one.
    #[test]
    fn a_refused_guard_outweighs_an_operand_of_equal_depth() {
        let (graph, neg) = negation();
        let mut m = Match::new(&graph, neg);
        m.root::<Neg>(At::default()).expect("the root is a Neg");
        m.differs("before", At::default());
        m.refuse("guard", At::default());
        m.differs("after", At::default());
        assert_eq!(m.reject().map(|reject| reject.why), Some(Why::Guard("guard")));
    }
}
