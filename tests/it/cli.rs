//! The program as a user meets it: what it says, where it says it, and its exit status.
//!
//! Messages read like `design/error-examples`: `mailrake: `, what is wrong with what, then what to do.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Stdio;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

use crate::lab::{count, root};

/// A folder with logs, and the program run in it.
struct Host {
    folder: TempDir,
}

/// What a run left.
struct Run {
    status: i32,
    stdout: Vec<u8>,
    stderr: String,
}

impl Run {
    fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).unwrap()
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|why| panic!("{why}: {}", self.stderr))
    }
}

impl Host {
    /// `mail.log` (Postfix), `mainlog` (Exim), `empty.log`, `access.log`, `mail.log.2.gz` (broken off).
    fn new() -> Self {
        let host = Self { folder: tempfile::tempdir().unwrap() };
        for (name, sample) in [
            ("mail.log", "postfix/mail.log"),
            ("mainlog", "exim/mainlog"),
            ("empty.log", "hostile/empty.log"),
            ("access.log", "hostile/access.log"),
            ("binary.dat", "hostile/binary.dat"),
            ("mail.log.2.gz", "hostile/truncated.log.gz"),
        ] {
            fs::copy(root().join("samples").join(sample), host.path(name)).unwrap();
        }
        host
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::cargo_bin("mailrake").unwrap();
        command.current_dir(self.folder.path()).env("TZ", "UTC").env("LC_ALL", "C.UTF-8").args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Run {
        let output = self.command(args).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        Run { status: output.status.code().unwrap(), stdout: output.stdout, stderr }
    }
}

/// A run with these arguments ends so, and says exactly this.
#[track_caller]
fn check_says(args: &[&str], status: i32, stderr: &str) -> Run {
    let run = Host::new().run(args);
    assert_eq!((run.status, run.stderr.trim_end()), (status, stderr.trim_end()), "mailrake {}", args.join(" "));
    if status == 2 || status == 4 {
        assert!(run.stdout.is_empty(), "a report from nothing");
    } else {
        assert!(!run.stdout.is_empty(), "no report");
    }
    run
}

#[test]
fn a_missing_file_is_named_and_what_was_meant() {
    check_says(&["mail.lgo"], 4, "mailrake: mail.lgo: no such file\n  mail.log exists; did you mean that one?");
}

#[test]
fn a_missing_file_among_others_does_not_stop_them() {
    let run = check_says(
        &["--format", "json", "mail.log", "mail.log.9.gz"],
        3,
        "mailrake: mail.log.9.gz: no such file; going on with the other file",
    );
    assert!(count(&run.json(), "/totals/delivered") > 0);
    check_says(&["nope", "mail.log", "mainlog"], 3, "mailrake: nope: no such file; going on with the other 2 files");
}

#[test]
fn data_that_break_off_are_read_as_far_as_they_go() {
    let run = check_says(
        &["--timezone", "Europe/Berlin", "mail.log.2.gz"],
        3,
        "mailrake: mail.log.2.gz: compressed data ends early, at byte 3,270\n  \
         Read 114 whole lines up to 2025-03-30 03:24:18; the rest is lost. The report\n  \
         says so at its top. Is the file still being written?",
    );
    let head: Vec<String> = run.text().lines().take(4).map(str::to_owned).collect();
    assert!(head.iter().any(|line| line.trim_start().starts_with("INCOMPLETE: mail.log.2.gz:")), "{head:?}");
    let json = Host::new().run(&["--format", "json", "mail.log.2.gz"]).json();
    assert_eq!(count(&json, "/input/lines"), 114);
    assert!(json["input"]["files"][0]["error"].as_str().unwrap().contains("ends early"));
}

#[test]
fn an_empty_log_is_no_error() {
    let run = check_says(&["empty.log"], 0, "");
    assert!(run.text().starts_with("OK: no mail in 0 lines"), "{}", run.text());
}

#[test]
fn a_log_of_another_program_is_no_good_news() {
    for (args, status) in [(&["access.log"][..], 4), (&["access.log", "mail.log"][..], 3)] {
        let run = Host::new().run(args);
        assert_eq!(run.status, status, "{args:?}");
        let said: Vec<&str> = run.stderr.lines().collect();
        assert_eq!(said[0], "mailrake: access.log: 40 lines, none from Postfix, Exim or Sendmail");
        assert!(said[1].starts_with("  First line: 192.0.2.0 - - [04/Mar/2025"), "{said:?}");
        assert_eq!(said[2], "  If it is a mail log, send that line with your report.");
    }
    let run = Host::new().run(&["--mta", "exim", "mail.log"]);
    let said: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(run.status, 4);
    assert!(said[0].starts_with("mailrake: mail.log: ") && said[0].ends_with(" lines, none from Exim"), "{said:?}");
    assert_eq!(said[2], "  Only lines of Exim were asked for; else each line tells who wrote it.");
}

/// Whatever is in it, the terminal gets no control bytes.
#[test]
fn a_binary_file_is_no_log() {
    let run = Host::new().run(&["binary.dat"]);
    assert_eq!(run.status, 4);
    assert!(run.stderr.starts_with("mailrake: binary.dat: "), "{}", run.stderr);
    assert!(!run.stderr.chars().any(|c| c.is_control() && c != '\n'), "{:?}", run.stderr);
    assert_eq!(Host::new().run(&["binary.dat", "mail.log"]).status, 3);
}

#[test]
fn a_directory_is_its_files() {
    let host = Host::new();
    fs::create_dir(host.path("logs")).unwrap();
    fs::create_dir(host.path("nothing")).unwrap();
    fs::copy(host.path("mail.log"), host.path("logs/mail.log")).unwrap();
    let run = host.run(&["logs"]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    let run = host.run(&["nothing"]);
    assert_eq!(run.status, 4);
    assert!(run.stderr.starts_with("mailrake: nothing: no file in this directory\n  "), "{}", run.stderr);
    let run = host.run(&["logs", "nothing"]);
    assert_eq!(run.status, 3);
    assert!(run.stderr.starts_with("mailrake: nothing: no file in this directory; going on with the other file\n"));
}

#[test]
fn a_quoted_glob_is_what_it_matches() {
    let host = Host::new();
    fs::remove_file(host.path("mail.log.2.gz")).unwrap();
    let json = host.run(&["--format", "json", "mail.log*"]).json();
    assert_eq!(json["input"]["files"].as_array().unwrap().len(), 1);
    let run = host.run(&["*.nope"]);
    assert_eq!((run.status, run.stderr.as_str()), (4, "mailrake: *.nope: no file matches\n"));
}

#[test]
fn a_file_that_may_not_be_read_says_who_may() {
    let host = Host::new();
    let path = host.path("mail.log");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&path).is_ok() {
        // The test runs as root, who may read everything.
        return;
    }
    let run = host.run(&["mail.log"]);
    assert_eq!(run.status, 4);
    let said: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(said[0], "mailrake: mail.log: permission denied");
    assert!(said[1].starts_with("  It belongs to ") && said[1].contains("mode 000: run as root"), "{said:?}");
}

#[test]
fn bad_usage_is_told_in_one_go() {
    for (args, said) in [
        (
            &["--fromat", "json", "mail.log"][..],
            "unknown option --fromat\n  Did you mean --format? \"mailrake --help\" lists all options.",
        ),
        (
            &["--day", "yesterdya", "mail.log"],
            "--day: \"yesterdya\" is not a day\n  Use yesterday, today, or a date such as 2026-11-20.",
        ),
        (
            &["--since", "soon", "mail.log"],
            "--since: \"soon\" is not a time\n  Use RFC 3339 (2026-11-20T08:00:00+01:00), 2026-11-20, yesterday, today, 2h or 7d.",
        ),
        (
            &["--format", "jsn", "mail.log"],
            "--format: \"jsn\" is not known\n  Use one of: text, json, csv, html, markdown, mail, prometheus.",
        ),
        (&["--mta", "qmail", "mail.log"], "--mta: \"qmail\" is not known\n  Use one of: postfix, exim, sendmail."),
        (
            &["--timezone", "Mars/Phobos", "mail.log"],
            "--timezone: \"Mars/Phobos\" is not known\n  Use a name such as Europe/Berlin, or an offset such as +02:00.",
        ),
        (&["--top", "x", "mail.log"], "--top: \"x\" cannot be used\n  Use a positive number, or 0 for all rows."),
        (&["--top", "-1", "mail.log"], "--top: \"-1\" cannot be used\n  Use a positive number, or 0 for all rows."),
        (
            &["--threads", "-1", "mail.log"],
            "--threads: \"-1\" cannot be used\n  Use a positive number, or 0 for one a core.",
        ),
        (&["--year", "20", "mail.log"], "--year: \"20\" cannot be used\n  \"mailrake --help\" says what it takes."),
        (&["--day", "today", "--since", "2h", "mail.log"], "--day and --since do not go together"),
        (
            &["--last", "24h", "--state", "state", "mail.log"],
            "--last and --state do not go together\n  --state counts every line once: what a window leaves out would be \
             lost to it.\n  For a report on a window leave --state away; the state stays as it is.",
        ),
        (&["--day"], "--day: a value is missing"),
        (
            &["--since", "2025-03-30", "--until", "2025-03-29", "mail.log"],
            "--until is not after --since: no line can lie between them",
        ),
        (
            &["--format", "csv", "mail.log"],
            "--format csv: which table?\n  Name it with --table, or take all with --csv-dir DIR.",
        ),
        (&["--table", "codes", "mail.log"], "--table goes with --format csv"),
        (
            &["--format", "csv", "--csv-dir", "d1", "mail.log"],
            "--format csv: which table?\n  --csv-dir d1 takes all without --format csv, which is for one table on \
             standard output:\n  name that with --table.",
        ),
        (&["--top", "5", "--top", "6", "mail.log"], "--top is given twice\n  Leave one of the two away."),
        (
            &["events", "--top", "3", "mail.log"],
            "--top is no option of events\n  It belongs to \"mailrake report\". \"mailrake events --help\" lists all options.",
        ),
        (
            &["--strict", "mail.log"],
            "--strict is no option of report\n  It belongs to \"mailrake events\". \"mailrake --help\" lists all options.",
        ),
        (&["--nonsense", "mail.log"], "unknown option --nonsense\n  \"mailrake --help\" lists all options."),
        (&["--journal-dir", "x"], "--journal is missing\n  --journal-dir DIR goes with it."),
        (&["schema"], "schema: OUTPUT is missing\n  Use one of: report, events."),
        (&["completions"], "completions: SHELL is missing\n  Use one of: bash, elvish, fish, powershell, zsh."),
        (&["completions", "foo"], "SHELL: \"foo\" is not known\n  Use one of: bash, elvish, fish, powershell, zsh."),
        (&["config"], "config: COMMAND is missing\n  Use one of: check, dump."),
        (&["config", "foo"], "config: \"foo\" is not known\n  Use one of: check, dump."),
        (
            &["explain"],
            "explain: CODE is missing\n  Try mailrake explain 450, 4.7.1, \"550 5.1.1 User unknown\", greylisted, or a \
             whole line of a log in quotes.",
        ),
        (&["man", "x"], "man: \"x\" is one argument too many\n  \"mailrake man --help\" lists all options."),
    ] {
        check_says(args, 2, &format!("mailrake: {said}"));
    }
}

#[test]
fn what_cannot_be_written_is_told_and_nothing_is_left() {
    let said = "mailrake: no/such/report.txt: cannot be written: no such directory\n  Make no/such first.";
    check_says(&["--output", "no/such/report.txt", "mail.log"], 4, said);
    let said = "mailrake: no/such/lines: cannot be written: no such directory\n  Make no/such first.";
    check_says(&["--unparsed", "no/such/lines", "mail.log"], 4, said);
}

/// Of a host without logs, every place that was looked at.
#[test]
fn without_a_log_the_host_s_own_is_looked_for() {
    if ["mail.log", "maillog", "mail", "exim4", "exim", "exim_mainlog"]
        .iter()
        .any(|n| Path::new("/var/log").join(n).exists())
        || Path::new("/var/spool/exim").exists()
    {
        return;
    }
    let run = Host::new().run(&[]);
    assert_eq!(run.status, 4);
    assert!(run.stderr.starts_with("mailrake: no mail log found\n  Looked for /var/log/mail.log, "), "{}", run.stderr);
    assert!(
        run.stderr
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .contains("Name the file: mailrake LOG, or mailrake - to read a pipe.")
    );
}

#[test]
fn a_closed_pipe_is_quiet() {
    for args in [&["--top", "0", "mail.log", "mainlog"][..], &["events", "mail.log", "mainlog"], &["--help"]] {
        let host = Host::new();
        let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("mailrake"))
            .current_dir(host.folder.path())
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Nobody reads: the pipe is closed before the first byte.
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
        assert!(output.status.success(), "{args:?}: {}", output.status);
    }
    // As `| head -1`.
    let host = Host::new();
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("mailrake"))
        .current_dir(host.folder.path())
        .args(["events", "--all", "mail.log"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("time,host,mta,"), "{first}");
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
}

#[test]
fn a_report_replaces_the_old_one_as_a_whole() {
    let host = Host::new();
    let target = host.path("report.json");
    fs::write(&target, "the old one").unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    let before = fs::metadata(&target).unwrap().ino();
    let run = host.run(&["--format", "json", "--output", "report.json", "mail.log"]);
    assert_eq!((run.status, run.stdout.len(), run.stderr.as_str()), (0, 0, ""));
    let after = fs::metadata(&target).unwrap();
    assert_ne!(before, after.ino(), "written over, not beside");
    assert_eq!(after.permissions().mode() & 0o777, 0o640);
    let written: Value = serde_json::from_slice(&fs::read(&target).unwrap()).unwrap();
    assert_eq!(written, host.run(&["--format", "json", "mail.log"]).json());
    // Nothing could be read: the old report stays.
    let run = host.run(&["--format", "json", "--output", "report.json", "nope.log"]);
    assert_eq!(run.status, 4);
    assert_eq!(serde_json::from_slice::<Value>(&fs::read(&target).unwrap()).unwrap(), written);
    let names = fs::read_dir(host.folder.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.starts_with(".mailrake-")).count(), 0);
}

#[test]
fn every_table_is_csv_with_the_keys_of_the_json() {
    let host = Host::new();
    let run = host.run(&["--csv-dir", "tables", "--format", "json", "mail.log", "mainlog"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let report = run.json();
    let mut tables = 0;
    for table in mailrake::report::csv::TABLES {
        let bytes = fs::read(host.path(&format!("tables/{table}.csv"))).unwrap();
        let alone = host.run(&["--format", "csv", "--table", table, "mail.log", "mainlog"]);
        assert_eq!(alone.stdout, bytes, "{table}");
        assert!(!bytes.contains(&b'\r'), "{table}");
        let mut reader = csv::Reader::from_reader(&bytes[..]);
        let columns = reader.headers().unwrap().clone();
        let rows = reader.records().map(Result::unwrap).count();
        if let Some(list) = report[table].as_array().filter(|_| table != "dead_ends") {
            assert_eq!(rows, list.len(), "{table}");
            if let Some(first) = list.first().and_then(Value::as_object) {
                let unknown: Vec<&str> = columns.iter().filter(|column| !first.contains_key(*column)).collect();
                assert!(unknown.is_empty(), "{table}: {unknown:?}");
            }
            tables += 1;
        }
    }
    assert!(tables >= 6, "{tables} tables were compared");
}

#[test]
fn rows_are_the_same_as_csv_and_as_ndjson() {
    let host = Host::new();
    let csv = host.run(&["events", "--all", "mail.log", "mainlog"]);
    let ndjson = host.run(&["events", "--all", "--format", "ndjson", "mail.log", "mainlog"]);
    let mut reader = csv::Reader::from_reader(&csv.stdout[..]);
    let columns = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let objects: Vec<Value> = ndjson.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), objects.len());
    assert!(rows.len() > 100);
    for (row, object) in rows.iter().zip(&objects) {
        for (column, cell) in columns.iter().zip(row) {
            let value = match &object[column] {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                // `11.0` and `11` are one number.
                Value::Number(number) if column == "delay_s" => {
                    assert_eq!(cell.parse::<f64>().ok(), number.as_f64(), "{object}");
                    continue;
                }
                other => other.to_string(),
            };
            // A cell that a spreadsheet would run is made harmless.
            assert_eq!(cell.trim_start_matches('\''), value.trim_start_matches('\''), "{column} of {object}");
        }
    }
    let times: Vec<&str> = objects.iter().map(|o| o["time"].as_str().unwrap()).collect();
    let mut sorted = times.clone();
    sorted.sort_by_key(|time| chrono::DateTime::parse_from_rfc3339(time).unwrap());
    assert_eq!(times, sorted, "in time order");
    let outcomes =
        |run: &Run| run.text().lines().filter(|l| l.contains(",skipped,") || l.contains(",internal_hop,")).count();
    assert!(outcomes(&csv) > 0);
    assert_eq!(outcomes(&host.run(&["events", "mail.log", "mainlog"])), 0, "only with --all");
}

fn outcomes(run: &Run) -> Vec<(String, u64)> {
    let json = run.json();
    ["delivered", "deferred", "bounced", "expired", "rejected"]
        .map(|name| (name.to_owned(), count(&json, &format!("/totals/{name}"))))
        .into()
}

#[test]
fn windows_of_time_cut_the_log_in_parts_that_add_up() {
    let host = Host::new();
    let run = |args: &[&str]| {
        let run = host.run(&[&["--format", "json", "--timezone", "Europe/Berlin"], args, &["mail.log"]].concat());
        assert_eq!(run.status, 0, "{}", run.stderr);
        run
    };
    let all = outcomes(&run(&[]));
    let days = [outcomes(&run(&["--day", "2025-03-29"])), outcomes(&run(&["--day", "2025-03-30"]))];
    let bound = "2025-03-30T00:00:00+01:00";
    let halves = [outcomes(&run(&["--until", bound])), outcomes(&run(&["--since", bound]))];
    assert_eq!(days, halves);
    for (i, (name, total)) in all.iter().enumerate() {
        // What is given up has no row of its own for those recipients whose tries lie before the window.
        if name != "expired" {
            assert_eq!(days[0][i].1 + days[1][i].1, *total, "{name}");
        }
    }
    assert!(days[0][0].1 > 0 && days[1][0].1 > 0, "{days:?}");
    let window = &run(&["--day", "2025-03-29"]).json()["window"];
    assert_eq!(window["since"], "2025-03-29T00:00:00+01:00");
    assert_eq!(window["until"], "2025-03-30T00:00:00+01:00");
    assert!(window["last"].as_str().unwrap() < "2025-03-30", "{window}");
}

#[test]
fn a_window_of_rows_is_the_rows_of_the_window() {
    let host = Host::new();
    let rows = |args: &[&str]| -> Vec<Value> {
        let run = host.run(&[&["events", "--format", "ndjson", "--timezone", "UTC"], args, &["mainlog"]].concat());
        run.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let (since, until) = ("2024-12-31T16:00:00+00:00", "2024-12-31T20:00:00+00:00");
    let inside = |row: &&Value| (since..until).contains(&row["time"].as_str().unwrap());
    let all = rows(&[]);
    let want: Vec<&Value> = all.iter().filter(inside).collect();
    let got = rows(&["--since", since, "--until", until]);
    assert!(want.len() > 5);
    // The delay is what the window knows.
    let key = |row: &Value| {
        ["time", "queue_id", "recipient", "outcome", "text", "sender", "attempt"].map(|k| row[k].to_string())
    };
    assert_eq!(got.iter().map(key).collect::<Vec<_>>(), want.into_iter().map(key).collect::<Vec<_>>());
}

#[test]
fn a_year_may_be_told() {
    let host = Host::new();
    let line = "Mar  4 09:15:02 mx1 postfix/smtp[21]: 4A1B2C3D01: to=<a@example.org>, relay=mx.example.org[198.51.100.7]:25, \
                delay=1, dsn=2.0.0, status=sent (250 Ok)\n";
    fs::write(host.path("one.log"), line).unwrap();
    let first = |args: &[&str]| {
        let json =
            host.run(&[&["--format", "json", "--timezone", "Europe/Berlin"], args, &["one.log"]].concat()).json();
        json["window"]["first"].as_str().unwrap().to_owned()
    };
    assert_eq!(first(&["--year", "2019"]), "2019-03-04T09:15:02+01:00");
    assert_eq!(first(&["--year", "2019", "--timezone", "America/New_York"][..2]), "2019-03-04T09:15:02+01:00");
    // Without it: the latest year in which the line does not lie after the file's last change.
    let modified = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
    fs::File::options().write(true).open(host.path("one.log")).unwrap().set_modified(modified).unwrap();
    assert_eq!(first(&[]), "2023-03-04T09:15:02+01:00");
}

#[test]
fn zones_move_the_clock_of_the_log_and_of_the_report() {
    let host = Host::new();
    let first = |zone: &str| {
        let json = host.run(&["--format", "json", "--timezone", zone, "mail.log"]).json();
        assert_eq!(json["window"]["timezone"], zone);
        json["window"]["first"].as_str().unwrap().to_owned()
    };
    assert_eq!(first("Europe/Berlin"), "2025-03-29T19:09:03+01:00");
    assert_eq!(first("America/New_York"), "2025-03-29T19:09:03-04:00");
    assert_eq!(first("+05:30"), "2025-03-29T19:09:03+05:30");
    assert_eq!(first("-03:30"), "2025-03-29T19:09:03-03:30");
}

#[test]
fn one_mta_s_lines_may_be_asked_for() {
    let host = Host::new();
    fs::write(
        host.path("both.log"),
        [fs::read(host.path("mail.log")).unwrap(), fs::read(host.path("mainlog")).unwrap()].concat(),
    )
    .unwrap();
    let delivered = |args: &[&str]| {
        let json = host.run(&[&["--format", "json"], args].concat()).json();
        (count(&json, "/totals/delivered"), count(&json, "/totals/bounced"))
    };
    assert_eq!(delivered(&["--mta", "exim", "both.log"]), delivered(&["mainlog"]));
    assert_eq!(delivered(&["--mta", "postfix", "both.log"]), delivered(&["mail.log"]));
}

#[test]
fn lines_that_were_not_understood_are_kept() {
    let host = Host::new();
    let odd = "2025-03-04T09:15:02+00:00 mx1 postfix/smtp[21]: 4A1B2C3D01: to=<a@example.org>, what is this";
    let well = "2025-03-04T09:15:03+00:00 mx1 postfix/qmgr[21]: 4A1B2C3D01: removed";
    fs::write(host.path("odd.log"), format!("{odd}\n{well}\n{odd}\n")).unwrap();
    let run = host.run(&["--unparsed", "kept", "--format", "json", "odd.log"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(count(&run.json(), "/input/unparsed_lines"), 2);
    assert_eq!(fs::read_to_string(host.path("kept")).unwrap(), format!("{odd}\n{odd}\n"));
    assert!(host.run(&["--verbose", "odd.log"]).text().contains("postfix/smtp[21]: 4A1B2C3D01: to=<a@example.org"));
}

#[test]
fn a_file_named_twice_is_read_once() {
    let host = Host::new();
    std::os::unix::fs::symlink("mail.log", host.path("link.log")).unwrap();
    let json = |args: &[&str]| host.run(&[&["--format", "json"], args].concat()).json();
    let (once, thrice) = (json(&["mail.log"]), json(&["mail.log", "./mail.log", "link.log"]));
    assert_eq!(once["totals"], thrice["totals"]);
    assert_eq!(once["input"]["lines"], thrice["input"]["lines"]);
}

/// Hash tables are seeded anew in every process: nothing that is shown may come in their order.
#[test]
fn every_run_writes_the_same_bytes() {
    let host = Host::new();
    for name in ["postfix", "exim", "sendmail"] {
        let log = crate::lab::log(name);
        fs::write(host.path("whole.log"), log.whole()).unwrap();
        for args in [&["--format", "json"][..], &["--top", "0", "--verbose"], &["events", "--all"]] {
            let args = [args, &["whole.log"]].concat();
            let first = host.run(&args);
            assert_eq!(first.status, 0, "{}", first.stderr);
            for threads in ["1", "2", "4"] {
                let again = host.run(&[&args[..], &["--threads", threads, "--block-size", "20000"]].concat());
                assert!(first.stdout == again.stdout, "{name}: {args:?} on {threads} threads");
            }
        }
    }
}

/// The format of each output is told by its ending; the folder takes every table.
#[test]
fn several_outputs_are_written_in_one_run() {
    let host = Host::new();
    let args =
        ["--output", "report.html", "--output", "today.csv.d/", "--output", "mailrake.prom", "--output", "r.json"];
    let run = host.run(&[&args[..], &["mail.log"]].concat());
    assert_eq!((run.status, run.stdout.len(), run.stderr.as_str()), (0, 0, ""));
    assert!(fs::read_to_string(host.path("report.html")).unwrap().starts_with("<!doctype html>"));
    assert!(fs::read_to_string(host.path("mailrake.prom")).unwrap().contains("\nmailrake_attempts_total{"));
    let written: Value = serde_json::from_slice(&fs::read(host.path("r.json")).unwrap()).unwrap();
    assert_eq!(written, host.run(&["--format", "json", "mail.log"]).json());
    for table in mailrake::report::csv::TABLES {
        assert!(host.path(&format!("today.csv.d/{table}.csv")).exists(), "{table}");
    }
    // One more for a person who looks on; an ending that tells nothing takes --format.
    let run = host.run(&["--format", "json", "--output", "x", "--output", "y.md", "--output", "-", "mail.log"]);
    assert_eq!(run.json(), written);
    assert_eq!(serde_json::from_slice::<Value>(&fs::read(host.path("x")).unwrap()).unwrap(), written);
    assert!(fs::read_to_string(host.path("y.md")).unwrap().starts_with('#'));
    check_says(
        &["--output", "a.csv", "mail.log"],
        2,
        "mailrake: --output a.csv: which table?\n  Name it with --table, or take all with --csv-dir DIR.",
    );
    check_says(&["--output", "a", "--output", "a", "mail.log"], 2, "mailrake: --output: a is named twice");
}

/// Whatever goes wrong with one output, every old file stays whole.
#[test]
fn a_full_disk_leaves_the_old_files() {
    let host = Host::new();
    for name in ["old.html", "old.json"] {
        fs::write(host.path(name), "the old one").unwrap();
    }
    let intact = |why: &str| {
        for name in ["old.html", "old.json"] {
            assert_eq!(fs::read_to_string(host.path(name)).unwrap(), "the old one", "{why}");
        }
    };
    let bad = "no/such/place.txt";
    let run = host.run(&["--output", "old.html", "--output", bad, "--output", "old.json", "mail.log"]);
    assert_eq!(run.status, 4, "{}", run.stderr);
    assert!(run.stderr.starts_with(&format!("mailrake: {bad}: cannot be written: ")), "{}", run.stderr);
    intact(bad);
    // No file may grow over a few kilobytes, which is how a full disk looks from here.
    let run = std::process::Command::new("sh")
        .current_dir(host.folder.path())
        .args(["-c", "ulimit -f 4; trap '' XFSZ; exec \"$0\" --output old.json --output old.html mail.log"])
        .arg(assert_cmd::cargo::cargo_bin("mailrake"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(4), "{said}");
    assert!(said.starts_with("mailrake: old.json: cannot be written: "), "{said}");
    intact("a full disk");
    let run = host.run(&["--output", "/dev/full", "mail.log"]);
    assert_eq!((run.status, run.stderr.as_str()), (4, "mailrake: /dev/full: cannot be written: no space left\n"));
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let output = std::process::Command::new(assert_cmd::cargo::cargo_bin("mailrake"))
        .current_dir(host.folder.path())
        .arg("mail.log")
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(4));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said, "mailrake: standard output: cannot be written: no space left\n");
    let names = fs::read_dir(host.folder.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.starts_with(".mailrake-")).count(), 0);
}

/// Nothing to tell: not a byte, and exit status 0; but files and state are kept up to date.
#[test]
fn a_clean_log_is_silent() {
    let host = Host::new();
    let clean = "Mar  3 08:00:00 mx1 postfix/qmgr[2]: 4F1A0203F1: from=<a@example.org>, size=900, nrcpt=1 (queue active)\n\
        Mar  3 08:00:01 mx1 postfix/smtp[3]: 4F1A0203F1: to=<ann@remote.example>, relay=mx.remote.example[203.0.113.7]:25, delay=1, delays=0.1/0/0.5/0.4, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ABC)\n\
        Mar  3 08:00:01 mx1 postfix/qmgr[2]: 4F1A0203F1: removed\n";
    fs::write(host.path("clean.log"), clean).unwrap();
    let run = host.run(&["--quiet-if-clean", "--state", "state", "--output", "-", "--output", "a.prom", "clean.log"]);
    assert_eq!((run.status, run.stdout.len(), run.stderr.as_str()), (0, 0, ""));
    assert!(host.path("a.prom").exists());
    let run = host.run(&["--quiet-if-clean", "clean.log"]);
    assert_eq!((run.status, run.stdout.len(), run.stderr.as_str()), (0, 0, ""));
    let run = host.run(&["--quiet-if-clean", "--state", "state", "--format", "json", "clean.log"]);
    assert_eq!((run.status, run.stdout.len(), run.stderr.as_str()), (0, 0, ""));
    assert!(!host.run(&["--quiet-if-clean", "mail.log"]).stdout.is_empty());
}

/// Keys of the config file are options; thresholds and what is to be left alone are keys too.
#[test]
fn a_config_file_sets_what_flags_would() {
    let host = Host::new();
    let log = "mail.log";
    let before = host.run(&["--format", "json", log]).json();
    let kinds: Vec<String> =
        before["dead_ends"].as_array().unwrap().iter().map(|d| d["kind"].as_str().unwrap().to_owned()).collect();
    let kind = kinds.first().expect("the sample has a dead end");
    let config = format!(
        "format = \"json\"\n[thresholds]\nfew_cases = 7\n[[ignore]]\nfinding = \"{kind}\"\nreason = \"known\"\n\
         [[ignore]]\nfinding = \"bad_sequence\"\nuntil = 2020-01-01\nreason = \"old\"\n"
    );
    fs::write(host.path("mailrake.toml"), config).unwrap();
    let run = host.run(&["--config", "mailrake.toml", log]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let after = run.json();
    assert!(after["dead_ends"].as_array().unwrap().iter().all(|d| d["kind"] != kind.as_str()));
    assert_eq!(after["ignored"][0]["kind"], kind.as_str());
    assert_eq!(after["ignored"][0]["reason"], "known");
    assert!(after["ignores_expired"][0].as_str().unwrap().starts_with("bad_sequence, up to 2020-01-01"));
    assert_eq!(after["totals"], before["totals"]);
    // Flags win; the text names what is left alone.
    let text = host.run(&["--config", "mailrake.toml", "--format", "text", log]).text();
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(&format!("of {kind} (known).")), "{text}");
    assert!(flat.contains("No longer ignored: bad_sequence, up to 2020-01-01: old."), "{text}");
    let dump = host.run(&["config", "dump", "--config", "mailrake.toml"]).text();
    assert!(dump.contains("few_cases = 7\n"), "{dump}");
    fs::write(host.path("dumped.toml"), &dump).unwrap();
    assert_eq!(host.run(&["config", "dump", "--config", "dumped.toml"]).text(), dump);
    let run = host.run(&["config", "check", "--config", "mailrake.toml"]);
    assert!(run.text().starts_with("mailrake.toml: fine\n"), "{}", run.text());
    fs::write(host.path("mailrake.toml"), "top = 5\nquiet_if_claen = true\n").unwrap();
    for args in [&["config", "check", "--config", "mailrake.toml"][..], &["--config", "mailrake.toml", log]] {
        let run = host.run(args);
        assert_eq!(
            (run.status, run.stderr.as_str()),
            (2, "mailrake: mailrake.toml: line 2: unknown key quiet_if_claen\n  Did you mean quiet_if_clean?\n")
        );
    }
}

/// The block of TOML in the README is what `--rules` takes.
#[test]
fn rules_of_ones_own_come_first_and_mistakes_in_them_are_named_by_line() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, shown) = readme.split_once("```toml\n").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    let host = Host::new();
    fs::write(host.path("rules.toml"), shown).unwrap();
    let reply = "550 5.1.1 User unknown; held for review by our gateway";
    let run = host.run(&["explain", "--rules", "rules.toml", "--format", "json", reply]);
    let answer = run.json();
    assert_eq!((answer["cause"].as_str(), answer["rule"].as_str()), (Some("policy"), Some("house-quarantine")));
    let run = host.run(&["explain", "--format", "json", reply]);
    assert_eq!(run.json()["cause"], "user-unknown");
    fs::write(host.path("rules.toml"), format!("{shown}\n[[rule]]\nname = \"two\"\ncause = \"no-cause\"\n")).unwrap();
    for command in [&["explain", "550"][..], &["mail.log"], &["events", "mail.log"]] {
        let run = host.run(&[command, &["--rules", "rules.toml"]].concat());
        assert_eq!(run.status, 2, "{command:?}");
        let line = shown.lines().count() + 4;
        let named = format!("--rules: rules.toml: line {line}: rule two: cause \"no-cause\" cannot be read");
        assert!(run.stderr.contains(&named), "{}", run.stderr);
    }
    fs::write(host.path("rules.toml"), shown.replace("\"policy\"", "\"polcy\"")).unwrap();
    let run = host.run(&["--rules", "rules.toml", "mail.log"]);
    let line = shown.lines().position(|line| line.starts_with("cause")).unwrap() + 1;
    assert!(run.stderr.contains(&format!("rules.toml: line {line}: rule ")), "{}", run.stderr);
    let run = host.run(&["--rules", "none.toml", "mail.log"]);
    assert!(run.status != 0 && run.stderr.contains("none.toml"), "{}", run.stderr);
}

/// File names are written by strangers too: the terminal gets no control bytes from them, whatever is wrong.
#[test]
fn names_with_control_bytes_are_shown_as_escapes() {
    let host = Host::new();
    let name = "a\x1b[31m\nb.log";
    fs::write(host.path(name), "no mail here\n").unwrap();
    let run = host.run(&[name]);
    let first = run.stderr.lines().next().unwrap_or_default();
    assert_eq!(first, "mailrake: a\\u{1b}[31m\\nb.log: 1 line, none from Postfix, Exim or Sendmail");
    for args in [&[name, "mail.log"][..], &["--rules", name, "mail.log"], &["--output", "no\x1bne/x", "mail.log"]] {
        let run = host.run(args);
        assert!(!run.stderr.is_empty());
        assert!(!run.stderr.chars().any(|c| c.is_control() && c != '\n'), "{args:?}: {:?}", run.stderr);
    }
}

/// Rows are written as the ending of their file tells, where `--format` does not.
#[test]
fn the_ending_of_a_file_of_rows_tells_its_format() {
    let host = Host::new();
    let rows = |args: &[&str]| {
        let run = host.run(&[&["events"], args, &["mail.log"]].concat());
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{args:?}");
        run.stdout
    };
    let (csv, ndjson) = (rows(&["--format", "csv"]), rows(&["--format", "ndjson"]));
    assert_eq!(rows(&[]), csv);
    assert_eq!(rows(&["-o", "-"]), csv);
    for (name, expected) in [("x.csv", &csv), ("x", &csv), ("x.ndjson", &ndjson), ("x.JSONL", &ndjson)] {
        assert!(rows(&["-o", name]).is_empty());
        assert!(fs::read(host.path(name)).unwrap() == *expected, "{name}");
    }
    rows(&["-o", "y.json", "--format", "ndjson"]);
    assert!(fs::read(host.path("y.json")).unwrap() == ndjson);
    let run = host.run(&["events", "-o", "x.parquet", "mail.log"]);
    if cfg!(feature = "parquet") {
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert!(fs::read(host.path("x.parquet")).unwrap().starts_with(b"PAR1"));
    } else {
        let said = "mailrake: --output x.parquet: this mailrake was built without Parquet\n";
        assert!(run.status == 2 && run.stderr.starts_with(said), "{}", run.stderr);
    }
    let parquet = if cfg!(feature = "parquet") { ", .parquet" } else { "" };
    let said = format!(
        "mailrake: --output x.html: rows have no format with the ending .html\n  \
         Use one of .csv, .ndjson, .jsonl{parquet}, or name the format with --format."
    );
    check_says(&["events", "-o", "x.html", "mail.log"], 2, &said);
    let said = "mailrake: --output d/: rows are one table, and go to one file\n  Name a file, such as d/events.csv.";
    check_says(&["events", "-o", "d/", "mail.log"], 2, said);
    assert_eq!(host.run(&["events", "-o", "a.csv", "-o", "b.csv", "mail.log"]).status, 2);
}

/// What ends a run with status 2 is not "fine".
#[test]
fn a_config_check_refuses_what_a_run_would_refuse() {
    let host = Host::new();
    for (config, line) in [
        ("top = 5\ntimezone = \"Mars/X\"\n", 2),
        ("timezone = 3\n", 1),
        ("top = 5\n\ntable = \"codes\"\n", 3),
        ("top = 5\nrules = \"none.toml\"\n", 2),
    ] {
        fs::write(host.path("mailrake.toml"), config).unwrap();
        assert_ne!(host.run(&["--config", "mailrake.toml", "mail.log"]).status, 0, "{config}");
        let run = host.run(&["config", "check", "--config", "mailrake.toml"]);
        assert_eq!(run.status, 2, "{config}");
        assert!(run.stderr.starts_with(&format!("mailrake: mailrake.toml: line {line}: --")), "{}", run.stderr);
    }
}
