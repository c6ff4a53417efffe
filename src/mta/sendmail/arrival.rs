//! `from=`: a message came.
//!
//! ```text
//! from=<news@example.net>, size=4312, class=0, nrcpts=2, msgid=<k1@example.net>, proto=ESMTPS, daemon=MTA-v4, relay=app.example.net [192.0.2.10]
//! ```

use super::syntax::{Peer, addresses_end, bare_address, decimal, field_end, peer};
use crate::bytes;
use crate::event::Arrival;

/// The whole text, from `from=` on.
///
/// `msgid=` is a stranger's text in the middle of it, so what follows it is read from the right: `relay=` is the
/// last field and what it holds has no `, relay=` (logsender, headers.c).
pub(super) fn arrival(text: &[u8]) -> Arrival<'_> {
    let mut arrival = Arrival { begins: true, ..Arrival::default() };
    let text = text.strip_prefix(b"from=").unwrap_or(text);
    let end = addresses_end(text)
        .filter(|&n| text[n..].starts_with(b", size="))
        .or_else(|| bytes::find_words(text, b", size="))
        .unwrap_or_else(|| field_end(text));
    let (sender, mut rest) = text.split_at(end);
    // `<NONE>` stands for an envelope whose sender is not known (yet).
    arrival.sender = (sender != b"<NONE>").then(|| bare_address(sender));
    if let Some(n) = bytes::rfind_words(rest, b", relay=") {
        came_from(peer(&rest[n + b", relay=".len()..]), &mut arrival);
        rest = &rest[..n];
    }
    while let Some(field) = rest.strip_prefix(b", ") {
        if let Some(id) = field.strip_prefix(b"msgid=") {
            let id = bare_address(message_id(id));
            arrival.message_id = (!id.is_empty()).then_some(id);
            break;
        }
        let (field, more) = field.split_at(field_end(field));
        if let Some(size) = field.strip_prefix(b"size=") {
            arrival.size = decimal(size);
        } else if let Some(count) = field.strip_prefix(b"nrcpts=") {
            arrival.recipients = decimal(count).and_then(|n| u32::try_from(n).ok());
        }
        rest = more;
    }
    if is_not_accepted(&arrival) {
        arrival.recipients = Some(0);
    }
    arrival
}

/// Was the envelope dropped before the message was in: QUIT, RSET or a lost connection after RCPT, or all refused?
///
/// The line is then written without `msgid=` (logsender's callers in srvrsmtp.c), and nobody gets anything, however
/// many recipients had been accepted by then.  A message that is in always has one: where its header had none,
/// Sendmail has made it by then (eatheader, headers.c).
fn is_not_accepted(arrival: &Arrival<'_>) -> bool {
    arrival.message_id.is_none() && arrival.client_ip.is_some()
}

/// Who handed it in: `root@localhost` without an address is a program of this host, `[RESPONSE]` Sendmail itself.
fn came_from<'a>(from: Peer<'a>, arrival: &mut Arrival<'a>) {
    if from.ip == b"RESPONSE" {
        arrival.local = true;
    } else if from.ip.is_empty() && (from.user.is_some() || from.name == b"localhost") {
        arrival.local = true;
        arrival.login = from.user;
    } else {
        let name = from.name.split(|&b| b == b' ').next().unwrap_or_default();
        arrival.client_name = (!name.is_empty()).then_some(name);
        arrival.client_ip = (!from.ip.is_empty()).then_some(from.ip);
    }
}

/// `<k1@example.net>, proto=ESMTPS, daemon=MTA-v4`: what is left when the fields that Sendmail puts behind are
/// taken off from the right.
fn message_id(mut text: &[u8]) -> &[u8] {
    const BEHIND: [&[u8]; 6] = [b"bodytype=", b"proto=", b"daemon=", b"auth=", b"tls_verify=", b"envid="];
    while let Some(n) = bytes::rfind_words(text, b", ") {
        let field = &text[n + 2..];
        if !BEHIND.iter().any(|name| field.starts_with(name)) {
            break;
        }
        text = &text[..n];
    }
    text
}
