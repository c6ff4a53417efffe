//! Who spoke, when, and what is left of the line for the MTA's grammar.
//!
//! Envelopes are told line by line (FORMATS: RFC 3164 and its variants, ISO-8601, RFC 5424, the journal's
//! shapes, container prefixes, Exim's own stamp); one file may mix them all.  This room knows no MTA
//! grammar and no file; the time of files is handed in.
//!
//! `Nov  3 09:15:02 mx1 postfix/smtp[2113]: 4Xh8...: to=<...>` is cut into time, host, tag, pid, message.

mod anchor;
mod clock;
mod container;
mod cut;
mod journal;
mod json;
mod mainlog;
mod reader;
mod skim;
mod survey;
mod syslog;
mod timestamp;
mod usual;
mod zone;

use crate::bytes;

pub use clock::{Clock, ClockMark, TimeRules};
pub use cut::cut;
pub use reader::{Reader, first_time};
pub use zone::{UnknownZone, Zone};

/// A line without its envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Microseconds since 1970-01-01 UTC.
    pub time: i64,
    /// The logging host as written; empty where the line names none.
    pub host: &'a [u8],
    /// The syslog tag without pid and colon (`postfix/smtpd`, `sm-mta`); `exim` for Exim's own files.
    pub tag: &'a [u8],
    /// The process id as written; empty where the line has none.
    pub pid: &'a [u8],
    /// What the program said.
    pub message: &'a [u8],
    /// How often it was said: 1, or N for rsyslog's `message repeated N times: [ ... ]` (the first time
    /// stands in a line of its own).
    pub times: u32,
}

/// One entry of a log: nearly always one physical line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The first physical line as it stands in the file, without line end, leading NULs and byte order mark.
    pub raw: &'a [u8],
    /// How many physical lines it took.
    pub lines: u32,
    /// What it is.
    pub content: Content<'a>,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// Somebody said something.
    Line(Line<'a>),
    /// `last message repeated N times`: the last line of this host happened N more times.
    Repeat {
        /// The host; empty: the last line of any host.
        host: &'a [u8],
        /// When it was written, microseconds since 1970-01-01 UTC.
        time: i64,
        /// How many more times.
        times: u32,
    },
    /// No envelope known, or one without a clock time (journalctl `short-monotonic`, `cat`), or a line
    /// that goes on from the one before.
    Foreign,
    /// An empty line, or one that only structures the log: `-- Boot 1234 --`, `-- MARK --`.
    Blank,
}

/// No entry is longer, however many lines it claims to span.
const ENTRY_MAX: usize = 1 << 20;

/// Byte order mark of a file or of an RFC 5424 message.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// The first line of a block without its line feed, and its length with it.
#[inline]
fn first_line(block: &[u8]) -> (&[u8], usize) {
    match bytes::line_end(block) {
        Some(end) => (block.get(..end).unwrap_or_default(), end + 1),
        None => (block, block.len()),
    }
}

/// A line without carriage return, byte order mark, and the NULs that a crash or a copy-and-truncate
/// rotation leaves.
fn clean(line: &[u8]) -> &[u8] {
    let line = match line {
        [line @ .., b'\r'] => line,
        _ => line,
    };
    match line.first() {
        Some(0) => {
            let text = line.iter().position(|&b| b != 0).unwrap_or(line.len());
            line.get(text..).unwrap_or_default()
        }
        Some(0xef) => line.strip_prefix(BOM).unwrap_or(line),
        _ => line,
    }
}

#[cfg(test)]
mod tests;
