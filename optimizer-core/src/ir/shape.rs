//! Shapes with known and unknown dims.
//!
//! Invariant: an unknown dim equals only itself. Two unknown dims that merely look alike are different
//! symbols, so `==` on dims and shapes is a proof, never a guess.

use std::fmt;

/// The identity of an unknown dim within one graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(pub u32);

/// One extent of a shape, in elements.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dim {
    Known(usize),
    Unknown(Symbol),
}

/// The dims of a value of known rank, outermost first.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Shape(Vec<Dim>);

impl Dim {
    /// The extent, if it is known.
    pub fn known(self) -> Option<usize> {
        match self {
            Dim::Known(n) => Some(n),
            Dim::Unknown(_) => None,
        }
    }

    /// Whether both may be one dim: they are not known to differ.
    pub fn agrees(self, other: Dim) -> bool {
        self.known().zip(other.known()).is_none_or(|(a, b)| a == b)
    }

    /// What broadcasting `self` against `other` gives; `None` if they clash or it cannot be known.
    pub fn broadcast(self, other: Dim) -> Option<Dim> {
        match (self, other) {
            (a, b) if a == b => Some(a),
            (Dim::Known(1), d) | (d, Dim::Known(1)) => Some(d),
            (Dim::Known(n), Dim::Unknown(_)) | (Dim::Unknown(_), Dim::Known(n)) => Some(Dim::Known(n)),
            _ => None,
        }
    }
}

impl PartialEq<usize> for Dim {
    fn eq(&self, other: &usize) -> bool {
        self.known() == Some(*other)
    }
}

impl From<usize> for Dim {
    fn from(n: usize) -> Dim {
        Dim::Known(n)
    }
}

impl Shape {
    /// The shape of a single element, rank 0.
    pub fn scalar() -> Shape {
        Shape(Vec::new())
    }

    /// A shape whose dims are all known.
    pub fn fixed(dims: &[usize]) -> Shape {
        Shape(dims.iter().map(|&n| Dim::Known(n)).collect())
    }

    pub fn rank(&self) -> usize {
        self.0.len()
    }

    pub fn dims(&self) -> &[Dim] {
        &self.0
    }

    /// The dim at `axis`, counted from the end when negative.
    pub fn dim(&self, axis: isize) -> Option<Dim> {
        let axis = if axis < 0 { axis.checked_add_unsigned(self.rank())? } else { axis };
        self.0.get(usize::try_from(axis).ok()?).copied()
    }

    /// All extents, if every one is known.
    pub fn known(&self) -> Option<Vec<usize>> {
        self.0.iter().map(|d| d.known()).collect()
    }

    pub fn is_known(&self) -> bool {
        self.0.iter().all(|d| d.known().is_some())
    }

    /// The number of elements; `None` if a dim is unknown or the product overflows.
    pub fn elements(&self) -> Option<usize> {
        self.0.iter().try_fold(1usize, |n, d| n.checked_mul(d.known()?))
    }

    /// The NumPy broadcast of two shapes; `None` if they clash or it cannot be known.
    pub fn broadcast(&self, other: &Shape) -> Option<Shape> {
        let rank = self.rank().max(other.rank());
        let dim = |s: &Shape, i: usize| match (i + s.rank()).checked_sub(rank) {
            Some(i) => s.0[i],
            None => Dim::Known(1),
        };
        (0..rank).map(|i| dim(self, i).broadcast(dim(other, i))).collect()
    }

    /// Whether broadcasting `self` against `other` provably gives `other`.
    pub fn broadcasts_into(&self, other: &Shape) -> bool {
        self.rank() <= other.rank()
            && self.0.iter().rev().zip(other.0.iter().rev()).all(|(a, b)| a == b || *a == 1)
    }
}

impl FromIterator<Dim> for Shape {
    fn from_iter<I: IntoIterator<Item = Dim>>(dims: I) -> Shape {
        Shape(dims.into_iter().collect())
    }
}

impl From<Vec<Dim>> for Shape {
    fn from(dims: Vec<Dim>) -> Shape {
        Shape(dims)
    }
}

impl fmt::Display for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Dim::Known(n) => write!(f, "{n}"),
            Dim::Unknown(_) => write!(f, "?"),
        }
    }
}

impl fmt::Debug for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dims: Vec<String> = self.0.iter().map(Dim::to_string).collect();
        write!(f, "[{}]", dims.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_dim_equals_only_itself() {
        let (a, b) = (Dim::Unknown(Symbol(0)), Dim::Unknown(Symbol(1)));
        assert_eq!(a, a);
        assert_ne!(a, b);
        assert_ne!(a, 1);
        assert_eq!(a.broadcast(b), None);
        assert_eq!(a.broadcast(Dim::Known(1)), Some(a));
    }

    #[test]
    fn broadcast_aligns_trailing_dims() {
        let a = Shape::fixed(&[4, 1, 3]);
        let b = Shape::fixed(&[2, 1]);
        assert_eq!(a.broadcast(&b), Some(Shape::fixed(&[4, 2, 3])));
        assert_eq!(a.broadcast(&Shape::fixed(&[5])), None);
        assert!(Shape::fixed(&[1, 3]).broadcasts_into(&a));
        assert!(!a.broadcasts_into(&b));
    }

    #[test]
    fn element_count_never_overflows() {
        assert_eq!(Shape::fixed(&[usize::MAX, 2]).elements(), None);
        assert_eq!(Shape::scalar().elements(), Some(1));
    }
}
