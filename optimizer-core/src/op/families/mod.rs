//! The families of operators, one file each.
//!
//! Invariant: every operator code of circle 0.10 is in exactly one family; known custom operators are in their own.

use crate::op::Description;

macro_rules! families {
    ($($family:ident)*) => {
        $(pub mod $family;)*
        $(pub use $family::*;)*

        /// All families of circle's operators.
        pub const ALL: &[&[&Description]] = &[$($family::ALL),*];
    };
}

families! {
    activation
    arithmetic
    binary_coded
    bits
    circle_only
    comparison
    control
    conversion
    convolution
    convolution3d
    dense
    diagonal
    fill
    gather
    join
    normalization
    pad
    pooling
    recurrent
    reduction
    reshape
    resize
    scatter
    search
    segment
    slice
    space
    spectrum
    spread
    stablehlo
    stablehlo_index
    state
    suppression
    text
    transpose
    transpose_conv
    unary
    window_reduction
}

pub mod custom;
mod gru;
mod lstm;
mod quantized;
mod weights;
mod window;

pub use custom::*;
pub use window::{Window, Windowed};

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
