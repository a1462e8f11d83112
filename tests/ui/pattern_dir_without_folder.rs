optimizer_macros::pattern_dir!("nowhere");

fn main() {}
