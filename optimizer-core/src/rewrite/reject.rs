//! Why a rule did not apply.
//!
//! Invariant: making a reject allocates nothing; most matches fail, and fail often.

use crate::ir::OpCode;
use crate::rewrite::evidence::Evidence;
use std::borrow::Cow;
use std::fmt;

/// A place in the rule's pattern file, 1-based line and 0-based column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct At {
    pub line: u32,
    pub column: u32,
}

/// What refused a match, and where in the pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Reject {
    pub at: At,
    pub why: Why,
    /// How many operators had matched by then.
    pub depth: u32,
    /// What was compared, where somebody asked.
    pub evidence: Option<Box<Evidence>>,
}

/// What refused a match.
#[derive(Clone, Debug, PartialEq)]
pub enum Why {
    /// Another operator stands where the pattern has one, or none (a graph input or constant).
    Operator {
        wanted: &'static str,
        found: Option<OpCode>,
    },
    /// The value is not the result the pattern asks for.
    Result(u32),
    Absent,
    NotConstant,
    Dtype,
    Rank,
    UnknownDim,
    UnknownRank,
    /// Dims, attributes or repeated names that are not what the pattern says.
    Differs(&'static str),
    /// A `where` or `let` that does not hold, as written.
    Guard(&'static str),
    /// An operator inside the match has other readers, or computes a graph output.
    UsedOutside,
    Quantized,
    Effect,
    /// The file declares results that do not follow from the operands.
    Inconsistent,
    /// The right side could not be built.
    Build(Cow<'static, str>),
    /// The rewrite would not pay; the deltas are in the text.
    Cost(String),
    /// A provisional rewrite was taken back since the whole did not pay.
    RolledBack(String),
}

impl At {
    pub const fn new(line: u32, column: u32) -> At {
        At { line, column }
    }
}

impl Reject {
    pub fn new(at: At, why: Why) -> Reject {
        Reject { at, why, depth: 0, evidence: None }
    }

    /// The reason without its place, with the values that were compared where they are known.
    pub fn reason(&self) -> String {
        match &self.evidence {
            Some(evidence) if !evidence.text.is_empty() => evidence.text.clone(),
            _ => self.why.to_string(),
        }
    }

    /// Whether the operators and their operands were what the pattern says, and something else refused.
    pub fn is_past_operands(&self) -> bool {
        self.why.is_past_operands()
    }

    /// Orders rejects: the nearest miss is the deepest one and, among equals, one with nothing wrong in its operands.
    pub fn nearness(&self) -> (u32, bool) {
        (self.depth, self.why.is_past_operands())
    }

    pub fn build(at: At, why: impl Into<Cow<'static, str>>) -> Reject {
        Reject::new(at, Why::Build(why.into()))
    }
}

impl Why {
    /// Whether the operators and their operands were what the pattern says.
    fn is_past_operands(&self) -> bool {
        match self {
            Why::Operator { .. } | Why::Result(_) | Why::Absent | Why::NotConstant | Why::Dtype => false,
            Why::Rank | Why::UnknownDim | Why::UnknownRank | Why::Differs(_) => false,
            Why::Guard(_) | Why::UsedOutside | Why::Quantized | Why::Effect | Why::Inconsistent => true,
            Why::Build(_) | Why::Cost(_) | Why::RolledBack(_) => true,
        }
    }
}

/// Line and column as editors count them, from 1.
impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column + 1)
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.reason())
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Operator { wanted, found: Some(code) } => {
                write!(f, "{} is not {wanted}", code.variant_name().unwrap_or("an unknown operator"))
            }
            Why::Operator { wanted, found: None } => write!(f, "no operator computes this, {wanted} should"),
            Why::Result(n) => write!(f, "it is result {n} of its operator"),
            Why::Absent => f.write_str("the operand is absent"),
            Why::NotConstant => f.write_str("the value is not a constant"),
            Why::Dtype => f.write_str("the element type differs"),
            Why::Rank => f.write_str("the rank differs"),
            Why::UnknownDim => f.write_str("the dim is not known"),
            Why::UnknownRank => f.write_str("the rank is not known"),
            Why::Differs(what) => write!(f, "{what} differs"),
            Why::Guard(text) => write!(f, "`{text}` does not hold"),
            Why::UsedOutside => f.write_str("the result is used outside the match"),
            Why::Quantized => f.write_str("a value is quantized"),
            Why::Effect => f.write_str("the operator has effects"),
            Why::Inconsistent => f.write_str("the declared result does not follow from the operands"),
            Why::Build(why) => f.write_str(why),
            Why::Cost(deltas) => write!(f, "it does not pay: {deltas}"),
            Why::RolledBack(deltas) => write!(f, "taken back, the whole does not pay: {deltas}"),
        }
    }
}
