//! Time windows over the host's own logs: the rotated ones that are needed are read, and no other.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use mailrake::envelope::{TimeRules, Zone};
use mailrake::fold::carry::Excerpt;
use mailrake::fold::partial::FoldOptions;
use mailrake::input::{Journal, host_inputs};
use mailrake::scan::{ScanOptions, Scanned, in_window, scan, scan_on};

const DAY: i64 = 86_400_000_000;
/// 2026-03-01, in microseconds since 1970 UTC.
const FIRST: i64 = 1_772_323_200_000_000;

/// A day's log of more bytes than are read to know a file; each line is a refusal.
fn day(number: i64) -> Vec<u8> {
    let mut log = Vec::new();
    for i in 0..14_400 {
        let time = chrono::DateTime::from_timestamp_micros(FIRST + number * DAY + i * 6_000_000).unwrap();
        let line = format!(
            "{} mx1 postfix/smtpd[77]: NOQUEUE: reject: RCPT from unknown[198.51.100.7]: 554 5.7.1 \
             <a@b.example>: Relay access denied; from=<x@y.example> to=<a@b.example> proto=ESMTP helo=<z>\n",
            time.to_rfc3339()
        );
        log.extend_from_slice(line.as_bytes());
    }
    log
}

/// A root with the logs of seven days, the last one live.
fn root() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let logs = root.path().join("var/log");
    fs::create_dir_all(&logs).unwrap();
    for back in 0..7 {
        let name = if back == 0 { "mail.log".into() } else { format!("mail.log.{back}") };
        fs::write(logs.join(name), day(6 - back)).unwrap();
    }
    root
}

fn options(since: Option<i64>, until: Option<i64>) -> ScanOptions {
    ScanOptions {
        fold: FoldOptions { since, until, ..FoldOptions::default() },
        time: TimeRules { zone: Zone::UTC, year: None },
        threads: 1,
        block_size: 64 << 10,
        now: FIRST + 7 * DAY,
    }
}

#[track_caller]
fn check(root: &Path, since: Option<i64>, until: Option<i64>, expected: &[&str]) {
    let options = options(since, until);
    let sources = || host_inputs(root, since.is_some(), Journal::default()).unwrap();
    let read = AtomicU64::new(0);
    let tasks = in_window(sources(), &options.time, (since, until), options.now);
    let some = scan_on(tasks, &Excerpt::default(), &options, &|n| read.store(n, Ordering::Relaxed), &mut |_| {});
    let mut names: Vec<&str> = some.files.iter().map(|f| f.name.rsplit('/').next().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, expected);
    let size = |name: &&str| fs::metadata(root.join("var/log").join(name)).unwrap().len();
    assert_eq!(read.into_inner(), expected.iter().map(size).sum::<u64>(), "bytes of the logs that were read");
    // And nothing is missing.
    let all = scan(sources(), &options, &|_| {}, &mut |_| {});
    let figures = |scanned: &Scanned| (scanned.partial.tally.totals, scanned.partial.health.window);
    assert_eq!(figures(&some), figures(&all));
    assert!(some.partial.tally.totals.rejected > 0);
}

#[test]
fn a_window_reads_the_rotated_logs_that_it_needs() {
    let root = root();
    let at = |days: i64| Some(FIRST + days * DAY);
    // `--last 24h` at noon of the last day, `--day` the day before yesterday, all of the week, without a window.
    check(root.path(), Some(FIRST + 5 * DAY + DAY / 2), None, &["mail.log", "mail.log.1"]);
    check(root.path(), Some(FIRST + 3 * DAY + DAY / 3), Some(FIRST + 3 * DAY + DAY / 2), &["mail.log.3"]);
    let week = ["mail.log", "mail.log.1", "mail.log.2", "mail.log.3", "mail.log.4", "mail.log.5", "mail.log.6"];
    check(root.path(), at(-1), None, &week);
    check(root.path(), None, None, &["mail.log"]);
}
