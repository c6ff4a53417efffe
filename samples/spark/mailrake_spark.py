#!/usr/bin/env python3
"""Event rows of many mail hosts, on Spark.

    spark-submit mailrake_spark.py --mailrake /opt/mailrake --input file:///logs --output file:///events

INPUT holds one folder a host; each folder holds that host's log files, rotated and compressed ones too.  One task reads
one host's whole file set in order, because queue ids join within a host: cut by file, senders would be lost.  The binary
does the reading; Spark places, retries and commits.

OUTPUT/table=events/day=YYYY-MM-DD/  event rows (mailrake schema events), Parquet
OUTPUT/table=hosts/                  one row a host: files, bytes, rows, seconds, attempt, error
OUTPUT/_manifest.json                 the same for people and scripts

A host whose logs cannot be read to their end gives no rows at all and is named in the manifest; the others are complete.
Exit status: 0 all hosts, 3 some host failed, 4 none could be read.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from xml.sax.saxutils import escape

# The columns of `mailrake events`, with the types of Spark and Arrow.
COLUMNS = """
    time string, host string, mta string, queue_id string, message_id string, direction string, sender string,
    recipient string, domain string, relay_host string, relay_ip string, stage string, reply_code int,
    enhanced_code string, outcome string, class string, cause string, delay_s double, attempt int, file string,
    line bigint, text string, time_us bigint, seq bigint, first_us bigint, first_line bigint, begun boolean,
    recipient_no int, nth_time int, handed_in_us bigint, ended_us bigint, fate string, onward_id string, local boolean,
    held boolean, sender_domain string, login string, client_ip string, provider string, template string
"""
# What a task says of its host, in a row of its own.
RUN = """
    run_host string, run_files int, run_bytes bigint, run_rows bigint, run_seconds double, run_attempt int,
    run_worker string, run_error string
"""
SCHEMA = ", ".join(" ".join(part.split()) for part in (COLUMNS, RUN)) + ", table string, day string"


def fields(columns):
    return [tuple(field.split()) for field in columns.replace("\n", " ").split(",")]


def arrow_schema(columns):
    import pyarrow as pa

    types = {"string": pa.string(), "int": pa.int32(), "bigint": pa.int64(), "double": pa.float64(),
             "boolean": pa.bool_()}
    return pa.schema([(name, types[kind]) for name, kind in fields(columns)])


def local_path(uri):
    """The path of a file of this machine, or None."""
    if uri.startswith("file:"):
        return "/" + uri[len("file:"):].lstrip("/")
    return None if "://" in uri else uri


def fetch(uris, folder, hadoop):
    """Copies files of any file system that Spark's own connectors read; keeps their times, which tell the year."""
    # The client wants a core-site.xml, be it an empty one; that of the cluster comes first.  The settings may hold keys:
    # they stand in a file of ours alone and not among the arguments, which everybody on the machine sees.
    conf = os.path.join(os.path.dirname(folder), "hadoop")
    os.mkdir(conf)
    for name, settings in (("core-site.xml", {}), ("hdfs-site.xml", {}), ("settings.xml", hadoop["conf"])):
        with open(os.path.join(conf, name), "w", encoding="utf-8") as out:
            out.write("<configuration>\n")
            for key, value in settings.items():
                out.write(f"<property><name>{escape(key)}</name><value>{escape(value)}</value></property>\n")
            out.write("</configuration>\n")
    classpath = [os.environ.get("HADOOP_CONF_DIR"), hadoop["classpath"], conf]
    command = [hadoop["java"], "-cp", os.pathsep.join(filter(None, classpath)), "org.apache.hadoop.fs.FsShell", "-conf",
               os.path.join(conf, "settings.xml"), "-copyToLocal", "-p", *uris, folder]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise OSError("cannot fetch: " + done.stderr.decode(errors="replace").strip()[:500])
    return [os.path.join(folder, uri.rsplit("/", 1)[-1]) for uri in uris]


def read_host(host, uris, options, scratch):
    """Runs the binary on a host's files.  Gives the file of rows, or raises with the reason."""
    paths = [local_path(uri) for uri in uris]
    if options["copy"] or None in paths:
        folder = os.path.join(scratch, "logs")
        os.mkdir(folder)
        paths = fetch(uris, folder, options["hadoop"])
    rows = os.path.join(scratch, "events.csv")
    binary = options["mailrake"]
    binary = os.path.abspath(binary) if os.sep in binary else binary
    # Run where the files are: a row names its file as it is called there, and is the same wherever that was.
    folder, names = os.path.dirname(paths[0]), [os.path.basename(path) for path in paths]
    command = [binary, "events", "--all", "--strict", "--format", "csv", "--csv-raw", "--threads",
               str(options["threads"]), "--host", host, "--output", rows, *options["arguments"], "--", *names]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=folder)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise OSError(f"mailrake ended with {done.returncode}: {said[-2000:]}")
    return rows, sum(os.path.getsize(path) for path in paths)


def row_batches(path):
    """The rows of a CSV file as Arrow batches: an empty cell is null, one with quotes is an empty text."""
    import pyarrow.csv as csv

    schema = arrow_schema(COLUMNS)
    return csv.open_csv(
        path,
        read_options=csv.ReadOptions(block_size=8 << 20),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=schema, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False,
            true_values=["true"], false_values=["false"]),
    )


def host_rows(options):
    """The function that Spark runs for each partition: hosts in, rows out."""

    def run(batches):
        import pyarrow as pa
        import pyarrow.compute as pc
        from pyspark import TaskContext

        events, runs = arrow_schema(COLUMNS), arrow_schema(RUN)
        whole = pa.schema([*events, *runs, pa.field("table", pa.string()), pa.field("day", pa.string())])

        def of_table(batch, table, day):
            rows = batch.num_rows
            known = dict(zip(batch.schema.names, batch.columns))
            known.update(table=pa.array([table] * rows), day=day)
            return pa.RecordBatch.from_arrays(
                [known[f.name] if f.name in known else pa.nulls(rows, f.type) for f in whole], schema=whole)

        for hosts in batches:
            for one in hosts.to_pylist():
                host, uris, begun, total, size = one["host"], one["files"], time.monotonic(), 0, 0
                error = None
                with tempfile.TemporaryDirectory(prefix="mailrake-") as scratch:
                    try:
                        path, size = read_host(host, uris, options, scratch)
                    except (OSError, ValueError) as trouble:
                        error = str(trouble)
                    else:
                        # Nothing is written before the binary has ended well; what fails from here on is Spark's to
                        # try again.
                        for batch in row_batches(path):
                            total += batch.num_rows
                            day = pc.utf8_slice_codeunits(batch.column("time"), 0, 10)
                            yield of_table(batch, "events", day)
                told = pa.RecordBatch.from_pylist([{
                    "run_host": host, "run_files": len(uris), "run_bytes": size, "run_rows": total,
                    "run_seconds": time.monotonic() - begun, "run_attempt": TaskContext.get().attemptNumber(),
                    "run_worker": f"{socket.gethostname()} {os.getpid()}", "run_error": error}], schema=runs)
                yield of_table(told, "hosts", pa.array(["all"]))

    return run


def list_hosts(spark, uri):
    """Each folder below `uri` is a host: its name and its files, by Spark's own file systems."""
    jvm, conf = spark._jvm, spark._jsc.hadoopConfiguration()
    root = jvm.org.apache.hadoop.fs.Path(uri)
    system = root.getFileSystem(conf)
    hosts = []
    for folder in system.listStatus(root):
        if not folder.isDirectory():
            continue
        files = [one for one in system.listStatus(folder.getPath()) if one.isFile()]
        files = [one for one in files if not one.getPath().getName().startswith((".", "_"))]
        if files:
            names = sorted(one.getPath().toString() for one in files)
            hosts.append((folder.getPath().getName(), names, sum(one.getLen() for one in files)))
    # The biggest first, so that no big one is left for the end.
    return sorted(hosts, key=lambda host: (-host[2], host[0]))


def hadoop_client(spark):
    """How a task on any worker calls Hadoop's own client for files that are not of its machine."""
    conf = dict(spark.sparkContext.getConf().getAll())
    prefix = "spark.hadoop."
    home = os.environ.get("SPARK_HOME") or os.path.dirname(__import__("pyspark").__file__)
    java = os.path.join(os.environ["JAVA_HOME"], "bin", "java") if "JAVA_HOME" in os.environ else "java"
    return {"conf": {k[len(prefix):]: v for k, v in conf.items() if k.startswith(prefix)}, "java": java,
            "classpath": os.path.join(home, "jars", "*")}


def write_manifest(spark, output, hosts):
    jvm, conf = spark._jvm, spark._jsc.hadoopConfiguration()
    path = jvm.org.apache.hadoop.fs.Path(output, "_manifest.json")
    manifest = {
        "schema": "mailrake.events/1",
        "rows": sum(host["rows"] for host in hosts),
        "failed": [host["host"] for host in hosts if host["error"]],
        "hosts": hosts,
    }
    out = path.getFileSystem(conf).create(path, True)
    out.write(bytearray((json.dumps(manifest, indent=2, sort_keys=True) + "\n").encode()))
    out.close()
    return manifest


def run(spark, args):
    """Reads every host and writes rows and manifest; gives the manifest."""
    hosts = list_hosts(spark, args.input)
    if not hosts:
        sys.exit(f"{args.input}: no folder with log files")
    options = {"mailrake": args.mailrake, "threads": args.threads, "arguments": args.arguments, "copy": args.copy,
               "hadoop": hadoop_client(spark)}
    # One partition a host: a task that is lost costs one host's reading.
    given = spark.sparkContext.parallelize([host[:2] for host in hosts], len(hosts))
    rows = spark.createDataFrame(given, "host string, files array<string>").mapInArrow(host_rows(options), SCHEMA)
    from pyspark.sql import functions as F

    # A file a day for each so many bytes of log (events are about as big as the log they come from, compressed a tenth).
    total = sum(host[2] for host in hosts)
    parts = args.files_per_day or max(1, round(total / (2 << 30)))
    spread = (F.xxhash64("host", "queue_id") % parts).alias("part")
    placed = rows.repartition(max(1, min(200, parts * 2)), "table", "day", spread)
    placed = placed.sortWithinPartitions("table", "day", "time_us", "host", "seq")
    placed.write.mode("overwrite").option("compression", "zstd").partitionBy("table", "day").parquet(args.output)
    told = spark.read.parquet(args.output).where("table = 'hosts'").orderBy("run_host").collect()
    listed = dict((host[0], host) for host in hosts)
    manifest = write_manifest(spark, args.output, [
        {"host": row.run_host, "files": listed[row.run_host][1], "bytes": row.run_bytes, "rows": row.run_rows,
         "seconds": round(row.run_seconds, 3), "attempt": row.run_attempt, "worker": row.run_worker,
         "error": row.run_error} for row in told])
    return manifest


def read_events(spark, output):
    """The rows that `run` wrote, as `samples/sql` wants them."""
    names = [name for name, _ in fields(COLUMNS)]
    return spark.read.parquet(output.rstrip("/") + "/table=events").select("day", *names)


def arguments(given=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mailrake", default="mailrake", help="the binary, as each worker finds it")
    parser.add_argument("--input", required=True, help="folder with one folder a host: file:, hdfs:, s3a: ...")
    parser.add_argument("--output", required=True, help="folder for rows and manifest, replaced")
    parser.add_argument("--threads", type=int, default=1, help="threads of one binary; set spark.task.cpus alike")
    parser.add_argument("--files-per-day", type=int, default=0, help="Parquet files a day [default: one for 2 GiB of log]")
    parser.add_argument("--copy", action="store_true", help="copy files to the worker even where they are local paths")
    parser.add_argument("arguments", nargs="*", help="after --: options for mailrake events, such as --timezone UTC")
    return parser.parse_args(given)


def main():
    from pyspark.sql import SparkSession

    args = arguments()
    spark = SparkSession.builder.appName("mailrake events").getOrCreate()
    manifest = run(spark, args)
    for host in manifest["hosts"]:
        if host["error"]:
            print(f"{host['host']}: {host['error']}", file=sys.stderr)
    print(f"{manifest['rows']} rows of {len(manifest['hosts']) - len(manifest['failed'])} hosts", file=sys.stderr)
    failed, all_hosts = len(manifest["failed"]), len(manifest["hosts"])
    sys.exit(0 if not failed else 4 if failed == all_hosts else 3)


if __name__ == "__main__":
    main()
