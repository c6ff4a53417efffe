#!/bin/sh
# Runs whole processes side by side: mailrake and what is installed of grep, ripgrep, pflogsumm and eximstats.
# Usage: benches/compare.sh [SIZE [ROUNDS]]      SIZE as 100M or 1G, default 500M; ROUNDS default 5
# All commands run turn by turn, so that a machine that grows slower or faster does so for all of them; what takes a
# minute runs once.  Prints medians: wall clock and CPU seconds, peak memory; then the ratios of the medians.
# Needs GNU time as /usr/bin/time, and five times SIZE in $TMPDIR.
set -eu
cd "$(dirname "$0")/.."
size=${1:-500M}
rounds=${2:-5}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cargo build --release --quiet --bin mailrake --example generate
rake=target/release/mailrake
make=target/release/examples/generate
has() { command -v "$1" >/dev/null 2>&1; }

for shape in postfix postfix-iso exim sendmail; do $make "$shape" busy "$size" "$dir/$shape"; done
$make postfix calm "$size" "$dir/calm"
$make postfix busy 100K "$dir/small"
# eximstats before 4.97 knows the short message ids only: it is given the log as Exim 4.96 would write it.
sed -E 's/^(.{20}[0-9A-Za-z]{6})-[0-9A-Za-z]{5}([0-9A-Za-z]{6})-(..)../\1-\2-\3/' "$dir/exim" >"$dir/exim-short"
gzip -1 -c "$dir/postfix" >"$dir/postfix.gz"
mkdir "$dir/parts"
split -n l/4 "$dir/postfix" "$dir/parts/"
gzip -1 "$dir/parts/"*

# Each line: how often, a name without blanks, and a command for the shell.  What it prints is read by cat, as grep
# stops at the first match when it writes into /dev/null.
: >"$dir/commands"
add() { printf '%s %s %s\n' "$1" "$2" "$3" >>"$dir/commands"; }
for shape in postfix postfix-iso exim sendmail; do
    add "$rounds" "$shape" "exec $rake $dir/$shape"
    add "$rounds" "$shape,1-thread" "exec $rake --threads 1 $dir/$shape"
done
add "$rounds" postfix,calm "exec $rake $dir/calm"
add "$rounds" postfix,100-kB "exec $rake $dir/small"
add "$rounds" postfix,events-as-CSV "exec $rake events --format csv $dir/postfix"
add "$rounds" postfix,gz "exec $rake $dir/postfix.gz"
add "$rounds" postfix,four-gz "exec $rake $dir/parts/*"
add "$rounds" zcat "exec zcat $dir/postfix.gz"
add "$rounds" exim,short-ids "exec $rake $dir/exim-short"
add "$rounds" grep-c "LC_ALL=C exec grep -c status= $dir/postfix"
if has rg; then add "$rounds" rg-c "exec rg -c status= $dir/postfix"; fi
if has pflogsumm; then add 1 pflogsumm "exec pflogsumm $dir/postfix"; fi
if has eximstats; then add 1 eximstats "exec eximstats $dir/exim-short"; fi

round=1
while [ "$round" -le "$rounds" ]; do
    while read -r times name command; do
        [ "$round" -le "$times" ] || continue
        /usr/bin/time -f '%e %U %S %M' -a -o "$dir/$name.figures" sh -c "$command" </dev/null | cat >/dev/null
    done <"$dir/commands"
    round=$((round + 1))
done

# What the median of a column is, the columns of CPU time as one.
median() {
    awk -v column="$2" '{ print column == "wall" ? $1 : column == "cpu" ? $2 + $3 : $4 / 1000 }' "$dir/$1.figures" |
        sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

printf '%s of each log, %s rounds\n%-24s %10s %10s %11s\n' "$size" "$rounds" '' wall cpu peak
while read -r _ name _; do
    printf '%-24s %8.2f s %8.2f s %8.0f MB\n' "$name" "$(median "$name" wall)" "$(median "$name" cpu)" \
        "$(median "$name" peak)"
done <"$dir/commands"

# ratio WHAT COLUMN NAME COLUMN NAME: how many times the second the first is.
ratio() {
    [ -e "$dir/$3.figures" ] && [ -e "$dir/$5.figures" ] || return 0
    awk -v what="$1" -v a="$(median "$3" "$2")" -v b="$(median "$5" "$4")" \
        'BEGIN { if (b > 0) printf "%-46s %8.2f\n", what, a / b }'
}

printf '\nratios\n'
for shape in postfix postfix-iso exim sendmail; do
    ratio "$shape: 1 thread to all, wall" wall "$shape,1-thread" wall "$shape"
done
ratio 'postfix to grep -c, wall' wall postfix wall grep-c
ratio 'postfix to rg -c, wall' wall postfix wall rg-c
ratio 'postfix to rg -c, CPU' cpu postfix cpu rg-c
ratio 'pflogsumm to postfix, CPU' cpu pflogsumm cpu postfix
ratio 'eximstats to exim, CPU' cpu eximstats cpu exim,short-ids
ratio 'ISO to RFC 3164 stamps, wall' wall postfix-iso wall postfix
ratio 'exim to postfix, wall' wall exim wall postfix
ratio 'sendmail to postfix, wall' wall sendmail wall postfix
ratio 'gz to zcat, wall' wall postfix,gz wall zcat
ratio 'four gz: cores at work' cpu postfix,four-gz wall postfix,four-gz
