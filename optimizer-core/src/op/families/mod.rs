//! The families of operators, one file each.
//!
//! Invariant: every operator code of circle 0.10 is in exactly one family; known custom operators are in their own.

use crate::op::Description;

pub mod activation;
pub mod arithmetic;
pub mod circle_only;
pub mod comparison;
pub mod control;
pub mod conversion;
pub mod convolution;
pub mod custom;
pub mod dense;
pub mod fill;
pub mod gather;
pub mod join;
pub mod normalization;
pub mod pad;
pub mod pooling;
pub mod recurrent;
pub mod reduction;
pub mod reshape;
pub mod resize;
pub mod search;
pub mod slice;
pub mod space;
pub mod stablehlo;
pub mod state;
pub mod text;
pub mod transpose;
pub mod transpose_conv;
pub mod unary;
mod window;

pub use activation::*;
pub use arithmetic::*;
pub use circle_only::*;
pub use comparison::*;
pub use control::*;
pub use conversion::*;
pub use convolution::*;
pub use custom::*;
pub use dense::*;
pub use fill::*;
pub use gather::*;
pub use join::*;
pub use normalization::*;
pub use pad::*;
pub use pooling::*;
pub use recurrent::*;
pub use reduction::*;
pub use reshape::*;
pub use resize::*;
pub use search::*;
pub use slice::*;
pub use space::*;
pub use stablehlo::*;
pub use state::*;
pub use text::*;
pub use transpose::*;
pub use transpose_conv::*;
pub use unary::*;
pub use window::{Window, Windowed};

/// All families.
#[rustfmt::skip]
pub const ALL: &[&[&Description]] = &[activation::ALL, arithmetic::ALL, circle_only::ALL, comparison::ALL, control::ALL, conversion::ALL, convolution::ALL, dense::ALL, fill::ALL, gather::ALL, join::ALL, normalization::ALL, pad::ALL, pooling::ALL, recurrent::ALL, reduction::ALL, reshape::ALL, resize::ALL, search::ALL, slice::ALL, space::ALL, stablehlo::ALL, state::ALL, text::ALL, transpose::ALL, transpose_conv::ALL, unary::ALL];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::OpCode;
    use std::collections::HashSet;

    #[test]
    fn every_operator_code_is_described_once() {
        let mut described: Vec<_> = ALL.iter().flat_map(|family| family.iter().map(|d| d.code)).collect();
        described.sort_unstable_by_key(|c| c.0);
        let mut codes = OpCode::ENUM_VALUES.to_vec();
        codes.sort_unstable_by_key(|c| c.0);
        assert_eq!(described, codes);
    }

    #[test]
    fn names_and_operands_are_unique() {
        let mut names = HashSet::new();
        for d in ALL.iter().flat_map(|family| family.iter()) {
            assert!(names.insert(d.name), "{d:?} twice");
            assert_eq!(d.operands.iter().collect::<HashSet<_>>().len(), d.operands.len(), "{d:?}");
        }
    }

    #[test]
    fn names_are_the_codes_in_camel_case() {
        for d in ALL.iter().flat_map(|family| family.iter()) {
            let code = d.code.variant_name().expect("a code of the schema has a name");
            assert_eq!(d.name.to_uppercase(), code.replace('_', ""), "{d:?}");
        }
    }
}
