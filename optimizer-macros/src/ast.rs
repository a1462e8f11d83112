//! The syntax tree of a pattern file.
//!
//! Invariant: the tree holds what the author wrote with its spans and nothing derived from it; see DSL.md 2.2.

use proc_macro2::{Ident, Span};
use syn::{Expr, ItemUse, LitInt, Pat, Path};

/// One `patterns! { .. }`.
#[derive(Default)]
pub(crate) struct File {
    pub(crate) uses: Vec<ItemUse>,
    pub(crate) fragments: Vec<Fragment>,
    pub(crate) rules: Vec<Rule>,
}

/// `def name(parameters) = body guards;`
pub(crate) struct Fragment {
    pub(crate) name: Ident,
    pub(crate) parameters: Vec<Binder>,
    pub(crate) body: Pattern,
    pub(crate) guards: Vec<Guard>,
}

pub(crate) struct Rule {
    pub(crate) header: Header,
    pub(crate) name: Ident,
    /// The rule as in the file, without docs and attributes.
    pub(crate) source: String,
    pub(crate) head: Head,
    pub(crate) guards: Vec<Guard>,
    pub(crate) build: Build,
    /// All of them must hold.
    pub(crate) cost: Option<Vec<Expr>>,
    pub(crate) examples: Vec<Example>,
}

/// What stands above `rule`.
#[derive(Clone, Default)]
pub(crate) struct Header {
    /// The lines of the doc comment.
    pub(crate) docs: Vec<String>,
    pub(crate) exactness: Option<Exactness>,
    /// Whether what is not a number may come out as a number.
    pub(crate) drops_nan: bool,
    /// Whether what is not finite may come out as anything.
    pub(crate) finite: bool,
    pub(crate) groups: Vec<Ident>,
    pub(crate) priority: i32,
    pub(crate) provisional: bool,
    pub(crate) once: bool,
    /// Whether matched values may be quantized.
    pub(crate) quantized: bool,
}

#[derive(Clone)]
pub(crate) enum Exactness {
    Exact,
    Approx(f64),
    Lossy,
}

pub(crate) enum Head {
    One(Pattern),
    Each {
        pattern: Pattern,
        sharing: Vec<Ident>,
    },
    /// The first anchors.
    Several(Vec<Pattern>),
}

impl Head {
    pub(crate) fn patterns(&self) -> &[Pattern] {
        match self {
            Head::One(pattern) | Head::Each { pattern, .. } => std::slice::from_ref(pattern),
            Head::Several(patterns) => patterns,
        }
    }
}

/// `shared name @ shape`.
#[derive(Clone)]
pub(crate) struct Pattern {
    pub(crate) shared: bool,
    pub(crate) name: Option<Ident>,
    pub(crate) shape: Shape,
    pub(crate) span: Span,
}

#[derive(Clone)]
pub(crate) enum Shape {
    Operator(Operator),
    /// A fragment of this file or a Rust view.
    Call(Call),
    Binder(Binder),
    /// `_` or, if it may be absent, `_?`.
    Any {
        optional: bool,
    },
    /// `..`: whatever operands follow; with a name it is a binder.
    Rest,
    /// At least two alternatives.
    OneOf(Vec<Pattern>),
    /// Equals this.
    Expr(Expr),
}

#[derive(Clone)]
pub(crate) struct Operator {
    pub(crate) op: Ident,
    pub(crate) operands: Vec<Pattern>,
    /// The parentheses around the operands.
    pub(crate) parens: Span,
    pub(crate) attributes: Attributes,
    pub(crate) result: usize,
}

#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) path: Path,
    pub(crate) arguments: Vec<Pattern>,
    pub(crate) parens: Span,
}

/// `name?: kind` or `name..`.
#[derive(Clone)]
pub(crate) struct Binder {
    pub(crate) name: Ident,
    pub(crate) optional: bool,
    /// `..`: all further operands, as a list.
    pub(crate) rest: bool,
    pub(crate) kind: Option<Type>,
}

/// `const element [dims]`, each part optional but not all.
#[derive(Clone)]
pub(crate) struct Type {
    pub(crate) constant: bool,
    pub(crate) element: Option<Ident>,
    pub(crate) dims: Option<Vec<Dim>>,
    pub(crate) span: Span,
}

#[derive(Clone)]
pub(crate) enum Dim {
    Exactly(LitInt),
    Named(Ident),
    Any(Span),
    /// `..`: any number of dims.
    Rest(Span),
}

/// `{ fields, .. }` behind an operator of the left side.
#[derive(Clone, Default)]
pub(crate) struct Attributes {
    pub(crate) fields: Vec<Attribute>,
    /// `..`: what is not mentioned may be anything, but for the fused activation.
    pub(crate) rest: bool,
}

#[derive(Clone)]
pub(crate) struct Attribute {
    pub(crate) name: Ident,
    pub(crate) test: Test,
}

#[derive(Clone)]
pub(crate) enum Test {
    /// `name`, or `name: other`: bound under that name.
    Bind(Ident),
    /// `name: PATTERN`.
    Pattern(Pat),
    /// `name = EXPR`.
    Equal(Expr),
}

#[derive(Clone)]
pub(crate) enum Guard {
    Where(Expr),
    Let { pattern: Box<Pat>, value: Expr },
}

pub(crate) enum Build {
    Operator(BuildOperator),
    Value(Expr),
    Block(Block),
}

pub(crate) struct BuildOperator {
    /// An operator, or the name of a matched one, whose kind it then has.
    pub(crate) op: Ident,
    pub(crate) operands: Vec<Build>,
    /// `EXPR..`: further operands, any number of them.
    pub(crate) rest: Option<Expr>,
    pub(crate) parens: Span,
    pub(crate) fields: Fields,
    pub(crate) result: Option<usize>,
}

/// `{ fields, ..rest }` behind an operator of the right side.
#[derive(Default)]
pub(crate) struct Fields {
    pub(crate) fields: Vec<Field>,
    /// The matched operator whose options fill what is not mentioned.
    pub(crate) rest: Option<Ident>,
}

pub(crate) struct Field {
    pub(crate) name: Ident,
    pub(crate) value: Option<Expr>,
}

pub(crate) struct Block {
    pub(crate) lets: Vec<(Ident, Build)>,
    pub(crate) end: End,
}

pub(crate) enum End {
    /// Replaces the only root.
    Value(Box<Build>),
    Replacements(Vec<Replacement>),
}

/// `each name => build;`
pub(crate) struct Replacement {
    pub(crate) each: bool,
    pub(crate) name: Ident,
    pub(crate) build: Build,
}

pub(crate) struct Example {
    /// The rule must not fire.
    pub(crate) counter: bool,
    pub(crate) span: Span,
    pub(crate) givens: Vec<Given>,
}

pub(crate) enum Given {
    Leaf {
        name: Ident,
        optional: bool,
        kinds: Kinds,
    },
    /// `place = EXPR` or `place.attribute = EXPR`.
    Pin {
        place: Ident,
        attribute: Option<Ident>,
        value: Expr,
    },
    /// `use name`: a further use outside of the match.
    Use(Ident),
}

pub(crate) enum Kinds {
    One(Type),
    /// One per member of a group, or per operand of a rest binder.
    Each(Vec<Type>),
}
