//! Rules, and the engine that applies them.
//!
//! Invariant: a graph changes only through a [`Patch`] that was checked and paid for before it was applied.

mod around;
pub mod attempt;
pub mod build;
pub mod consts;
pub mod cost;
pub mod dims;
pub mod driver;
pub mod elements;
pub mod evidence;
pub mod filters;
mod growth;
mod index;
pub mod level;
pub mod log;
pub mod matching;
mod memory;
pub mod near;
pub mod operand;
pub mod options;
pub mod patch;
pub mod pool;
pub mod profile;
mod refusal;
pub mod reject;
mod rewire;
pub mod rule;
pub mod same;
pub mod target;
mod tier;
pub mod val;
pub mod views;
pub mod watch;
mod worklist;

pub use attempt::attempt;
pub use build::{Builder, Built};
pub use cost::{Cost, Delta};
pub use dims::{Dims, DimsError};
pub use driver::{optimize, optimize_watched};
pub use evidence::{Evidence, Shown};
pub use level::Level;
pub use log::{Entry, Outcome};
pub use matching::{Extract, Match, Spell};
pub use operand::{ConstantEq, IntoOperand, Lazy};
pub use options::Options;
pub use patch::{Patch, Wire};
pub use profile::{OpCost, Profile};
pub use reject::{At, Reject, Why};
pub use rule::{Exactness, Outline, Rule};
pub use same::Same;
pub use target::{RUNTIMES, Target};
pub use val::{Node, Val};
pub use watch::{Event, Watch};
