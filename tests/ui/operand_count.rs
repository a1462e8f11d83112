use optimizer_macros::patterns;

include!("operand_count.pat");

fn main() {}
