"""The figures of samples/sql beside those of the JSON report: what must be equal, and how each is named there."""

import json
import pathlib

SQL = pathlib.Path(__file__).resolve().parent.parent / "samples" / "sql"
TABLES = sorted(path.stem for path in SQL.glob("*.sql") if path.stem != "views")
DEAD_ENDS = [
    "immediate_resend", "sender_hop", "retry_after_permanent", "no_backoff", "endless_deferral", "auth_missing",
    "bad_sequence", "blocklisted_sending",
]


def statements(name):
    """The statements of a file, without comments."""
    text = (SQL / (name + ".sql")).read_text()
    text = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return [one.strip() for one in text.split(";") if one.strip()]


def duckdb_tables(source, rows="true"):
    """Every table over some rows of the Parquet files of a glob, from DuckDB: name to list of rows as dicts."""
    import duckdb

    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    db.execute(f"CREATE VIEW events AS SELECT * FROM read_parquet('{source}', hive_partitioning = true) WHERE {rows}")
    for statement in statements("views"):
        db.execute(statement)
    out = {}
    for name in TABLES:
        result = db.execute(statements(name)[0])
        names = [column[0] for column in result.description]
        out[name] = [dict(zip(names, row)) for row in result.fetchall()]
    return out


def spark_tables(spark, events):
    """The same from Spark SQL."""
    events.createOrReplaceTempView("events")
    for statement in statements("views"):
        spark.sql(statement)
    return {name: [row.asDict() for row in spark.sql(statements(name)[0]).collect()] for name in TABLES}


def normal(tables):
    """Rows in an order and of types that both engines share."""

    def cell(value):
        if value is None or isinstance(value, (str, bool)):
            return value
        return round(float(value), 6) if float(value) != int(value) else int(value)

    return {
        name: sorted(json.dumps({k: cell(v) for k, v in row.items()}, sort_keys=True) for row in rows)
        for name, rows in tables.items()
    }


def micros(text):
    import datetime

    moment = datetime.datetime.fromisoformat(text)
    since = moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return (since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds


def differences(tables, report):
    """What is not equal, as lines of text: empty where all is."""
    off = []

    def same(what, got, want):
        if got != want:
            off.append(f"{what}: SQL {got!r}, report {want!r}")

    totals = tables["totals"][0]
    for key, value in report["totals"].items():
        if key not in totals:
            off.append(f"totals.{key} is not in totals.sql")
        else:
            same(f"totals.{key}", int(totals[key] or 0), value)

    def rows(name, keys, fields, want, renamed={}):
        def table(rows, names):
            out = {}
            for row in rows:
                key = tuple(row[k] for k in keys)
                if key in out:
                    off.append(f"{name}: {key} twice")
                out[key] = tuple(names(row, field) for field in fields)
            return out

        got = table(tables[name], lambda row, field: row[field] if not isinstance(row[field], float) else row[field])
        wanted = table(want, lambda row, field: renamed.get(field, lambda r: r[field])(row))
        for key in sorted(set(got) | set(wanted), key=str):
            if key not in got or key not in wanted:
                off.append(f"{name}: {key} only in the {'report' if key in wanted else 'SQL'}")
                continue
            for field, a, b in zip(fields, got[key], wanted[key]):
                if field in ("delay_p50", "delay_p95"):
                    # The report counts delays in buckets that are at most 0.4 % off.
                    if (a is None) != (b is None) or a is not None and abs(a - b) > 0.005 * max(a, b) + 0.002:
                        off.append(f"{name} {key} {field}: SQL {a!r}, report {b!r}")
                elif field == "delay_max":
                    if (a is None) != (b is None) or a is not None and abs(a - b) > 0.0006:
                        off.append(f"{name} {key} {field}: SQL {a!r}, report {b!r}")
                elif a != b and not (a is not None and b is not None and not isinstance(a, (str, bool)) and int(a) == b):
                    off.append(f"{name} {key} {field}: SQL {a!r}, report {b!r}")

    times = {"first_us": lambda r: micros(r["first"]), "last_us": lambda r: micros(r["last"])}
    counts = ["attempts", "messages", "recipients"]
    rows("codes", ["direction", "reply_code", "enhanced_code", "class", "outcome"],
         counts + ["domains", "cause", "first_us", "last_us"], report["codes"], times)
    rows("code_domains", ["direction", "reply_code", "enhanced_code", "domain", "outcome"],
         counts + ["cause", "first_us", "last_us"], report["code_domains"], times)
    rows("causes", ["cause", "direction", "class"], ["attempts", "recipients", "domains"], report["causes"])
    rows("domains", ["domain"],
         ["attempts", "delivered", "delivered_local", "deferred", "bounced", "expired", "recovered", "delay_p50",
          "delay_p95", "delay_max", "top_cause"], report["domains"])
    rows("providers", ["provider"], ["domains", "attempts", "delivered", "deferred", "bounced"], report["providers"])
    rows("greylisting", ["domain"],
         ["chains", "passed", "wait_low_s", "wait_high_s", "passed_max_s", "early_retries", "restarts"],
         report["retries"]["greylisting"])

    gaps = {row["from_s"]: row for row in tables["retry_gaps"]}
    for gap in report["retries"]["gaps"]:
        got = gaps.get(gap["from_s"], {})
        for field in ("attempts", "delivered", "deferred", "bounced"):
            same(f"retry_gaps {gap['from_s']} {field}", int(got.get(field, 0)), gap[field])

    fields = ("delivered", "delivered_local", "deferred", "bounced", "expired", "rejected")
    points = sorted(micros(point["start"]) for point in report["series"])
    hour = 3_600_000_000
    width = 24 * hour if len(points) > 1 and points[1] - points[0] > hour else hour
    got = {}
    for row in tables["series"]:
        sums = got.setdefault(row["start_us"] // width * width, [0] * len(fields))
        for i, field in enumerate(fields):
            sums[i] += int(row[field])
    for point in report["series"]:
        same(f"series {point['start']}", got.pop(micros(point["start"]), [0] * len(fields)), [point[f] for f in fields])
    for start in got:
        off.append(f"series: {start} only in the SQL")

    found = {finding["kind"]: finding for finding in report["dead_ends"]}
    for kind in DEAD_ENDS:
        finding = found.get(kind, {"count": 0, "attempts": 0, "attempts_wasted": 0})
        same(f"{kind} count", sum(int(row["count"]) for row in tables[kind]), finding["count"])
        if kind != "no_backoff":
            same(f"{kind} attempts", sum(int(row["attempts"]) for row in tables[kind]), finding["attempts"])
            wasted = sum(int(row["attempts_wasted"]) for row in tables[kind])
            same(f"{kind} attempts_wasted", wasted, finding["attempts_wasted"])
    return off
