use std::collections::BTreeSet;

use super::fixture;
use super::*;

fn render(format: &str, analysis: &Analysis, options: &ReportOptions<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    (super::format(format).unwrap().write)(analysis, options, &mut out).unwrap();
    out
}

fn json(analysis: &Analysis) -> serde_json::Value {
    serde_json::from_slice(&render("json", analysis, &ReportOptions::default())).unwrap()
}

fn keys(value: &serde_json::Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Records of a table, the header first.
fn records(csv: &[u8]) -> Vec<Vec<String>> {
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(csv);
    reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn every_format_ends_its_last_line() {
    for format in &FORMATS {
        for analysis in [fixture::empty(), fixture::busy(), fixture::hostile()] {
            assert_eq!(
                render(format.name, &analysis, &ReportOptions::default()).last(),
                Some(&b'\n'),
                "{}",
                format.name
            );
        }
    }
}

#[test]
fn json_has_the_keys_of_the_contract() {
    let report = json(&fixture::busy());
    let has = |value: &serde_json::Value, names: &str| {
        let keys = keys(value);
        for name in names.split_whitespace() {
            assert!(keys.contains(name), "{name} is not in {keys:?}");
        }
    };
    has(
        &report,
        "schema generator window input totals codes domains code_domains reasons providers causes inbound retries
         dead_ends dead_end_totals series",
    );
    assert_eq!(report["schema"], "mailrake.report/1");
    has(&report["generator"], "name version");
    has(&report["window"], "first last since until timezone");
    has(&report["input"], "files bytes lines mail_lines other_lines unparsed_lines");
    has(&report["input"]["files"][0], "name bytes lines mta unparsed truncated error");
    has(&report["input"]["files"][0]["mta"], "postfix exim sendmail other");
    has(
        &report["totals"],
        "messages attempts delivered delivered_local deferred bounced expired rejected internal_hops skipped discarded
         held recipients_deferred recovered failed expired_recipients still_queued dropped",
    );
    has(
        &report["codes"][0],
        "direction reply_code enhanced_code class outcome attempts messages recipients domains cause meaning first last",
    );
    assert_eq!(report["codes"][0]["direction"], "outbound");
    assert_eq!(report["codes"][0]["reply_code"], serde_json::Value::Null);
    has(
        &report["domains"][0],
        "domain attempts delivered deferred bounced expired recovered delay_p50 delay_p95 delay_max top_code top_cause",
    );
    has(
        &report["code_domains"][0],
        "direction reply_code enhanced_code domain outcome attempts messages recipients cause first last sample",
    );
    has(&report["reasons"][0], "direction reply_code enhanced_code template cause attempts recipients domains sample");
    has(&report["causes"][0], "cause direction class attempts recipients domains whose advice dead_ends");
    has(&report["inbound"], "by_client by_reason");
    has(&report["retries"], "gaps attempts_per_chain greylisting");
    has(&report["retries"]["gaps"][0], "from_s to_s attempts delivered deferred bounced success_rate");
    has(&report["retries"]["greylisting"][0], "domain chains passed wait_low_s wait_high_s early_retries");
    has(
        &report["dead_ends"][0],
        "kind severity count attempts_wasted success_rate expected_success_rate whose advice items",
    );
    let item = &report["dead_ends"][0]["items"][0];
    has(item, "sender recipient domain first last attempts codes evidence");
    has(&item["evidence"][0], "file line text");
    has(&report["dead_end_totals"], "attempts attempts_wasted share critical warning notice");
    has(&report["series"][0], "start delivered deferred bounced expired rejected");
}

/// Each table, where its rows stand in the JSON.
const ROWS: [(&str, &str); 12] = [
    ("codes", "/codes"),
    ("domains", "/domains"),
    ("code_domains", "/code_domains"),
    ("reasons", "/reasons"),
    ("providers", "/providers"),
    ("causes", "/causes"),
    ("dead_ends", "/dead_ends"),
    ("retries", "/retries/gaps"),
    ("greylisting", "/retries/greylisting"),
    ("inbound_clients", "/inbound/by_client"),
    ("inbound_reasons", "/inbound/by_reason"),
    ("series", "/series"),
];

#[test]
fn csv_columns_are_the_json_keys_and_cells_their_values() {
    assert_eq!(ROWS.map(|(table, _)| table), csv::TABLES);
    let analysis = fixture::hostile();
    let report = json(&analysis);
    for (table, path) in ROWS {
        let options = ReportOptions { table, csv_raw: true, ..ReportOptions::default() };
        let records = records(&render("csv", &analysis, &options));
        let rows = report.pointer(path).unwrap().as_array().unwrap();
        let header = &records[0];
        if table == "dead_ends" {
            let items: usize = rows.iter().map(|r| r["items"].as_array().unwrap().len().max(1)).sum();
            assert_eq!(records.len(), items + 1);
            continue;
        }
        assert_eq!(header.iter().map(String::as_str).collect::<BTreeSet<_>>(), keys(&rows[0]), "{table}");
        assert_eq!(records.len(), rows.len() + 1, "{table}");
        for (record, row) in records[1..].iter().zip(rows) {
            for (name, cell) in header.iter().zip(record) {
                let value = match &row[name] {
                    serde_json::Value::Null => String::new(),
                    serde_json::Value::String(text) => text.clone(),
                    // A provider is told as `Google 31`.
                    serde_json::Value::Array(items) => {
                        let of_provider = |i: &serde_json::Value| {
                            Some(format!("{} {}", i.get("provider")?.as_str()?, i.get("attempts")?))
                        };
                        let text =
                            |i: &serde_json::Value| i.as_str().map(str::to_owned).or_else(|| of_provider(i)).unwrap();
                        items.iter().map(text).collect::<Vec<_>>().join("; ")
                    }
                    serde_json::Value::Number(n) if n.is_f64() => {
                        let difference = cell.parse::<f64>().unwrap() - n.as_f64().unwrap();
                        assert!(difference.abs() < 1e-9, "{table}.{name}");
                        continue;
                    }
                    other => other.to_string(),
                };
                assert_eq!(*cell, value, "{table}.{name}");
            }
        }
    }
}

#[test]
fn a_csv_row_of_a_dead_end_stands_alone() {
    let options = ReportOptions { table: "dead_ends", ..ReportOptions::default() };
    let records = records(&render("csv", &fixture::busy(), &options));
    let row: Vec<(&str, &str)> =
        records[0].iter().map(String::as_str).zip(records[1].iter().map(String::as_str)).collect();
    for expected in [
        ("kind", "endless_deferral"),
        ("severity", "critical"),
        ("recipient", "ops@fortress.example"),
        ("attempts", "139"),
        ("codes", "554 5.7.1"),
        ("evidence", "/var/log/mail-iso.log:1144"),
    ] {
        assert!(row.contains(&expected), "{expected:?} is not in {row:?}");
    }
}

#[test]
fn csv_cells_are_no_formulas_unless_raw() {
    let table = |csv_raw| {
        let options = ReportOptions { table: "code_domains", csv_raw, ..ReportOptions::default() };
        records(&render("csv", &fixture::hostile(), &options)).concat()
    };
    let begins = |cells: &[String]| cells.iter().any(|c| c.starts_with(['=', '+', '-', '@', '\t', '\r']));
    assert!(!begins(&table(false)));
    assert!(begins(&table(true)));
    assert!(table(false).contains(&"'=cmd|'/c calc'!A1".to_owned()));
}

#[test]
fn a_table_that_is_none_is_an_error() {
    let unknown = csv::write_table("users", &fixture::busy(), false, &mut Vec::new()).unwrap_err();
    assert_eq!(unknown.kind(), io::ErrorKind::InvalidInput);
}

#[test]
fn clean_means_nothing_to_tell() {
    let clean = fixture::clean();
    assert!(is_clean(&clean) && is_clean(&fixture::empty()) && !is_clean(&fixture::busy()));
    let mut broken = clean.clone();
    broken.input.files[0].error = Some("ends early".to_owned());
    assert!(!is_clean(&broken));
    let mut bounced = clean;
    bounced.fates.bounced = 60;
    assert!(!is_clean(&bounced));
}

/// Text as a reader sees it: without marks, folds and the encoding of mail.
fn seen(format: &str, written: &[u8]) -> String {
    let mut text = written.to_vec();
    if format == "mail" {
        // Quoted-printable: "=" ends a line that goes on, or stands before two digits.
        let folded = String::from_utf8(text).unwrap().replace("=\n", "");
        text = Vec::new();
        let mut rest = folded.as_bytes();
        while let Some((&byte, after)) = rest.split_first() {
            let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
            let code = digits.filter(|_| byte == b'=').and_then(|digits| u8::from_str_radix(digits, 16).ok());
            text.push(code.unwrap_or(byte));
            rest = if code.is_some() { &after[2..] } else { after };
        }
    }
    let text = String::from_utf8_lossy(&text);
    let plain = text.replace(['\\', '`'], "").replace('\u{a0}', " ").replace("&#39;", "'");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a reader must know of the figures stands in every format that is read, not in text alone.
#[test]
fn notes_stand_in_every_format_that_is_read() {
    use crate::analyze::analysis::{Ignored, Previous, Totals};
    use crate::knowledge::detectors::Kind;

    let mut analysis = fixture::busy();
    let totals = Totals { deferred: 500, bounced: 300, ..Totals::default() };
    let (first, last) = ("2025-03-03T05:35:00+00:00".to_owned(), "2025-03-04T05:34:00+00:00".to_owned());
    analysis.previous = Some(Previous { first, last, totals });
    let reason = "moved in spring".to_owned();
    let until = Some("2025-05-01".to_owned());
    analysis.ignored = vec![Ignored { kind: Kind::NoBackoff, cases: 3, attempts: 40, reason, until }];
    analysis.ignores_expired = vec!["bad_sequence, up to 2020-01-01: old".to_owned()];
    let notes = [
        "Deferred 1,011, +102 % on the day before; bounced 208, -31 %",
        "Ignored, up to 2025-05-01: 3 cases of no_backoff (moved in spring).",
        "No longer ignored: bad_sequence, up to 2020-01-01: old.",
    ];
    for (format, times) in [("text", 1), ("markdown", 1), ("html", 1), ("mail", 2)] {
        let text = seen(format, &render(format, &analysis, &ReportOptions::default()));
        for note in notes {
            assert_eq!(text.matches(note).count(), times, "{format}: {note}: {text}");
        }
    }
}
