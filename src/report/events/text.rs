//! Rows as text, cell by cell into one buffer: nothing is allocated for a cell.

use std::fmt::Display;
use std::io::Write as _;

use chrono::TimeZone;

use super::columns::{COLUMNS, Cell, Cells, each_cell};
use super::{EventFormat, rfc3339};
use crate::analyze::EventRow;
use crate::bytes::{holds_control_or, holds_one_of};
use crate::report::escape;
use crate::smtp::EnhancedCode;

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
        each_cell(row, &mut Csv { out: &mut self.out, times: &mut self.times, raw });
        end_row(&mut self.out, b"\n");
    }

    fn ndjson(&mut self, row: &EventRow<'_>) {
        self.out.push(b'{');
        each_cell(row, &mut Ndjson { out: &mut self.out, times: &mut self.times });
        end_row(&mut self.out, b"}\n");
    }
}

/// Puts the end of a row in the place of the comma behind its last cell.
fn end_row(out: &mut Vec<u8>, end: &[u8]) {
    out.pop();
    out.extend_from_slice(end);
}

/// The cells of one record, each with a comma behind it.
struct Csv<'o, 'z, Z> {
    out: &'o mut Vec<u8>,
    times: &'o mut Times<'z, Z>,
    raw: bool,
}

impl<Z: TimeZone<Offset: Display>> Cells for Csv<'_, '_, Z> {
    // Each column has code of its own, in which only its kind of cell is left.
    #[inline(always)]
    fn cell(&mut self, _: &'static str, cell: Cell<'_>) {
        let out = &mut *self.out;
        match cell {
            // What is there and empty has quotes, what is not there has none.
            Cell::Null => {}
            Cell::Text(text) => csv_text(out, text, self.raw),
            Cell::Word(word) => out.extend_from_slice(word.as_bytes()),
            Cell::Enhanced(code) => enhanced(out, code),
            Cell::Int(number) => int(out, number),
            Cell::Time(micros) => self.times.write(micros, out),
            Cell::Seconds(micros) => seconds(out, micros, false),
            Cell::Boolean(yes) => boolean(out, yes),
        }
        out.push(b',');
    }
}

/// The keys and values of one object, each with a comma behind it.
struct Ndjson<'o, 'z, Z> {
    out: &'o mut Vec<u8>,
    times: &'o mut Times<'z, Z>,
}

impl<Z: TimeZone<Offset: Display>> Cells for Ndjson<'_, '_, Z> {
    #[inline(always)]
    fn cell(&mut self, key: &'static str, cell: Cell<'_>) {
        let out = &mut *self.out;
        out.extend_from_slice(key.as_bytes());
        match cell {
            Cell::Null => out.extend_from_slice(b"null"),
            Cell::Text(text) => json_text(out, text),
            Cell::Word(word) => quoted(out, |out| out.extend_from_slice(word.as_bytes())),
            Cell::Enhanced(code) => quoted(out, |out| enhanced(out, code)),
            Cell::Int(number) => int(out, number),
            Cell::Time(micros) => quoted(out, |out| self.times.write(micros, out)),
            Cell::Seconds(micros) => seconds(out, micros, true),
            Cell::Boolean(yes) => boolean(out, yes),
        }
        out.push(b',');
    }
}

/// Something between quotes.
#[inline]
fn quoted(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    out.push(b'"');
    write(out);
    out.push(b'"');
}

fn int(out: &mut Vec<u8>, number: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

#[inline]
fn boolean(out: &mut Vec<u8>, yes: bool) {
    out.extend_from_slice(if yes { b"true" } else { b"false" });
}

/// `4.7.1`
fn enhanced(out: &mut Vec<u8>, code: EnhancedCode) {
    let digit = |number: u16| u8::try_from(number).ok().filter(|&digit| digit < 10).map(|digit| b'0' + digit);
    match (digit(code.class().into()), digit(code.subject()), digit(code.detail())) {
        (Some(class), Some(subject), Some(detail)) => out.extend_from_slice(&[class, b'.', subject, b'.', detail]),
        // A buffer takes all that is written to it.
        _ => _ = write!(out, "{code}"),
    }
}

/// A cell of RFC 4180.
fn csv_text(out: &mut Vec<u8>, text: &str, raw: bool) {
    // Nearly every cell begins with a letter or a digit, and holds no control character (of more than one byte they begin
    // with C2): it is harmless.
    let bytes = text.as_bytes();
    if raw || bytes.first().is_some_and(u8::is_ascii_alphanumeric) && !holds_control_or(bytes, 0x7f, 0xc2) {
        csv_bytes(out, bytes);
    } else {
        csv_bytes(out, escape::csv_cell(text).as_bytes());
    }
}

#[inline]
fn csv_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    if !bytes.is_empty() && !holds_one_of(bytes, *b",\"\n\r") {
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
    if holds_control_or(text.as_bytes(), b'"', b'\\') {
        // A buffer takes all that is written to it.
        _ = serde_json::to_writer(out, text);
    } else {
        quoted(out, |out| out.extend_from_slice(text.as_bytes()));
    }
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
