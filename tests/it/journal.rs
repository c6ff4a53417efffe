//! The systemd journal: read through the real `journalctl` from a real journal file.
//!
//! The file is made by `systemd-journal-remote` (Debian: package systemd-journal-remote) from an export of the lines
//! of a sample; where one of the two programs is missing, the tests say so and check nothing.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use tempfile::TempDir;

const REMOTE: [&str; 2] = ["/lib/systemd/systemd-journal-remote", "/usr/lib/systemd/systemd-journal-remote"];

/// When the first line was logged, in seconds since 1970 UTC: 2025-11-24 16:00:00.
const BEGIN: u64 = 1_764_000_000;

/// What a host logs: seconds after [`BEGIN`], syslog facility, identifier, text.
const LINES: [(u64, u32, &str, &str); 9] = [
    (0, 2, "postfix/smtpd", "4F1A0203F1: client=app.example.org[192.0.2.9]"),
    (0, 2, "postfix/cleanup", "4F1A0203F1: message-id=<1@app.example.org>"),
    (0, 2, "postfix/qmgr", "4F1A0203F1: from=<orders@example.org>, size=900, nrcpt=1 (queue active)"),
    (1, 9, "CRON", "(root) CMD (true)"),
    (1, 2, "postfix/smtp", DEFERRED),
    (400, 2, "postfix/smtp", DELIVERED),
    (400, 2, "postfix/qmgr", "4F1A0203F1: removed"),
    (500, 10, "sshd", "postfix/smtp[1]: 4F1A0203F1: to=<ann@remote.example>, status=bounced (no)"),
    (7200, 2, "postfix/smtpd", "connect from unknown[198.51.100.7]"),
];
const DEFERRED: &str = "4F1A0203F1: to=<ann@remote.example>, relay=mx.remote.example[203.0.113.7]:25, delay=1, \
    delays=0.1/0/0.5/0.4, dsn=4.2.0, status=deferred (host mx.remote.example[203.0.113.7] said: 450 4.2.0 Greylisted \
    (in reply to RCPT TO command))";
const DELIVERED: &str = "4F1A0203F1: to=<ann@remote.example>, relay=mx.remote.example[203.0.113.7]:25, delay=400, \
    delays=399/0/0.5/0.4, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ABC)";

/// A folder with `mx1.journal`; None, said aloud, where it cannot be made.
fn journal(lines: &[(u64, u32, &str, &str)]) -> Option<TempDir> {
    let remote = REMOTE.iter().find(|path| Path::new(path).exists());
    let journalctl = Command::new("journalctl").arg("--version").stdout(Stdio::null()).status();
    let (Some(remote), Ok(_)) = (remote, journalctl) else {
        eprintln!("SKIPPED: systemd-journal-remote or journalctl is not installed");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    add(remote, folder.path(), "mx1.journal", lines);
    Some(folder)
}

fn add(remote: &str, folder: &Path, name: &str, lines: &[(u64, u32, &str, &str)]) {
    let mut export = String::new();
    for (number, (second, facility, identifier, text)) in (0..).zip(lines) {
        let micros = (BEGIN + second) * 1_000_000 + number;
        let id = "0123456789abcdef0123456789abcdef";
        write!(
            export,
            "__REALTIME_TIMESTAMP={micros}\n__MONOTONIC_TIMESTAMP={number}\n_BOOT_ID={id}\n_MACHINE_ID={id}\n\
             _HOSTNAME=mx1\nPRIORITY=6\nSYSLOG_FACILITY={facility}\nSYSLOG_IDENTIFIER={identifier}\nSYSLOG_PID=77\n\
             _PID=77\nMESSAGE={text}\n\n"
        )
        .unwrap();
    }
    let (exported, made) = (folder.join("export"), folder.join(name));
    fs::write(&exported, export).unwrap();
    let made = Command::new(remote).arg("-o").arg(made).arg(&exported).stderr(Stdio::null()).status().unwrap();
    assert!(made.success());
    fs::remove_file(exported).unwrap();
}

fn run(args: &[&str]) -> (i32, Vec<u8>, String) {
    let output = Command::new(cargo_bin("mailrake")).env("TZ", "UTC").args(args).output().unwrap();
    (output.status.code().unwrap(), output.stdout, String::from_utf8(output.stderr).unwrap())
}

fn report(args: &[&str]) -> Value {
    let (status, stdout, stderr) = run(args);
    assert_eq!((status, stderr.as_str()), (0, ""), "{args:?}");
    serde_json::from_slice(&stdout).unwrap()
}

/// The totals are those of the same lines in a file, and no other program's line is among them.
#[test]
fn the_journal_tells_what_the_file_tells() {
    let Some(folder) = journal(&LINES) else { return };
    let dir = folder.path().to_str().unwrap();
    let mut log = String::new();
    for (number, (second, _, identifier, text)) in (0..).zip(LINES) {
        let time = chrono::DateTime::from_timestamp((BEGIN + second) as i64, number * 1000).unwrap();
        writeln!(log, "{} mx1 {identifier}[77]: {text}", time.to_rfc3339()).unwrap();
    }
    let file = folder.path().join("mail.log");
    fs::write(&file, log).unwrap();
    let from_journal = report(&["--journal", "--journal-dir", dir, "--format", "json"]);
    let from_file = report(&["--format", "json", file.to_str().unwrap()]);
    for key in ["totals", "fates", "codes", "domains", "retries"] {
        assert_eq!(from_journal[key], from_file[key], "{key}");
    }
    assert_eq!(from_journal["totals"]["recovered"], 1);
    assert_eq!(from_journal["input"]["files"][0]["name"], "journal");
    assert_eq!(from_journal["input"]["hosts"][0], "mx1");
}

/// journalctl is asked for the window and what led to it, and nothing else.
#[test]
fn the_window_is_passed_on() {
    let mut lines = LINES.to_vec();
    let other: &'static str = "5F1A0203F1: from=<late@example.org>, size=900, nrcpt=1 (queue active)";
    lines.push((10 * 86_400, 2, "postfix/qmgr", other));
    let Some(folder) = journal(&lines) else { return };
    let dir = folder.path().to_str().unwrap();
    let args = ["--journal", "--journal-dir", dir, "--format", "json"];
    let all = report(&args);
    let first = report(&[&args[..], &["--until", "2025-11-24T16:05:00Z"]].concat());
    assert_eq!((&first["totals"]["deferred"], &first["totals"]["delivered"]), (&1.into(), &0.into()));
    let last = report(&[&args[..], &["--since", "2025-12-04T00:00:00Z"]].concat());
    assert_eq!(last["totals"]["messages"], 1);
    assert!(last["input"]["lines"].as_u64() < all["input"]["lines"].as_u64(), "{}", last["input"]["lines"]);
}

#[test]
fn what_journalctl_complains_about_is_quoted() {
    if journal(&LINES[..1]).is_none() {
        return;
    }
    let (status, stdout, stderr) = run(&["--journal", "--journal-dir", "/no/such/place"]);
    assert_eq!((status, stdout.len()), (4, 0), "{stderr}");
    assert!(stderr.starts_with("mailrake: journal: journalctl says: Failed to open"), "{stderr}");
    assert!(stderr.contains("No such file"), "{stderr}");
    // One of two files is damaged: the report is that of the other, and says that it is not whole.
    let Some(folder) = journal(&LINES) else { return };
    fs::write(folder.path().join("damaged.journal"), "no journal at all".repeat(1000)).unwrap();
    let (status, stdout, stderr) =
        run(&["--journal", "--journal-dir", folder.path().to_str().unwrap(), "--format", "json"]);
    assert_eq!(status, 3, "{stderr}");
    assert!(stderr.contains("damaged.journal"), "{stderr}");
    let report: Value = serde_json::from_slice(&stdout).unwrap();
    assert_eq!(report["totals"]["recovered"], 1);
}

#[test]
fn a_host_without_journalctl_is_told_what_to_do() {
    let empty = tempfile::tempdir().unwrap();
    let output = Command::new(cargo_bin("mailrake")).env("PATH", empty.path()).arg("--journal").output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "mailrake: journal: journalctl is not installed, or not in PATH\n  \
         Name a log file: mailrake LOG, or mailrake - to read a pipe.\n"
    );
}

/// The cursor is kept: what was read before is not read again, and what came since is, once.
#[test]
fn a_state_goes_on_behind_the_last_entry() {
    let Some(folder) = journal(&LINES[..5]) else { return };
    let state = folder.path().join("state");
    let args = ["--state", state.to_str().unwrap(), "--journal", "--journal-dir", folder.path().to_str().unwrap()];
    let args = [&args[..], &["--format", "json"]].concat();
    let first = report(&args);
    assert_eq!((&first["totals"]["deferred"], &first["totals"]["recovered"]), (&1.into(), &0.into()));
    assert_eq!(report(&args)["input"]["lines"], 0);
    let remote = REMOTE.iter().find(|path| Path::new(path).exists()).unwrap();
    add(remote, folder.path(), "later.journal", &LINES[5..]);
    let second = report(&args);
    assert_eq!(second["totals"]["messages"], 0, "the message was counted before");
    assert_eq!((&second["totals"]["deferred"], &second["totals"]["recovered"]), (&0.into(), &1.into()));
    assert_eq!(report(&args)["input"]["lines"], 0);
}
