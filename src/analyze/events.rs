//! One row per attempt or refusal: what `events` writes, whatever MTA it came from.
//!
//! Data only, and owned: a row outlives the line it came from.  How it is written is the business of
//! [`crate::report::events`].

use crate::analyze::analysis::Direction;
use crate::event::Mta;

/// A row of `events`.  Fields in the order of the columns; `None` where the log does not say it.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRow {
    /// Microseconds since 1970-01-01 UTC.
    pub time: i64,
    /// The logging host.
    pub host: Option<String>,
    /// Who wrote the line.
    pub mta: Mta,
    /// The queue id; none for a refusal before there was one.
    pub queue_id: Option<String>,
    /// The Message-ID header, where the log has it.
    pub message_id: Option<String>,
    /// Did we try them, or did they try us?
    pub direction: Direction,
    /// Envelope sender; empty for the null sender `<>`.
    pub sender: Option<String>,
    /// Recipient.
    pub recipient: Option<String>,
    /// Outbound the recipient's domain, inbound the sender's (`<>` for the null sender).
    pub domain: Option<String>,
    /// Name of the next hop; inbound that of the client.
    pub relay_host: Option<String>,
    /// Its address.
    pub relay_ip: Option<String>,
    /// Where in the dialogue: a word of [`crate::smtp::reply::Stage`].
    pub stage: Option<&'static str>,
    /// Three digits; none when no server replied.
    pub reply_code: Option<u16>,
    /// x.y.z.
    pub enhanced_code: Option<String>,
    /// delivered, deferred, bounced, expired, rejected, discarded, skipped, internal_hop.
    pub outcome: &'static str,
    /// transient or permanent; none for what succeeded.
    pub class: Option<&'static str>,
    /// A word of the taxonomy; none for what succeeded.
    pub cause: Option<String>,
    /// Seconds since the message arrived.
    pub delay_s: Option<f64>,
    /// The how-manieth attempt of this recipient of this message it is, from 1.
    pub attempt: Option<u64>,
    /// The file, as named on the command line or found.
    pub file: String,
    /// Line number in the decompressed text, from 1.
    pub line: u64,
    /// The reply, or the MTA's own reason.
    pub text: Option<String>,
}
