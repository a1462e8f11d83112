//! Whole-graph passes, each on graphs made for it.

mod fold;
mod net;
mod sink;
