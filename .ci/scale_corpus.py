"""scale_corpus.py MAILRAKE FOLDER...: the single-machine path. `events --format parquet`, then samples/sql in DuckDB: equal
to the JSON report on every folder or file."""

import json
import pathlib
import subprocess
import sys
import tempfile

import scale_figures as figures


def main():
    binary, failed = sys.argv[1], 0
    for folder in sys.argv[2:]:
        with tempfile.TemporaryDirectory() as scratch:
            target = pathlib.Path(scratch) / "events.parquet"
            read = ["--timezone", "UTC", folder]
            events = subprocess.run([binary, "events", "--all", "--format", "parquet", "-o", target, *read],
                                    stderr=subprocess.PIPE)
            report = subprocess.run([binary, "--format", "json", *read], capture_output=True)
            if events.returncode != report.returncode or not target.exists():
                print(f"FAIL {folder}: exit {events.returncode} and {report.returncode}: {events.stderr.decode()}")
                failed += 1
                continue
            off = figures.differences(figures.duckdb_tables(target), json.loads(report.stdout))
            print(f"{'FAIL' if off else 'equal'} {folder}")
            for line in off[:12]:
                print("    " + line)
            failed += bool(off)
    sys.exit(1 if failed else 0)


main()
