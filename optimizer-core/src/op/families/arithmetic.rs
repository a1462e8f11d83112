//! Element-wise arithmetic with broadcasting.
//!
//! Invariant: results have the broadcast shape of both operands.

use crate::circle::schema::*;
use crate::ir::Type;
use crate::op::{Site, operators};

operators! {
    /// `a + b`.
    Add = ADD(a, b) AddOptionsT { commutative: true, shape: Some(broadcast) }
    /// `a * b`.
    Mul = MUL(a, b) MulOptionsT { commutative: true, shape: Some(broadcast) }
}

/// The broadcast of both operands, in the dtype of the first.
pub fn broadcast(site: &Site) -> Option<Vec<Type>> {
    let (a, b) = (site.operand(0)?, site.operand(1)?);
    Some(vec![Type::new(a.dtype, a.shape.broadcast(b.shape)?)])
}
