//! A message in the queue: activated, expired, removed, held, bounced about; tries at hosts that were not
//! the last.
//!
//! ```text
//! from=<news@example.net>, size=4312, nrcpt=1 (queue active)
//! sender non-delivery notification: 7C1D2203F
//! host mx1.example.org[198.51.100.7] said: 450 4.2.0 <u@example.org>: ... (in reply to RCPT TO command)
//! ```

use super::lexis::{id_word, number, peer};
use super::{Program, quiet};
use crate::bytes;
use crate::event::{Arrival, Ending, Fact, Notice};

/// qmgr: `from=<sender>, size=BYTES, nrcpt=N (queue active)`, `from=<sender>, status=expired, returned to sender`
/// (`force-expired` since 3.5).
///
/// Whatever the sender holds, no `>` follows it.
#[inline]
pub(super) fn manager(text: &[u8]) -> Option<Fact<'_>> {
    let text = text.strip_prefix(b"from=<")?;
    // A sender without a bracket, as all but liars are.
    let usual = bytes::find(text, b'>')
        .filter(|&end| text.get(end + 1..).is_some_and(|rest| bytes::find(rest, b'>').is_none()));
    let end = usual.or_else(|| memchr::memrchr(b'>', text))?;
    let (sender, rest) = (text.get(..end)?, text.get(end + 1..)?);
    if let Some(rest) = rest.strip_prefix(b", size=") {
        let (size, rest) = number(rest)?;
        let (recipients, _) = number(rest.strip_prefix(b", nrcpt=")?)?;
        return Some(Fact::Arrival(Arrival {
            sender: Some(sender),
            size: Some(size),
            recipients: u32::try_from(recipients).ok(),
            ..Arrival::default()
        }));
    }
    match rest.strip_prefix(b", status=")? {
        b"expired, returned to sender" | b"force-expired, returned to sender" => Some(Fact::GivenUp(None)),
        _ => None,
    }
}

/// Every other line that begins with a queue id and is no refusal.
pub(super) fn fact(program: Program, text: &[u8]) -> Option<Fact<'_>> {
    match (program, text) {
        (Program::Postsuper, b"removed") => Some(Fact::Ended(Ending::RemovedByHand)),
        (_, b"removed") => Some(Fact::Ended(Ending::Done)),
        // 3.10: the transaction never became a message.
        (_, b"removed (canceled)") => Some(Fact::Ended(Ending::Cancelled)),
        (_, b"removed (discarded)") => Some(Fact::Ended(Ending::Discarded)),
        (_, b"requeued") => Some(Fact::Ended(Ending::Requeued)),
        (_, b"placed on hold") => Some(Fact::Held),
        (_, b"released from hold") => Some(Fact::Released),
        (Program::Smtp | Program::Lmtp, _) => host_trouble(text).or_else(|| quiet::of_message(text).map(Fact::Quiet)),
        (Program::Qmqpd, _) if peer(text).is_ok_and(|(rest, _)| rest.starts_with(b": ")) => {
            Some(Fact::Quiet("QMQP session"))
        }
        _ => notice(text).or_else(|| quiet::of_message(text).map(Fact::Quiet)),
    }
}

/// bounce: `sender non-delivery notification: QID`.
fn notice(text: &[u8]) -> Option<Fact<'_>> {
    let forms = [
        (&b"sender non-delivery notification: "[..], Notice::Bounce),
        (b"sender delay notification: ", Notice::Delay),
        (b"sender delivery status notification: ", Notice::Success),
        (b"postmaster non-delivery notification: ", Notice::Postmaster),
        (b"postmaster delay notification: ", Notice::Postmaster),
    ];
    forms.iter().find_map(|(prefix, kind)| {
        let child = id_word(text.strip_prefix(*prefix)?);
        Some(Fact::Notice { kind: *kind, child })
    })
}

/// smtp, lmtp: what went wrong with a host when there is another to try.  The recipients' verdict is another
/// line.
fn host_trouble(text: &[u8]) -> Option<Fact<'_>> {
    let forms = [
        &b"host "[..],
        b"lost connection with ",
        b"conversation with ",
        b"SASL authentication failed",
        b"SASL [CACHED] authentication failed",
        b"TLS is required",
        b"Cannot start TLS",
        b"Server certificate not ",
        b"Server certificate could not be verified",
        b"client TLS configuration problem",
        b"Sender requested REQUIRETLS",
        b"message requires SMTPUTF8",
        b"message size ",
        b"local data error while talking to ",
        b"mail for ",
        b"connect to ",
        b"unexpected server message",
        b"server unavailable or unable to receive mail",
    ];
    forms.iter().any(|form| text.starts_with(form)).then_some(Fact::HostTrouble)
}
