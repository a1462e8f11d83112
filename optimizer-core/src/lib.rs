//! The core of circle-opt, in five words.
//!
//! A **graph** ([`ir`]) holds values and **op**erators ([`op`]); a **rule** ([`rewrite`]) matches some of them and
//! offers a **patch**; a **pass** ([`pass`]) does what no pattern can state. [`circle`] reads and writes the files.

pub mod circle;
pub mod interp;
pub mod ir;
pub mod op;
