//! Activations fused into the operators before them, and activations that stand alone.
//!
//! Invariant: an activation is fused only into operators that every runtime runs with one.

use crate::circle::schema::{Activation, MulOptionsT};
use crate::ir::Operator;
use crate::op::{Abs, MaxPool2D, Mul, Relu, Sub};
use crate::op::{Add, AveragePool2D, Conv2D, DepthwiseConv2D, Div, FullyConnected, InstanceNorm, L2Pool2D};
use crate::op::{
    Description, Op, Options, activation_operator, fused_activation, never_negative, takes_activation,
};
use crate::rewrite::{At, Builder, Extract, IntoOperand, Match, Node, Reject, Spell, Val, Why, Wire};
use ndarray::ArrayD;

/// What any operator that takes a fused activation computes: `.0` is the operator, `.1` its activation.
pub struct activated<V>(pub V, pub Activation);

/// A matched operator that takes a fused activation.
#[derive(Clone, Copy)]
pub struct Activating<'g>(Val<'g>);

/// The operator again, with another activation.
pub struct Reactivated<'g>(Activating<'g>, Activation);

/// An activation as an operator of its own; none is nothing.
pub struct Standalone(Option<&'static Description>);

/// A value that is to be activated.
pub struct Activated<W>(Option<&'static Description>, W);

impl<'g> Activating<'g> {
    pub fn with(self, act: Activation) -> Reactivated<'g> {
        Reactivated(self, act)
    }
}

impl<O: Op> Node<'_, O> {
    /// The fused activation that does what this operator does, if there is one.
    pub fn as_activation(self) -> Option<Activation> {
        fused_activation(O::DESCRIPTION.code)
    }
}

/// `act` as an operator of its own; `None` if there is no such operator.
pub fn standalone(act: Activation) -> Option<Standalone> {
    match act {
        Activation::None => Some(Standalone(None)),
        act => activation_operator(act).map(|op| Standalone(Some(op))),
    }
}

impl Standalone {
    /// `value` activated.
    pub fn over<W>(&self, value: W) -> Activated<W> {
        Activated(self.0, value)
    }
}

/// The one fused activation that does what `inner` and then `outer` do.
pub fn compose_activations(inner: Activation, outer: Activation) -> Option<Activation> {
    match (inner, outer) {
        (Activation::None, act) => Some(act),
        (act, same) if act == same && act != Activation::Tanh => Some(act),
        (Activation::Relu, Activation::Relu6) | (Activation::Relu6, Activation::Relu) => {
            Some(Activation::Relu6)
        }
        _ => None,
    }
}

impl<'g> Extract<'g> for activated<Activating<'g>> {
    fn extract(m: &mut Match<'g>, v: Val<'g>, at: At) -> Option<Self> {
        let takes = |op: &Operator| takes_activation(op.code);
        let op = m.produced_by(v, takes, false, "an operator with a fused activation", at)?;
        match op.options.activation() {
            Some(act) => Some(activated(Activating(v), act)),
            None => m.fail(at, Why::Differs("the operator's options")),
        }
    }
}

/// A value without an element below zero, whoever else reads it.
pub struct nonnegative<V>(pub V);

impl<'g> Extract<'g> for nonnegative<Val<'g>> {
    fn extract(m: &mut Match<'g>, v: Val<'g>, at: At) -> Option<Self> {
        m.produced_by(v, is_nonnegative, true, "an operator without results below zero", at)?;
        Some(nonnegative(v))
    }
}

fn is_nonnegative(op: &Operator) -> bool {
    let clamped = matches!(op.options.activation(), Some(Activation::Relu | Activation::Relu6));
    never_negative(op.code) || (takes_activation(op.code) && clamped)
}

impl Spell for nonnegative<Wire> {
    fn spell(&self, b: &mut Builder<'_>) -> Result<Vec<Wire>, Reject> {
        let nonnegative(x) = *self;
        let (at, act) = (At::default(), Activation::Relu6);
        let one = b.operand(1.0f32);
        Ok(vec![
            b.op::<Relu, _>([x], Default::default(), at)?.result(0),
            b.op::<Abs, _>([x], Default::default(), at)?.result(0),
            b.op::<Mul, _>([x, one], MulOptionsT { act }, at)?.result(0),
        ])
    }
}

impl<'g> IntoOperand<'g> for Reactivated<'g> {
    fn into_wire(self, b: &mut Builder<'g>) -> Wire {
        let Reactivated(Activating(v), act) = self;
        let Some((op, _)) = v.producer() else { return Wire::Absent };
        let again = b.again(op, |options: &mut Options| {
            if let Some(slot) = options.activation_mut() {
                *slot = act;
            }
        });
        again.map_or(Wire::Absent, |built| built.result(0))
    }
}

impl<'g, W: IntoOperand<'g>> IntoOperand<'g> for Activated<W> {
    fn into_wire(self, b: &mut Builder<'g>) -> Wire {
        let value = self.1.into_wire(b);
        let Some(op) = self.0 else { return value };
        let built = b.add_described(op, vec![value], (op.options)(), At::default());
        built.map_or(Wire::Absent, |built| built.result(0))
    }
}

/// Elements that are small, varied and of either sign.
fn varied(dims: &[usize]) -> ArrayD<f32> {
    let count = dims.iter().product::<usize>();
    let element = |i: usize| (i * 7 % 11) as f32 / 8.0 - 0.6;
    ArrayD::from_shape_vec(dims, (0..count).map(element).collect()).expect("as many elements as the dims say")
}

impl Spell for activated<Wire> {
    /// Every operator that takes an activation, on a feature map of as many channels as rows.
    fn spell(&self, b: &mut Builder<'_>) -> Result<Vec<Wire>, Reject> {
        let activated(x, act) = *self;
        let n = b.shape(x)?.dim(-1).and_then(|d| d.known()).unwrap_or(1);
        let (row, conv, depthwise) = (varied(&[n]), varied(&[n, 2, 2, n]), varied(&[1, 2, 2, n]));
        let row = b.operand(row);
        let mut spellings = Vec::new();
        macro_rules! spell {
            ($($op:ident($($operand:expr),*) { $($field:ident: $value:expr),* })*) => {$(
                let mut options = <$op as Op>::Options::default();
                options.act = act;
                $(options.$field = $value;)*
                let operands = [$(b.operand($operand)),*];
                spellings.push(b.op::<$op, _>(operands, options, At::default())?.result(0));
            )*};
        }
        spell! {
            Add(x, row) {}
            Sub(x, row) {}
            Mul(x, row) {}
            Div(x, row) {}
            Conv2D(x, conv, row) { stride_h: 1, stride_w: 1 }
            DepthwiseConv2D(x, depthwise, None::<Wire>) { stride_h: 1, stride_w: 1, depth_multiplier: 1 }
            FullyConnected(x, varied(&[n, n]), row) { keep_num_dims: true }
            AveragePool2D(x) { stride_h: 1, stride_w: 1, filter_height: 2, filter_width: 2 }
            MaxPool2D(x) { stride_h: 1, stride_w: 1, filter_height: 2, filter_width: 2 }
            L2Pool2D(x) { stride_h: 1, stride_w: 1, filter_height: 2, filter_width: 2 }
            InstanceNorm(x, row, row) { epsilon: 0.1 }
        }
        Ok(spellings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::{Relu, Relu6, ReluN1To1, Tanh};

    const PLAIN: Activation = Activation::None;

    #[test]
    fn a_composition_is_fused_only_where_one_activation_does_both() {
        for act in [PLAIN, Relu, Relu6, ReluN1To1, Tanh] {
            assert_eq!(compose_activations(PLAIN, act), Some(act));
        }
        assert_eq!(compose_activations(Relu, Relu6), Some(Relu6));
        assert_eq!(compose_activations(Relu6, Relu), Some(Relu6));
        assert_eq!(compose_activations(Relu, Relu), Some(Relu));
        assert_eq!(compose_activations(Relu, ReluN1To1), None);
        assert_eq!(compose_activations(ReluN1To1, Relu), None);
        assert_eq!(compose_activations(ReluN1To1, Relu6), None);
        assert_eq!(compose_activations(Tanh, Tanh), None);
        assert_eq!(compose_activations(Tanh, Relu), None);
    }
}
