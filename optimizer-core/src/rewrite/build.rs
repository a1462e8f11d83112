//! Building a right side: operators and constants of a patch, over a graph that stays as it is.
//!
//! Invariant: every operator of a patch has results whose types follow from its operands.

use crate::ir::{Graph, OpCode, OpId, Shape, Type, ValueId};
use crate::op::{Description, Op, Operand, Options, OptionsTable, Site, Takes, TakesAny};
use crate::rewrite::patch::{NewConstant, NewOp, Patch, Source};
use crate::rewrite::{At, IntoOperand, Node, Reject, Val, Wire};
use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

/// Symbols of dims that a shape rule makes up while building start here, so they equal none of the graph's; each
/// builder has a block of its own.
const FRESH: u32 = 1 << 31;
const BLOCK: u32 = 64;
static BLOCKS: AtomicU32 = AtomicU32::new(0);

/// A right side in the making.
pub struct Builder<'g> {
    graph: &'g Graph,
    ops: Vec<NewOp>,
    constants: Vec<NewConstant<'g>>,
    replaced: Vec<(ValueId, Wire)>,
    fresh: Cell<u32>,
}

/// An operator of the patch; as an operand it is its first result.
#[derive(Clone, Copy, Debug)]
pub struct Built {
    pub(super) op: u32,
}

impl Built {
    pub fn result(self, result: u32) -> Wire {
        Wire::Result { op: self.op, result }
    }
}

impl<'g> Builder<'g> {
    pub fn new(graph: &'g Graph) -> Builder<'g> {
        Builder {
            graph,
            ops: Vec::new(),
            constants: Vec::new(),
            replaced: Vec::new(),
            fresh: Cell::new(FRESH | BLOCK.wrapping_mul(BLOCKS.fetch_add(1, Ordering::Relaxed))),
        }
    }

    /// Turns anything that can be an operand into a wire.
    pub fn operand<T: IntoOperand<'g>>(&mut self, operand: T) -> Wire {
        operand.into_wire(self)
    }

    /// Turns all items into wires.
    pub fn operands<T: IntoOperand<'g>>(&mut self, operands: impl IntoIterator<Item = T>) -> Vec<Wire> {
        operands.into_iter().map(|operand| self.operand(operand)).collect()
    }

    /// Adds an operator and infers its results.
    ///
    /// # Errors
    /// The results cannot be inferred: operands do not fit, or a shape is not known.
    pub fn op<O: Takes<N>, const N: usize>(
        &mut self,
        operands: [Wire; N],
        options: O::Options,
        at: At,
    ) -> Result<Built, Reject> {
        self.add::<O>(operands.to_vec(), options, at)
    }

    /// Adds an operator of any number of operands, and infers its results.
    ///
    /// # Errors
    /// See [`Builder::op`].
    pub fn op_of_any<O: TakesAny>(
        &mut self,
        first: impl IntoIterator<Item = Wire>,
        further: Vec<Wire>,
        options: O::Options,
        at: At,
    ) -> Result<Built, Reject> {
        self.add::<O>(first.into_iter().chain(further).collect(), options, at)
    }

    /// Adds an operator whose number of operands has been checked.
    pub(crate) fn add<O: Op>(
        &mut self,
        operands: Vec<Wire>,
        options: O::Options,
        at: At,
    ) -> Result<Built, Reject> {
        self.add_described(O::DESCRIPTION, operands, options.wrap(), at)
    }

    /// Adds an operator of the graph once more, on the same operands, its options changed.
    ///
    /// # Errors
    /// See [`Builder::op`].
    pub(crate) fn again(&mut self, op: OpId, change: impl FnOnce(&mut Options)) -> Result<Built, Reject> {
        let op = self.graph.op(op);
        let described = crate::op::describe(op);
        let description =
            described.ok_or_else(|| Reject::build(At::default(), "the operator is not known"))?;
        let operands = op.operands().iter().map(|v| v.map_or(Wire::Absent, Wire::Old)).collect();
        let mut options = op.options.clone();
        change(&mut options);
        self.add_described(description, operands, options, At::default())
    }

    /// Adds an operator that is known by its description.
    pub(crate) fn add_described(
        &mut self,
        description: &'static Description,
        operands: Vec<Wire>,
        options: Options,
        at: At,
    ) -> Result<Built, Reject> {
        let options = self.canonical(description, options, &operands, at)?;
        let site = Site::new(&options, self.sites(&operands, at)?, Vec::new(), &self.fresh);
        let results = description.shape.and_then(|rule| rule(&site)).ok_or_else(|| {
            let operands: Vec<String> = site.operands().map(|o| o.ty().to_string()).collect();
            Reject::build(at, format!("{} cannot take ({})", description.name, operands.join(", ")))
        })?;
        self.ops.push(NewOp { description, options, version: 1, operands, results, at });
        Ok(Built { op: self.ops.len() as u32 - 1 })
    }

    fn canonical(
        &self,
        op: &Description,
        options: Options,
        operands: &[Wire],
        at: At,
    ) -> Result<Options, Reject> {
        let mut canonical = options.clone();
        if let Some(rewrite) = op.canonical {
            rewrite(&Site::new(&options, self.sites(operands, at)?, Vec::new(), &self.fresh), &mut canonical);
        }
        Ok(canonical)
    }

    fn sites<'a>(&'a self, operands: &[Wire], at: At) -> Result<Vec<Option<Operand<'a>>>, Reject> {
        let site = |wire: &Wire| match *wire {
            Wire::Absent => Ok(None),
            wire => {
                self.site(wire).map(Some).ok_or_else(|| Reject::build(at, "an operand's rank is not known"))
            }
        };
        operands.iter().map(site).collect()
    }

    fn site(&self, wire: Wire) -> Option<Operand<'_>> {
        let ty = self.ty(wire)?;
        let data = match wire {
            Wire::Old(v) => Some(self.graph.value(v)).filter(|v| v.is_const()).and_then(|v| v.data.as_ref()),
            Wire::Constant(c) => match &self.constants[c as usize].source {
                Source::Ready(data) => Some(data),
                Source::Lazy(_) => None,
            },
            _ => None,
        };
        Some(Operand { dtype: ty.dtype, shape: ty.shape.as_ref()?, data })
    }

    /// The type of a wire; `None` for an absent one.
    pub fn ty(&self, wire: Wire) -> Option<&Type> {
        match wire {
            Wire::Absent => None,
            Wire::Old(v) => Some(&self.graph.value(v).ty),
            Wire::Result { op, result } => self.ops[op as usize].results.get(result as usize),
            Wire::Constant(c) => Some(&self.constants[c as usize].ty),
        }
    }

    /// The shape of a wire.
    ///
    /// # Errors
    /// The wire is absent or of unknown rank.
    pub fn shape(&self, wire: Wire) -> Result<&Shape, Reject> {
        let shape = self.ty(wire).and_then(|ty| ty.shape.as_ref());
        shape.ok_or_else(|| Reject::build(At::default(), "the rank of an operand is not known"))
    }

    pub(super) fn constant(&mut self, ty: Type, source: Source<'g>) -> Wire {
        self.constants.push(NewConstant { ty, source });
        Wire::Constant(self.constants.len() as u32 - 1)
    }

    /// Lets `new` stand where `old` stood.
    pub fn replace(&mut self, old: Val<'g>, new: impl IntoOperand<'g>) {
        let new = new.into_wire(self);
        self.replaced.push((old.id(), new));
    }

    /// Lets the results of `new` stand where those of `old` stood, one by one.
    pub fn replace_all<O: Op>(&mut self, old: Node<'g, O>, new: impl IntoOperand<'g>) {
        let new = new.into_wires(self);
        self.replaced.extend(old.operator().results().iter().copied().zip(new));
    }

    /// The results of an operator of the patch.
    pub(crate) fn results(&self, op: u32) -> Vec<Wire> {
        let count = self.ops[op as usize].results.len() as u32;
        (0..count).map(|result| Wire::Result { op, result }).collect()
    }

    /// What was built, its constants computed, apart from the graph it was built over.
    pub(crate) fn into_parts(self) -> (Vec<NewOp>, Vec<NewConstant<'static>>) {
        (self.ops, self.constants.into_iter().map(NewConstant::force).collect())
    }

    /// The patch, without what nothing reads, checked against the graph.
    ///
    /// # Errors
    /// See [`Patch::verify`].
    pub fn finish(self, roots: Vec<OpId>, versions: Vec<(OpCode, i32)>, at: At) -> Result<Patch<'g>, Reject> {
        let Builder { graph, mut ops, constants, replaced, .. } = self;
        for op in &mut ops {
            let matched =
                versions.iter().filter(|(code, _)| *code == op.description.code).map(|(_, version)| *version);
            op.version = matched.max().unwrap_or(1);
        }
        let patch = Patch { ops, constants, replaced, roots, at }.pruned();
        patch.verify(graph)?;
        Ok(patch)
    }
}
