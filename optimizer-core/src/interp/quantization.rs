//! What stored numbers stand for.
//!
//! Invariant: scales are positive and finite and zero points are numbers of the stored type; what a file says
//! otherwise is [`Meaning::Unknown`], which every kernel refuses.

use crate::circle::schema::{QuantizationDetailsT, QuantizationParametersT};
use crate::ir::{DType, Graph, Operator, Value, ValueId};

/// One scale and zero point: `real = scale * (stored - zero_point)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    pub scale: f32,
    pub zero_point: i32,
}

/// One [`Affine`] for the whole tensor, or one for each index along `axis`.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantization {
    pub steps: Vec<Affine>,
    pub axis: usize,
}

/// What the numbers of a tensor stand for.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Meaning {
    /// For themselves.
    #[default]
    Plain,
    /// For others, by scales and zero points.
    Scaled(Quantization),
    /// For something that is not known here.
    Unknown,
}

/// The meanings of an operator's operands and results; those left out are plain.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meanings {
    pub operands: Vec<Meaning>,
    pub results: Vec<Meaning>,
}

impl Quantization {
    /// What a file says, if it can be so for numbers of `dtype`. The missing zero point is 0, and one zero point is
    /// that of all channels.
    fn of(stored: &QuantizationParametersT, dtype: DType) -> Option<Quantization> {
        let range = range(dtype)?;
        let scales = stored.scale.as_deref().filter(|s| !s.is_empty())?;
        let zeros = stored.zero_point.as_deref().unwrap_or_default();
        let zero = |i: usize| match zeros {
            [] => Some(0),
            &[zero] => Some(zero),
            zeros => zeros.get(i).copied(),
        };
        let step = |(i, &scale): (usize, &f32)| {
            let zero_point = i32::try_from(zero(i).filter(|z| range.contains(z))?).ok()?;
            (scale.is_finite() && scale > 0.0).then_some(Affine { scale, zero_point })
        };
        let steps = scales.iter().enumerate().map(step).collect::<Option<_>>()?;
        let axis = usize::try_from(stored.quantized_dimension).ok()?;
        (stored.details == QuantizationDetailsT::NONE).then_some(Quantization { steps, axis })
    }

    /// The scale and zero point of the whole tensor, if there is only one.
    pub fn whole(&self) -> Option<Affine> {
        match self.steps[..] {
            [one] => Some(one),
            _ => None,
        }
    }
}

impl Meaning {
    /// Floats stand for themselves, whatever a file notes beside them.
    pub fn of(value: &Value) -> Meaning {
        let dtype = value.ty.dtype;
        let is_float = matches!(dtype, DType::F16 | DType::BF16 | DType::F32 | DType::F64);
        match value.quant.as_deref() {
            Some(stored) if value.is_quantized() && !is_float => match Quantization::of(stored, dtype) {
                Some(quantization) => Meaning::Scaled(quantization),
                None => Meaning::Unknown,
            },
            _ if is_blockwise(dtype) => Meaning::Unknown,
            _ => Meaning::Plain,
        }
    }
}

impl Meanings {
    pub fn of(graph: &Graph, op: &Operator) -> Meanings {
        let meaning = |id: ValueId| Meaning::of(graph.value(id));
        let operands = op.operands().iter().map(|id| id.map(meaning).unwrap_or_default());
        Meanings {
            operands: operands.collect(),
            results: op.results().iter().copied().map(meaning).collect(),
        }
    }

    /// Whether all numbers stand for themselves.
    pub fn are_plain(&self) -> bool {
        self.all().all(|meaning| *meaning == Meaning::Plain)
    }

    /// Whether all that are not plain stand for numbers by the same scale and zero point.
    pub fn agree(&self) -> bool {
        let mut scaled = self.all().filter(|meaning| **meaning != Meaning::Plain);
        let first = scaled.next();
        let is_whole = |meaning: &Meaning| match meaning {
            Meaning::Scaled(quantization) => quantization.whole().is_some(),
            _ => false,
        };
        first.is_none_or(|first| {
            is_whole(first) && scaled.all(|other| is_whole(other) && steps(other) == steps(first))
        })
    }

    fn all(&self) -> impl Iterator<Item = &Meaning> {
        self.operands.iter().chain(&self.results)
    }
}

fn steps(meaning: &Meaning) -> &[Affine] {
    match meaning {
        Meaning::Scaled(quantization) => &quantization.steps,
        _ => &[],
    }
}

/// The numbers of an integer type; `None` for others.
pub(crate) fn range(dtype: DType) -> Option<std::ops::RangeInclusive<i64>> {
    Some(match dtype {
        DType::U4 => 0..=15,
        DType::I4 => -8..=7,
        DType::U8 => 0..=255,
        DType::I8 => -128..=127,
        DType::I16 => i16::MIN.into()..=i16::MAX.into(),
        DType::I32 => i32::MIN.into()..=i32::MAX.into(),
        DType::I64 => i64::MIN..=i64::MAX,
        _ => return None,
    })
}

/// Numbers that share exponents in blocks.
fn is_blockwise(dtype: DType) -> bool {
    matches!(dtype, DType::MXFP4 | DType::MXINT8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Type;

    fn meaning(dtype: DType, scales: &[f32], zeros: &[i64]) -> Meaning {
        let mut value = Value::new("x", Type::fixed(dtype, &[2]));
        let (scale, zero_point) = (Some(scales.to_vec()), Some(zeros.to_vec()));
        value.quant = Some(Box::new(QuantizationParametersT { scale, zero_point, ..Default::default() }));
        Meaning::of(&value)
    }

    #[test]
    fn what_cannot_be_is_unknown() {
        let scaled = |m| matches!(m, Meaning::Scaled(_));
        assert!(scaled(meaning(DType::U8, &[0.5], &[255])));
        assert!(scaled(meaning(DType::I8, &[0.5, 0.25], &[0])));
        assert_eq!(meaning(DType::U8, &[0.5], &[256]), Meaning::Unknown);
        assert_eq!(meaning(DType::U8, &[0.0], &[0]), Meaning::Unknown);
        assert_eq!(meaning(DType::U8, &[f32::NAN], &[0]), Meaning::Unknown);
        assert_eq!(meaning(DType::I8, &[0.5, 0.25, 1.0], &[0, 0]), Meaning::Unknown);
        assert_eq!(meaning(DType::U8, &[], &[3]), Meaning::Unknown);
        assert_eq!(meaning(DType::F32, &[0.5], &[0]), Meaning::Plain);
        assert_eq!(meaning(DType::U8, &[], &[]), Meaning::Plain);
    }

    #[test]
    fn agreement_is_of_one_scale_and_zero_point() {
        let (a, b) = (meaning(DType::I8, &[0.5], &[1]), meaning(DType::I8, &[0.5], &[2]));
        let channels = meaning(DType::I8, &[0.5, 0.5], &[1]);
        let agree = |operands: &[&Meaning]| {
            let operands = operands.iter().map(|&m| m.clone()).collect();
            Meanings { operands, results: vec![a.clone()] }.agree()
        };
        assert!(agree(&[&a, &Meaning::Plain]));
        assert!(!agree(&[&a, &b]));
        assert!(!agree(&[&channels]));
        assert!(!agree(&[&Meaning::Unknown]));
    }
}
