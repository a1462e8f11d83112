//! Most matches fail, and fail often: what a failed step costs.
//!
//! Invariant: nothing else of this program allocates while it is measured; it has one test.

use optimizer_core::ir::{DType, Graph, Operator, Type, Value};
use optimizer_core::op::{Neg, Op};
use optimizer_core::rewrite::{At, Match, Shown, Val};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn making_a_reject_allocates_nothing() {
    let mut graph = Graph::default();
    let x = graph.add_input(Value::new("x", Type::fixed(DType::F32, &[2])));
    let y = graph.add_value(Value::new("y", Type::fixed(DType::F32, &[2])));
    let options = (Neg::DESCRIPTION.options)();
    let neg = graph.add_op(Operator::new(Neg::DESCRIPTION.code, options, vec![Some(x)], vec![y]));
    let mut m = Match::new(&graph, neg);
    let x = Val::new(&graph, x).expect("the rank is known");
    let region = Region::new(ALLOCATOR);
    for _ in 0..1000 {
        assert!(m.is_const(x, At::default()).is_none());
        assert!(m.produced::<Neg>(x, 0, false, At::default()).is_none());
        assert!(m.dtype::<i32>(x, At::default()).is_none());
        assert!(m.equals(x, 1.0f32, At::default()).is_none());
        m.compared("dim", At::default(), Shown::Value(&2), Shown::Value(&3));
        m.names(&[("x", Shown::Value(&x))]);
        m.refuse("x.rank() == 3", At::default());
    }
    assert_eq!(region.change().allocations, 0);
    assert!(m.reject().is_some_and(|reject| reject.evidence.is_none()));
}
