//! What was compared where a match failed: for people who ask why a rule does not fire.
//!
//! Invariant: text is made only in a match that was started by [`Match::explaining`](super::Match::explaining); the
//! arguments of a comparison are references, which cost a run nothing.

use crate::ir::OpId;
use ndarray::{ArrayBase, Data, Dimension};
use std::fmt::{self, Debug};

/// The state of a match at the moment it failed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// The operators that had matched, in the order of the pattern.
    pub matched: Vec<OpId>,
    /// The reason with the values in it; empty where the reason says all there is.
    pub text: String,
}

/// Something that a comparison can show.
#[derive(Clone, Copy)]
pub enum Shown<'a> {
    Value(&'a dyn Debug),
    Array(&'a dyn Elements),
    /// As the pattern has it.
    Written(&'a str),
    /// Of a type that cannot be shown.
    Opaque,
}

/// The elements of an array and its dims.
pub trait Elements {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// A variable of a pattern on its way to being [`Shown`]: `(&&&Name(&x)).shown()` takes the best of three traits.
pub struct Name<'a, T>(pub &'a T);

/// Arrays are shown by their elements.
pub trait ShowArray<'a> {
    fn shown(&self) -> Shown<'a>;
}

/// All else that has [`Debug`].
pub trait ShowDebug<'a> {
    fn shown(&self) -> Shown<'a>;
}

/// What has not.
pub trait ShowNothing<'a> {
    fn shown(&self) -> Shown<'a>;
}

/// More characters of one value than this are cut.
const WIDTH: usize = 160;
/// The most elements of a constant that are shown.
const ELEMENTS: usize = 8;

impl<'a, T: Debug, S: Data<Elem = T>, D: Dimension> ShowArray<'a> for &&Name<'a, ArrayBase<S, D>> {
    fn shown(&self) -> Shown<'a> {
        Shown::Array(self.0)
    }
}

impl<'a, T: Debug> ShowDebug<'a> for &Name<'a, T> {
    fn shown(&self) -> Shown<'a> {
        Shown::Value(self.0)
    }
}

impl<'a, T> ShowNothing<'a> for Name<'a, T> {
    fn shown(&self) -> Shown<'a> {
        Shown::Opaque
    }
}

impl<T: Debug, S: Data<Elem = T>, D: Dimension> Elements for ArrayBase<S, D> {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (0, Some(element)) = (self.ndim(), self.first()) {
            return write!(f, "{element:?}");
        }
        list(f, self.iter())?;
        if self.ndim() == 1 && self.len() <= ELEMENTS { Ok(()) } else { write!(f, " of {:?}", self.shape()) }
    }
}

/// The first elements, `[1, 2, ..]`.
pub(super) fn list<T: Debug>(
    f: &mut fmt::Formatter<'_>,
    elements: impl ExactSizeIterator<Item = T>,
) -> fmt::Result {
    let more = elements.len() > ELEMENTS;
    f.write_str("[")?;
    for (i, element) in elements.take(ELEMENTS).enumerate() {
        write!(f, "{}{element:?}", if i > 0 { ", " } else { "" })?;
    }
    f.write_str(if more { ", ..]" } else { "]" })
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shown::Value(value) => cut(f, &format!("{value:?}")),
            Shown::Array(array) => array.write(f),
            Shown::Written(text) => f.write_str(text),
            Shown::Opaque => f.write_str("something"),
        }
    }
}

fn cut(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => write!(f, "{}..", &text[..end]),
        None => f.write_str(text),
    }
}

/// `act is Relu, wanted None` for each field of two option tables that differs.
pub(super) fn differing_fields(found: &dyn Debug, wanted: &dyn Debug) -> String {
    let (found, wanted) = (format!("{found:#?}"), format!("{wanted:#?}"));
    let differing = found.lines().zip(wanted.lines()).filter(|(found, wanted)| found != wanted);
    let field = |(found, wanted): (&str, &str)| {
        let (name, found) = found.trim_matches([' ', ',']).split_once(": ")?;
        let (_, wanted) = wanted.trim_matches([' ', ',']).split_once(": ")?;
        Some(format!("attribute `{name}` is {found}, wanted {wanted}"))
    };
    differing.filter_map(field).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circle::schema::{Activation, MulOptionsT};
    use ndarray::arr2;

    /// The borrows choose the trait, as in generated code, which does not know the types.
    #[test]
    #[allow(clippy::needless_borrow)]
    fn arrays_are_shown_by_elements_and_others_by_debug() {
        struct Bare;
        let (array, number, bare) = (arr2(&[[1.5f32, 2.0]]), 3usize, Bare);
        assert_eq!((&&&Name(&array)).shown().to_string(), "[1.5, 2.0] of [1, 2]");
        assert_eq!((&&&Name(&number)).shown().to_string(), "3");
        assert_eq!((&&&Name(&bare)).shown().to_string(), "something");
    }

    #[test]
    fn long_values_are_cut() {
        let text = Shown::Value(&"x".repeat(1000)).to_string();
        assert!(text.len() < 200 && text.ends_with(".."), "{text}");
    }

    #[test]
    fn only_the_fields_that_differ_are_named() {
        let relu = MulOptionsT { act: Activation::Relu };
        let text = differing_fields(&relu, &MulOptionsT::default());
        assert_eq!(text, "attribute `act` is Relu, wanted None");
        assert_eq!(differing_fields(&relu, &relu), "");
    }
}
