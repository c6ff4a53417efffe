//! Rows of `events` as CSV, as one JSON object a line, or as a Parquet file.
//!
//! All have the same columns in the same order, those of [`COLUMNS`].  Times are RFC 3339 in the zone handed in, with
//! six digits of the second where it has a part, and none where it has not.
//!
//! `2025-03-04T06:03:31+00:00,mx1,postfix,E735DA20181,...`

pub mod columns;
#[cfg(feature = "parquet")]
mod parquet;
mod text;

use std::fmt::Display;
use std::io::{self, Write};

use chrono::{DateTime, SecondsFormat, TimeZone};

pub use columns::{COLUMNS, Cell, Column, Kind, SCHEMA, json_schema};
#[cfg(feature = "parquet")]
pub use parquet::write_parquet;

use super::redact::Redactor;
use crate::analyze::{EventRow, Events};
use text::{TextWriter, header};

/// How rows are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventFormat {
    /// A header, then one record a row; `raw` leaves cells that look like formulas.
    Csv {
        /// Leave cells as they are.
        raw: bool,
    },
    /// One object a line.
    Ndjson,
}

/// Rows that one thread writes at a time.
const PIECE: usize = 1024;

/// Pieces that are written side by side.
const PIECES: usize = 16;

/// Writes the rows, in order: `all` those of lines without an attempt too.  CSV has its header even if no row follows.
/// `redactor` hides local parts.
pub fn write<Z>(
    events: &Events<'_>,
    all: bool,
    format: EventFormat,
    zone: &Z,
    redactor: Option<&Redactor>,
    mut out: impl Write,
) -> io::Result<()>
where
    Z: TimeZone<Offset: Display> + Sync,
{
    if let EventFormat::Csv { .. } = format {
        out.write_all(&header())?;
    }
    let fill = |piece: &mut Vec<u8>, start: usize| {
        let mut writer = TextWriter::new(format, zone, std::mem::take(piece));
        let rows = start..(start + PIECE).min(events.len());
        events.rows(rows, all).for_each(|row| writer.write(&redacted(row, redactor)));
        *piece = writer.into_bytes();
    };
    // While some pieces are filled, those before them are written.
    let (mut ready, mut next) = (Vec::new(), vec![Vec::new(); PIECES]);
    let starts: Vec<usize> = (0..events.len()).step_by(PIECE).collect();
    for starts in starts.chunks(PIECES) {
        next.resize(starts.len(), Vec::new());
        rayon::in_place_scope(|jobs| {
            for (piece, &start) in next.iter_mut().zip(starts) {
                jobs.spawn(move |_| fill(piece, start));
            }
            ready.iter().try_for_each(|piece: &Vec<u8>| out.write_all(piece))
        })?;
        std::mem::swap(&mut ready, &mut next);
    }
    ready.iter().try_for_each(|piece| out.write_all(piece))?;
    out.flush()
}

/// The row, its local parts hidden where that is wanted.
fn redacted<'r>(mut row: EventRow<'r>, redactor: Option<&Redactor>) -> EventRow<'r> {
    if let Some(redactor) = redactor {
        redactor.row(&mut row);
    }
    row
}

/// A time in microseconds since 1970 as RFC 3339 with the zone's offset; the fraction only where it is
/// not zero, and then with six digits.  A time that no calendar has is the beginning of 1970.
#[must_use]
pub fn rfc3339<Z: TimeZone<Offset: Display>>(micros: i64, zone: &Z) -> String {
    let time = DateTime::from_timestamp_micros(micros).unwrap_or_default();
    let digits = if time.timestamp_subsec_micros() == 0 { SecondsFormat::Secs } else { SecondsFormat::Micros };
    time.with_timezone(zone).to_rfc3339_opts(digits, false)
}

#[cfg(test)]
mod tests;
