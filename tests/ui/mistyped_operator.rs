use optimizer_macros::patterns;

include!("mistyped_operator.pat");

fn main() {}
