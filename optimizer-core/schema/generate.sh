#!/bin/sh
# Regenerates ../src/circle/schema/generated.rs from circle.fbs; the same schema gives the same bytes.
#
#   optimizer-core/schema/generate.sh
#
# flatc 23.5.26 is built (cmake and a C++ compiler are needed, 3 minutes) from the crate `flatc`, in a directory that is
# removed afterwards. FLATC=/path/to/flatc skips that.
#
# Its output is changed in two places, for files ONE's own tools write and the Rust verifier alone refuses: a union may
# have a type and no value (`unpack` makes the options' defaults of it), and an empty vector of longs may be unaligned.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=$here/../src/circle/schema/generated.rs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ -z "${FLATC:-}" ]; then
  mkdir "$work/src"
  printf '[package]\nname = "get-flatc"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\nflatc = "=0.2.2"\n' >"$work/Cargo.toml"
  printf 'fn main() {\n    println!("{}", flatc::flatc().display());\n}\n' >"$work/src/main.rs"
  FLATC=$(cd "$work" && CARGO_TARGET_DIR="$work/target" cargo run --quiet)
fi
case $("$FLATC" --version) in
  *" 23.5.26") ;;
  *) echo "generate.sh: want flatc 23.5.26, $FLATC is $("$FLATC" --version)" >&2; exit 1 ;;
esac

"$FLATC" --rust --gen-object-api -o "$work" "$here/circle.fbs"
mkdir -p "$(dirname "$out")"
{
  cat <<'HEAD'
//! The circle tables as flatbuffers accessors and owned `...T` objects: generated from schema/circle.fbs by
//! schema/generate.sh, do not edit.

#![allow(warnings, unsafe_code, unsafe_op_in_unsafe_fn)]
#![allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]

/// Accepts a union whose type is set and whose value is null, as every other circle reader does.
trait NullableUnion<'buf>: Sized {
    fn visit_nullable_union<Key, F>(
        self,
        key_name: &'static str,
        key: flatbuffers::VOffsetT,
        value_name: &'static str,
        value: flatbuffers::VOffsetT,
        required: bool,
        verify: F,
    ) -> Result<Self, flatbuffers::InvalidFlatbuffer>
    where
        Key: flatbuffers::Follow<'buf> + flatbuffers::Verifiable,
        F: FnOnce(Key::Inner, &mut flatbuffers::Verifier, usize) -> Result<(), flatbuffers::InvalidFlatbuffer>;
}

impl<'ver, 'opts, 'buf> NullableUnion<'buf> for flatbuffers::TableVerifier<'ver, 'opts, 'buf> {
    fn visit_nullable_union<Key, F>(
        mut self,
        key_name: &'static str,
        key: flatbuffers::VOffsetT,
        value_name: &'static str,
        value: flatbuffers::VOffsetT,
        required: bool,
        verify: F,
    ) -> Result<Self, flatbuffers::InvalidFlatbuffer>
    where
        Key: flatbuffers::Follow<'buf> + flatbuffers::Verifiable,
        F: FnOnce(Key::Inner, &mut flatbuffers::Verifier, usize) -> Result<(), flatbuffers::InvalidFlatbuffer>,
    {
        if self.deref(value)?.is_none() {
            return self.visit_field::<Key>(key_name, key, required);
        }
        self.visit_union::<Key, F>(key_name, key, value_name, value, required, verify)
    }
}

/// A vector of 8-byte scalars that older writers left unaligned when it is empty; only its length is read then.
struct Longs;

impl flatbuffers::Verifiable for Longs {
    fn run_verifier(v: &mut flatbuffers::Verifier, pos: usize) -> Result<(), flatbuffers::InvalidFlatbuffer> {
        if v.get_uoffset(pos)? == 0 {
            return Ok(());
        }
        <flatbuffers::Vector<'_, i64> as flatbuffers::Verifiable>::run_verifier(v, pos)
    }
}

HEAD
  sed -e 's/\.visit_union::</.visit_nullable_union::</' \
    -e "s/visit_field::<flatbuffers::ForwardsUOffset<flatbuffers::Vector<'_, i64>>>/visit_field::<flatbuffers::ForwardsUOffset<Longs>>/" \
    -e '/\.expect("Invalid union table/{s/\.expect(.*)/.map(|table| table.unpack())/;n;s/\.unpack()/.unwrap_or_default()/;}' \
    "$work/circle_generated.rs"
  printf '/// The length of the vtable that has every field of a table, by table name.\n'
  printf 'pub static VTABLE_BYTES: &[(&str, u16)] = &[\n'
  awk '/^impl<.a> [A-Za-z0-9_]*<.a> \{/ { split($2, name, "<"); table = name[1]; bytes[table] = 4 }
    /pub const VT_/ { sub(";", "", $NF); bytes[table] = $NF + 2 }
    END { for (table in bytes) printf "    (\"%s\", %d),\n", table, bytes[table] }' \
    "$work/circle_generated.rs" | LC_ALL=C sort
  printf '];\n'
} >"$work/schema.rs"
(cd "$here" && rustfmt --edition 2024) <"$work/schema.rs" >"$work/formatted.rs"
mv "$work/formatted.rs" "$out"
