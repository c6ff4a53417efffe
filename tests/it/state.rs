//! Runs with `--state`: logs that grow, are rotated in every way, and are read in pieces, are counted once.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::generated::generator::{self, Host, Plan, Shape};
use crate::runs::add;

/// How logs are rotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rotation {
    /// `mail.log` → `mail.log.1` → `mail.log.2` ...
    Rename,
    /// A copy is made and the log cut to nothing.
    CopyTruncate,
    /// `mail.log` → `mail.log.1` → `mail.log.2.gz` ...
    DelayCompress,
    /// `mail.log` → `mail.log-20250303.gz`
    DateCompress,
}

/// A host that logs and rotates, and mailrake run on it.
struct Server {
    folder: TempDir,
    rotation: Rotation,
    day: u32,
    sums: Map<String, Value>,
    lines: u64,
    /// The largest state so far, in bytes.
    largest: u64,
    runs: u32,
}

impl Server {
    fn new(rotation: Rotation) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mail.log"), "").unwrap();
        Self { folder, rotation, day: 0, sums: Map::new(), lines: 0, largest: 0, runs: 0 }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn log(&self, bytes: &[u8]) {
        File::options().append(true).open(self.path("mail.log")).unwrap().write_all(bytes).unwrap();
    }

    fn compress(from: &Path, to: &Path) {
        let status = Command::new("gzip").args(["-c", "-n"]).arg(from).stdout(File::create(to).unwrap()).status();
        assert!(status.unwrap().success());
        let modified = fs::metadata(from).unwrap().modified().unwrap();
        File::options().append(true).open(to).unwrap().set_modified(modified).unwrap();
        fs::remove_file(from).unwrap();
    }

    fn rotate(&mut self) {
        self.day += 1;
        let live = self.path("mail.log");
        for number in (1..6).rev() {
            for ending in ["", ".gz"] {
                let from = self.path(&format!("mail.log.{number}{ending}"));
                if from.exists() {
                    fs::rename(from, self.path(&format!("mail.log.{}{ending}", number + 1))).unwrap();
                }
            }
        }
        match self.rotation {
            Rotation::Rename => {
                fs::rename(&live, self.path("mail.log.1")).unwrap();
                fs::write(live, "").unwrap();
            }
            Rotation::CopyTruncate => {
                fs::copy(&live, self.path("mail.log.1")).unwrap();
                File::options().write(true).open(live).unwrap().set_len(0).unwrap();
            }
            Rotation::DelayCompress => {
                let two = self.path("mail.log.2");
                if two.exists() {
                    Self::compress(&two, &self.path("mail.log.2.gz"));
                }
                fs::rename(&live, self.path("mail.log.1")).unwrap();
                fs::write(live, "").unwrap();
            }
            Rotation::DateCompress => {
                let dated = self.path("rotating");
                fs::rename(&live, &dated).unwrap();
                fs::write(live, "").unwrap();
                Self::compress(&dated, &self.path(&format!("mail.log-202503{:02}.gz", self.day)));
            }
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(cargo_bin("mailrake"));
        command.current_dir(self.folder.path()).env("TZ", "UTC").args(args);
        command.args(["--year", "2025", "--state", "state", "mail.log"]);
        command
    }

    /// One run, whose figures are added to the sums.
    fn run(&mut self) -> Value {
        let output = self.command(&["--format", "json"]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "run {}", self.runs);
        assert!(output.status.success());
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        self.take(&report);
        report
    }

    fn take(&mut self, report: &Value) {
        add(&mut self.sums, &flows(report));
        self.lines += report["input"]["lines"].as_u64().unwrap();
        self.largest = self.largest.max(fs::metadata(self.path("state")).unwrap().len());
        self.runs += 1;
    }
}

/// What adds up of a report.
fn flows(report: &Value) -> Map<String, Value> {
    let mut flows = Map::new();
    for of in ["totals", "fates", "counted_apart"] {
        for (name, count) in report[of].as_object().unwrap().iter().filter(|(name, _)| *name != "still_queued") {
            flows.insert(format!("{of}.{name}"), count.clone());
        }
    }
    let sum = |list: &Value, key: &str| list.as_array().unwrap().iter().map(|row| row[key].as_u64().unwrap()).sum();
    for (list, key) in
        [("codes", "attempts"), ("domains", "attempts"), ("domains", "recovered"), ("series", "deferred")]
    {
        let all: u64 = sum(&report[list], key);
        flows.insert(format!("{list}.{key}"), all.into());
    }
    let gaps: u64 = sum(&report["retries"]["gaps"], "attempts");
    flows.insert("gaps".into(), gaps.into());
    for key in ["chains", "passed", "early_retries"] {
        let all: u64 = sum(&report["retries"]["greylisting"], key);
        flows.insert(format!("greylisting.{key}"), all.into());
    }
    flows
}

/// The report of one run over everything.
fn one_run(log: &[u8]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("whole.log"), log).unwrap();
    let mut command = Command::new(cargo_bin("mailrake"));
    command.current_dir(folder.path()).env("TZ", "UTC").args(["--year", "2025", "--format", "json", "whole.log"]);
    serde_json::from_slice(&command.output().unwrap().stdout).unwrap()
}

fn generate(shape: Shape, host: Host, size: u64) -> Vec<u8> {
    let mut log = Vec::new();
    generator::write(&Plan { shape, host, size, seed: 3 }, &mut log).unwrap();
    log
}

/// The log comes in `hours` pieces that end anywhere, half a line too; every 24th it is rotated while a piece comes.
/// Some runs are missed, once for more than a day.
#[track_caller]
fn simulate(log: &[u8], hours: usize, rotation: Rotation) -> Server {
    let mut host = Server::new(rotation);
    let mut at = 0;
    for hour in 1..=hours {
        let end = log.len() * hour / hours;
        if hour % 24 == 0 {
            // The daemon is told after the rotation: a whole line is its last word in the old file.
            let middle = at + (end - at) / 3;
            let middle = memchr::memchr(b'\n', &log[middle..]).map_or(end, |lf| middle + lf + 1);
            host.log(&log[at..middle]);
            host.rotate();
            at = middle;
        }
        host.log(&log[at..end.max(at)]);
        at = end.max(at);
        let missed = hour % 17 == 5 || (30..57).contains(&hour);
        if !missed || hour == hours {
            host.run();
        }
    }
    assert!(at == log.len());
    host
}

#[track_caller]
fn check(log: &[u8], hours: usize, rotation: Rotation) {
    let host = simulate(log, hours, rotation);
    let whole = one_run(log);
    assert_eq!(host.lines, whole["input"]["lines"].as_u64().unwrap(), "{rotation:?}: lines");
    let expected = flows(&whole);
    let differ: Vec<_> = expected
        .iter()
        .filter(|(name, count)| host.sums.get(*name) != Some(*count))
        .map(|(name, count)| format!("{name}: {count} in one run, {} in {}", host.sums[name], host.runs))
        .collect();
    assert!(differ.is_empty(), "{rotation:?}: {differ:#?}");
    assert!(host.largest < 10_000_000, "{} bytes", host.largest);
    eprintln!("{rotation:?}: {} runs, state at most {} bytes", host.runs, host.largest);
}

#[test]
fn hourly_runs_over_renamed_logs_add_up() {
    check(&generate(Shape::Postfix, Host::DENSE, 1_500_000), 80, Rotation::Rename);
}

#[test]
fn hourly_runs_over_copied_and_truncated_logs_add_up() {
    check(&generate(Shape::PostfixIso, Host::DENSE, 1_500_000), 80, Rotation::CopyTruncate);
}

#[test]
fn hourly_runs_over_compressed_logs_add_up() {
    check(&generate(Shape::Exim, Host::DENSE, 1_500_000), 80, Rotation::DelayCompress);
    check(&generate(Shape::Sendmail, Host::DENSE, 1_500_000), 80, Rotation::DateCompress);
}

/// Thirty days, an hour a run; takes minutes each:
/// `cargo test --release --test it -- --ignored a_month`.
#[track_caller]
fn check_a_month(shape: Shape, rotation: Rotation) {
    // So many letters that this is what a month writes.
    let host = Host { letters_an_hour: 40, ..Host::BUSY };
    check(&generate(shape, host, 33_000_000), 30 * 24, rotation);
}

#[test]
#[ignore = "takes minutes"]
fn a_month_of_renamed_logs_adds_up() {
    check_a_month(Shape::Postfix, Rotation::Rename);
}

#[test]
#[ignore = "takes minutes"]
fn a_month_of_copied_and_truncated_logs_adds_up() {
    check_a_month(Shape::PostfixIso, Rotation::CopyTruncate);
}

#[test]
#[ignore = "takes minutes"]
fn a_month_of_logs_compressed_a_day_later_adds_up() {
    check_a_month(Shape::Exim, Rotation::DelayCompress);
}

#[test]
#[ignore = "takes minutes"]
fn a_month_of_compressed_logs_with_dates_adds_up() {
    check_a_month(Shape::Sendmail, Rotation::DateCompress);
}

/// What was there before the first run is left alone; what comes beside the log without being its own is too.
#[test]
fn old_siblings_are_left_alone() {
    let log = generate(Shape::Postfix, Host::DENSE, 200_000);
    let half = memchr::memchr(b'\n', &log[log.len() / 2..]).unwrap() + log.len() / 2 + 1;
    let mut host = Server::new(Rotation::Rename);
    fs::write(host.path("mail.log.1"), &log[..half]).unwrap();
    host.log(&log[half..]);
    let first = host.run();
    assert_eq!(first["input"]["files"].as_array().unwrap().len(), 1);
    let second = host.run();
    assert_eq!(second["input"]["lines"], 0);
    host.rotate();
    assert_eq!(host.run()["input"]["lines"], 0);
    host.rotation = Rotation::DelayCompress;
    host.rotate();
    assert_eq!(host.run()["input"]["lines"], 0);
}

/// A deferral today and a delivery tomorrow are one story; so is what a sender does wrong.
#[test]
fn a_story_goes_on_over_runs() {
    let mut host = Server::new(Rotation::Rename);
    host.log(
        b"Mar  3 08:00:00 mx1 postfix/smtpd[1]: 4F1A0203F1: client=app.example.org[192.0.2.9]\n\
          Mar  3 08:00:00 mx1 postfix/qmgr[2]: 4F1A0203F1: from=<orders@example.org>, size=900, nrcpt=1 (queue active)\n\
          Mar  3 08:00:01 mx1 postfix/smtp[3]: 4F1A0203F1: to=<ann@remote.example>, relay=mx.remote.example[203.0.113.7]:25, delay=1, delays=0.1/0/0.5/0.4, dsn=4.2.0, status=deferred (host mx.remote.example[203.0.113.7] said: 450 4.2.0 Greylisted (in reply to RCPT TO command))\n",
    );
    let first = host.run();
    assert_eq!(first["totals"]["recipients_deferred"], 1);
    assert_eq!(first["totals"]["still_queued"], 1);
    host.rotate();
    host.log(
        b"Mar  3 08:00:31 mx1 postfix/smtpd[1]: 5F1A0203F2: client=app.example.org[192.0.2.9]\n\
          Mar  3 08:00:31 mx1 postfix/qmgr[2]: 5F1A0203F2: from=<orders@example.org>, size=900, nrcpt=1 (queue active)\n\
          Mar  3 08:00:32 mx1 postfix/smtp[3]: 5F1A0203F2: to=<ann@remote.example>, relay=mx.remote.example[203.0.113.7]:25, delay=1, delays=0.1/0/0.5/0.4, dsn=4.2.0, status=deferred (host mx.remote.example[203.0.113.7] said: 450 4.2.0 Greylisted (in reply to RCPT TO command))\n",
    );
    let second = host.run();
    let found: Vec<&str> =
        second["dead_ends"].as_array().unwrap().iter().map(|d| d["kind"].as_str().unwrap()).collect();
    assert_eq!(found, ["immediate_resend"]);
    let evidence = &second["dead_ends"][0]["items"][0]["evidence"];
    let lines: Vec<(&str, u64)> = evidence
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["file"].as_str().unwrap(), e["line"].as_u64().unwrap()))
        .collect();
    assert!(lines.contains(&("mail.log", 3)), "the first answer, in the file of the first run: {lines:?}");
    // Told once: nothing is new of it.
    let third = host.run();
    assert_eq!(third["dead_ends"].as_array().unwrap().len(), 0);
    assert_eq!(third["retries"]["greylisting"].as_array().unwrap().len(), 0);
    assert_eq!(third["totals"]["still_queued"], 2);
    host.log(
        b"Mar  3 08:10:01 mx1 postfix/smtp[3]: 4F1A0203F1: to=<ann@remote.example>, relay=mx.remote.example[203.0.113.7]:25, delay=601, delays=600/0/0.5/0.4, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ABC)\n\
          Mar  3 08:10:01 mx1 postfix/qmgr[2]: 4F1A0203F1: removed\n",
    );
    let fourth = host.run();
    assert_eq!(fourth["totals"]["messages"], 0);
    assert_eq!(fourth["totals"]["recovered"], 1);
    assert_eq!(fourth["totals"]["delivered_first_try"], 0);
    assert_eq!(fourth["domains"][0]["recovered"], 1);
    let grey = &fourth["retries"]["greylisting"][0];
    assert_eq!((&grey["chains"], &grey["passed"], &grey["wait_high_s"]), (&0.into(), &1.into(), &600.into()));
}

/// A failure is remembered for 35 days, by a row of runs as by one.
#[test]
fn a_failure_is_remembered_for_a_month() {
    let try_at = |time: &str, id: &str| {
        format!(
            "2025-{time}+00:00 mx1 postfix/qmgr[2]: {id}: from=<letter@example.org>, size=900, nrcpt=1 (queue active)\n\
             2025-{time}+00:00 mx1 postfix/smtp[3]: {id}: to=<ann@remote.example>, relay=mx.remote.example[203.0.113.7]:25, delay=1, delays=0.1/0/0.5/0.4, dsn=4.2.2, status=deferred (host mx.remote.example[203.0.113.7] said: 452 4.2.2 Mailbox full (in reply to RCPT TO command))\n"
        )
    };
    let monthly = ["03-03T08:00:00", "04-03T08:00:00", "05-03T08:00:00", "06-08T08:00:00"];
    let log = monthly.iter().zip(["4F1A0203F1", "4F1A0203F2", "4F1A0203F3", "4F1A0203F4"]);
    let log: Vec<String> = log.map(|(time, id)| try_at(time, id)).collect();
    let mut host = Server::new(Rotation::Rename);
    for piece in &log {
        host.log(piece.as_bytes());
        host.run();
        // Nothing new: it forgets nothing either.
        host.run();
    }
    let whole = one_run(log.concat().as_bytes());
    assert_eq!(whole["retries"]["gaps"][6]["attempts"], 2, "31 and 30 days, not 36");
    assert_eq!(host.sums, flows(&whole));
}

/// A message that left the queue before its last verdict was logged waits for it; what others did after its failures
/// does not.
#[test]
fn a_failure_of_a_message_that_waits_is_known() {
    let line = |time: &str, id: &str, status: &str| {
        format!(
            "2025-03-03T{time}+00:00 mx1 postfix/smtp[3]: {id}: to=<ann@remote.example>, relay=mx.remote.example[203.0.113.7]:25, delay=1, delays=0.1/0/0.5/0.4, {status} (host mx.remote.example[203.0.113.7] said: 450 4.3.2 System not accepting network messages (in reply to RCPT TO command))\n"
        )
    };
    let from = |time: &str, id: &str| {
        format!(
            "2025-03-03T{time}+00:00 mx1 postfix/smtpd[1]: {id}: client=app.example.org[192.0.2.9]\n\
             2025-03-03T{time}+00:00 mx1 postfix/qmgr[2]: {id}: from=<a@example.org>, size=900, nrcpt=1 (queue active)\n"
        )
    };
    let removed = |time: &str, id: &str| format!("2025-03-03T{time}+00:00 mx1 postfix/qmgr[2]: {id}: removed\n");
    let deferred = "dsn=4.3.2, status=deferred";
    let first = [
        from("08:00:00", "4F1A0203F1"),
        line("08:00:01", "4F1A0203F1", deferred),
        from("08:02:00", "4F1A0203F2"),
        line("08:02:01", "4F1A0203F2", deferred),
        removed("08:05:41", "4F1A0203F1"),
    ];
    let second = [
        line("08:05:42", "4F1A0203F1", "dsn=2.0.0, status=sent"),
        line("08:10:00", "4F1A0203F2", "dsn=2.0.0, status=sent"),
        removed("08:10:00", "4F1A0203F2"),
    ];
    let mut host = Server::new(Rotation::Rename);
    host.log(first.concat().as_bytes());
    let report = host.run();
    assert_eq!((&report["totals"]["messages"], &report["totals"]["deferred"]), (&1.into(), &1.into()));
    assert_eq!(report["dead_ends"][0]["kind"], "immediate_resend");
    host.log(second.concat().as_bytes());
    host.run();
    let whole = one_run([first.concat(), second.concat()].concat().as_bytes());
    assert_eq!(whole["retries"]["gaps"][1]["attempts"], 2, "120 and 221 s");
    assert_eq!(host.sums, flows(&whole));
}

/// What a message that waits shows is told by the run that counts it, and only by that one, also where the case is one
/// about a whole domain.
#[test]
fn a_case_of_a_message_that_waits_is_told_once() {
    let line = |time: &str, what: &str| format!("2025-03-03T{time}+00:00 mx1 postfix/{what}\n");
    let to = "smtp[3]: 4F1A0203F1: to=<ann@remote.example>, relay=mx.remote.example[203.0.113.7]:25, delay=1, \
              delays=0.1/0/0.5/0.4,";
    let said = "450 4.1.1 <ann@remote.example>: Recipient address rejected: User unknown in virtual mailbox table";
    let mut host = Server::new(Rotation::Rename);
    let kinds = |report: Value| -> Vec<Value> {
        report["dead_ends"].as_array().unwrap().iter().map(|found| found["kind"].clone()).collect()
    };
    host.log(
        [
            line("08:00:00", "qmgr[2]: 4F1A0203F1: from=<a@example.org>, size=900, nrcpt=1 (queue active)"),
            line(
                "08:00:01",
                &format!(
                    "{to} dsn=4.1.1, status=deferred (host mx.remote.example[203.0.113.7] said: {said} (in reply to \
                     RCPT TO command))"
                ),
            ),
            line("08:05:41", "qmgr[2]: 4F1A0203F1: removed"),
        ]
        .concat()
        .as_bytes(),
    );
    assert_eq!(kinds(host.run()), [Value::Null; 0]);
    host.log(line("08:05:42", &format!("{to} dsn=2.0.0, status=sent (250 2.0.0 Ok)")).as_bytes());
    host.log(
        line("08:30:00", "qmgr[2]: 4F1A0203F9: from=<a@example.org>, size=900, nrcpt=1 (queue active)").as_bytes(),
    );
    assert_eq!(kinds(host.run()), ["wrong_code"]);
    host.log(line("08:40:00", "qmgr[2]: 4F1A0203F9: removed").as_bytes());
    assert_eq!(kinds(host.run()), [Value::Null; 0]);
}

/// A hand-over to this machine's own queue is not counted until it is known for what it is.
#[test]
fn a_hand_over_waits_for_what_it_is() {
    let mut host = Server::new(Rotation::Rename);
    host.log(
        b"Mar  3 08:00:00 mx1 postfix/qmgr[2]: 4F1A0203F1: from=<orders@example.org>, size=900, nrcpt=1 (queue active)\n\
          Mar  3 08:00:01 mx1 postfix/smtp[3]: 4F1A0203F1: to=<ann@remote.example>, relay=127.0.0.1[127.0.0.1]:10026, delay=1, delays=0.1/0/0.5/0.4, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 5F1A0203F2)\n\
          Mar  3 08:00:01 mx1 postfix/qmgr[2]: 4F1A0203F1: removed\n",
    );
    let first = host.run();
    assert_eq!((&first["totals"]["delivered"], &first["totals"]["messages"]), (&0.into(), &0.into()));
    host.log(
        b"Mar  3 08:00:01 mx1 postfix/smtpd[2]: 5F1A0203F2: client=localhost[127.0.0.1]\n\
          Mar  3 08:00:02 mx1 postfix/qmgr[2]: 5F1A0203F2: from=<orders@example.org>, size=900, nrcpt=1 (queue active)\n",
    );
    let second = host.run();
    assert_eq!(second["totals"]["internal_hops"], 1);
    assert_eq!((&second["totals"]["delivered"], &second["totals"]["messages"]), (&0.into(), &2.into()));
}

/// The run is killed at a hundred points: whatever was counted, the next run has the rest, once.
#[test]
fn a_killed_run_has_counted_everything_or_nothing() {
    let log = generate(Shape::Postfix, Host::DENSE, 3_000_000);
    let mut host = Server::new(Rotation::Rename);
    let pieces = 100;
    let begun = std::time::Instant::now();
    host.run();
    let mut length = begun.elapsed();
    let (mut killed, mut counted) = (0, 0);
    for piece in 0..pieces {
        host.log(&log[log.len() * piece / pieces..log.len() * (piece + 1) / pieces]);
        let before = fs::read(host.path("state")).unwrap();
        let mut child =
            host.command(&["--output", "report.json"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(length.mul_f64(1.3 * (piece * 37 % pieces) as f64 / pieces as f64));
        let _ = child.kill();
        killed += u32::from(!child.wait().unwrap().success());
        // The state is the old one or the new one, and then the report is there.
        if fs::read(host.path("state")).unwrap() != before {
            counted += 1;
            let report = serde_json::from_slice(&fs::read(host.path("report.json")).unwrap()).unwrap();
            host.take(&report);
        }
        if piece % 10 == 9 {
            let begun = std::time::Instant::now();
            host.run();
            length = begun.elapsed();
        }
    }
    host.run();
    let whole = one_run(&log);
    assert_eq!(host.lines, whole["input"]["lines"].as_u64().unwrap());
    assert_eq!(host.sums, flows(&whole));
    eprintln!("{killed} of {pieces} runs were killed; {counted} had counted");
    assert!(killed >= 30, "only {killed} were killed in time");
}

#[test]
fn a_state_in_use_or_of_another_version_is_told() {
    let mut host = Server::new(Rotation::Rename);
    host.log(
        b"Mar  3 08:00:00 mx1 postfix/qmgr[2]: 4F1A0203F1: from=<a@example.org>, size=900, nrcpt=1 (queue active)\n",
    );
    host.run();
    let lock = File::open(host.path("state.lock")).unwrap();
    lock.lock().unwrap();
    let output = host.command(&[]).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "mailrake: state is in use by another run\n  Only one run at a time may use a state file. Nothing was counted; \
         try again\n  when it has ended.\n"
    );
    drop(lock);
    fs::write(host.path("state"), "mailrake state 9 zstd\n").unwrap();
    let output = host.command(&[]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(4), 0));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.starts_with("mailrake: state: state version 9, and this mailrake reads 1\n"), "{said}");
    assert_eq!(fs::read(host.path("state")).unwrap(), b"mailrake state 9 zstd\n");
}

/// Counters go on over the runs, and the text compares with the run before.
#[test]
fn counters_and_comparison_go_on_over_runs() {
    let log = generate(Shape::Postfix, Host::DENSE, 600_000);
    let host = Server::new(Rotation::Rename);
    let mut last = 0;
    for part in 0..3 {
        host.log(&log[log.len() * part / 3..log.len() * (part + 1) / 3]);
        let output = host.command(&["--output", "mailrake.prom", "--output", "-"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metrics = fs::read_to_string(host.path("mailrake.prom")).unwrap();
        let deferred = metrics.lines().find_map(|l| l.strip_prefix("mailrake_attempts_total{outcome=\"deferred\"} "));
        let deferred: u64 = deferred.unwrap().parse().unwrap();
        assert!(deferred > last, "{deferred} after {last}");
        last = deferred;
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.contains("Deferred "), part > 0 && text.contains(" on "), "{text}");
    }
    assert_eq!(one_run(&log)["totals"]["deferred"], last);
}

/// An output that cannot be written counts nothing: the next run tells the lines again.
#[test]
fn what_could_not_be_told_is_not_counted() {
    let mut host = Server::new(Rotation::Rename);
    host.run();
    host.log(
        b"Mar  3 08:00:00 mx1 postfix/qmgr[2]: 4F1A0203F1: from=<a@example.org>, size=900, nrcpt=1 (queue active)\n",
    );
    for output in ["no/such/place.txt", "/dev/full"] {
        let run = host.command(&["--output", output]).output().unwrap();
        assert_eq!(run.status.code(), Some(4), "{output}");
    }
    assert_eq!(host.run()["totals"]["messages"], 1);
    let mode = fs::metadata(host.path("state")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// The rows of `events --all`: time, host, queue id, recipient, outcome, and what a run knows of the try.
fn rows(command: &mut Command) -> Vec<String> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    let headers = reader.headers().unwrap().clone();
    let names = ["time_us", "line", "host", "queue_id", "recipient", "recipient_no", "nth_time", "outcome", "attempt"];
    let places = names.map(|name| headers.iter().position(|header| header == name).unwrap());
    reader.records().map(|row| row.map(|row| places.map(|at| row[at].to_owned()).join(" ")).unwrap()).collect()
}

/// Every row once, over all runs: those of a message that waits in the queue too, and of one thrown away.
#[test]
fn no_row_comes_in_two_runs() {
    let mut log = b"Mar  3 00:00:01 mx1 postfix/smtpd[1]: 4F1A0203F1: client=app.example.org[192.0.2.9]\n\
          Mar  3 00:00:01 mx1 postfix/cleanup[2]: 4F1A0203F2: discard: header Subject: x from app.example.org[192.0.2.9]; from=<a@example.org> to=<b@example.net> proto=ESMTP helo=<app>: spam\n\
          Mar  3 00:00:01 mx1 postfix/qmgr[2]: 4F1A0203F2: from=<a@example.org>, size=900, nrcpt=1 (queue active)\n\
          Mar  3 00:00:01 mx1 postfix/qmgr[2]: 4F1A0203F3: from=<orders@example.org>, size=900, nrcpt=1 (queue active)\n"
        .to_vec();
    log.extend(generate(Shape::Postfix, Host::DENSE, 300_000));
    log.extend(b"Mar 29 08:00:01 mx1 postfix/qmgr[2]: 4F1A0203F1: from=<orders@example.org>, size=900, nrcpt=1 (queue active)\n");
    let pieces = 20;
    let host = Server::new(Rotation::Rename);
    let mut told = Vec::new();
    let all = ["events", "--all"];
    for piece in 0..pieces {
        host.log(&log[log.len() * piece / pieces..log.len() * (piece + 1) / pieces]);
        told.append(&mut rows(&mut host.command(&all)));
    }
    // Nothing new, nothing told.
    assert_eq!(rows(&mut host.command(&all)), [""; 0]);
    told.sort_unstable();
    let twice: Vec<_> = told.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| &pair[0]).collect();
    assert!(twice.is_empty(), "{twice:#?}");
    let mut command = Command::new(cargo_bin("mailrake"));
    command.current_dir(host.folder.path()).env("TZ", "UTC").args(all).args(["--year", "2025", "mail.log"]);
    let mut whole = rows(&mut command);
    // Of a message whose recipients came in a later run, the earlier one has said that there were none.
    let is_early = |row: &String| row.contains(" unattempted ") && !whole.contains(row);
    assert!(told.iter().filter(|row| row.contains(" unattempted ")).count() >= 2, "{told:#?}");
    told.retain(|row| !is_early(row));
    whole.sort_unstable();
    assert!(whole.iter().any(|row| row.contains("discarded")));
    assert_eq!(told, whole);
}

/// Whom Sendmail refused is told by the line behind the refusal, whether it took others of the transaction or not; and
/// whether they came back by lines of later runs.
#[test]
fn clients_that_sendmail_refused_may_come_back_in_a_later_run() {
    let refused = "Mar  3 15:00:04 mx1 sm-mta[504]: 4A3F0004000504: Milter: to=<g@us.example>, reject=451 4.7.1 Greylisting in action\n";
    let came_back = [
        "Mar  3 15:10:04 mx1 sm-mta[505]: 4A3FA4004000505: from=<s@x.example>, size=100, class=0, nrcpts=1, msgid=<z3@x>, proto=ESMTP, daemon=MTA-v4, relay=x.example [192.0.2.4]\n",
        "Mar  3 15:10:05 mx1 sm-mta[506]: 4A3FA4004000505: to=<g@us.example>, delay=00:00:01, xdelay=00:00:00, mailer=local, pri=30000, dsn=2.0.0, stat=Sent\n",
        "Mar  6 15:10:05 mx1 sm-mta[507]: 4A6FA4004000507: from=<q@y.example>, size=100, class=0, nrcpts=1, msgid=<z5@x>, proto=ESMTP, daemon=MTA-v4, relay=y.example [192.0.2.5]\n",
    ];
    let alone = [
        "Mar  3 15:00:04 mx1 sm-mta[504]: 4A3F0004000504: from=<s@x.example>, size=0, class=0, nrcpts=0, proto=ESMTP, daemon=MTA-v4, relay=x.example [192.0.2.4]\n",
    ];
    let beside_one_that_was_taken = [
        "Mar  3 15:00:05 mx1 sm-mta[504]: 4A3F0004000504: from=<s@x.example>, size=100, class=0, nrcpts=1, msgid=<z1@x>, proto=ESMTP, daemon=MTA-v4, relay=x.example [192.0.2.4]\n",
        "Mar  3 15:00:06 mx1 sm-mta[505]: 4A3F0004000504: to=<h@us.example>, delay=00:00:01, xdelay=00:00:00, mailer=local, pri=30000, dsn=2.0.0, stat=Sent\n",
    ];
    let told = |report: &Value| {
        let greylisting = &report["inbound"]["greylisting"];
        let inbound = report["code_domains"].as_array().unwrap().iter().filter(|row| row["direction"] == "inbound");
        let domains: Vec<_> = inbound.map(|row| row["domain"].clone()).collect();
        let totals = &report["totals"];
        let counts = [&totals["rejected"], &greylisting["triples"], &greylisting["accepted"], &totals["messages"]];
        (counts.map(|count| count.as_u64().unwrap()), domains)
    };
    for (behind, messages) in [(&alone[..], 2), (&beside_one_that_was_taken, 3)] {
        let lines: Vec<&str> = [refused].into_iter().chain(behind.iter().copied()).chain(came_back).collect();
        let expected = ([1, 1, 1, messages], vec![Value::from("x.example")]);
        assert_eq!(told(&one_run(lines.concat().as_bytes())), expected);
        let cuts = (1..lines.len()).map(|cut| vec![cut, lines.len() - cut]).chain([vec![1; lines.len()]]);
        for runs in cuts {
            let mut host = Server::new(Rotation::Rename);
            let mut rest = lines.iter();
            let mut sum = ([0; 4], Vec::new());
            for &count in &runs {
                rest.by_ref().take(count).for_each(|line| host.log(line.as_bytes()));
                let (counts, mut domains) = told(&host.run());
                sum.0.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
                sum.1.append(&mut domains);
            }
            assert_eq!(sum, expected, "{runs:?} of {lines:#?}");
        }
    }
}

/// A finding that goes on counts in each run what is new of it, and its items tell all.  What an earlier run counted is
/// not counted again, so that no run has more attempts in findings than attempts.
#[test]
fn a_finding_that_goes_on_counts_what_is_new() {
    let submit = |time: &str, id: &str| {
        format!(
            "2025-03-03T{time}:00+00:00 mx1 postfix/smtpd[1]: {id}: client=app.example.org[192.0.2.9]\n\
             2025-03-03T{time}:00+00:00 mx1 postfix/qmgr[2]: {id}: from=<a@example.org>, size=900, nrcpt=1 (queue active)\n\
             2025-03-03T{time}:01+00:00 mx1 postfix/smtp[3]: {id}: to=<ann@remote.example>, relay=mx.remote.example[203.0.113.7]:25, delay=1, delays=0.1/0/0.5/0.4, dsn=4.3.2, status=deferred (host mx.remote.example[203.0.113.7] said: 450 4.3.2 System not accepting network messages (in reply to RCPT TO command))\n"
        )
    };
    // Every four minutes a new message, the first still in the queue.
    let log: Vec<String> = (0..6).map(|n| submit(&format!("08:{:02}", 4 * n), &format!("4F1A0203F{n}"))).collect();
    let told = |report: &Value, kind: &str| -> [u64; 4] {
        let all = report["dead_ends"].as_array().unwrap();
        let Some(found) = all.iter().find(|found| found["kind"] == kind) else { return [0; 4] };
        let items = found["items"].as_array().unwrap().iter().map(|item| item["attempts"].as_u64().unwrap()).sum();
        let [count, attempts, wasted] =
            ["count", "attempts", "attempts_wasted"].map(|key| found[key].as_u64().unwrap());
        [count, attempts, wasted, items]
    };
    let whole = one_run(log.concat().as_bytes());
    assert_eq!(told(&whole, "immediate_resend"), [5, 5, 5, 5]);
    assert_eq!(told(&whole, "no_backoff"), [6, 6, 5, 6]);
    let mut host = Server::new(Rotation::Rename);
    let runs: Vec<Value> = log
        .chunks(2)
        .map(|lines| {
            host.log(lines.concat().as_bytes());
            host.run()
        })
        .collect();
    let of = |kind| runs.iter().map(|run| told(run, kind)).collect::<Vec<_>>();
    assert_eq!(of("immediate_resend"), [[1, 1, 1, 1], [2, 2, 2, 3], [2, 2, 2, 5]]);
    // It is one from the fourth try on; the two before it were counted by the first run.
    assert_eq!(of("no_backoff"), [[0; 4], [2, 2, 2, 4], [2, 2, 2, 6]]);
}
