//! What there is to know of an operator, in one place.
//!
//! Invariant: a description is a constant; everything an operator lacks (shape rule, kernel) is `None`, not a guess.

use crate::circle::FlexMap;
use crate::interp::{Call, KernelError, Routine, Tensor};
use crate::ir::{OpCode, Operator, Type};
use crate::op::{LayoutRule, Options, OptionsTable, Pieces, Site};
use std::fmt;
use std::ops::Deref;

/// The types of the results, or `None` if they cannot be known from the operands.
pub type ShapeRule = fn(&Site) -> Option<Vec<Type>>;

/// Computes the results.
pub type Kernel = fn(&Call) -> Result<Vec<Tensor>, KernelError>;

/// What becomes of an operator whose operands or results are quantized.
#[derive(Clone, Copy, Debug)]
pub enum Quantized {
    /// It is not computed.
    Refused,
    /// The plain kernel moves, compares or selects the numbers as they are stored, if all are quantized alike.
    AsStored,
    /// A kernel that knows scales and zero points.
    By(Kernel),
}

/// What an operator does besides computing its results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: equal operands give equal results.
    Pure,
    /// Reads or writes state, calls subgraphs, draws random numbers or is custom: never moved, merged or removed.
    Opaque,
}

/// How much of its operands an operator reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    All,
    /// Of this operand no more than it writes, of all others everything.
    Chosen(usize),
    /// Nothing but shapes.
    Shapes,
}

/// How a custom operator is known.
#[derive(Clone, Copy)]
pub struct Foreign {
    /// Its name in files, `AddV2`.
    pub name: &'static str,
    /// Its options in the words of the schema; `None` if they mean something that those cannot say.
    pub options: fn(&FlexMap) -> Option<Options>,
}

/// One operator of circle, or a custom one.
pub struct Description {
    pub code: OpCode,
    /// For custom operators alone.
    pub custom: Option<Foreign>,
    /// The name in patterns, `FullyConnected`.
    pub name: &'static str,
    /// Names of the operands in circle's order; empty for operators of any number of operands.
    pub operands: &'static [&'static str],
    /// Whether the first two operands may be swapped.
    pub commutative: bool,
    pub effect: Effect,
    pub shape: Option<ShapeRule>,
    pub kernel: Option<Kernel>,
    pub quantized: Quantized,
    /// Instead of a kernel, for what is not pure.
    pub routine: Option<Routine>,
    pub reads: Reads,
    /// Multiply-accumulates of one run; `None` counts as none.
    pub macs: Option<fn(&Site) -> u64>,
    /// Other steps of one run of the kernel than reading, writing and multiply-accumulates, where they may be many more;
    /// `None` counts as none.
    pub steps: Option<fn(&Site) -> u64>,
    /// How it follows values that are stored with their axes permuted; `None` if it cannot.
    pub layout: Option<LayoutRule>,
    /// What it loses by an order of axes in which memory is gone over in small pieces; `None` counts as nothing.
    pub pieces: Option<Pieces>,
    /// Rewrites options into their one spelling, such as a negative axis into a positive one.
    pub canonical: Option<fn(&Site, &mut Options)>,
    /// The default options, in their union.
    pub options: fn() -> Options,
}

impl Description {
    /// What an operator has unless its family says otherwise.
    pub const fn new<O: OptionsTable>(
        code: OpCode,
        name: &'static str,
        operands: &'static [&'static str],
    ) -> Description {
        Description {
            code,
            custom: None,
            name,
            operands,
            commutative: false,
            effect: Effect::Pure,
            shape: None,
            kernel: None,
            quantized: Quantized::Refused,
            routine: None,
            reads: Reads::All,
            macs: None,
            steps: None,
            layout: None,
            pieces: None,
            canonical: None,
            options: || O::default().wrap(),
        }
    }

    /// Whether every runtime of the format has it; circle's own operators have negative codes.
    pub fn is_portable(&self) -> bool {
        self.code.0 >= 0 && self.custom.is_none()
    }

    /// Whether `op` is such an operator.
    pub fn describes(&self, op: &Operator) -> bool {
        let name = |d: &Description| d.custom.map(|foreign| foreign.name);
        self.code == op.code && name(self) == op.known.and_then(name)
    }
}

impl fmt::Debug for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// An operator as patterns name it: a unit struct.
pub trait Op: Copy + Default + 'static {
    type Options: OptionsTable;
    /// [`Fixed`] or, for operators of any number of operands, `Vec`.
    type Operands<T>: Deref + FromIterator<T> + AsRef<[T]>;
    const DESCRIPTION: &'static Description;
    const COMMUTATIVE: bool = Self::DESCRIPTION.commutative;
}

/// An operator that takes `N` operands. It has one `N`, so that rustc knows what it takes, or any.
pub trait Takes<const N: usize>: Op {}

/// An operator that takes any number of operands.
#[diagnostic::on_unimplemented(
    message = "`{Self}` takes a fixed number of operands",
    label = "`..` stands for further operands of an operator that takes any number"
)]
pub trait TakesAny: Op {}

/// Exactly as many operands as the operator has; what a file leaves out at the end is padded.
#[derive(Clone, Copy, Debug)]
pub struct Fixed<T, const N: usize>([T; N]);

impl<T, const N: usize> Deref for Fixed<T, N> {
    type Target = [T; N];

    fn deref(&self) -> &[T; N] {
        &self.0
    }
}

impl<T, const N: usize> AsRef<[T]> for Fixed<T, N> {
    fn as_ref(&self) -> &[T] {
        &self.0
    }
}

impl<T, const N: usize> FromIterator<T> for Fixed<T, N> {
    /// Takes the first `N`; the caller pads the iterator.
    fn from_iter<I: IntoIterator<Item = T>>(operands: I) -> Self {
        let mut operands = operands.into_iter();
        Fixed(std::array::from_fn(|_| operands.next().expect("the caller pads operands")))
    }
}

/// Describes the operators of one family: a unit struct with [`Op`] for each, and `ALL`.
///
/// `Name = CODE(operand, ..) OptionsTable { field: value, .. }`; `(..)` for any number of operands. The fields are
/// those of [`Description`]; `all { field: value, .. }` before the first is what every operator has that does not say
/// otherwise.
macro_rules! operators {
    (all $shared:tt $($(#[$doc:meta])* $name:ident = $code:ident($($operands:tt)*) $options:ident { $($field:ident: $value:expr),* $(,)? })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, Default)]
            pub struct $name;

            $crate::op::describe::operators!(@takes $name; $($operands)*);

            impl $crate::op::Op for $name {
                type Options = $options;
                type Operands<T> = $crate::op::describe::operators!(@operands T; $($operands)*);
                const DESCRIPTION: &'static $crate::op::Description = &$crate::op::Description {
                    $($field: $value,)*
                    ..$crate::op::describe::operators!(@with $shared $crate::op::Description::new::<$options>(
                        $crate::ir::OpCode::$code,
                        stringify!($name),
                        $crate::op::describe::operators!(@names $($operands)*),
                    ))
                };
            }
        )*

        pub const ALL: &[&$crate::op::Description] = &[$(<$name as $crate::op::Op>::DESCRIPTION),*];
    };
    (@with { $($field:ident: $value:expr),* } $description:expr) => {
        $crate::op::Description { $($field: $value,)* ..$description }
    };
    (@operands $t:ident; ..) => { Vec<$t> };
    (@operands $t:ident; $($operand:ident),*) => {
        $crate::op::Fixed<$t, { <[&str]>::len(&[$(stringify!($operand)),*]) }>
    };
    (@takes $name:ident; ..) => {
        impl<const N: usize> $crate::op::Takes<N> for $name {}
        impl $crate::op::TakesAny for $name {}
    };
    (@takes $name:ident; $($operand:ident),*) => {
        impl $crate::op::Takes<{ <[&str]>::len(&[$(stringify!($operand)),*]) }> for $name {}
    };
    (@names ..) => { &[] };
    (@names $($operand:ident),*) => { &[$(stringify!($operand)),*] };
    ($($operators:tt)*) => { $crate::op::describe::operators! { all {} $($operators)* } };
}
pub(crate) use operators;
