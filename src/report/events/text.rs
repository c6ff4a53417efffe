//! Rows as text, cell by cell into one buffer: nothing is allocated for a cell.

use std::fmt::Display;
use std::io::Write as _;

use chrono::TimeZone;

use super::columns::{COLUMNS, Cell};
use super::{EventFormat, rfc3339};
use crate::analyze::EventRow;
use crate::report::escape;

/// The header of the CSV form.
pub fn header() -> Vec<u8> {
    let mut header = COLUMNS.map(|column| column.name).join(",").into_bytes();
    header.push(b'\n');
    header
}

/// Writes rows into a buffer.
pub struct TextWriter<'z, Z> {
    format: EventFormat,
    times: Times<'z, Z>,
    out: Vec<u8>,
}

impl<'z, Z: TimeZone<Offset: Display>> TextWriter<'z, Z> {
    /// Writes into `out`, whose memory is used again.
    pub fn new(format: EventFormat, zone: &'z Z, mut out: Vec<u8>) -> Self {
        out.clear();
        Self { format, times: Times { zone, quarter: None, text: String::new() }, out }
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// Writes a row.
    pub fn write(&mut self, row: &EventRow<'_>) {
        match self.format {
            EventFormat::Csv { raw } => self.csv(row, raw),
            EventFormat::Ndjson => self.ndjson(row),
        }
    }

    fn csv(&mut self, row: &EventRow<'_>, raw: bool) {
        let out = &mut self.out;
        for (number, column) in COLUMNS.iter().enumerate() {
            if number > 0 {
                out.push(b',');
            }
            match (column.cell)(row) {
                // What is there and empty has quotes, what is not there has none.
                Cell::Null => {}
                Cell::Text(text) => csv_text(out, text, raw),
                Cell::Time(micros) => self.times.write(micros, out),
                Cell::Seconds(micros) => seconds(out, micros, false),
                other => plain(out, other),
            }
        }
        out.push(b'\n');
    }

    fn ndjson(&mut self, row: &EventRow<'_>) {
        let out = &mut self.out;
        for (number, column) in COLUMNS.iter().enumerate() {
            out.extend_from_slice(if number == 0 { b"{\"" } else { b",\"" });
            out.extend_from_slice(column.name.as_bytes());
            out.extend_from_slice(b"\":");
            match (column.cell)(row) {
                Cell::Null => out.extend_from_slice(b"null"),
                Cell::Text(text) => json_text(out, text),
                Cell::Time(micros) => {
                    out.push(b'"');
                    self.times.write(micros, out);
                    out.push(b'"');
                }
                Cell::Enhanced(code) => _ = write!(out, "\"{code}\""),
                Cell::Seconds(micros) => seconds(out, micros, true),
                other => plain(out, other),
            }
        }
        out.extend_from_slice(b"}\n");
    }
}

/// What looks the same everywhere.  A buffer takes all that is written to it.
fn plain(out: &mut Vec<u8>, cell: Cell<'_>) {
    match cell {
        Cell::Int(number) => out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
        Cell::Boolean(yes) => out.extend_from_slice(if yes { b"true" } else { b"false" }),
        Cell::Enhanced(code) => _ = write!(out, "{code}"),
        Cell::Null | Cell::Text(_) | Cell::Time(_) | Cell::Seconds(_) => {}
    }
}

/// A cell of RFC 4180.
fn csv_text(out: &mut Vec<u8>, text: &str, raw: bool) {
    let cell = if raw { text.into() } else { escape::csv_cell(text) };
    let bytes = cell.as_bytes();
    if !bytes.is_empty() && !bytes.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        out.extend_from_slice(bytes);
        return;
    }
    out.push(b'"');
    for part in bytes.split_inclusive(|&byte| byte == b'"') {
        out.extend_from_slice(part);
        if part.ends_with(b"\"") {
            out.push(b'"');
        }
    }
    out.push(b'"');
}

/// A JSON string.
fn json_text(out: &mut Vec<u8>, text: &str) {
    if text.bytes().any(|byte| byte < b' ' || matches!(byte, b'"' | b'\\')) {
        // A buffer takes all that is written to it.
        _ = serde_json::to_writer(out, text);
        return;
    }
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

/// Microseconds as seconds, without zeros at the end; JSON's real numbers have a point.
fn seconds(out: &mut Vec<u8>, micros: u64, point: bool) {
    let mut digits = itoa::Buffer::new();
    out.extend_from_slice(digits.format(micros / 1_000_000).as_bytes());
    let part = micros % 1_000_000;
    if part == 0 {
        out.extend_from_slice(if point { b".0" } else { b"" });
        return;
    }
    out.push(b'.');
    six_digits(out, part);
    while out.last() == Some(&b'0') {
        out.pop();
    }
}

fn six_digits(out: &mut Vec<u8>, part: u64) {
    let mut digits = itoa::Buffer::new();
    // With a one in front all zeros stand.
    let digits = digits.format(1_000_000 + part);
    out.extend_from_slice(digits.get(1..).unwrap_or_default().as_bytes());
}

/// A quarter of an hour in microseconds: offsets of zones are multiples of it nowadays.
const QUARTER: i64 = 900_000_000;

/// Times as text; the calendar is asked once for a quarter of an hour.
struct Times<'z, Z> {
    zone: &'z Z,
    quarter: Option<i64>,
    /// The quarter's beginning.
    text: String,
}

/// Years of four digits, 1900 to 9998.
const USUAL: std::ops::Range<i64> = -2_208_988_800_000_000..253_370_764_800_000_000;

impl<Z: TimeZone<Offset: Display>> Times<'_, Z> {
    fn write(&mut self, micros: i64, out: &mut Vec<u8>) {
        if !USUAL.contains(&micros) {
            out.extend_from_slice(rfc3339(micros, self.zone).as_bytes());
            return;
        }
        let quarter = micros.div_euclid(QUARTER);
        if self.quarter != Some(quarter) {
            self.text = rfc3339(quarter * QUARTER, self.zone);
            self.quarter = Some(quarter);
        }
        // 2025-03-04T07:15:00+01:00
        let text = self.text.as_bytes();
        let (Some(day_hour), Some(&[ten, one]), Some(b":00"), Some(offset @ [b'+' | b'-', ..])) =
            (text.get(..14), text.get(14..16), text.get(16..19), text.get(19..))
        else {
            // Of a zone that is not written so.
            out.extend_from_slice(rfc3339(micros, self.zone).as_bytes());
            return;
        };
        let begin = i64::from(ten - b'0') * 10 + i64::from(one - b'0');
        if begin % 15 != 0 {
            out.extend_from_slice(rfc3339(micros, self.zone).as_bytes());
            return;
        }
        let into = micros.rem_euclid(QUARTER);
        let second = into / 1_000_000;
        let minute = begin + second / 60;
        let two = |number: i64| [b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8];
        out.extend_from_slice(day_hour);
        out.extend_from_slice(&two(minute));
        out.push(b':');
        out.extend_from_slice(&two(second % 60));
        if into % 1_000_000 != 0 {
            out.push(b'.');
            six_digits(out, (into % 1_000_000) as u64);
        }
        out.extend_from_slice(offset);
    }
}
