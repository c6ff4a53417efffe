"""scale_spark.py MAILRAKE SCRATCH LOG...: eight hosts with three rotated files each, on Spark with two workers.

Runs the driver twice, once with an executor killed while it parses a host, and holds rows and figures of both against
each other, against DuckDB and against `mailrake report --format json` on the same files.  Each LOG is cut into the three
files of one host; two hosts get a few lines more, which only together are a resend and a hop.
"""

import gzip
import importlib.util
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import scale_figures as figures

ROOT = pathlib.Path(__file__).resolve().parent.parent
UTC = ["--timezone", "UTC"]
# The log of this host is big enough to be frozen half read.
VICTIM = "h0"

spec = importlib.util.spec_from_file_location("mailrake_spark", ROOT / "samples" / "spark" / "mailrake_spark.py")
driver = importlib.util.module_from_spec(spec)
sys.modules["mailrake_spark"] = driver
spec.loader.exec_module(driver)


def check(holds, what):
    print(("ok    " if holds else "FAIL  ") + what, flush=True)
    check.failed |= not holds


check.failed = False

# `Mar  4 06:03:31 host ` or `2025-03-04T06:03:31.5+00:00 host `; Exim's main log names no host.
STAMP = re.compile(rb"^([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) (\S+) ")

PLANTED = {
    # A message through the first relay is deferred; twenty seconds later the program hands it to the second one.
    "h6": [
        "2025-07-01T12:00:00+00:00 h6 postfix/smtpd[11]: AAAA000001: client=app.planted.example[192.0.2.77]",
        "2025-07-01T12:00:00+00:00 h6 postfix/qmgr[2]: AAAA000001: from=<shop@planted.example>, size=900, nrcpt=1 (queue active)",
        "2025-07-01T12:00:02+00:00 h6 postfix/smtp[13]: AAAA000001: to=<kim@far.example>, relay=mx.far.example[203.0.113.7]:25, delay=2, delays=0.1/0/0.9/1, dsn=4.7.1, status=deferred (host mx.far.example[203.0.113.7] said: 450 4.7.1 <shop@planted.example>: Sender address rejected: Rate limit exceeded (in reply to RCPT TO command))",
        "2025-07-01T18:00:02+00:00 h6 postfix/smtp[13]: AAAA000001: to=<kim@far.example>, relay=mx.far.example[203.0.113.7]:25, delay=21602, delays=21601/0/0.5/0.5, dsn=2.0.0, status=sent (250 2.0.0 Ok)",
        "2025-07-01T18:00:02+00:00 h6 postfix/qmgr[2]: AAAA000001: removed",
    ],
    "h7": [
        "2025-07-01T12:00:22+00:00 h7 postfix/smtpd[11]: BBBB000001: client=app.planted.example[192.0.2.77]",
        "2025-07-01T12:00:22+00:00 h7 postfix/qmgr[2]: BBBB000001: from=<shop@planted.example>, size=900, nrcpt=1 (queue active)",
        "2025-07-01T12:00:24+00:00 h7 postfix/smtp[13]: BBBB000001: to=<kim@far.example>, relay=mx.far.example[203.0.113.7]:25, delay=2, delays=0.1/0/0.9/1, dsn=4.7.1, status=deferred (host mx.far.example[203.0.113.7] said: 450 4.7.1 <shop@planted.example>: Sender address rejected: Rate limit exceeded (in reply to RCPT TO command))",
        "2025-07-01T12:01:00+00:00 h7 postfix/smtpd[11]: BBBB000002: client=app.planted.example[192.0.2.77]",
        "2025-07-01T12:01:00+00:00 h7 postfix/qmgr[2]: BBBB000002: from=<shop@planted-too.example>, size=900, nrcpt=1 (queue active)",
        "2025-07-01T12:01:02+00:00 h7 postfix/smtp[13]: BBBB000002: to=<kim@far.example>, relay=mx.far.example[203.0.113.7]:25, delay=2, delays=0.1/0/0.9/1, dsn=2.0.0, status=sent (250 2.0.0 Ok)",
        "2025-07-01T12:01:02+00:00 h7 postfix/qmgr[2]: BBBB000002: removed",
    ],
}


def lay_out(logs, folder):
    """One folder a host with mail.log, mail.log.1 and mail.log.2.gz, cut at lines; host names are made distinct."""
    for number, log in enumerate(logs):
        host = f"h{number}"
        name = host.encode()
        lines = pathlib.Path(log).read_bytes().splitlines(keepends=True)
        lines = [STAMP.sub(rb"\1 " + name + rb" ", line) for line in lines]
        lines += [line.encode() + b"\n" for line in PLANTED.get(host, [])]
        third = len(lines) // 3
        parts = [lines[:third], lines[third:2 * third], lines[2 * third:]]
        (folder / host).mkdir(parents=True)
        with gzip.open(folder / host / "mail.log.2.gz", "wb", 1) as out:
            out.write(b"".join(parts[0]))
        (folder / host / "mail.log.1").write_bytes(b"".join(parts[1]))
        (folder / host / "mail.log").write_bytes(b"".join(parts[2]))


def freezing(binary, scratch):
    """A stand-in for the binary that freezes its first run for the victim half way, so that there is time to kill."""
    mark, script = scratch / "frozen", scratch / "mailrake-freezing"
    script.write_text(f"""#!/bin/bash
host=
for ((i = 1; i < $#; i++)); do [[ ${{!i}} == --host ]] && j=$((i + 1)) && host=${{!j}}; done
if [[ $host == {VICTIM} ]] && mkdir {mark} 2>/dev/null; then
    {binary} "$@" &
    pid=$!
    # Some of the log has been read, and nothing has been written yet.
    while read=$(awk '/^rchar/ {{print $2}}' /proc/$pid/io 2>/dev/null) && ((read < 3000000)); do :; done
    kill -STOP $pid
    echo $pid > {mark}/pid.new && mv {mark}/pid.new {mark}/pid
    wait $pid
    exit
fi
exec {binary} "$@"
""")
    script.chmod(0o755)
    return mark, script


def parents(pid):
    while pid > 1:
        yield pid
        try:
            pid = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            return


def command_of(pid):
    """The command line of a process; nothing of one that is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def state_of(pid):
    """T where it is stopped."""
    return pathlib.Path(f"/proc/{pid}/status").read_text().split("State:")[1].split()[0]


def kill_executor(mark, told):
    """Waits for the frozen run, then kills the executor that it belongs to, and the run itself."""
    deadline = time.time() + 200
    while not (mark / "pid").exists():
        if time.time() > deadline:
            return
        time.sleep(0.02)
    pid = int((mark / "pid").read_text())
    # The signal is sent; on a busy machine it is a while until it is taken.
    state = state_of(pid)
    while state != "T" and time.time() < deadline:
        time.sleep(0.02)
        state = state_of(pid)
    read = int(pathlib.Path(f"/proc/{pid}/io").read_text().split("rchar:")[1].split()[0])
    for above in parents(pid):
        if b"CoarseGrainedExecutorBackend" in command_of(above):
            told.update(executor=above, binary=pid, state=state, read=read)
            os.kill(above, signal.SIGKILL)
            break
    for one in list(parents(pid))[:2]:
        if one != told.get("executor") and b"mailrake" in command_of(one):
            os.kill(one, signal.SIGKILL)


def run_driver(spark, binary, source, target, *more):
    begun = time.time()
    given = ["--mailrake", str(binary), "--input", source.as_uri(), "--output", target.as_uri(), *more, "--", *UTC]
    manifest = driver.run(spark, driver.arguments(given))
    print(f"      {manifest['rows']} rows in {time.time() - begun:.1f} s", flush=True)
    return manifest


def all_rows(target, rows="true"):
    """Number of rows, and a hash over all of them (or some) in their order."""
    import duckdb

    names = ", ".join(name for name, _ in driver.fields(driver.COLUMNS))
    return duckdb.connect().execute(
        f"SELECT count(*), md5(string_agg(md5(CAST(({names}) AS VARCHAR)), '' ORDER BY time_us, host, seq)) "
        f"FROM read_parquet('{target}/table=events/*/*.parquet') WHERE {rows}").fetchone()


def main():
    binary, scratch, logs = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3:]
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    source = scratch / "hosts"
    lay_out(logs, source)
    hosts = sorted(path.name for path in source.iterdir())
    size = sum(path.stat().st_size for path in source.glob("*/*"))
    print(f"      {len(hosts)} hosts, {len(list(source.glob('*/*')))} files, {size / 1e6:.0f} MB", flush=True)

    header = subprocess.run([binary, "events", source / "h1"], capture_output=True).stdout.split(b"\n", 1)[0].decode()
    check(header.split(",") == [name for name, _ in driver.fields(driver.COLUMNS)],
          "the driver's columns are those of mailrake events")

    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ.setdefault("SPARK_SCALA_VERSION", "2.13")
    import pyspark
    from pyspark import cloudpickle
    from pyspark.sql import SparkSession

    # Workers do not know this module; as a program of its own it travels as it is.
    cloudpickle.register_pickle_by_value(driver)

    os.environ["SPARK_HOME"] = os.path.dirname(pyspark.__file__)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_WORKER_DIR"] = str(scratch / "workers")
    spark = (SparkSession.builder.master("local-cluster[2,1,1024]").appName("scale")
             .config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
             .config("spark.sql.shuffle.partitions", "4")
             .config("spark.sql.session.timeZone", "UTC").getOrCreate())
    spark.sparkContext.setLogLevel("OFF")

    plain, killed = scratch / "plain", scratch / "killed"
    manifest = run_driver(spark, binary, source, plain)
    check([host["host"] for host in manifest["hosts"]] == hosts and not manifest["failed"], "every host is in the manifest")
    check(all(host["attempt"] == 0 for host in manifest["hosts"]), "nothing was tried twice")

    mark, stand_in = freezing(binary, scratch)
    told = {}
    killer = threading.Thread(target=kill_executor, args=(mark, told))
    killer.start()
    again = run_driver(spark, stand_in, source, killed)
    killer.join()
    victim = next(host for host in again["hosts"] if host["host"] == VICTIM)
    check(bool(told) and told["state"] == "T",
          f"executor {told.get('executor')} was killed while mailrake {told.get('binary')} had read "
          f"{told.get('read')} bytes of {VICTIM}")
    check(victim["attempt"] > 0, f"{VICTIM} was read again: attempt {victim['attempt']}, worker {victim['worker']}")
    check(not again["failed"], "no host failed")
    check(again["rows"] == manifest["rows"] and all_rows(plain) == all_rows(killed),
          f"the rows are the same with and without the kill: {all_rows(plain)}")

    one, two = (figures.spark_tables(spark, driver.read_events(spark, path.as_uri())) for path in (plain, killed))
    check(figures.normal(one) == figures.normal(two), "every SQL result is the same with and without the kill")
    duck = figures.duckdb_tables(f"{killed}/table=events/*/*.parquet")
    normal, other = figures.normal(two), figures.normal(duck)
    for name in figures.TABLES:
        if normal[name] != other[name]:
            check(False, f"{name}: Spark and DuckDB differ: {set(normal[name]) ^ set(other[name])}"[:600])
    check(normal == other, f"all {len(figures.TABLES)} SQL results are the same from Spark and from DuckDB")

    report = json.loads(subprocess.run([binary, "--format", "json", *UTC, *sorted(source.glob("*/*"))],
                                       capture_output=True, check=True).stdout)
    for host in hosts:
        of_host = figures.duckdb_tables(f"{killed}/table=events/*/*.parquet", f"host = '{host}'")
        alone = json.loads(subprocess.run([binary, "--format", "json", *UTC, source / host], capture_output=True).stdout)
        off = figures.differences(of_host, alone)
        check(not off, f"SQL over {host} equals the JSON report of its folder")
        for line in off[:5]:
            print("          " + line)
    off = figures.differences(two, report)
    check(not off, "SQL over all hosts equals the JSON report on the same files")
    for line in off[:20]:
        print("          " + line)
    across = {kind: [row for row in two[kind] if row["recipient"] == "kim@far.example"]
              for kind in ("immediate_resend", "sender_hop")}
    check([int(row["across_hosts"]) for row in across["immediate_resend"]] == [1], "a resend through the second relay is found")
    hops = [(row["sender"], int(row["count"])) for row in across["sender_hop"]]
    check(hops == [("shop@planted-too.example", 1)], "a hop to another sender domain and another relay is found")

    # Files that are no mounted path are copied by Hadoop's own client, and give the same rows.
    far = scratch / "far"
    shutil.copytree(source / "h6", far / "h6")
    copied = run_driver(spark, binary, far, scratch / "copied", "--copy")
    check(not copied["failed"] and all_rows(scratch / "copied") == all_rows(plain, "host = 'h6'"),
          f"a copied host gives the same {copied['rows']} rows")

    # A host that breaks off is named, and the others are complete.
    broken = source / "h1" / "mail.log.2.gz"
    whole = broken.read_bytes()
    broken.write_bytes(whole[:len(whole) // 2])
    partly = run_driver(spark, binary, source, scratch / "broken")
    broken.write_bytes(whole)
    rest = sum(host["rows"] for host in manifest["hosts"] if host["host"] != "h1")
    check(partly["failed"] == ["h1"] and partly["rows"] == rest, "a broken host is named and costs no other a row")
    spark.stop()
    sys.exit(1 if check.failed else 0)


main()
