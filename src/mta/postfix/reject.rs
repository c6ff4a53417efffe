//! What this host did with a client, a recipient or a header as a server: refused it, held it, let it pass.
//!
//! ```text
//! reject: RCPT from unknown[192.0.2.9]: 450 4.2.0 <u@example.org>: Recipient address rejected: Greylisted; from=<a@example.net>
//!     to=<u@example.org> proto=ESMTP helo=<mx.example.net>
//! milter-reject: END-OF-MESSAGE from mx.example.net[192.0.2.9]: 4.7.1 Try again later; from=<a@example.net> ...
//! reject: header Subject: WIN from mx.example.net[192.0.2.9]; from=<a@example.net> ... helo=<mx.example.net>: 5.7.1 no spam
//! ```
//!
//! Client and code stand before anything that the client can write.  Sender, recipient and HELO stand after a
//! text that it can write parts of, hence the last `; from=<` counts.

use super::lexis::{angle, peer};
use crate::event::{Event, Fact, Refusal};
use crate::smtp::reply::{Reply, Stage};
use crate::smtp::{EnhancedCode, ReplyClass};
use memchr::memmem;

/// What may follow an address in the tail of smtpd (and of postscreen, with commas).
const TAIL_KEYS: [&[u8]; 7] = [b" to=<", b" proto=", b" helo=<", b" sasl_", b", to=<", b", proto=", b", helo=<"];

/// What may follow an address in the tail of cleanup: the reason too.
const CHECK_KEYS: [&[u8]; 4] = [b" to=<", b" proto=", b" helo=<", b": "];

/// `ACTION: ...` behind a queue id, `NOQUEUE`, or nothing (postscreen, proxy filter).
pub(super) fn by_action<'a>(id: Option<&'a [u8]>, text: &'a [u8]) -> Option<Event<'a>> {
    let colon = memchr::memchr(b':', text.get(..text.len().min(40))?)?;
    let (action, rest) = text.split_at_checked(colon)?;
    let rest = rest.strip_prefix(b": ")?;
    // milter_header_checks (2.7): `milter-header-reject: header ...`; only the last word differs.
    let verb = action.strip_prefix(b"milter-header-").or_else(|| action.strip_prefix(b"milter-body-"));
    let verb = verb.or_else(|| action.strip_prefix(b"milter-")).unwrap_or(action);
    let quiet = |kind| {
        Some(match id {
            Some(id) => Event::Message { id, fact: Fact::Quiet(kind) },
            None => Event::Quiet(kind),
        })
    };
    match verb {
        b"reject" if is_content(rest) => content(id, rest),
        b"reject" | b"hangup" => client(id, rest, ReplyClass::Transient).map(Event::Refusal),
        b"proxy-reject" => proxy(id, rest).map(Event::Refusal),
        b"abort" => client(id, rest, ReplyClass::Transient).map(Event::Refusal),
        b"hold" => Some(id.map_or(Event::Quiet("held by a rule"), |id| Event::Message { id, fact: Fact::Held })),
        b"discard" => Some(id.map_or(Event::Quiet("discarded before queueing"), |id| Event::Message {
            id,
            fact: Fact::Discarded,
        })),
        b"reject_warning" => quiet("would be refused (warn_if_reject)"),
        b"permit" => quiet("let pass by a rule"),
        b"warn" | b"warning" | b"info" => quiet("logged by a rule"),
        b"filter" | b"redirect" | b"bcc" | b"delay" | b"pass" => quiet("sent another way by a rule"),
        b"prepend" | b"replace" | b"strip" | b"ignore" => quiet("header or body changed by a rule"),
        b"proxy-accept" => quiet("accepted by the filter before the queue"),
        _ => None,
    }
}

/// Is it about a line of the message's content?
fn is_content(text: &[u8]) -> bool {
    [&b"header "[..], b"body ", b"content ", b"mime-error "].iter().any(|word| text.starts_with(word))
}

/// smtpd, postscreen: `STAGE from host[ip]:port: TEXT;[ from=<s>][ to=<r>][ proto=P][ helo=<h>]`.
fn client<'a>(id: Option<&'a [u8]>, text: &'a [u8], default: ReplyClass) -> Option<Refusal<'a>> {
    let from = memmem::find(text, b" from ")?;
    let stage = stage(text.get(..from)?)?;
    let (rest, client) = peer(text.get(from + 6..)?).ok()?;
    let (text, tail) = split_tail(rest.strip_prefix(b":")?);
    let tail = Tail::parse(tail, &TAIL_KEYS);
    let reply = reply(text.trim_ascii_start());
    // smtpd_forbid_bare_newline (3.9) logs no code; the client gets 521 5.5.2.
    let default = if reply.text == b"bare <LF> received" { ReplyClass::Permanent } else { default };
    Some(Refusal {
        id,
        client_name: client.client_name(),
        client_ip: client.client_ip(),
        helo: tail.helo,
        sender: tail.sender,
        recipient: tail.recipient,
        stage: Some(stage),
        class: class(&reply, default),
        reply,
    })
}

/// smtpd with a filter before the queue (2.7): `END-OF-MESSAGE: TEXT; from=<s> ...`, no client.  The text is
/// empty when the filter went away.
fn proxy<'a>(id: Option<&'a [u8]>, text: &'a [u8]) -> Option<Refusal<'a>> {
    let colon = memchr::memchr(b':', text)?;
    let stage = stage(text.get(..colon)?)?;
    let (text, tail) = split_tail(text.get(colon + 1..)?);
    let tail = Tail::parse(tail, &TAIL_KEYS);
    let reply = reply(text.trim_ascii_start());
    Some(Refusal {
        id,
        client_name: None,
        client_ip: None,
        helo: tail.helo,
        sender: tail.sender,
        recipient: tail.recipient,
        stage: Some(stage),
        class: class(&reply, ReplyClass::Transient),
        reply,
    })
}

/// cleanup: `header LINE from ORIGIN; from=<s> to=<r> proto=P helo=<h>: REASON`, where ORIGIN is `host[ip]` or
/// `local`, and LINE is the sender's.  `mime-error` has no reason of its own.
///
/// What a local user handed in is not refused to a client: cleanup bounces it, and says so in delivery lines.
fn content<'a>(id: Option<&'a [u8]>, text: &'a [u8]) -> Option<Event<'a>> {
    let (head, tail) = split_tail(text);
    let origin = memmem::rfind(head, b" from ")?;
    let line = head.get(..origin)?;
    let client = match head.get(origin + 6..)? {
        origin @ (b"local" | b"unknown") => {
            let kind = "local mail refused by content";
            return Some(match id {
                Some(id) if origin == b"local" => Event::Message { id, fact: Fact::Quiet(kind) },
                _ => Event::Quiet(kind),
            });
        }
        origin => peer(origin).ok().filter(|(rest, _)| rest.is_empty())?.1,
    };
    let tail = Tail::parse(tail, &CHECK_KEYS);
    let reason = tail.rest.strip_prefix(b": ").unwrap_or_default();
    let reply = if reason.is_empty() { reply(line) } else { reply(reason) };
    Some(Event::Refusal(Refusal {
        id,
        client_name: client.client_name(),
        client_ip: client.client_ip(),
        helo: tail.helo,
        sender: tail.sender,
        recipient: tail.recipient,
        stage: Some(Stage::EndOfData),
        class: class(&reply, ReplyClass::Permanent),
        reply,
    }))
}

/// `450 4.7.1 text`; from cleanup `4.7.1 text`, since the reply code is smtpd's business.
fn reply(text: &[u8]) -> Reply<'_> {
    let reply = Reply::parse(text);
    match reply.code {
        Some(_) => reply,
        None => Reply { enhanced: EnhancedCode::parse(text), ..reply },
    }
}

/// By the code, the enhanced code, or the word.
fn class(reply: &Reply<'_>, default: ReplyClass) -> ReplyClass {
    match reply.code.map(|c| c.class()).or_else(|| reply.enhanced.map(EnhancedCode::reply_class)) {
        Some(ReplyClass::Positive) | None => default,
        Some(class) => class,
    }
}

/// smtpd's name for where it is; since 3.x `DATA content`, `BDAT content` while the message comes in.
fn stage(word: &[u8]) -> Option<Stage> {
    Some(match word {
        b"CONNECT" | b"connect" => Stage::Connect,
        b"HELO" | b"EHLO" => Stage::Hello,
        b"STARTTLS" | b"TLS" => Stage::StartTls,
        b"AUTH" => Stage::Auth,
        b"MAIL" => Stage::Mail,
        b"RCPT" => Stage::Rcpt,
        b"DATA" | b"BDAT" => Stage::Data,
        b"END-OF-MESSAGE" | b"DATA content" | b"BDAT content" => Stage::EndOfData,
        _ if !word.is_empty() && word.iter().all(u8::is_ascii_uppercase) => Stage::Other,
        _ => return None,
    })
}

/// Cuts `TEXT; from=<...> ...` at the last `;` that a tail follows.
fn split_tail(text: &[u8]) -> (&[u8], &[u8]) {
    let starts = [&b"; from=<"[..], b"; to=<", b"; proto="];
    match starts.iter().find_map(|start| memmem::rfind(text, start)) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default()),
        None => (text.strip_suffix(b";").unwrap_or(text), b""),
    }
}

/// What is known of the transaction.
#[derive(Debug, Default)]
struct Tail<'a> {
    sender: Option<&'a [u8]>,
    recipient: Option<&'a [u8]>,
    helo: Option<&'a [u8]>,
    rest: &'a [u8],
}

impl<'a> Tail<'a> {
    /// ` from=<s> to=<r> proto=ESMTP helo=<h>`, or with commas; any of them may be missing, and the line may be
    /// cut in any of them.
    fn parse(mut input: &'a [u8], followers: &[&[u8]]) -> Self {
        let mut tail = Self::default();
        loop {
            let field = input.strip_prefix(b",").unwrap_or(input);
            let Some(field) = field.strip_prefix(b" ") else { break };
            let place = if field.starts_with(b"from=<") {
                &mut tail.sender
            } else if field.starts_with(b"to=<") {
                &mut tail.recipient
            } else if field.starts_with(b"helo=<") {
                &mut tail.helo
            } else if let Some(protocol) = field.strip_prefix(b"proto=") {
                let end = protocol.iter().position(|b| !b.is_ascii_alphanumeric()).unwrap_or(protocol.len());
                input = protocol.get(end..).unwrap_or_default();
                continue;
            } else {
                break;
            };
            let bracket = memchr::memchr(b'<', field).unwrap_or_default();
            let Ok((rest, value)) = angle(field.get(bracket..).unwrap_or_default(), followers) else { break };
            *place = Some(value);
            input = rest;
        }
        tail.rest = input;
        tail
    }
}
