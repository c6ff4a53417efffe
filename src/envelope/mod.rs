//! Who spoke, when, and what is left of the line for the MTA's grammar.
//!
//! Envelopes are told line by line (FORMATS: RFC 3164 and its variants, ISO-8601, RFC 5424, the journal's
//! shapes, container prefixes, Exim's own stamp); one file may mix them all.  This room knows no MTA
//! grammar and no file; the time of files is handed in.

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
