//! What this host did with a client, a recipient or a header as a server: refused it, held it, let it pass.
//!
//! ```text
//! reject: RCPT from unknown[192.0.2.9]: 450 4.2.0 <u@example.org>: Recipient address rejected: Greylisted; from=<a@example.net>
//!     to=<u@example.org> proto=ESMTP helo=<mx.example.net>
//! milter-reject: END-OF-MESSAGE from mx.example.net[192.0.2.9]: 4.7.1 Try again later; from=<a@example.net> ...
//! reject: header Subject: WIN from mx.example.net[192.0.2.9]; from=<a@example.net> ... helo=<mx.example.net>: 5.7.1 no spam
//! ```
//!
//! Client and code stand before anything that the client can write.  Sender, recipient and HELO stand behind a
//! text that holds words of the client, and hold such words themselves.

use super::lexis::{Owner, Peer, angle, number, owner, peer};
use crate::bytes;
use crate::event::{Ending, Event, Fact, Refusal};
use crate::smtp::reply::{Reply, Stage};
use crate::smtp::{EnhancedCode, ReplyClass};
use memchr::memmem;

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
        b"reject" | b"hangup" | b"abort" => client(id, rest),
        b"proxy-reject" => proxy(id, rest).map(Event::Refusal),
        b"hold" => Some(id.map_or(Event::Quiet("held by a rule"), |id| Event::Message { id, fact: Fact::Held })),
        b"discard" => Some(
            id.map_or(Event::Quiet("discarded before queueing"), |id| Event::Message { id, fact: Fact::Discarded }),
        ),
        b"reject_warning" => quiet("would be refused (warn_if_reject)"),
        b"permit" => quiet("let pass by a rule"),
        b"warn" | b"warning" | b"info" => quiet("logged by a rule"),
        b"filter" | b"redirect" | b"bcc" | b"delay" | b"pass" => quiet("sent another way by a rule"),
        b"prepend" | b"replace" | b"strip" | b"ignore" => quiet("header or body changed by a rule"),
        b"proxy-accept" => quiet("accepted by the filter before the queue"),
        _ => None,
    }
}

/// smtpd, cleanup: a warning that is the only trace of a refusal.
pub(super) fn by_warning(text: &[u8]) -> Option<Refusal<'_>> {
    of_whole_message(text).or_else(|| over_a_limit(text))
}

/// smtpd (2.2): `Connection rate limit exceeded: 31 from a.example[192.0.2.9] for service smtpd`; the client gets 421 or
/// 450.
fn over_a_limit(text: &[u8]) -> Option<Refusal<'_>> {
    const EXCEEDED: &[u8] = b" limit exceeded: ";
    let at = bytes::find_words(text, EXCEEDED)?;
    let stage = match text.get(..at)? {
        b"Connection concurrency" | b"Connection rate" => Stage::Connect,
        b"New TLS session rate" => Stage::StartTls,
        b"AUTH command rate" => Stage::Auth,
        b"Message delivery request rate" => Stage::Mail,
        b"Recipient address rate" => Stage::Rcpt,
        _ => return None,
    };
    let (_, rest) = number(text.get(at + EXCEEDED.len()..)?)?;
    let (rest, client) = peer(rest.strip_prefix(b" from ")?).ok()?;
    let refusal = Tail::default().refusal(None, client, stage, Reply::own(text), ReplyClass::Transient);
    rest.starts_with(b" for service ").then_some(refusal)
}

/// `QID: queue file size limit exceeded`, `QID: message rejected: hopcount exceeded`,
/// `QID: virtual_alias_maps map lookup problem for a@b -- message not accepted, try again later`, behind `warning: `.
///
/// The client gets 552, 554 and 451 for these, and no other line tells so.  Which client, and whether there is one, the
/// lines before tell: what a local user handed in is bounced, or handed in again.
fn of_whole_message(text: &[u8]) -> Option<Refusal<'_>> {
    let (owner, text) = owner(text)?;
    let id = match owner {
        Owner::Message(id) => Some(id),
        Owner::NoQueue => None,
    };
    let class = match text {
        b"queue file size limit exceeded" | b"message rejected: hopcount exceeded" => ReplyClass::Permanent,
        _ if text.ends_with(b" -- message not accepted, try again later") => ReplyClass::Transient,
        _ => return None,
    };
    Some(Tail::default().refusal(id, Peer::default(), Stage::EndOfData, Reply::own(text), class))
}

/// Is it about a line of the message's content?
fn is_content(text: &[u8]) -> bool {
    [&b"header "[..], b"body ", b"content ", b"mime-error "].iter().any(|word| text.starts_with(word))
}

/// smtpd, postscreen: `STAGE from host[ip]:port: TEXT;[ from=<s>][ to=<r>][ proto=P][ helo=<h>]`.
///
/// Without a code (postscreen's `too many connections`, `hangup`, `abort: TLS`) the client is only sent away
/// for now.
///
/// What came by no protocol was not refused to a client: a filter said no to what a local user handed in, which cleanup
/// shows it as mail from `localhost[127.0.0.1]`.
fn client<'a>(id: Option<&'a [u8]>, text: &'a [u8]) -> Option<Event<'a>> {
    let from = bytes::find_words(text, b" from ")?;
    let stage = stage(text.get(..from)?)?;
    let (rest, client) = peer(text.get(from + 6..)?).ok()?;
    let (text, tail) = reply_and_tail(rest.strip_prefix(b":")?.trim_ascii_start());
    let reply = reply(text);
    if client == LOCAL_USER && reply.code.is_none() && tail.is_of_local_mail() {
        return Some(local_mail(id, class(&reply, ReplyClass::Permanent), "local mail refused by a filter"));
    }
    // smtpd_forbid_bare_newline (3.9) logs no code; the client gets 521 5.5.2.
    let default = if reply.text == b"bare <LF> received" { ReplyClass::Permanent } else { ReplyClass::Transient };
    Some(Event::Refusal(tail.refusal(id, client, stage, reply, default)))
}

/// As whom cleanup shows a local user to filters.
const LOCAL_USER: Peer<'static> = Peer { name: b"localhost", address: b"127.0.0.1" };

/// What a local user handed in was refused.  For good: cleanup bounces it, and says so in delivery lines.  For now: pickup
/// keeps it, and hands it in again under another queue id.
fn local_mail<'a>(id: Option<&'a [u8]>, class: ReplyClass, kind: &'static str) -> Event<'a> {
    match id {
        Some(id) if class == ReplyClass::Transient => Event::Message { id, fact: Fact::Ended(Ending::Cancelled) },
        Some(id) => Event::Message { id, fact: Fact::Quiet(kind) },
        None => Event::Quiet(kind),
    }
}

/// smtpd with a filter before the queue (2.7): `END-OF-MESSAGE: TEXT; from=<s> ...`, no client.  The text is
/// empty when the filter went away.
fn proxy<'a>(id: Option<&'a [u8]>, text: &'a [u8]) -> Option<Refusal<'a>> {
    let colon = memchr::memchr(b':', text)?;
    let stage = stage(text.get(..colon)?)?;
    let (text, tail) = reply_and_tail(text.get(colon + 1..)?.trim_ascii_start());
    Some(tail.refusal(id, Peer::default(), stage, reply(text), ReplyClass::Transient))
}

/// cleanup: `header LINE from ORIGIN; from=<s> to=<r> proto=P helo=<h>: REASON`, where ORIGIN is `host[ip]` or
/// `local`, and LINE is the sender's: the last tail counts.  `mime-error` has no reason of its own.
fn content<'a>(id: Option<&'a [u8]>, text: &'a [u8]) -> Option<Event<'a>> {
    let (head, tail) = last_tail(text);
    let origin = memmem::rfind(head, b" from ")?;
    let line = head.get(..origin)?;
    let origin = head.get(origin + 6..)?;
    let tail = Tail::parse(tail, Writer::Cleanup);
    let reason = tail.rest.strip_prefix(REASON).unwrap_or_default();
    let reply = if reason.is_empty() { reply(line) } else { reply(reason) };
    if matches!(origin, b"local" | b"unknown") {
        return Some(local_mail(id, class(&reply, ReplyClass::Permanent), "local mail refused by content"));
    }
    let (_, client) = peer(origin).ok().filter(|(rest, _)| rest.is_empty())?;
    Some(Event::Refusal(tail.refusal(id, client, Stage::EndOfData, reply, ReplyClass::Permanent)))
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

/// Where a tail may begin.
const TAIL_STARTS: [&[u8]; 3] = [b"; from=<", b"; to=<", b"; proto="];

/// Cuts smtpd's `TEXT; from=<s> to=<r> proto=P helo=<h>`: at the first `;` behind the object of the refusal from
/// where all the rest reads as a tail.  Object, text and tail may all hold what looks like a tail; but one that somebody
/// else's words begin runs on into the true one, and so has a blank or a bracket in a field.
fn reply_and_tail(text: &[u8]) -> (&[u8], Tail<'_>) {
    // A line made of nothing but such places is nobody's mail: some tries are enough.
    const TRIES: usize = 8;
    let mut from = object_end(text);
    let starts = std::iter::from_fn(|| {
        let at = from + bytes::find_words(text.get(from..)?, b"; ")?;
        from = at + 2;
        Some(at)
    });
    let starts = starts.filter(|&at| TAIL_STARTS.iter().any(|s| text.get(at..).is_some_and(|t| t.starts_with(s))));
    let cuts = starts.take(TRIES).map(|at| (&text[..at], &text[at + 1..])).chain([last_tail(text)]);
    let mut whole = cuts
        .map(|(reply, tail)| (reply, Tail::parse(tail, Writer::Smtpd)))
        .filter(|(_, tail)| tail.rest.is_empty() || tail.rest.starts_with(b" sasl_"))
        .peekable();
    let first = whole.peek().map(|(reply, tail)| (*reply, *tail));
    whole.find(|(_, tail)| tail.is_plain()).or(first).unwrap_or_else(|| {
        let (reply, tail) = last_tail(text);
        (reply, Tail::parse(tail, Writer::Smtpd))
    })
}

/// Where the object of a refusal ends: `554 5.7.1 <"a; b"@example.net>: Sender address rejected: ...`.
fn object_end(text: &[u8]) -> usize {
    let codes = text.iter().take_while(|b| b.is_ascii_digit() || matches!(b, b'.' | b' ')).count();
    let rest = text.get(codes..).unwrap_or_default();
    angle(rest, |rest| rest.starts_with(b": ")).map_or(0, |(behind, _)| text.len() - behind.len())
}

/// Cuts at the last place where a tail may begin.
fn last_tail(text: &[u8]) -> (&[u8], &[u8]) {
    match TAIL_STARTS.iter().find_map(|start| memmem::rfind(text, start)) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default()),
        None => (text.strip_suffix(b";").unwrap_or(text), b""),
    }
}

/// Who wrote a tail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writer {
    /// smtpd: ` from=<s> to=<r> proto=ESMTP helo=<h>[ sasl_method=M ...]`; postscreen puts commas between.
    Smtpd,
    /// cleanup: ` from=<s> to=<r> proto=ESMTP helo=<h>[: REASON]`.
    Cleanup,
}

/// What is known of the transaction.
#[derive(Debug, Clone, Copy, Default)]
struct Tail<'a> {
    sender: Option<&'a [u8]>,
    recipient: Option<&'a [u8]>,
    helo: Option<&'a [u8]>,
    /// It came by SMTP or QMQP.
    by_protocol: bool,
    rest: &'a [u8],
}

/// What may follow each address of a tail; in cleanup's tails a reason may, too.
const AFTER_SENDER: [&[u8]; 7] = [b" to=<", b" proto=", b" helo=<", b" sasl_", b", to=<", b", proto=", b", helo=<"];
const AFTER_RECIPIENT: [&[u8]; 5] = [b" proto=", b" helo=<", b" sasl_", b", proto=", b", helo=<"];
const AFTER_HELO: [&[u8]; 1] = [b" sasl_"];
const REASON: &[u8] = b": ";

impl<'a> Tail<'a> {
    /// In this order; any of them may be missing, and the line may be cut in any of them.
    fn parse(input: &'a [u8], writer: Writer) -> Self {
        let mut tail = Self { rest: input, ..Self::default() };
        tail.sender = tail.address(b"from=", &AFTER_SENDER, writer);
        tail.recipient = tail.address(b"to=", &AFTER_RECIPIENT, writer);
        if let Some(protocol) = tail.field(b"proto=") {
            let end = protocol.iter().position(|b| !b.is_ascii_alphanumeric()).unwrap_or(protocol.len());
            tail.rest = protocol.get(end..).unwrap_or_default();
            tail.by_protocol = true;
        }
        tail.helo = tail.address(b"helo=", &AFTER_HELO, writer);
        tail
    }

    /// Is there nothing in it that addresses and names of hosts have only where somebody wants to deceive?
    fn is_plain(&self) -> bool {
        let fields = [self.sender, self.recipient, self.helo];
        !fields.into_iter().flatten().flatten().any(|b| b" <>".contains(b))
    }

    /// Is it whole, as cleanup writes it, and tells of no protocol and no HELO?
    fn is_of_local_mail(&self) -> bool {
        self.sender.is_some() && self.rest.is_empty() && !self.by_protocol && self.helo.is_none()
    }

    /// The value of a field, if it comes next, and all that follows.
    fn field(&self, key: &[u8]) -> Option<&'a [u8]> {
        self.rest.strip_prefix(b",").unwrap_or(self.rest).strip_prefix(b" ")?.strip_prefix(key)
    }

    /// Takes an address in brackets, if it comes next.
    fn address(&mut self, key: &[u8], after: &[&[u8]], writer: Writer) -> Option<&'a [u8]> {
        let reason: &[&[u8]] = if writer == Writer::Cleanup { &[REASON] } else { &[] };
        let fits = |rest: &[u8]| after.iter().chain(reason).any(|next| rest.starts_with(next));
        let (rest, value) = angle(self.field(key)?, fits).ok()?;
        self.rest = rest;
        Some(value)
    }

    /// The refusal of this transaction, for good or for now as its codes say, else as is usual where it was refused.
    fn refusal(
        self,
        id: Option<&'a [u8]>,
        client: Peer<'a>,
        stage: Stage,
        reply: Reply<'a>,
        usual: ReplyClass,
    ) -> Refusal<'a> {
        Refusal {
            id,
            client_name: client.client_name(),
            client_ip: client.client_ip(),
            helo: self.helo,
            sender: self.sender,
            recipient: self.recipient,
            stage: Some(stage),
            class: class(&reply, usual),
            reply,
        }
    }
}
