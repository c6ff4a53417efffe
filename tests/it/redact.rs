//! `--redact`: no local part of the log stands in anything that is written.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use mailrake::report::FORMATS;
use serde_json::Value;

use crate::lab::root;

/// Logs of every MTA and of strangers.
fn logs() -> Vec<PathBuf> {
    let data = ["postfix/mail.log.zst", "exim/mainlog.zst", "exim-syslog/mail.log.zst", "sendmail/mail.log.zst"];
    let samples = ["postfix/mail.log", "exim/mainlog", "sendmail/mail.log", "hostile/lies.log", "hostile/formulas.log"];
    let data = data.iter().map(|name| root().join("tests/data").join(name));
    data.chain(samples.iter().map(|name| root().join("samples").join(name))).collect()
}

fn run(arguments: &[&str], log: &Path) -> Vec<u8> {
    let mut command = Command::cargo_bin("mailrake").unwrap();
    command.args(arguments).args(["--timezone", "UTC"]).arg(log);
    let output = command.output().unwrap();
    assert!(output.status.code().is_some_and(|c| c != 2), "{}", String::from_utf8_lossy(&output.stderr));
    [output.stdout, output.stderr].concat()
}

/// Words as they may stand in an address.
fn words(text: &str) -> BTreeSet<String> {
    let text = text.to_lowercase();
    let words = text.split(|c: char| !(c.is_alphanumeric() || "._+=-".contains(c)));
    words.flat_map(|w| [w, w.trim_end_matches(['.', '-', '='])]).map(str::to_owned).collect()
}

/// What stands before an at sign.
fn before_at_signs(text: &str) -> BTreeSet<String> {
    let parts: Vec<&str> = text.split('@').collect();
    let ends = parts.split_last().map_or(&[][..], |(_, before)| before);
    let is_local = |c: char| c.is_alphanumeric() || "._+=-".contains(c);
    let local = |part: &&str| part.rsplit(|c| !is_local(c)).next().unwrap_or_default().to_lowercase();
    ends.iter().map(local).filter(|l| !l.is_empty()).collect()
}

/// The local parts of the log's senders and recipients, as `events` has them unredacted.
fn local_parts(log: &Path) -> BTreeSet<String> {
    let rows = run(&["events", "--all", "--format", "ndjson"], log);
    let mut found = BTreeSet::new();
    for line in String::from_utf8(rows).unwrap().lines().filter(|l| l.starts_with('{')) {
        let row: Value = serde_json::from_str(line).unwrap();
        for field in ["sender", "recipient"] {
            let address = row[field].as_str().unwrap_or_default().to_lowercase();
            found.insert(address.rsplit_once('@').map_or(address.clone(), |(local, _)| local.to_owned()));
        }
    }
    // Short ones, and words that stand in every report, tell nothing by standing there.
    found.retain(|l| l.len() > 2 && !["root", "mail", "office", "orders", "postmaster", "info"].contains(&l.as_str()));
    found
}

/// Everything that is written about a log, by name.
fn outputs(log: &Path, key: &[&str]) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let unparsed = folder.path().join("unparsed");
    let csv = folder.path().join("csv");
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    for format in FORMATS.iter().map(|f| f.name).filter(|name| *name != "csv") {
        let mut arguments = vec!["--redact", "--top", "0", "--verbose", "--format", format];
        arguments.extend(["--unparsed", unparsed.to_str().unwrap(), "--csv-dir", csv.to_str().unwrap()]);
        arguments.extend(key);
        all.push((format.to_owned(), run(&arguments, log)));
    }
    for format in ["csv", "ndjson"] {
        let arguments: Vec<&str> =
            ["events", "--redact", "--all", "--format", format].into_iter().chain(key.iter().copied()).collect();
        all.push((format!("events {format}"), run(&arguments, log)));
    }
    all.push(("unparsed".to_owned(), fs::read(&unparsed).unwrap()));
    for file in fs::read_dir(&csv).unwrap() {
        let path = file.unwrap().path();
        all.push((path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap()));
    }
    all.into_iter().map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap().replace("=\n", ""))).collect()
}

#[test]
fn no_local_part_is_written_anywhere() {
    let mut seen = 0;
    for log in logs() {
        let locals = local_parts(&log);
        seen += locals.len();
        for (name, text) in outputs(&log, &[]) {
            let (words, addresses) = (words(&text), before_at_signs(&text));
            let out: Vec<&String> = locals.iter().filter(|l| words.contains(*l) || addresses.contains(*l)).collect();
            assert!(out.is_empty(), "{}: {name}: {out:?}", log.display());
        }
    }
    assert!(seen > 200, "{seen} local parts are few to be sought");
}

#[test]
fn a_key_file_makes_the_hashes_the_same_in_every_run() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    fs::write(&key, "a key of sixteen bytes or more\n").unwrap();
    let log = root().join("samples/postfix/mail.log");
    let with_key = || outputs(&log, &["--redact-key-file", key.to_str().unwrap()]);
    assert_eq!(with_key(), with_key());
    let report = |arguments: &[&str]| run(&[&["--format", "json"], arguments].concat(), &log);
    assert_ne!(report(&["--redact"]), report(&["--redact"]), "without a key file each run has a key of its own");
    // The figures are those of the log: only names differ.
    let totals = |bytes: Vec<u8>| serde_json::from_slice::<Value>(&bytes).unwrap()["totals"].clone();
    assert_eq!(totals(report(&["--redact"])), totals(report(&[])));
}

#[test]
fn a_key_that_cannot_be_used_is_bad_usage_that_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let short = folder.path().join("short");
    fs::write(&short, "tooshort\n").unwrap();
    for (path, says) in [(short, "16 bytes or more"), (folder.path().join("none"), "no such file")] {
        let mut command = Command::cargo_bin("mailrake").unwrap();
        let output = command.args(["--redact-key-file", path.to_str().unwrap(), "-"]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(said.contains(says) && said.contains("/dev/urandom"), "{said}");
    }
}

/// A log that is named after a mailbox names it in the list of inputs, as evidence and in rows.
#[test]
fn an_address_in_the_name_of_a_log_is_hidden_too() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("zacharias.quux@example.com.log");
    fs::copy(root().join("samples/postfix/mail.log"), &log).unwrap();
    fs::write(folder.path().join("yvonne.quux@example.com.log"), "no mail\n").unwrap();
    for (name, text) in outputs(&log, &[]).into_iter().chain(outputs(&folder.path().join("*.log"), &[])) {
        assert!(!text.contains("quux"), "{name}");
    }
    let report = run(&["--redact", "--format", "json"], &log);
    let report: Value = serde_json::from_slice(&report).unwrap();
    assert!(report["input"]["files"][0]["name"].as_str().unwrap().ends_with("@example.com.log"));
}
