#!/bin/sh
# Runs whole processes side by side: mailrake and what is installed of grep, ripgrep, pflogsumm and eximstats.
# Usage: benches/compare.sh [SIZE [RUNS]]      SIZE as 100M or 1G, default 500M; RUNS default 5
# Prints medians: wall clock and CPU seconds, peak memory.  Needs GNU time as /usr/bin/time.
set -eu
cd "$(dirname "$0")/.."
size=${1:-500M}
runs=${2:-5}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cargo build --release --quiet --bin mailrake --example generate
rake=target/release/mailrake

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# measure NAME COMMAND: the command is a line for the shell; what it prints is read by cat, as grep stops at the first
# match when it writes into /dev/null.
measure() {
    : >"$dir/figures"
    i=0
    while [ "$i" -lt "$runs" ]; do
        /usr/bin/time -f '%e %U %S %M' -a -o "$dir/figures" sh -c "$2" | cat >/dev/null
        i=$((i + 1))
    done
    wall=$(cut -d' ' -f1 "$dir/figures" | median)
    cpu=$(awk '{ print $2 + $3 }' "$dir/figures" | median)
    peak=$(cut -d' ' -f4 "$dir/figures" | median)
    awk -v name="$1" -v wall="$wall" -v cpu="$cpu" -v peak="$peak" \
        'BEGIN { printf "  %-34s %8.2f s %8.2f s %8.0f MB\n", name, wall, cpu, peak / 1000 }'
}

has() { command -v "$1" >/dev/null 2>&1; }

for shape in postfix postfix-iso exim sendmail; do
    log=$dir/$shape.log
    target/release/examples/generate "$shape" busy "$size" "$log"
    printf '%s, busy host, %s\n  %-34s %10s %10s %11s\n' "$shape" "$size" command wall cpu peak
    cat "$log" >/dev/null
    measure mailrake "exec $rake $log"
    measure 'mailrake --threads 1' "exec $rake --threads 1 $log"
    case $shape in
        postfix)
            measure 'mailrake events --format csv' "exec $rake events --format csv $log"
            word='status='
            ;;
        postfix-iso) word='status=' ;;
        exim) word=' => ' ;;
        sendmail) word='stat=' ;;
    esac
    measure "grep -c '$word'" "LC_ALL=C exec grep -c '$word' $log"
    if has rg; then measure "rg -c '$word'" "exec rg -c '$word' $log"; fi
    case $shape in
        postfix)
            if has gzip; then
                gzip -1 -k "$log"
                measure 'mailrake LOG.gz' "exec $rake $log.gz"
                measure 'zcat LOG.gz' "exec zcat $log.gz"
                rm "$log.gz"
            fi
            if has pflogsumm; then runs=1 measure pflogsumm "exec pflogsumm $log"; fi
            ;;
        exim)
            if has eximstats; then
                # eximstats before 4.97 knows the short message ids only: it is given the log as Exim 4.96 would write it.
                sed -E 's/^(.{20}[0-9A-Za-z]{6})-[0-9A-Za-z]{5}([0-9A-Za-z]{6})-(..)../\1-\2-\3/' "$log" >"$dir/short.log"
                measure 'mailrake, short ids' "exec $rake $dir/short.log"
                runs=1 measure 'eximstats, short ids' "exec eximstats $dir/short.log"
                rm "$dir/short.log"
            fi
            ;;
    esac
    rm "$log"
done

target/release/examples/generate postfix calm "$size" "$dir/calm.log"
printf 'postfix, calm host, %s\n' "$size"
measure mailrake "exec $rake $dir/calm.log"
target/release/examples/generate postfix busy 100K "$dir/small.log"
printf 'postfix, 100 kB\n'
measure mailrake "exec $rake $dir/small.log"
