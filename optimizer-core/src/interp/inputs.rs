//! Content that models are run on.
//!
//! Invariant: equal seeds and types give equal content.

use crate::interp::quantization::{Affine, range};
use crate::interp::{LARGEST_RESULT, Meaning, RunError, Tensor};
use crate::ir::{DType, Data, Dim, Graph, Shape, Type, Value};
use half::{bf16, f16};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// What models are run on.
#[derive(Clone, Debug)]
pub struct Inputs {
    pub seed: u64,
    /// What an unknown dim is taken for.
    pub dim: usize,
    pub kind: Kind,
}

/// Which numbers inputs are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Floats within ±4, and one in eight an edge value.
    Signed,
    /// Floats of either sign and a magnitude from 1e-3 to 1e3.
    Wide,
    /// Floats where activations bend, zeros of both signs, the smallest and quite large ones.
    Edges,
    /// Edge values, and one in four not finite.
    Special,
}

/// Floats where activations bend, and zeros of both signs.
const EDGES: [f32; 12] = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 3.0, -3.0, 6.0, -6.0, 8.0, -8.0];
/// Floats next to those, and at the ends of what models compute with.
const FAR_EDGES: [f32; 8] =
    [f32::MIN_POSITIVE, -f32::MIN_POSITIVE, 1e-30, 6.000_000_5, -1.000_000_1, 1e4, -1e4, 65504.0];
const SPECIAL: [f32; 3] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY];

impl Kind {
    /// What a comparison tries unless told otherwise.
    pub const FINITE: [Kind; 3] = [Kind::Signed, Kind::Wide, Kind::Edges];

    fn float(self, random: &mut StdRng) -> f32 {
        let one_of = |random: &mut StdRng, list: &[f32]| list[random.random_range(0..list.len())];
        match self {
            Kind::Signed if random.random_ratio(1, 8) => one_of(random, &EDGES),
            Kind::Signed => random.random_range(-4.0..4.0),
            Kind::Wide => {
                let magnitude = 10f32.powf(random.random_range(-3.0..3.0));
                if random.random() { magnitude } else { -magnitude }
            }
            Kind::Special if random.random_ratio(1, 4) => one_of(random, &SPECIAL),
            Kind::Edges | Kind::Special => match random.random_ratio(1, 4) {
                true => one_of(random, &FAR_EDGES),
                false => one_of(random, &EDGES),
            },
        }
    }

    /// A stored number that stands for another: any of 8 and 16 bits, or the one for a float of this kind, or one of the
    /// ends and around the zero point.
    fn stored(self, dtype: DType, affine: Affine, random: &mut StdRng) -> i64 {
        let range = range(dtype).unwrap_or(0..=0);
        let (low, high, zero) = (*range.start(), *range.end(), i64::from(affine.zero_point));
        let is_narrow = low >= i16::MIN.into() && high <= i16::MAX.into();
        match self {
            Kind::Signed if is_narrow => random.random_range(range),
            Kind::Edges if random.random() => {
                [low, high, zero - 1, zero, zero + 1][random.random_range(0..5)].clamp(low, high)
            }
            // A float that is not finite is an end, or 0.
            kind => {
                ((kind.float(random) / affine.scale).round() as i64).saturating_add(zero).clamp(low, high)
            }
        }
    }
}

impl Inputs {
    /// Of the kind [`Kind::Signed`]; unknown dims are taken for 1.
    pub fn seeded(seed: u64) -> Inputs {
        Inputs { seed, dim: 1, kind: Kind::Signed }
    }

    pub fn with_dim(self, dim: usize) -> Inputs {
        Inputs { dim, ..self }
    }

    pub fn of_kind(self, kind: Kind) -> Inputs {
        Inputs { kind, ..self }
    }

    /// Content for every input of a graph.
    ///
    /// # Errors
    /// [`RunError::Incomparable`] for an input of unknown rank, without numbers, or of more than [`LARGEST_RESULT`] bytes.
    pub fn of(&self, graph: &Graph) -> Result<Vec<Tensor>, RunError> {
        let given = graph.inputs().iter().enumerate().map(|(i, &id)| {
            let value = graph.value(id);
            let unfit =
                || RunError::Incomparable(format!("no content for input {:?}, {}", value.name, value.ty));
            self.tensor(value, i).ok_or_else(unfit)
        });
        given.collect()
    }

    /// Content for the `index`-th input. Integers are from 0 to 3 as they may be indices, but small ones of
    /// [`Kind::Wide`] and quantized ones are anything. `None` if the rank is unknown or the dtype has no numbers.
    fn tensor(&self, value: &Value, index: usize) -> Option<Tensor> {
        let ty = &value.ty;
        let known = |d: &Dim| Dim::Known(d.known().unwrap_or(self.dim));
        let shape: Shape = ty.shape.as_ref()?.dims().iter().map(known).collect();
        let elements = shape.elements().filter(|n| n.checked_mul(16).is_some_and(|n| n <= LARGEST_RESULT))?;
        let mut random =
            StdRng::seed_from_u64(self.seed.wrapping_mul(0x9e37_79b9).wrapping_add(index as u64));
        let affine = match Meaning::of(value) {
            Meaning::Scaled(quantization) => quantization.whole(),
            _ => None,
        };
        let data = match (affine, self.kind, ty.dtype) {
            (Some(affine), kind, dtype) => {
                integers(dtype, elements, || kind.stored(dtype, affine, &mut random))?
            }
            (_, Kind::Wide, DType::I8 | DType::U8) => {
                Data::of((0..elements).map(|_| random.random()).collect::<Vec<u8>>())
            }
            (_, Kind::Wide, DType::I16 | DType::U16) => {
                Data::of((0..elements).map(|_| random.random()).collect::<Vec<u16>>())
            }
            _ => content(ty.dtype, elements, &mut random, |random| self.kind.float(random))?,
        };
        Tensor::new(ty.dtype, &shape.known()?, &data).ok()
    }
}

/// Random content for a constant of known dims: floats of either sign and a magnitude from 0.25 to 2, integers from 0
/// to 3. Nothing for dtypes without numbers.
pub fn random_data(ty: &Type, seed: u64) -> Data {
    let elements = ty.shape.as_ref().and_then(Shape::elements).unwrap_or(0);
    let float = |random: &mut StdRng| {
        let magnitude = random.random_range(0.25..2.0f32);
        if random.random() { magnitude } else { -magnitude }
    };
    let data = content(ty.dtype, elements, &mut StdRng::seed_from_u64(seed), float);
    data.unwrap_or_else(|| Data::of(Vec::<u8>::new()))
}

fn content(
    dtype: DType,
    count: usize,
    random: &mut StdRng,
    float: impl Fn(&mut StdRng) -> f32,
) -> Option<Data> {
    Some(match dtype {
        DType::F32 => Data::of((0..count).map(|_| float(random)).collect()),
        DType::F64 => Data::of((0..count).map(|_| f64::from(float(random))).collect()),
        DType::F16 => Data::of((0..count).map(|_| f16::from_f32(float(random))).collect()),
        DType::BF16 => Data::of((0..count).map(|_| bf16::from_f32(float(random))).collect()),
        DType::Complex64 => Data::of((0..2 * count).map(|_| float(random)).collect()),
        DType::Bool => Data::of((0..count).map(|_| u8::from(random.random::<bool>())).collect()),
        other => return integers(other, count, || random.random_range(0..4u8).into()),
    })
}

/// That many integers, which fit the dtype; `None` for others.
fn integers(dtype: DType, count: usize, mut number: impl FnMut() -> i64) -> Option<Data> {
    macro_rules! collected {
        ($integer:ty) => {
            Data::of((0..count).map(|_| number() as $integer).collect::<Vec<$integer>>())
        };
    }
    Some(match dtype {
        DType::I8 => collected!(i8),
        DType::I16 => collected!(i16),
        DType::I32 => collected!(i32),
        DType::I64 => collected!(i64),
        DType::U8 => collected!(u8),
        DType::U16 => collected!(u16),
        DType::U32 => collected!(u32),
        DType::U64 => collected!(u64),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circle::schema::QuantizationParametersT;

    #[test]
    fn equal_seeds_give_equal_content() {
        let (ty, x) = (Type::fixed(DType::F32, &[64]), Value::new("x", Type::fixed(DType::F32, &[64])));
        let of = |seed, index| Inputs::seeded(seed).tensor(&x, index).unwrap().data.bytes().to_vec();
        assert_eq!(of(1, 0), of(1, 0));
        assert_ne!(of(1, 0), of(2, 0));
        assert_ne!(of(1, 0), of(1, 1));
        assert_eq!(random_data(&ty, 1).bytes(), random_data(&ty, 1).bytes());
    }

    #[test]
    fn unknown_dims_take_the_given_extent() {
        let dims = vec![Dim::Unknown(crate::ir::Symbol(0)), Dim::Known(2)];
        let mut x = Value::new("x", Type::new(DType::I32, dims.into()));
        assert_eq!(Inputs::seeded(0).tensor(&x, 0).unwrap().dims, [1, 2]);
        assert_eq!(Inputs::seeded(0).with_dim(5).tensor(&x, 0).unwrap().dims, [5, 2]);
        x.ty.shape = None;
        assert!(Inputs::seeded(0).tensor(&x, 0).is_none());
    }

    #[test]
    fn quantized_inputs_cover_their_type() {
        for (dtype, low, high) in [(DType::U8, 0.0, 255.0), (DType::I8, -128.0, 127.0)] {
            let mut x = Value::new("x", Type::fixed(dtype, &[4096]));
            let (scale, zero_point) = (Some(vec![0.5]), Some(vec![7]));
            x.quant = Some(Box::new(QuantizationParametersT { scale, zero_point, ..Default::default() }));
            for kind in Kind::FINITE {
                let numbers = Inputs::seeded(1).of_kind(kind).tensor(&x, 0).unwrap().numbers().unwrap();
                let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
                let most = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                assert_eq!((least, most), (low, high), "{kind:?}");
            }
        }
    }

    /// Numbers of 32 bits, whose products would overflow, stand for floats of the kind.
    #[test]
    fn wide_quantized_inputs_stand_for_moderate_numbers() {
        let mut x = Value::new("x", Type::fixed(DType::I32, &[4096]));
        let (scale, zero_point) = (Some(vec![0.5]), Some(vec![0]));
        x.quant = Some(Box::new(QuantizationParametersT { scale, zero_point, ..Default::default() }));
        let numbers = Inputs::seeded(1).tensor(&x, 0).unwrap().numbers().unwrap();
        assert!(numbers.iter().all(|n| n.abs() <= 16.0) && numbers.iter().any(|n| n.abs() > 4.0));
    }
}
