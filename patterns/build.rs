//! Makes cargo notice pattern files that are added or removed; edits are seen by rustc itself.

fn main() {
    println!("cargo::rerun-if-changed=patterns");
}
