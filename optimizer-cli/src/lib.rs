//! Drawings of graphs, for whoever writes pages: the report of a run, the catalogue of rules.
//!
//! Invariant: equal pieces give equal drawings.

pub mod drawing;
