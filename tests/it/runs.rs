//! A row of runs that hand on to each other adds up to one run over everything.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use mailrake::analyze::analysis::{Fates, Totals};
use mailrake::envelope::{TimeRules, Zone};
use mailrake::fold::carry::{Excerpt, Told};
use mailrake::fold::partial::FoldOptions;
use mailrake::input::Source;
use mailrake::scan::{ScanOptions, Scanned, Task, scan_on};
use serde_json::{Map, Value, json};

use crate::generated::generator::{self, Host, Plan, Shape};
use crate::lab::root;

/// The present of all runs: 2026-01-01.
const NOW: i64 = 1_767_225_600_000_000;

fn options(threads: usize) -> ScanOptions {
    ScanOptions {
        fold: FoldOptions { carry: true, ..FoldOptions::default() },
        time: TimeRules { zone: Zone::UTC, year: Some(2025) },
        threads,
        block_size: 64 << 10,
        now: NOW,
    }
}

fn run(tasks: Vec<Task>, before: &Excerpt, threads: usize) -> Scanned {
    let scanned = scan_on(tasks, before, &options(threads), &|_| {}, &mut |_| {});
    assert!(scanned.errors.is_empty(), "{:?}", scanned.errors);
    scanned
}

/// What adds up: all sums but of what is true of a time.
pub fn flows(totals: Totals, fates: Fates) -> Map<String, Value> {
    let mut flows = Map::new();
    for (of, sums) in [("totals", json!(totals)), ("fates", json!(fates))] {
        for (name, count) in sums.as_object().unwrap() {
            if name != "still_queued" {
                flows.insert(format!("{of}.{name}"), count.clone());
            }
        }
    }
    flows
}

pub fn add(sum: &mut Map<String, Value>, one: &Map<String, Value>) {
    for (name, count) in one {
        let before = sum.get(name).and_then(Value::as_u64).unwrap_or(0);
        sum.insert(name.clone(), (before + count.as_u64().unwrap()).into());
    }
}

/// Cuts a log into `parts` files of whole lines, of unequal length.
fn cut(log: &[u8], parts: usize, folder: &Path) -> Vec<std::path::PathBuf> {
    let mut rest = log;
    let mut paths = Vec::new();
    for part in 0..parts {
        let share = rest.len() / (parts - part);
        let at = if part + 1 == parts { rest.len() } else { share * (1 + part % 3) / 2 };
        let at = memchr::memchr(b'\n', &rest[at.min(rest.len())..]).map_or(rest.len(), |lf| at + lf + 1);
        let path = folder.join(format!("part-{part:03}"));
        fs::write(&path, &rest[..at]).unwrap();
        rest = &rest[at..];
        paths.push(path);
    }
    paths
}

fn texts(lines: &[Told]) -> BTreeSet<String> {
    lines.iter().map(|line| String::from_utf8_lossy(&line.raw).into_owned()).collect()
}

#[track_caller]
fn check(log: &[u8], parts: usize, threads: usize) {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    fs::write(&whole, log).unwrap();
    let one = run(vec![Source::File(whole).into()], &Excerpt::default(), threads);
    let one = (one.partial.tally, one.excerpt.unwrap());
    let (mut sum, mut excerpt) = (Map::new(), Excerpt::default());
    let mut still_queued = 0;
    for path in cut(log, parts, folder.path()) {
        let scanned = run(vec![Source::File(path).into()], &excerpt, threads);
        let tally = &scanned.partial.tally;
        add(&mut sum, &flows(tally.totals, tally.fates));
        still_queued = tally.totals.still_queued;
        excerpt = scanned.excerpt.unwrap();
    }
    assert_eq!(sum, flows(one.0.totals, one.0.fates), "{parts} parts");
    assert_eq!(still_queued, one.0.totals.still_queued);
    assert_eq!(texts(&excerpt.waiting), texts(&one.1.waiting));
}

#[test]
fn generated_logs_in_runs_add_up() {
    for (name, shape) in Shape::ALL {
        for parts in [2, 7, 40] {
            let mut log = Vec::new();
            generator::write(&Plan { shape, host: Host::DENSE, size: 1_000_000, seed: 5 }, &mut log).unwrap();
            eprintln!("{name}, {parts} runs");
            check(&log, parts, 2);
        }
    }
}

#[test]
fn real_logs_in_runs_add_up() {
    for sample in ["postfix/mail.log", "postfix-filter/mail.log", "exim/mainlog", "sendmail/mail.log"] {
        let path = root().join("samples").join(sample);
        let Ok(log) = fs::read(&path) else { panic!("{} is gone", path.display()) };
        let lines = log.iter().filter(|b| **b == b'\n').count();
        for parts in [2, 3, 10, lines.min(150)] {
            eprintln!("{sample}, {parts} runs");
            check(&log, parts, 1);
        }
    }
}
