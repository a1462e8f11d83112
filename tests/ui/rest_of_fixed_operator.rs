use optimizer_macros::patterns;

include!("rest_of_fixed_operator.pat");

fn main() {}
