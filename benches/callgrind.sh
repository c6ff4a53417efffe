#!/bin/sh
# Instruction counts of a fixed run: a guard against slow-downs that no noise of the machine disturbs.
# Usage: benches/callgrind.sh          (needs valgrind; takes about a minute)
# Compare the figures with those in benches/RESULTS.md.  The first three columns are of a whole run; the last two are
# what reading the envelopes, and envelopes and grammars, takes for a line.
set -eu
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cargo build --release --quiet --bin mailrake --example generate --example lines
printf '%-12s %14s %10s %10s %10s\n' log instructions 'per byte' envelope '+ grammar'

# Instructions a line in the loop that reads the lines.
a_line() {
    lines=$(valgrind --tool=callgrind --callgrind-out-file="$dir/out" target/release/examples/lines "$1" "$dir/log" \
        2>/dev/null | cut -d' ' -f1)
    callgrind_annotate --inclusive=yes "$dir/out" | grep 'lines::read' | head -1 | tr -d , |
        awk -v lines="$lines" '{ printf "%10.0f", $1 / lines }'
}

for shape in postfix postfix-iso exim sendmail; do
    target/release/examples/generate "$shape" busy 10M "$dir/log" 7
    valgrind --tool=callgrind --callgrind-out-file="$dir/out" \
        target/release/mailrake --threads 1 --color never "$dir/log" >/dev/null 2>"$dir/err"
    sed -n 's/.*refs: *//p' "$dir/err" | tr -d , |
        awk -v shape="$shape" '{ printf "%-12s %14d %10.1f", shape, $1, $1 / 1e7 }'
    echo " $(a_line envelope) $(a_line grammar)"
done
