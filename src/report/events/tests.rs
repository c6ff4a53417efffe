use super::columns::{COLUMNS, Cell, Kind};
use super::text::{TextWriter, header};
use super::{EventFormat, rfc3339};
use crate::analyze::EventRow;
use crate::analyze::analysis::Direction;
use crate::event::Mta;
use crate::smtp::EnhancedCode;

const BERLIN: chrono_tz::Tz = chrono_tz::Europe::Berlin;

fn row() -> EventRow<'static> {
    EventRow {
        time: 1_741_068_211_000_000,
        host: Some("mx1".into()),
        mta: Mta::Postfix,
        queue_id: Some("E735DA20181".into()),
        message_id: None,
        direction: Direction::Outbound,
        sender: Some("".into()),
        recipient: Some("=khan67@softbounce.example".into()),
        domain: Some("softbounce.example".into()),
        relay_host: Some("mx.softbounce.example".into()),
        relay_ip: Some("198.51.100.9".into()),
        stage: Some("rcpt"),
        reply_code: Some(450),
        enhanced_code: EnhancedCode::parse(b"4.1.1"),
        outcome: "deferred",
        class: Some("transient"),
        cause: Some("user-unknown"),
        delay_us: Some(250_000),
        attempt: Some(2),
        file: "mail.log".into(),
        line: 129,
        text: Some("450 4.1.1 said \"no\",\nand again".into()),
        seq: 7,
        first_us: Some(1_741_068_210_750_000),
        first_line: Some(120),
        begun: true,
        recipient_no: Some(1),
        nth_time: 1,
        handed_in_us: Some(1_741_068_210_750_000),
        ended_us: None,
        fate: Some("queued"),
        onward_id: None,
        local: false,
        held: false,
        sender_domain: None,
        login: Some("app".into()),
        client_ip: Some("192.0.2.8".into()),
        provider: None,
        template: Some("450 4.1.1 said \"no\", and again".into()),
    }
}

fn written(format: EventFormat, row: &EventRow<'_>) -> String {
    let mut writer = TextWriter::new(format, &BERLIN, Vec::new());
    writer.write(row);
    String::from_utf8(writer.into_bytes()).unwrap()
}

#[test]
fn both_forms_have_every_column_in_order() {
    let names = COLUMNS.map(|column| column.name);
    let csv = [header(), written(EventFormat::Csv { raw: false }, &row()).into_bytes()].concat();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&csv[..]);
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records[0], names.to_vec());
    insta::assert_snapshot!(records[1].iter().collect::<Vec<_>>().join("|"), @r#"
    2025-03-04T07:03:31+01:00|mx1|postfix|E735DA20181||outbound||'=khan67@softbounce.example|softbounce.example|mx.softbounce.example|198.51.100.9|rcpt|450|4.1.1|deferred|transient|user-unknown|0.25|2|mail.log|129|450 4.1.1 said "no",
    and again|1741068211000000|7|1741068210750000|120|true|1|1|1741068210750000||queued||false|false||app|192.0.2.8||450 4.1.1 said "no", and again
    "#);
    let ndjson = written(EventFormat::Ndjson, &row());
    let mut at = 0;
    for name in names {
        let key = format!("\"{name}\":");
        at += ndjson[at..].find(&key).unwrap_or_else(|| panic!("no {name} after {at}"));
    }
    let object: serde_json::Value = serde_json::from_str(&ndjson).unwrap();
    assert_eq!(object.as_object().unwrap().len(), COLUMNS.len());
    assert_eq!(object["text"], "450 4.1.1 said \"no\",\nand again");
    assert_eq!(object["delay_s"], 0.25);
    assert!(object["message_id"].is_null() && object["sender"] == "");
}

#[test]
fn what_is_empty_and_what_is_missing_differ() {
    let csv = written(EventFormat::Csv { raw: true }, &row());
    assert!(csv.contains("E735DA20181,,outbound,\"\",=khan67"), "{csv}");
}

#[test]
fn cells_are_of_their_columns_kind() {
    let cells = COLUMNS.map(|column| (column, format!("{:?}", (column.cell)(&row()))));
    for (column, cell) in cells {
        let kind = match column.kind {
            Kind::Time => "Time",
            Kind::Text => "Text",
            Kind::Int32 | Kind::Int64 => "Int",
            Kind::Seconds => "Seconds",
            Kind::Boolean => "Boolean",
        };
        let fits = cell.starts_with(kind)
            || column.kind == Kind::Text && cell.starts_with("Word")
            || column.name == "enhanced_code" && cell.starts_with("Enhanced");
        assert!(fits || column.nullable && cell == "Null", "{}: {cell}", column.name);
        assert!(!column.doc.is_empty());
    }
    assert_eq!((COLUMNS[0].cell)(&row()), Cell::Time(row().time));
}

#[test]
fn words_look_the_same_everywhere() {
    for column in COLUMNS {
        if let Cell::Word(word) = (column.cell)(&row()) {
            assert!(word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)), "{}: {word}", column.name);
        }
    }
}

#[test]
fn what_looks_like_a_formula_or_holds_a_sign_of_csv_is_told_at_any_length() {
    for length in 0..40 {
        for sign in [",", "\"", "\n", "\r"] {
            let text = format!("{}{sign}{}", "x".repeat(length), "y".repeat(40 - length));
            let csv = written(EventFormat::Csv { raw: false }, &EventRow { text: Some(text.as_str().into()), ..row() });
            let cell = if length == 0 && matches!(sign, "\n" | "\r") { format!("'{text}") } else { text };
            let quoted = format!(",mail.log,129,\"{}\",", cell.replace('"', "\"\""));
            assert!(csv.contains(&quoted), "{csv}");
        }
    }
    for sign in ['=', '+', '-', '@', '\t', '\u{ff1d}'] {
        let text = format!("{sign}1");
        let row = EventRow { text: Some(text.as_str().into()), ..row() };
        assert!(written(EventFormat::Csv { raw: false }, &row).contains(&format!(",129,'{text},")));
        assert!(written(EventFormat::Csv { raw: true }, &row).contains(&format!(",129,{text},")));
    }
}

#[test]
fn no_control_character_gets_into_a_cell_unless_it_is_raw() {
    for length in 0..40 {
        for (sign, shown) in [("\x1b", "\\x1b"), ("\0", "\\x00"), ("\u{7f}", "\\x7f"), ("\u{9b}", "\\u{9b}")] {
            let text = format!("{}{sign}{}", "x".repeat(length), "y".repeat(40 - length));
            let row = EventRow { text: Some(text.as_str().into()), ..row() };
            let csv = written(EventFormat::Csv { raw: false }, &row);
            assert!(csv.contains(&format!(",129,{},", text.replace(sign, shown))), "{csv}");
            assert!(written(EventFormat::Csv { raw: true }, &row).contains(&format!(",129,{text},")));
        }
    }
}

#[test]
fn times_have_a_fraction_only_where_there_is_one() {
    assert_eq!(rfc3339(1_741_068_211_000_000, &BERLIN), "2025-03-04T07:03:31+01:00");
    assert_eq!(rfc3339(1_741_068_211_000_100, &chrono::Utc), "2025-03-04T06:03:31.000100+00:00");
    assert_eq!(rfc3339(-1, &chrono::Utc), "1969-12-31T23:59:59.999999+00:00");
    assert_eq!(rfc3339(i64::MAX, &chrono::Utc), rfc3339(0, &chrono::Utc));
}

#[test]
fn times_of_rows_are_those_of_the_calendar() {
    fn check<Z: chrono::TimeZone<Offset: std::fmt::Display>>(zone: &Z, times: &[i64]) {
        let mut writer = TextWriter::new(EventFormat::Ndjson, zone, b"what was there".to_vec());
        for &time in times {
            writer.write(&EventRow { time, ..row() });
        }
        let written = String::from_utf8(writer.into_bytes()).unwrap();
        for (line, &time) in written.lines().zip(times) {
            assert!(line.starts_with(&format!("{{\"time\":\"{}\"", rfc3339(time, zone))), "{time}: {line}");
        }
    }
    let second = 1_000_000;
    // Both borders of summer time, odd offsets, years before 1970, and what no calendar has.
    let mut times: Vec<i64> = (-4000..4000).map(|step| 1_741_068_211_000_001 + step * 137_777 * second).collect();
    times.extend([-1, 0, i64::MIN, i64::MAX, 253_402_300_800 * second, -62_200_000_000 * second]);
    check(&BERLIN, &times);
    check(&chrono_tz::Asia::Kathmandu, &times);
    check(&chrono_tz::Africa::Monrovia, &times);
    check(&chrono::FixedOffset::east_opt(20 * 60 + 7).unwrap(), &times);
}

#[test]
fn seconds_are_exact() {
    for (micros, csv, json) in
        [(0, "0", "0.0"), (3_000_000, "3", "3.0"), (250_000, "0.25", "0.25"), (1, "0.000001", "0.000001")]
    {
        let row = EventRow { delay_us: Some(micros), ..row() };
        assert!(written(EventFormat::Csv { raw: false }, &row).contains(&format!(",{csv},2,mail.log,")));
        assert!(written(EventFormat::Ndjson, &row).contains(&format!("\"delay_s\":{json},")));
    }
}
