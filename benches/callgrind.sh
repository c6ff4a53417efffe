#!/bin/sh
# Instruction counts of a fixed run: a guard against slow-downs that no noise of the machine disturbs.
# Usage: benches/callgrind.sh          (needs valgrind; takes about a minute)
# Compare the figures with those in benches/RESULTS.md.
set -eu
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cargo build --release --quiet --bin mailrake --example generate
printf '%-12s %14s %10s\n' log instructions 'per byte'
for shape in postfix postfix-iso exim sendmail; do
    target/release/examples/generate "$shape" busy 10M "$dir/log" 7
    valgrind --tool=callgrind --callgrind-out-file="$dir/out" \
        target/release/mailrake --threads 1 --color never "$dir/log" >/dev/null 2>"$dir/err"
    sed -n 's/.*refs: *//p' "$dir/err" | tr -d , |
        awk -v shape="$shape" '{ printf "%-12s %14d %10.1f\n", shape, $1, $1 / 1e7 }'
done
