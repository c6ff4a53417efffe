//! The text in parentheses at the end of a delivery line: whose words it holds, and where in the dialogue
//! they came.
//!
//! ```text
//! (host mx.example.org[198.51.100.7] said: 450 4.2.0 <u@example.org>: ... Greylisted (in reply to RCPT TO command))
//! (connect to mx.example.org[198.51.100.7]:25: Connection timed out)
//! ```
//!
//! Only what a server said has a reply code.  An agent of this host may quote digits as it likes.

use super::lexis::{Peer, peer};
use crate::bytes;
use crate::smtp::reply::{Reply, Stage};

/// What is known of a failed try.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict<'a> {
    /// The server's reply; without a code, the MTA's own reason.
    pub reply: Reply<'a>,
    /// Where it came.
    pub stage: Option<Stage>,
}

impl<'a> Verdict<'a> {
    /// The MTA's own words.
    pub fn without_reply(reason: &'a [u8]) -> Self {
        Self { reply: Reply::own(reason), stage: None }
    }

    /// The reason of a failed try, or of a probe; `connected`: the line names the server.
    pub fn of_failure(reason: &'a [u8], connected: bool) -> Self {
        if let Some((text, stage)) = server_said(reason) {
            return Self { reply: Reply::parse(text), stage: Some(stage) };
        }
        // A probe's good answer, and what smtp_delivery_status_filter (3.0) leaves: the bare reply.
        let reply = if connected { Reply::parse(reason) } else { Reply::own(reason) };
        Self { reply, stage: own_stage(reason) }
    }
}

/// From ` (reason)` at the end of the line: what stands between the first `(` and the last `)`.
///
/// A line that was cut has no last `)`: then all of it.  Commas behind it come from a spreadsheet.
pub(super) fn of_status(rest: &[u8]) -> &[u8] {
    let Some(inner) = rest.strip_prefix(b" (") else { return b"" };
    if let [reason @ .., b')'] = inner {
        return reason;
    }
    let end = inner.iter().rposition(|b| !matches!(b, b',' | b' ')).map_or(0, |last| last + 1);
    match inner.get(..end) {
        Some([reason @ .., b')']) => reason,
        _ => inner,
    }
}

/// What a server said, and where.
fn server_said(reason: &[u8]) -> Option<(&[u8], Stage)> {
    let after = |prefix: &[u8]| -> Option<&[u8]> {
        let (rest, _): (_, Peer) = peer(reason.strip_prefix(prefix)?).ok()?;
        rest.strip_prefix(b" ")
    };
    if let Some(rest) = after(b"host ") {
        if let Some(text) = rest.strip_prefix(b"said: ") {
            return Some(in_reply_to(text));
        }
        return rest.strip_prefix(b"refused to talk to me: ").map(|text| (text, Stage::Connect));
    }
    // `SASL [CACHED] authentication failed` repeats what was said another time: no reply of this one.
    if let Some(rest) = after(b"SASL authentication failed; server ") {
        return rest.strip_prefix(b"said: ").map(|text| (text, Stage::Auth));
    }
    let rest = after(b"TLS is required, but host ").or_else(|| after(b"Sender requested REQUIRETLS, but host "))?;
    rest.strip_prefix(b"refused to start TLS: ").map(|text| (text, Stage::StartTls))
}

/// `450 4.2.0 text (in reply to RCPT TO command)`: the reply, and the command it answers.
///
/// Only the last such suffix is ours: a server that passes on another's refusal has one in its own text.
fn in_reply_to(text: &[u8]) -> (&[u8], Stage) {
    let opening = b"(in reply to ";
    let Some(at) = bytes::rfind_words(text, opening) else { return (text, Stage::Other) };
    let (reply, suffix) = text.split_at(at);
    let Some(reply) = reply.strip_suffix(b" ") else { return (text, Stage::Other) };
    let command = suffix.get(opening.len()..).unwrap_or_default();
    // A cut line may lack the parenthesis.
    let command = command.strip_suffix(b")").unwrap_or(command);
    if memchr::memchr(b')', command).is_some() {
        // Not at the end after all: the server's own words.
        return (text, Stage::Other);
    }
    let stage = match command {
        b"RCPT TO command" => Stage::Rcpt,
        b"end of DATA command" => Stage::EndOfData,
        b"MAIL FROM command" => Stage::Mail,
        b"DATA command" => Stage::Data,
        _ => Stage::Other,
    };
    (reply, stage)
}

/// Where the dialogue stood when the MTA gave up by itself.
fn own_stage(reason: &[u8]) -> Option<Stage> {
    if reason.starts_with(b"connect to ") {
        return Some(Stage::Connect);
    }
    let phase = if let Some(rest) = reason.strip_prefix(b"lost connection with ") {
        peer(rest).ok()?.0.strip_prefix(b" while ")?
    } else if let Some(rest) = reason.strip_prefix(b"conversation with ") {
        peer(rest).ok()?.0.strip_prefix(b" timed out while ")?
    } else {
        return None;
    };
    match phase {
        b"receiving the initial server greeting" => Some(Stage::Connect),
        b"sending MAIL FROM" => Some(Stage::Mail),
        b"sending RCPT TO" => Some(Stage::Rcpt),
        b"sending DATA command" | b"sending message body" => Some(Stage::Data),
        b"receiving the STARTTLS response" => Some(Stage::StartTls),
        _ if phase.starts_with(b"sending end of data") => Some(Stage::EndOfData),
        _ if phase.starts_with(b"performing the ") => Some(Stage::Hello),
        _ => Some(Stage::Other),
    }
}
