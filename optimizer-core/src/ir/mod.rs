//! The intermediate representation: models of graphs, graphs of operators and values in two arenas.
//!
//! Invariant: uses, producers and constants always agree; every edit goes through [`Graph`].

pub(crate) mod buckets;
pub mod data;
pub mod graph;
mod journal;
pub mod model;
pub mod names;
pub mod operator;
pub mod order;
pub mod piece;
pub mod shape;
pub mod sparsity;
pub mod text;
pub mod uses;
pub mod value;

pub use crate::circle::schema::{BuiltinOperator as OpCode, DType};
pub use data::{Data, Element, Input};
pub use graph::{Clock, Graph, OpId, ValueId};
pub use journal::Mark;
pub use model::{Format, Metadata, Model, Signature};
pub use operator::{Operator, StoredOperator};
pub use piece::Piece;
pub use shape::{Dim, Shape, Symbol};
pub use uses::{Use, Uses};
pub use value::{Stored, Type, Value};
