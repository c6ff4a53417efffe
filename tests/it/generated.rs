//! The report of a large generated log holds what the generator put in: totals, and verdicts by domain.

use std::fs::File;
use std::io::BufWriter;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;

#[allow(missing_docs, dead_code)]
#[path = "../../benches/generator/mod.rs"]
pub mod generator;

use generator::{Host, Plan, Shape, Truth};

const SIZE: u64 = 20_000_000;

fn check(shape: Shape, host: Host) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("mail.log");
    let file = BufWriter::new(File::create(&path).expect("a file"));
    let truth = generator::write(&Plan { shape, host, size: SIZE, seed: 11 }, file).expect("room for a log");
    let run = Command::new(cargo_bin("mailrake"))
        .args(["--year", "2025", "--format", "json"])
        .arg(&path)
        .output()
        .expect("mailrake runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let report: Value = serde_json::from_slice(&run.stdout).expect("JSON");
    assert_eq!(report["input"]["lines"], truth.lines);
    assert_eq!(report["input"]["unparsed_lines"], 0);
    totals(&report["totals"], &truth);
    domains(&report["domains"], &truth);
}

fn totals(totals: &Value, truth: &Truth) {
    let remote = truth.totals();
    let expected = [
        ("delivered", remote.delivered + truth.delivered_local),
        ("delivered_local", truth.delivered_local),
        ("deferred", remote.deferred),
        ("bounced", remote.bounced),
        ("expired", remote.expired),
        ("rejected", truth.rejected),
    ];
    for (name, count) in expected {
        assert!(count > 0, "the log has no {name}");
        assert_eq!(totals[name], count, "{name}");
    }
}

fn domains(domains: &Value, truth: &Truth) {
    let find = |name: &str| domains.as_array()?.iter().find(|d| d["domain"] == name);
    for (name, verdicts) in &truth.domains {
        let domain = find(name).unwrap_or_else(|| panic!("no {name} in the report"));
        let counts = ["delivered", "deferred", "bounced", "expired"].map(|verdict| domain[verdict].as_u64());
        let expected = [verdicts.delivered, verdicts.deferred, verdicts.bounced, verdicts.expired].map(Some);
        assert_eq!(counts, expected, "{name}");
    }
}

#[test]
fn postfix() {
    check(Shape::Postfix, Host::DENSE);
}

#[test]
fn postfix_with_iso_stamps_on_a_calm_host() {
    check(Shape::PostfixIso, Host { bounced: 20, ..Host::CALM });
}

#[test]
fn exim() {
    check(Shape::Exim, Host::DENSE);
}

#[test]
fn sendmail() {
    check(Shape::Sendmail, Host::DENSE);
}
