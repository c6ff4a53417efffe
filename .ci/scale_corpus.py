"""scale_corpus.py MAILRAKE FOLDER...: the single-machine path. `events --format parquet`, then samples/sql in DuckDB: equal
to the JSON report on every folder or file.

A folder with a truth.json holds one log in several forms (mail.log, mail-iso.log, mainlog and what syslog made of it); each
is read for itself, as a host has one of them."""

import json
import pathlib
import subprocess
import sys
import tempfile

import scale_figures as figures


def logs_of(path):
    """The inputs of each run: file names that are one log, rotated perhaps."""
    folder = pathlib.Path(path)
    if not (folder / "truth.json").exists():
        return [[path]]
    names = sorted(file.name for file in folder.iterdir() if "log" in file.name and file.suffix in ("", ".log", ".1", ".gz"))
    forms = {}
    for name in names:
        if name not in ("rejectlog", "paniclog"):
            forms.setdefault(name.split(".log")[0], []).append(str(folder / name))
    return list(forms.values())


def main():
    binary, failed = sys.argv[1], 0
    for logs in [logs for path in sys.argv[2:] for logs in logs_of(path)]:
        folder = " ".join(logs)
        with tempfile.TemporaryDirectory() as scratch:
            target = pathlib.Path(scratch) / "events.parquet"
            read = ["--timezone", "UTC", *logs]
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
