//! The core of circle-opt, in five words.
//!
//! A **graph** ([`ir`]) holds values and **op**erators ([`op`]); a **rule** ([`rewrite`]) matches some of them and
//! offers a **patch**; a **pass** ([`pass`]) does what no pattern can state. [`circle`] reads and writes the files.

pub mod circle;
pub mod interp;
pub mod ir;
pub mod op;
pub mod pass;
pub mod prelude;
pub mod rewrite;
pub mod testing;

pub use rewrite::{consts, elements, filters, views};
