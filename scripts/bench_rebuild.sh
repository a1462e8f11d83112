#!/usr/bin/env bash
# Seconds from editing one pattern file to a rebuilt circle-opt in the dev profile.
#
# usage: bench_rebuild.sh [PATTERN_FILE] [RUNS]
#
# The edit is a line put in front, which moves every rule of the file. The file is put back afterwards.
set -euo pipefail
cd "$(dirname "$0")/.."
file=${1:-patterns/fully_connected.pat}
runs=${2:-3}

original=$(mktemp)
cp "$file" "$original"
trap 'cp "$original" "$file"; rm "$original"' EXIT

cargo build --quiet -p optimizer-cli
for run in $(seq "$runs"); do
  sed -i "1i // edit $run" "$file"
  start=$(date +%s.%N)
  cargo build --quiet -p optimizer-cli
  end=$(date +%s.%N)
  echo "$start $end" | awk -v file="$file" '{ printf "%s: %.1f s\n", file, $2 - $1 }'
done
