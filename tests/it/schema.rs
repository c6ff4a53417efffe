//! `mailrake schema`: what is written about real logs is valid by it.

use std::path::Path;

use assert_cmd::Command;
use jsonschema::Validator;
use serde_json::Value;

use crate::lab::root;

/// Logs of every kind that the tests have.
const LOGS: [&str; 10] = [
    "samples/postfix/mail.log",
    "samples/postfix-filter/mail.log",
    "samples/exim/mainlog",
    "samples/sendmail/mail.log",
    "samples/rotated",
    "samples/hostile",
    "samples/envelopes/journalctl.json",
    "tests/data/postfix/mail.log.zst",
    "tests/data/exim/mainlog.zst",
    "tests/data/sendmail/mail.log.zst",
];

fn output(arguments: &[&str]) -> Vec<u8> {
    Command::cargo_bin("mailrake").unwrap().args(arguments).output().unwrap().stdout
}

fn validator(name: &str) -> Validator {
    let schema: Value = serde_json::from_slice(&output(&["schema", name])).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    jsonschema::meta::validate(&schema).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

#[track_caller]
fn check(validator: &Validator, value: &Value, log: &Path) {
    let errors: Vec<String> =
        validator.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).take(5).collect();
    assert!(errors.is_empty(), "{}: {errors:?}", log.display());
}

#[test]
fn every_report_and_every_event_is_valid() {
    let (report, event) = (validator("report"), validator("events"));
    for log in LOGS.map(|name| root().join(name)) {
        let path = log.to_str().unwrap();
        for more in [&[][..], &["--redact"], &["--since", "2030-01-01"]] {
            let bytes = output(&[&["--timezone", "UTC", "--format", "json", path], more].concat());
            check(&report, &serde_json::from_slice(&bytes).unwrap(), &log);
        }
        let rows = output(&["events", "--all", "--timezone", "UTC", "--format", "ndjson", path]);
        let rows = String::from_utf8(rows).unwrap();
        assert!(!rows.is_empty(), "{path}");
        for row in rows.lines() {
            check(&event, &serde_json::from_str(row).unwrap(), &log);
        }
    }
}

#[test]
fn an_unknown_schema_is_bad_usage() {
    let output = Command::cargo_bin("mailrake").unwrap().args(["schema", "mail"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("mailrake: ") && said.contains("report, events"), "{said}");
}
