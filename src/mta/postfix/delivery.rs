//! Delivery lines: one recipient, one try, one verdict.
//!
//! ```text
//! to=<u@example.org>, relay=mx.example.org[198.51.100.7]:25, delay=459, delays=458/0.02/0.6/0.4, tls=may, dsn=2.0.0,
//!     status=sent (250 2.0.0 Ok: queued as 7C1D2203F)
//! ```
//!
//! Read strictly from left to right, field by field: addresses and reasons are written by strangers and may
//! hold anything, `, status=sent (250` too.

use super::Program;
use super::lexis::{self, NO, Parsed, angle, id_word, key, micros, peer};
use super::reason::{self, Verdict};
use crate::bytes;
use crate::event::{Attempt, Disposition, Event, Fact, Recipients, Relay, is_loopback};
use crate::smtp::EnhancedCode;
use crate::smtp::reply::Reply;
use nom::Parser as _;
use nom::bytes::complete::tag;

/// The fields before the reason.
#[derive(Debug, Default)]
struct Fields<'a> {
    relay: Option<Relay<'a>>,
    delay_us: Option<u64>,
    dsn: Option<EnhancedCode>,
    status: &'a [u8],
}

/// A whole delivery line of the message `id`.
///
/// The event is made where it is handed out, in one piece: to move one costs as much as to read it.
#[inline]
pub(super) fn event<'a>(program: Program, id: &'a [u8], text: &'a [u8]) -> Event<'a> {
    let Ok((rest, (recipient, original))) = (recipient, original).parse(text) else { return Event::Unparsed };
    let Ok((rest, Fields { relay: Some(relay), delay_us, dsn, status })) = fields(rest) else { return Event::Unparsed };
    let reason = reason::of_status(rest);
    let local = is_local(program, &relay);
    let Some(Said { disposition, verdict, queued_as }) = said(status, reason, &relay) else { return Event::Unparsed };
    let attempt = Attempt {
        recipients: Recipients::One(recipient),
        original,
        disposition,
        relay,
        local,
        delay_us,
        reply: verdict.reply,
        dsn,
        stage: verdict.stage,
        queued_as,
    };
    Event::Message { id, fact: Fact::Attempt(attempt) }
}

/// What status and reason come to.
struct Said<'a> {
    disposition: Disposition,
    verdict: Verdict<'a>,
    queued_as: Option<&'a [u8]>,
}

/// `status=sent`, `status=deferred` and so on, with the reason in brackets.
#[inline(always)]
fn said<'a>(status: &[u8], reason: &'a [u8], relay: &Relay<'_>) -> Option<Said<'a>> {
    let connected = !relay.ip.is_empty();
    let (disposition, verdict) = match status {
        b"sent" => return Some(sent(reason, relay)),
        b"deferred" if !connected && is_suspended(reason) => (Disposition::Skipped, Verdict::without_reply(reason)),
        // soft_bounce=yes: what would bounce stays in the queue; the text still says 5xx.
        b"deferred" | b"SOFTBOUNCE" => (Disposition::Deferred, Verdict::of_failure(reason, connected)),
        b"bounced" => (Disposition::Bounced, Verdict::of_failure(reason, connected)),
        b"deliverable" | b"undeliverable" | b"undeliverable-but-not-cached" => {
            (Disposition::Probed, Verdict::of_failure(reason, connected))
        }
        _ => return None,
    };
    Some(Said { disposition, verdict, queued_as: None })
}

/// `status=sent`: delivered, handed on or thrown away.
#[inline(always)]
fn sent<'a>(reason: &'a [u8], relay: &Relay<'_>) -> Said<'a> {
    let connected = !relay.ip.is_empty();
    let here = connected && relay.is_this_machine();
    let forwarded = if connected { None } else { reason.strip_prefix(b"forwarded as ").and_then(id_word) };
    let disposition = if forwarded.is_some() {
        Disposition::HandedOn
    } else if is_discarded(relay, here, reason) {
        Disposition::Discarded
    } else {
        Disposition::Delivered
    };
    let reply = if connected { Reply::parse(reason) } else { Reply::own(reason) };
    let queued_as = if here { queued_as(reason) } else { forwarded };
    Said { disposition, verdict: Verdict { reply, stage: None }, queued_as }
}

/// `to=<u@example.org>`; `to=u@example.org` as spreadsheets and old tools leave it.
#[inline]
fn recipient(input: &[u8]) -> Parsed<'_, &[u8]> {
    let (input, _) = tag(&b"to="[..]).parse(input)?;
    address(input, |rest| rest.starts_with(b", relay=") || rest.starts_with(b", orig_to="))
}

/// `, orig_to=<root>`: before aliases and rewriting, perhaps without a domain; most lines have none.
#[inline]
fn original(input: &[u8]) -> Parsed<'_, Option<&[u8]>> {
    match input.strip_prefix(b", orig_to=") {
        Some(rest) => address(rest, |rest| rest.starts_with(b", relay=")).map(|(rest, address)| (rest, Some(address))),
        None => Ok((input, None)),
    }
}

/// An address in brackets, or a bare one up to the next key.
#[inline]
fn address<'a>(input: &'a [u8], fits: impl Fn(&[u8]) -> bool) -> Parsed<'a, &'a [u8]> {
    if input.first() == Some(&b'<') {
        return angle(input, fits);
    }
    let end = memchr::memchr_iter(b',', input).find(|&at| input.get(at..).is_some_and(&fits)).ok_or(NO)?;
    let (address, rest) = input.split_at(end);
    Ok((rest, address))
}

/// `, relay=R[, conn_use=N], delay=D[, delays=a/b/c/d][, tls=T][, KEY=VALUE...][, dsn=D.D.D], status=WORD`.
///
/// 2.3 added conn_use, delays and dsn, 3.11 tls: a key that we do not know is stepped over.
#[inline]
fn fields(mut input: &[u8]) -> Parsed<'_, Fields<'_>> {
    let mut fields = Fields::default();
    loop {
        input = match input {
            [b',', b' ', b'r', b'e', b'l', b'a', b'y', b'=', value @ ..] => {
                let (rest, relay) = relay(value)?;
                fields.relay = Some(relay);
                rest
            }
            [b',', b' ', b'd', b'e', b'l', b'a', b'y', b'=', value @ ..] => {
                let (delay, rest) = micros(value);
                fields.delay_us = delay;
                rest
            }
            [b',', b' ', b'd', b'e', b'l', b'a', b'y', b's', b'=', value @ ..] => lexis::value(value).1,
            [b',', b' ', b'd', b's', b'n', b'=', value @ ..] => {
                let (value, rest) = lexis::value(value);
                fields.dsn = EnhancedCode::parse(value);
                rest
            }
            [b',', b' ', b's', b't', b'a', b't', b'u', b's', b'=', word @ ..] => {
                let end = word.iter().position(|b| !(b.is_ascii_alphabetic() || *b == b'-')).unwrap_or(word.len());
                let (status, rest) = word.split_at(end);
                if status.is_empty() {
                    return Err(NO);
                }
                fields.status = status;
                return Ok((rest, fields));
            }
            _ => lexis::value(key(input)?.0).1,
        };
    }
}

/// `mx.example.org[198.51.100.7]:25`, `store[private/dovecot-lmtp]`, `local`, `none`.
#[inline]
fn relay(input: &[u8]) -> Parsed<'_, Relay<'_>> {
    let (rest, relay) = match bytes::find3(input, b'[', b',', b' ').map(|end| input.split_at(end)) {
        Some((_, [b'[', ..])) => {
            let (rest, peer) = peer(input)?;
            (rest, Relay { host: peer.name, ip: peer.address })
        }
        _ => {
            let (word, rest) = lexis::value(input);
            if bytes::find(word, b'[').is_some() {
                return Err(NO);
            }
            (rest, Relay { host: if word == b"none" { b"" } else { word }, ip: b"" })
        }
    };
    match rest {
        [] | [b',', ..] if rest.len() < input.len() => Ok((rest, relay)),
        _ => Err(NO),
    }
}

/// Does mail for this relay end in a mailbox or a program of this host?
///
/// A bare word is a transport (`local`, `virtual`, a pipe's name); LMTP over a UNIX socket or to the loopback
/// address is the mailbox store.
fn is_local(program: Program, relay: &Relay<'_>) -> bool {
    if relay.ip.is_empty() {
        return !relay.host.is_empty() && program != Program::Smtp && program != Program::Lmtp;
    }
    bytes::find(relay.ip, b'/').is_some() || (program == Program::Lmtp && is_loopback(relay.ip))
}

/// qmgr, and `error` on its behalf: the destination is throttled, nothing was tried, the rest of the text
/// quotes an older failure.
fn is_suspended(reason: &[u8]) -> bool {
    reason.starts_with(b"delivery temporarily suspended")
}

/// Sent to nowhere: by `discard` (relay=none), by `local` for what nobody needs, into `/dev/null`, by the
/// filter that is `here`.
fn is_discarded(relay: &Relay<'_>, here: bool, reason: &[u8]) -> bool {
    if relay.ip.is_empty() {
        return relay.host.is_empty() || reason == b"discarded" || reason == b"delivered to file: /dev/null";
    }
    here && quirk_amavis_discards(reason)
}

/// Amavis says 250 to what it throws away: `250 2.7.0 Ok, discarded, id=20417-03`.
fn quirk_amavis_discards(reason: &[u8]) -> bool {
    reason.starts_with(b"250 2.7.") && reason.get(9..).is_some_and(|text| text.starts_with(b" Ok, discarded"))
}

/// The id that the next hop gave: `250 2.0.0 Ok: queued as X` (Postfix; a filter repeats that of the next
/// Postfix at the end), `250 OK id=X` (Exim), `250 2.0.0 X Message accepted for delivery` (Sendmail).
fn queued_as(reply: &[u8]) -> Option<&[u8]> {
    if let Some(at) = bytes::rfind_words(reply, b"queued as ") {
        return id_word(reply.get(at + 10..)?);
    }
    if let Some(id) = reply.strip_prefix(b"250 OK id=") {
        let end = id.iter().position(|b| !b.is_ascii_alphanumeric() && *b != b'-').unwrap_or(id.len());
        return id.get(..end).filter(|id| !id.is_empty());
    }
    let id = reply.strip_prefix(b"250 2.0.0 ")?.strip_suffix(b" Message accepted for delivery")?;
    id_word(id).filter(|word| word.len() == id.len())
}
