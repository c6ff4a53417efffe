//! Rows of `events` as CSV or as one JSON object a line.
//!
//! Both have the same columns in the same order.  Times are RFC 3339 in the zone handed in, with six
//! digits of the second where it has a part, and none where it has not.
//!
//! `2025-03-04T06:03:31+00:00,mx1,postfix,E735DA20181,...`

use std::fmt::Display;
use std::io::{self, Write};

use chrono::{DateTime, SecondsFormat, TimeZone};
use schemars::JsonSchema;
use serde::Serialize;

use super::escape;
use crate::analyze::EventRow;
use crate::analyze::analysis::Direction;
use crate::event::Mta;

/// The columns, which are the keys too.
pub const COLUMNS: [&str; 22] = [
    "time",
    "host",
    "mta",
    "queue_id",
    "message_id",
    "direction",
    "sender",
    "recipient",
    "domain",
    "relay_host",
    "relay_ip",
    "stage",
    "reply_code",
    "enhanced_code",
    "outcome",
    "class",
    "cause",
    "delay_s",
    "attempt",
    "file",
    "line",
    "text",
];

/// How rows are written.
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

/// Writes rows one by one.
#[derive(Debug)]
pub struct EventWriter<W: Write, Z> {
    sink: Sink<W>,
    zone: Z,
}

#[derive(Debug)]
enum Sink<W: Write> {
    Csv { out: Box<csv::Writer<W>>, raw: bool },
    Ndjson(W),
}

impl<W: Write, Z: TimeZone<Offset: Display>> EventWriter<W, Z> {
    /// Begins the output: CSV gets its header, even if no row follows.
    pub fn new(format: EventFormat, zone: Z, out: W) -> io::Result<Self> {
        let sink = match format {
            EventFormat::Ndjson => Sink::Ndjson(out),
            EventFormat::Csv { raw } => {
                let mut out = Box::new(csv::Writer::from_writer(out));
                out.write_record(COLUMNS).map_err(io::Error::from)?;
                Sink::Csv { out, raw }
            }
        };
        Ok(Self { sink, zone })
    }

    /// Writes a row.
    pub fn write(&mut self, row: &EventRow) -> io::Result<()> {
        let row = Columns::of(row, rfc3339(row.time, &self.zone));
        match &mut self.sink {
            Sink::Ndjson(out) => {
                serde_json::to_writer(&mut *out, &row)?;
                out.write_all(b"\n")
            }
            Sink::Csv { out, raw } => row.write_csv(out, *raw).map_err(io::Error::from),
        }
    }

    /// Ends the output.
    pub fn finish(self) -> io::Result<()> {
        match self.sink {
            Sink::Ndjson(mut out) => out.flush(),
            Sink::Csv { mut out, .. } => out.flush(),
        }
    }
}

/// A time in microseconds since 1970 as RFC 3339 with the zone's offset; the fraction only where it is
/// not zero, and then with six digits.  A time that no calendar has is the beginning of 1970.
#[must_use]
pub fn rfc3339<Z: TimeZone<Offset: Display>>(micros: i64, zone: &Z) -> String {
    let time = DateTime::from_timestamp_micros(micros).unwrap_or_default();
    let digits = if time.timestamp_subsec_micros() == 0 { SecondsFormat::Secs } else { SecondsFormat::Micros };
    time.with_timezone(zone).to_rfc3339_opts(digits, false)
}

/// One delivery attempt or refusal; a value that the log does not have is null.
// With its time as text, in the order of [`COLUMNS`].
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Event")]
pub(super) struct Columns<'a> {
    /// RFC 3339 with offset.
    time: String,
    /// The logging host.
    host: Option<&'a str>,
    /// Who wrote the line.
    mta: Mta,
    /// The queue id; null for a refusal before there was one.
    queue_id: Option<&'a str>,
    /// The Message-ID header.
    message_id: Option<&'a str>,
    /// Did this host try another, or was it tried?
    direction: Direction,
    /// Envelope sender; empty for the null sender.
    sender: Option<&'a str>,
    /// Envelope recipient.
    recipient: Option<&'a str>,
    /// Outbound the recipient's domain, inbound the sender's, `<>` for the null sender.
    domain: Option<&'a str>,
    /// Next hop; inbound the client.
    relay_host: Option<&'a str>,
    /// Its address.
    relay_ip: Option<&'a str>,
    /// Where in the SMTP dialogue.
    stage: Option<&'a str>,
    /// Three digits; null when no server replied.
    reply_code: Option<u16>,
    /// x.y.z.
    enhanced_code: Option<&'a str>,
    /// What came of it.
    #[schemars(extend("enum" = ["delivered", "deferred", "bounced", "expired", "rejected", "discarded", "skipped", "internal_hop"]))]
    outcome: &'a str,
    /// Null for what succeeded.
    class: Option<&'a str>,
    /// A word of the taxonomy; null for what succeeded.
    cause: Option<&'a str>,
    /// Seconds since the message arrived.
    delay_s: Option<f64>,
    /// The how-manieth attempt of this recipient of this message, from 1.
    attempt: Option<u64>,
    /// As named on the command line or found.
    file: &'a str,
    /// Number in the decompressed text, from 1.
    line: u64,
    /// The reply, or the MTA's own reason.
    text: Option<&'a str>,
}

impl<'a> Columns<'a> {
    fn of(row: &'a EventRow, time: String) -> Self {
        Self {
            time,
            host: row.host.as_deref(),
            mta: row.mta,
            queue_id: row.queue_id.as_deref(),
            message_id: row.message_id.as_deref(),
            direction: row.direction,
            sender: row.sender.as_deref(),
            recipient: row.recipient.as_deref(),
            domain: row.domain.as_deref(),
            relay_host: row.relay_host.as_deref(),
            relay_ip: row.relay_ip.as_deref(),
            stage: row.stage,
            reply_code: row.reply_code,
            enhanced_code: row.enhanced_code.as_deref(),
            outcome: row.outcome,
            class: row.class,
            cause: row.cause.as_deref(),
            delay_s: row.delay_s,
            attempt: row.attempt,
            file: &row.file,
            line: row.line,
            text: row.text.as_deref(),
        }
    }

    fn write_csv<W: Write>(&self, out: &mut csv::Writer<W>, raw: bool) -> csv::Result<()> {
        let direction = match self.direction {
            Direction::Outbound => "outbound",
            Direction::Inbound => "inbound",
        };
        let number = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
        let (reply_code, attempt, line) =
            (number(self.reply_code.map(u64::from)), number(self.attempt), self.line.to_string());
        let delay_s = self.delay_s.map(|d| d.to_string()).unwrap_or_default();
        let cells = [
            Some(self.time.as_str()),
            self.host,
            Some(self.mta.as_str()),
            self.queue_id,
            self.message_id,
            Some(direction),
            self.sender,
            self.recipient,
            self.domain,
            self.relay_host,
            self.relay_ip,
            self.stage,
            Some(&reply_code),
            self.enhanced_code,
            Some(self.outcome),
            self.class,
            self.cause,
            Some(&delay_s),
            Some(&attempt),
            Some(self.file),
            Some(&line),
            self.text,
        ];
        for cell in cells {
            let cell = cell.unwrap_or_default();
            if raw {
                out.write_field(cell)?;
            } else {
                out.write_field(escape::csv_cell(cell).as_bytes())?;
            }
        }
        out.write_record(None::<&[u8]>)
    }
}
