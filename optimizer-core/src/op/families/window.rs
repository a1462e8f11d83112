//! Windows that move over a feature map: extents, padding and which elements each position sees.
//!
//! Invariant: positions in the padding are skipped, never read as zeros.

use crate::circle::schema::Padding;
use crate::interp::ELEMENT;
use crate::ir::Dim;
use crate::op::Site;
use std::ops::Range;

/// What a kernel takes in which each result visits a window of these extents, padding that is passed over included.
pub(super) fn visited(results: u64, window: impl IntoIterator<Item = i64>) -> u64 {
    let extents = window.into_iter().map(|extent| u64::try_from(extent).unwrap_or(0));
    extents.fold(results, u64::saturating_mul).saturating_mul(ELEMENT)
}

/// How a window moves along one axis.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub size: usize,
    pub stride: usize,
    pub dilation: usize,
    pub padding: Padding,
}

impl Window {
    /// `None` if a stride, a dilation or the window is not positive.
    pub(crate) fn new(size: usize, stride: i32, dilation: i32, padding: Padding) -> Option<Window> {
        let positive = |n: i32| usize::try_from(n).ok().filter(|&n| n > 0);
        (size > 0).then_some(())?;
        Some(Window { size, stride: positive(stride)?, dilation: positive(dilation)?, padding })
    }

    /// What the window covers, holes included.
    fn reach(self) -> Option<usize> {
        (self.size - 1).checked_mul(self.dilation)?.checked_add(1)
    }

    /// The number of positions on an axis of `extent`.
    pub(crate) fn positions(self, extent: usize) -> Option<usize> {
        match self.padding {
            Padding::Same => Some(extent.div_ceil(self.stride)),
            Padding::Valid => Some((extent + self.stride).checked_sub(self.reach()?)? / self.stride),
            _ => None,
        }
    }

    /// The same for a dim that may be unknown.
    pub(crate) fn positions_of(self, site: &Site, dim: Dim) -> Option<Dim> {
        match (dim, self.padding) {
            (Dim::Known(extent), _) => self.positions(extent).map(Dim::Known),
            (dim, Padding::Same) if self.stride == 1 => Some(dim),
            (dim, Padding::Valid) if self.stride == 1 && self.size == 1 => Some(dim),
            _ => Some(site.unknown()),
        }
    }

    /// The padding before the first element.
    pub(crate) fn before(self, extent: usize) -> usize {
        let reach = self.reach().unwrap_or(0);
        match (self.padding, self.positions(extent)) {
            (Padding::Same, Some(n)) if n > 0 => ((n - 1) * self.stride + reach).saturating_sub(extent) / 2,
            _ => 0,
        }
    }

    /// The padding before and after an axis of `extent` that some window touches.
    pub(crate) fn padding_around(self, extent: usize) -> Option<[usize; 2]> {
        let needed = (self.positions(extent)?.checked_sub(1)? * self.stride).checked_add(self.reach()?)?;
        let before = self.before(extent);
        Some([before, needed.saturating_sub(extent + before)])
    }

    /// The window, padding by itself.
    pub(crate) fn padded_same(self) -> Window {
        Window { padding: Padding::Same, ..self }
    }

    /// Whether it has the positions that it would have without padding on an axis with these zeros around.
    pub(crate) fn pads_like(self, extent: usize, [before, after]: [usize; 2]) -> bool {
        let inside = Window { padding: Padding::Valid, ..self };
        let padded = extent.checked_add(before).and_then(|n| n.checked_add(after));
        let positions = padded.and_then(|padded| inside.positions(padded));
        before == self.before(extent) && positions.is_some() && positions == self.positions(extent)
    }

    /// Whether each position on an axis of `extent` elements with padding around sees an element.
    pub(crate) fn sees_elements(self, extent: usize, [before, after]: [usize; 2]) -> bool {
        let padded = extent.saturating_add(before).saturating_add(after);
        let inside = |at: usize| (before..before + extent).contains(&at);
        let sees = |position: usize| {
            self.taps(padded, position).any(|tap| inside(self.element(padded, position, tap)))
        };
        self.positions(padded).is_some_and(|positions| (0..positions).all(sees))
    }

    /// Which taps of the window at `position` lie on elements.
    pub(crate) fn taps(self, extent: usize, position: usize) -> Range<usize> {
        let (start, before) = (position * self.stride, self.before(extent));
        let first = before.saturating_sub(start).div_ceil(self.dilation);
        let end = (extent + before).saturating_sub(start).div_ceil(self.dilation).min(self.size);
        first.min(end)..end
    }

    /// The element under a tap that [`Window::taps`] gives.
    pub(crate) fn element(self, extent: usize, position: usize, tap: usize) -> usize {
        position * self.stride + tap * self.dilation - self.before(extent)
    }
}

/// Options of an operator that moves a window over a feature map.
pub trait Windowed {
    /// The windows along height and width for a filter of these extents; `None` if they are none.
    fn windows(&self, height: usize, width: usize) -> Option<[Window; 2]>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(size: usize, stride: i32, dilation: i32, padding: Padding) -> Window {
        Window::new(size, stride, dilation, padding).unwrap()
    }

    #[test]
    fn same_pads_more_after_than_before() {
        let w = window(3, 2, 1, Padding::Same);
        assert_eq!((w.positions(4), w.before(4)), (Some(2), 0));
        assert_eq!((w.taps(4, 0), w.taps(4, 1)), (0..3, 0..2));
        let w = window(3, 1, 2, Padding::Same);
        assert_eq!((w.positions(5), w.before(5)), (Some(5), 2));
        assert_eq!((w.taps(5, 0), w.element(5, 0, 1)), (1..3, 0));
    }

    #[test]
    fn zeros_around_are_padding_where_they_lie_alike() {
        let w = window(3, 1, 1, Padding::Same);
        assert!(w.pads_like(4, [1, 1]));
        assert!(w.sees_elements(4, [1, 1]) && w.sees_elements(1, [1, 0]) && !w.sees_elements(4, [2, 0]));
        assert!(window(3, 1, 1, Padding::Valid).sees_elements(4, [2, 2]));
        assert!(!window(3, 1, 1, Padding::Valid).sees_elements(4, [3, 0]));
        assert!(!w.pads_like(4, [0, 2]) && !w.pads_like(4, [1, 2]) && !w.pads_like(4, [0, 0]));
        let w = window(3, 2, 1, Padding::Same);
        assert_eq!((w.padding_around(4), w.padding_around(5)), (Some([0, 1]), Some([1, 1])));
        assert!(w.pads_like(4, [0, 1]) && w.pads_like(4, [0, 2]) && !w.pads_like(4, [1, 1]));
        assert_eq!(window(1, 2, 1, Padding::Same).padding_around(5), Some([0, 0]));
    }

    #[test]
    fn valid_stays_inside() {
        let w = window(3, 2, 1, Padding::Valid);
        assert_eq!(w.positions(6), Some(2));
        assert_eq!(w.positions(2), Some(0));
        assert_eq!(w.positions(0), None);
        assert_eq!(w.taps(6, 1), 0..3);
        assert!(Window::new(1, 0, 1, Padding::Same).is_none());
    }
}
