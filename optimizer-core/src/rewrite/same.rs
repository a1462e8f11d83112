//! Comparing and setting attributes by what the author wrote, across integer types.
//!
//! Invariant: a number equals another only if both are the same number.

/// An attribute field that can be held against a value of type `R` and take it over.
pub trait Same<R> {
    fn same(&self, other: &R) -> bool;
    /// Sets the attribute; a number that does not fit leaves it unchanged.
    fn assign(&mut self, other: R);
}

impl<T: PartialEq> Same<T> for T {
    fn same(&self, other: &T) -> bool {
        self == other
    }

    fn assign(&mut self, other: T) {
        *self = other;
    }
}

macro_rules! across {
    ($($field:ty: $($other:ty)*);* $(;)?) => {$($(
        impl Same<$other> for $field {
            fn same(&self, other: &$other) -> bool {
                <$field>::try_from(*other).is_ok_and(|n| n == *self)
            }

            fn assign(&mut self, other: $other) {
                *self = <$field>::try_from(other).unwrap_or(*self);
            }
        }
    )*)*};
}

across! {
    i32: usize isize i64 u32;
    i64: usize isize i32 u32;
    u32: usize i32;
    i8: usize i32;
}
