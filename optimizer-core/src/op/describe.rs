//! What there is to know of an operator, in one place.
//!
//! Invariant: a description is a constant; everything an operator lacks (shape rule, kernel) is `None`, not a guess.

use crate::interp::{Call, KernelError, Routine, Tensor};
use crate::ir::{OpCode, Type};
use crate::op::{Options, OptionsTable, Site};
use std::fmt;
use std::ops::Deref;

/// The types of the results, or `None` if they cannot be known from the operands.
pub type ShapeRule = fn(&Site) -> Option<Vec<Type>>;

/// Computes the results.
pub type Kernel = fn(&Call) -> Result<Vec<Tensor>, KernelError>;

/// What an operator does besides computing its results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: equal operands give equal results.
    Pure,
    /// Reads or writes state, calls subgraphs, draws random numbers or is custom: never moved, merged or removed.
    Opaque,
}

/// One operator of circle.
pub struct Description {
    pub code: OpCode,
    /// The name in patterns, `FullyConnected`.
    pub name: &'static str,
    /// Names of the operands in circle's order; empty for operators of any number of operands.
    pub operands: &'static [&'static str],
    /// Whether the first two operands may be swapped.
    pub commutative: bool,
    pub effect: Effect,
    pub shape: Option<ShapeRule>,
    pub kernel: Option<Kernel>,
    /// Instead of a kernel, for what is not pure.
    pub routine: Option<Routine>,
    /// Multiply-accumulates of one run; `None` counts as none.
    pub macs: Option<fn(&Site) -> u64>,
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
            name,
            operands,
            commutative: false,
            effect: Effect::Pure,
            shape: None,
            kernel: None,
            routine: None,
            macs: None,
            canonical: None,
            options: || O::default().wrap(),
        }
    }

    /// Whether every runtime of the format has it; circle's own operators have negative codes.
    pub fn is_portable(&self) -> bool {
        self.code.0 >= 0
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
/// those of [`Description`].
macro_rules! operators {
    ($($(#[$doc:meta])* $name:ident = $code:ident($($operands:tt)*) $options:ident { $($field:ident: $value:expr),* $(,)? })*) => {
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
                    ..$crate::op::Description::new::<$options>(
                        $crate::ir::OpCode::$code,
                        stringify!($name),
                        $crate::op::describe::operators!(@names $($operands)*),
                    )
                };
            }
        )*

        pub const ALL: &[&$crate::op::Description] = &[$(<$name as $crate::op::Op>::DESCRIPTION),*];
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
}
pub(crate) use operators;
