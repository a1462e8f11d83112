//! Rules as the pattern compiler states them.
//!
//! Invariant: a rule is constant data and plain functions; two runs see the same rules in the same order.

use crate::op::Description;
use crate::rewrite::worklist::Distance;
use crate::rewrite::{At, Delta, Level, Match, Patch};
use crate::testing::Example;
use std::fmt;

/// One rewrite rule.
pub struct Rule {
    pub name: &'static str,
    /// The first paragraph of its doc comment.
    pub doc: &'static str,
    pub groups: &'static [&'static str],
    /// The pattern file, from the folder `patterns` on.
    pub file: &'static str,
    pub line: u32,
    /// The rule as written.
    pub source: &'static str,
    /// The operators it can be anchored at.
    pub roots: &'static [&'static Description],
    /// The operators that its right side makes.
    pub emits: &'static [&'static Description],
    /// How many operators its left side has; a view counts as one.
    pub size: u32,
    pub exactness: Exactness,
    /// Whether what is not a number may come out as a number.
    pub drops_nan: bool,
    /// Whether what is not finite may come out as anything.
    pub finite: bool,
    pub priority: i32,
    pub provisional: bool,
    pub once: bool,
    /// Whether matched values may be quantized.
    pub quantized: bool,
    /// Whether the rewrite pays.
    pub cost: fn(&Delta) -> bool,
    /// The left side of each alternative, from its first anchor on.
    pub outlines: &'static [Outline],
    /// Whether anything but the structure restricts the rule: guards, equalities, dims.
    pub guarded: bool,
    pub apply: for<'g> fn(&mut Match<'g>) -> Option<Patch<'g>>,
    pub examples: &'static [Example],
}

/// How far results may move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Exactness {
    /// Not at all: bit for bit.
    Exact,
    /// By this much, relative to the largest element.
    Approx(f64),
    /// By design; such a rule is in no default level.
    Lossy,
}

impl Exactness {
    /// By how much results may move, relative to the largest element.
    pub fn limit(self) -> f64 {
        match self {
            Exactness::Exact => 0.0,
            Exactness::Approx(limit) => limit,
            Exactness::Lossy => f64::INFINITY,
        }
    }
}

/// The structure of a left side, for finding the rules that may match and for comparing rules of different files.
#[derive(Clone, Copy, Debug)]
pub enum Outline {
    Any,
    Const,
    View,
    Op {
        op: &'static Description,
        operands: &'static [Outline],
        /// All attributes at their default, the first result, and no use outside the match.
        plain: bool,
    },
}

/// So many operators of a view are expected in a row; a longer one is found when all operators are looked at again.
const VIEW: u32 = 2;

impl Rule {
    /// Where the rule is written: `patterns/scale.pat:21`.
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }

    /// The rule as it is written, without the margin of its file.
    pub fn written(&self) -> String {
        self.source.replace("\n    ", "\n")
    }

    /// A place in its file: `patterns/scale.pat:24:9`.
    pub fn place_of(&self, at: At) -> String {
        format!("{}:{at}", self.file)
    }

    /// The rule's own place.
    pub fn at(&self) -> At {
        At { line: self.line, column: 0 }
    }

    /// When the rule is in force without being named.
    pub fn level(&self) -> Level {
        Level::of(self.groups)
    }

    /// Whether `self` comes before and covers `later`, so that `later` can never fire.
    pub fn shadows(&self, later: &Rule) -> bool {
        let [outline] = self.outlines else { return false };
        let covers = later.outlines.iter().all(|other| outline.covers(other));
        !self.guarded && self.precedes(later) && covers
    }

    /// How far away from its anchor a change can make the rule match, in operators from the changed one to a reader: as
    /// deep as its left side is, and one more for guards.
    pub(super) fn reach(&self) -> Distance {
        let whole = |outline: &Outline| outline.size() == self.size;
        let depth = self.outlines.iter().all(whole).then(|| self.outlines.iter().map(Outline::depth).max());
        depth.flatten().unwrap_or(self.size + 1).try_into().unwrap_or(Distance::MAX - 1)
    }

    /// Bigger left sides come first, then higher priorities; equal rules keep the order of their files.
    pub fn precedes(&self, other: &Rule) -> bool {
        (self.size, self.priority) >= (other.size, other.priority)
    }
}

impl Outline {
    /// How many operators and views are outlined.
    fn size(&self) -> u32 {
        match self {
            Outline::Any | Outline::Const => 0,
            Outline::View => 1,
            Outline::Op { operands, .. } => 1 + operands.iter().map(Outline::size).sum::<u32>(),
        }
    }

    /// The most operators from a leaf to the root.
    fn depth(&self) -> u32 {
        match self {
            Outline::Any | Outline::Const => 0,
            Outline::View => VIEW,
            Outline::Op { operands, .. } => 1 + operands.iter().map(Outline::depth).max().unwrap_or(0),
        }
    }

    /// Whether everything that `other` matches, `self` matches too.
    pub fn covers(&self, other: &Outline) -> bool {
        match (self, other) {
            (Outline::Any, _) | (Outline::Const, Outline::Const) => true,
            (
                Outline::Op { op, operands, plain: true },
                Outline::Op { op: o, operands: theirs, plain: true },
            ) => {
                op.name == o.name
                    && operands.len() == theirs.len()
                    && operands.iter().zip(*theirs).all(|(a, b)| a.covers(b))
            }
            _ => false,
        }
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.place())
    }
}
