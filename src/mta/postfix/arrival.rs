//! How a message came: what smtpd, qmqpd, pickup and cleanup say of it.
//!
//! ```text
//! client=app.example.net[192.0.2.10], sasl_method=PLAIN, sasl_username=news
//! uid=1000 from=<anna>
//! message-id=<k1@app.example.net>
//! ```

use super::lexis::{id_word, peer};
use crate::bytes;
use crate::event::Arrival;
use memchr::memmem;

/// smtpd, qmqpd: `client=host[ip][:port][, sasl_method=M, sasl_username=U[, sasl_sender=S]][, orig_queue_id=Q][, orig_client=C]`.
///
/// `orig_queue_id` (2.8) is what a content filter was told by XFORWARD: the message this one comes from.
pub(super) fn client(text: &[u8]) -> Option<Arrival<'_>> {
    let (mut rest, client) = peer(text.strip_prefix(b"client=")?).ok()?;
    let mut arrival = Arrival {
        begins: true,
        client_name: client.client_name(),
        client_ip: client.client_ip(),
        ..Arrival::default()
    };
    while let Some(field) = rest.strip_prefix(b", ") {
        rest = if let Some(user) = field.strip_prefix(b"sasl_username=") {
            let end = login_end(user);
            arrival.login = user.get(..end);
            user.get(end..).unwrap_or_default()
        } else {
            arrival.parent = field.strip_prefix(b"orig_queue_id=").and_then(id_word).or(arrival.parent);
            field.get(bytes::find_words(field, b", ").unwrap_or(field.len())..).unwrap_or_default()
        };
    }
    rest.is_empty().then_some(arrival)
}

/// A login name is written as it is, commas and spaces too: it goes on to the next key that may follow it.
fn login_end(user: &[u8]) -> usize {
    let next = [&b", sasl_sender="[..], b", orig_queue_id=", b", orig_client="];
    memchr::memchr_iter(b',', user)
        .find(|&at| user.get(at..).is_some_and(|rest| next.iter().any(|key| rest.starts_with(key))))
        .unwrap_or(user.len())
}

/// pickup: `uid=N from=<sender>[ orig_id=QID]`.
///
/// With `orig_id` the message was requeued (`postsuper -r`): it comes from the queue, not from a local user,
/// and the uid is that of the mail system.
pub(super) fn pickup(text: &[u8]) -> Option<Arrival<'_>> {
    let text = text.strip_prefix(b"uid=")?;
    let space = bytes::find(text, b' ')?;
    let (uid, rest) = text.split_at_checked(space)?;
    let from = rest.strip_prefix(b" from=<")?;
    let (sender, parent) = match from.strip_suffix(b">") {
        Some(sender) => (sender, None),
        None => {
            let end = memmem::rfind(from, b"> orig_id=")?;
            (from.get(..end)?, Some(id_word(from.get(end + 10..)?)?))
        }
    };
    let by_user = parent.is_none();
    let login = by_user.then_some(uid).filter(|uid| uid.iter().all(u8::is_ascii_digit));
    Some(Arrival { begins: true, sender: Some(sender), login, local: by_user, parent, ..Arrival::default() })
}

/// cleanup: `message-id=<id>`.  The value is the header as the sender wrote it: it may be empty, lack the
/// brackets, hold spaces and comments behind them.
pub(super) fn message_id(text: &[u8]) -> Option<Arrival<'_>> {
    let value = text.strip_prefix(b"message-id=")?.trim_ascii();
    let id = match value.strip_prefix(b"<") {
        Some(inner) => inner.get(..bytes::find(inner, b'>').unwrap_or(inner.len()))?,
        None => value,
    };
    Some(Arrival { message_id: Some(id), ..Arrival::default() })
}
