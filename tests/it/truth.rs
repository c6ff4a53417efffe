//! The figures are true: what the fake remote servers and the clients of the laboratory recorded
//! themselves, never read from a log, is what the log's report says.
//!
//! `truth.json` beside each log holds deliveries per domain, refusals per recipient and reply code, and what
//! clients saw of this host's refusals.  A log cannot tell everything: some refusals are not logged for each
//! recipient, so of those at least as many cells must hold as a naive search of the log finds.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use assert_cmd::Command;
use serde_json::Value;

use crate::lab::{Figures, Log, figures_of_scan, logs, scan_options, write_files};

/// What matters here of a row of `events`.
struct Row {
    outbound: bool,
    outcome: String,
    domain: Option<String>,
    recipient: Option<String>,
    reply_code: Option<u16>,
    enhanced_code: Option<String>,
}

fn counts(truth: &Value, key: &str) -> BTreeMap<String, u64> {
    let counts = truth[key].as_object().unwrap_or_else(|| panic!("no {key}"));
    counts.iter().map(|(key, n)| (key.clone(), n.as_u64().unwrap())).collect()
}

fn counted(keys: impl Iterator<Item = String>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    keys.for_each(|key| *counts.entry(key).or_default() += 1);
    counts
}

fn check(log: &Log, report: &Value, rows: &[Row]) {
    let name = &log.name;
    assert_eq!(report["input"]["unparsed_lines"], 0, "{name}: unparsed lines");

    let remote = counts(&log.truth, "delivered");
    let delivered = rows.iter().filter(|row| row.outbound && row.outcome == "delivered");
    let mut got = counted(delivered.filter_map(|row| row.domain.clone()).filter(|d| remote.contains_key(d)));
    remote.keys().for_each(|domain| _ = got.entry(domain.clone()).or_default());
    assert_eq!(got, remote, "{name}: deliveries per domain");
    assert!(got.values().sum::<u64>() > 200, "{name}: these are real logs");

    let refused = rows.iter().filter(|row| row.outbound && matches!(&*row.outcome, "deferred" | "bounced"));
    let got = counted(
        refused.filter_map(|row| Some(format!("{} {}", row.recipient.as_ref()?.to_lowercase(), row.reply_code?))),
    );
    let want = counts(&log.truth, "refusals");
    let wrong: Vec<_> = want.iter().filter(|(cell, n)| got.get(*cell) != Some(n)).collect();
    let right = want.len() - wrong.len();
    let least = log.truth["refusals_found_by_grep"].as_u64().unwrap() as usize;
    assert!(
        right >= least && least > 70,
        "{name}: {right} of {} cells of refusals, {least} at least: {wrong:?}",
        want.len()
    );

    let seen = counts(&log.truth, "inbound_seen_by_clients");
    let logged = counts(&log.truth, "inbound_found_by_grep");
    let rejected = rows.iter().filter(|row| !row.outbound && row.outcome == "rejected");
    let got = counted(
        rejected
            .filter_map(|row| Some(format!("{} {}", row.reply_code?, row.enhanced_code.as_deref().unwrap_or("None")))),
    );
    for code in got.keys().chain(logged.keys()).collect::<BTreeSet<_>>() {
        let count = |of: &BTreeMap<String, u64>| of.get(code).copied().unwrap_or_default();
        let (low, high, got) = (count(&logged), count(&seen), count(&got));
        assert!((low..=high).contains(&got), "{name}: {got} refusals {code}, {low} to {high} are true");
    }

    let first = report["window"]["first"].as_str().and_then(|t| chrono::DateTime::parse_from_rfc3339(t).ok()).unwrap();
    let start = log.truth["start"].as_str().and_then(|t| chrono::DateTime::parse_from_rfc3339(t).ok()).unwrap();
    assert!((first - start).abs() < chrono::TimeDelta::days(1), "{name}: begins {first}, not {start}");

    for outcome in ["delivered", "deferred", "bounced", "expired", "rejected"] {
        let got = rows.iter().filter(|row| row.outcome == outcome).count() as u64;
        assert_eq!(report["totals"][outcome], got, "{name}: {outcome}");
    }
}

#[test]
fn the_library_tells_the_truth() {
    for log in logs() {
        let folder = tempfile::tempdir().unwrap();
        let sources = write_files(folder.path(), log, &log.files);
        let (Figures { report, rows }, scanned) = figures_of_scan(log, sources, &scan_options(log));
        assert!(scanned.errors.is_empty(), "{}: {:?}", log.name, scanned.errors);
        let rows: Vec<Row> = rows
            .into_iter()
            .map(|row| Row {
                outbound: row.direction == mailrake::analyze::analysis::Direction::Outbound,
                outcome: row.outcome.to_owned(),
                domain: row.domain.map(Cow::into_owned),
                recipient: row.recipient.map(Cow::into_owned),
                reply_code: row.reply_code,
                enhanced_code: row.enhanced_code.map(|code| code.to_string()),
            })
            .collect();
        check(log, &report, &rows);
    }
}

#[test]
fn the_program_tells_the_truth() {
    for log in logs() {
        let folder = tempfile::tempdir().unwrap();
        write_files(folder.path(), log, &log.files);
        let run = |command: &str, format: &str| {
            let output = Command::cargo_bin("mailrake")
                .unwrap()
                .args([command, "--format", format, "--timezone", &log.zone.to_string()])
                .arg(folder.path())
                .output()
                .unwrap();
            assert!(output.status.success(), "{}: {}", log.name, String::from_utf8_lossy(&output.stderr));
            output.stdout
        };
        let report: Value = serde_json::from_slice(&run("report", "json")).unwrap();
        let csv = run("events", "csv");
        let mut reader = csv::Reader::from_reader(&csv[..]);
        let rows: Vec<Row> = reader
            .deserialize::<BTreeMap<String, String>>()
            .map(|row| {
                let row = row.unwrap();
                let cell = |name: &str| Some(row[name].clone()).filter(|cell| !cell.is_empty());
                Row {
                    outbound: row["direction"] == "outbound",
                    outcome: row["outcome"].clone(),
                    domain: cell("domain"),
                    recipient: cell("recipient"),
                    reply_code: cell("reply_code").map(|code| code.parse().unwrap()),
                    enhanced_code: cell("enhanced_code"),
                }
            })
            .collect();
        check(log, &report, &rows);
    }
}
