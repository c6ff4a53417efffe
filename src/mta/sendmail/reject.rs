//! Refusals: what this host's own server said no to, by ruleset, by milter, or by itself.
//!
//! ```text
//! ruleset=check_rcpt, arg1=<u@example.org>, relay=h.example.net [192.0.2.9], reject=550 5.7.1 <u@example.org>... Relaying denied
//! Milter: to=<u@example.org>, reject=451 4.7.1 Greylisting in action
//! <u@example.org>... User unknown
//! ```
//!
//! These lines stand before the `from=` of their message, or have no message at all.

use super::syntax::{Peer, addresses_end, after_angle, bare_address, field_end, peer};
use crate::bytes;
use crate::event::{Event, Fact, Refusal};
use crate::smtp::ReplyClass;
use crate::smtp::reply::{Reply, Stage};

/// A refusal with nothing known but its reply.
fn refusal<'a>(id: Option<&'a [u8]>, stage: Stage, reply: &'a [u8]) -> Refusal<'a> {
    let reply = Reply::parse(reply);
    let class = match reply.code.map(|code| code.class()) {
        Some(ReplyClass::Transient) => ReplyClass::Transient,
        _ => ReplyClass::Permanent,
    };
    Refusal {
        id: id.filter(|id| !id.is_empty()),
        client_name: None,
        client_ip: None,
        helo: None,
        sender: None,
        recipient: None,
        stage: Some(stage),
        class,
        reply,
    }
}

fn from_client<'a>(refusal: Refusal<'a>, client: Peer<'a>) -> Refusal<'a> {
    let some = |text: &'a [u8]| (!text.is_empty()).then_some(text);
    Refusal { client_name: some(client.name), client_ip: some(client.ip), ..refusal }
}

/// A verdict that is no refusal, on a message or on nothing.
fn of_message<'a>(id: Option<&'a [u8]>, fact: Fact<'a>, kind: &'static str) -> Event<'a> {
    match id {
        Some(id) if !id.is_empty() => Event::Message { id, fact },
        _ => Event::Quiet(kind),
    }
}

/// The whole text, from `ruleset=` on.
pub(super) fn ruleset<'a>(id: Option<&'a [u8]>, text: &'a [u8]) -> Option<Event<'a>> {
    let text = text.strip_prefix(b"ruleset=")?;
    let (name, rest) = text.split_at(field_end(text));
    let stage = match name {
        b"check_relay" => Stage::Connect,
        b"check_helo" => Stage::Hello,
        b"tls_client" => Stage::StartTls,
        b"trust_auth" => Stage::Auth,
        b"check_mail" => Stage::Mail,
        b"check_rcpt" => Stage::Rcpt,
        b"check_data" => Stage::Data,
        b"check_etrn" | b"check_expn" | b"check_vrfy" | b"check_other" => Stage::Other,
        // They judge the far side of a delivery, which then has its own `to=` line.
        b"try_tls" | b"tls_server" | b"tls_rcpt" | b"sts_exists" | b"clt_features" | b"authinfo" => {
            return Some(Event::Quiet("ruleset of a delivery"));
        }
        // Asked at delivery (deliver.c), for a recipient whose verdict is the `to=` line behind it.
        b"check_compat" if !rest.ends_with(b", discard") => return Some(Event::Quiet("ruleset of a delivery")),
        // check_eoh, check_eom, and the rulesets of single headers, whose names are the administrator's.
        _ => Stage::EndOfData,
    };
    let Ruling { arg1, arg2, client, says } = ruling(rest)?;
    let reply = match says {
        Says::Reject(reply) => reply,
        Says::Discard => return Some(of_message(id, Fact::Discarded, "discarded")),
        Says::Quarantine => return Some(of_message(id, Fact::Held, "quarantined")),
        Says::Status => return Some(Event::Quiet("ruleset status")),
    };
    let mut refusal = from_client(refusal(id, stage, reply), client);
    match stage {
        Stage::Mail => refusal.sender = Some(bare_address(arg1)),
        Stage::Rcpt => refusal.recipient = Some(bare_address(arg1)),
        Stage::Connect if refusal.client_ip.is_none() => {
            refusal.client_name = Some(arg1).filter(|name| !name.starts_with(b"["));
            refusal.client_ip = arg2;
        }
        _ => {}
    }
    Some(Event::Refusal(refusal))
}

/// What a ruleset was asked and what it said.
struct Ruling<'a> {
    arg1: &'a [u8],
    arg2: Option<&'a [u8]>,
    client: Peer<'a>,
    says: Says<'a>,
}

enum Says<'a> {
    Reject(&'a [u8]),
    Discard,
    Quarantine,
    /// A verdict that refuses nothing (8.17.2 and newer).
    Status,
}

/// `, arg1=<u@example.org>, relay=h.example.net [192.0.2.9], reject=550 5.7.1 Relaying denied`.
///
/// An address is a stranger's, but its brackets tell where it ends.  What header rulesets are asked is free text
/// without brackets: behind it stand only `relay=` and the verdict, whose text is the administrator's, so the
/// last `, relay=` that a verdict follows is the true one.
fn ruling(text: &[u8]) -> Option<Ruling<'_>> {
    let text = text.strip_prefix(b", arg1=")?;
    if text.starts_with(b"<")
        && let Some(end) = after_angle(text, 1)
        && let Some(ruling) = ruling_behind(text, end)
    {
        return Some(ruling);
    }
    let mut before = text;
    while let Some(n) = bytes::rfind_words(before, b", relay=") {
        before = &before[..n];
        if let Some(ruling) = ruling_behind(text, n) {
            return Some(with_second_argument(ruling));
        }
    }
    // Without a client (`sendmail -bs`): the first verdict.
    let ends = memchr::memchr_iter(b',', text);
    ends.filter(|&n| says(&text[n..]).is_some()).find_map(|n| ruling_behind(text, n)).map(with_second_argument)
}

/// `h.example.net, arg2=192.0.2.9`: two arguments where no bracket tells them apart.
fn with_second_argument(ruling: Ruling<'_>) -> Ruling<'_> {
    const ARG2: &[u8] = b", arg2=";
    match bytes::rfind_words(ruling.arg1, ARG2) {
        Some(n) => Ruling { arg1: &ruling.arg1[..n], arg2: Some(&ruling.arg1[n + ARG2.len()..]), ..ruling },
        None => ruling,
    }
}

/// The ruling, if behind `end` stand `, arg2=...` or not, `, relay=...` or not, and a verdict.
fn ruling_behind(text: &[u8], end: usize) -> Option<Ruling<'_>> {
    let (arg1, mut rest) = text.split_at_checked(end)?;
    if let Some(arg2) = rest.strip_prefix(b", arg2=") {
        rest = &arg2[field_end(arg2)..];
    }
    let mut client = Peer::default();
    if let Some(relay) = rest.strip_prefix(b", relay=") {
        let (relay, more) = relay.split_at(field_end(relay));
        (client, rest) = (peer(relay), more);
    }
    Some(Ruling { arg1, arg2: None, client, says: says(rest)? })
}

/// `, reject=550 5.7.1 Relaying denied`, `, discard`, `, quarantine=virus`, `, status=...`.
fn says(text: &[u8]) -> Option<Says<'_>> {
    let text = text.strip_prefix(b", ")?;
    if let Some(reply) = text.strip_prefix(b"reject=") {
        return Some(Says::Reject(reply));
    }
    match text {
        b"discard" => Some(Says::Discard),
        _ if text.starts_with(b"quarantine=") => Some(Says::Quarantine),
        _ if text.starts_with(b"status=") => Some(Says::Status),
        _ => None,
    }
}

/// The whole text, from `Milter: ` on: the server's own line about what its filters decided.
///
/// The filters' lines (`milter=NAME, action=rcpt, reject=...`) tell of the same refusal once more, at log levels
/// above 10 (milter.c); this one is written from level 4 on, so it is the one that counts.
pub(super) fn milter<'a>(id: Option<&'a [u8]>, text: &'a [u8]) -> Option<Event<'a>> {
    const NOISE: Event<'static> = Event::Quiet("milter");
    let text = text.strip_prefix(b"Milter: ")?;
    if let Some(client) = text.strip_prefix(b"connect: host=") {
        return Some(milter_connect(id, client).unwrap_or(NOISE));
    }
    // A filter that cannot be reached: every client is sent away, which nothing else tells.
    if let Some(says) = text.strip_prefix(b"initialization failed, ") {
        let class = match says {
            b"rejecting commands" => ReplyClass::Permanent,
            b"temp failing commands" | b"closing connection" => ReplyClass::Transient,
            _ => return Some(NOISE),
        };
        return Some(Event::Refusal(Refusal { class, ..refusal(id, Stage::Connect, text) }));
    }
    let end = addresses_end(text).filter(|&n| n > 0).unwrap_or_else(|| field_end(text));
    let (asked, verdict) = text.split_at(end);
    let (command, argument) = match memchr::memchr(b'=', asked) {
        Some(n) => (&asked[..n], &asked[n + 1..]),
        None => (asked, &b""[..]),
    };
    let stage = match command {
        b"helo" => Stage::Hello,
        b"from" => Stage::Mail,
        b"to" => Stage::Rcpt,
        b"cmd" => Stage::Data,
        b"data" | b"header" | b"headers" | b"eoh" | b"body" | b"eom" => Stage::EndOfData,
        _ => Stage::Other,
    };
    let reply = match says(verdict) {
        Some(Says::Reject(reply)) => reply.strip_suffix(b", errormode=4").unwrap_or(reply),
        Some(Says::Discard) => return Some(of_message(id, Fact::Discarded, "discarded")),
        _ => return Some(NOISE),
    };
    let mut refusal = refusal(id, stage, reply);
    match stage {
        Stage::Hello => refusal.helo = Some(argument),
        Stage::Mail => refusal.sender = Some(bare_address(argument)),
        Stage::Rcpt => refusal.recipient = Some(bare_address(argument)),
        _ => {}
    }
    Some(Event::Refusal(refusal))
}

/// `h.example.net, addr=192.0.2.9, reject=554 5.7.1 Go away`, `..., rejecting commands`,
/// `..., temp failing commands=451 4.7.1 Later`, `..., shutdown`.
fn milter_connect<'a>(id: Option<&'a [u8]>, text: &'a [u8]) -> Option<Event<'a>> {
    let (host, rest) = text.split_at(field_end(text));
    let rest = rest.strip_prefix(b", addr=")?;
    let (addr, rest) = rest.split_at(field_end(rest));
    let verdict = rest.strip_prefix(b", ")?;
    let reply =
        [&b"reject="[..], b"temp failing commands=", b"shutdown="].iter().find_map(|w| verdict.strip_prefix(*w));
    let class = match verdict {
        b"rejecting commands" => ReplyClass::Permanent,
        b"temp failing commands" | b"shutdown" => ReplyClass::Transient,
        _ => refusal(id, Stage::Connect, reply?).class,
    };
    let client = Peer { name: peer(host).name, ip: addr.strip_prefix(b"IPv6:").unwrap_or(addr), user: None };
    let refusal = Refusal { class, ..refusal(id, Stage::Connect, reply.unwrap_or(verdict)) };
    Some(Event::Refusal(from_client(refusal, client)))
}

/// A client that was sent away as it came: `rejecting commands from h.example.net [192.0.2.9] due to pre-greeting traffic
/// after 1 seconds` (srvrsmtp.c, greet_pause: its greeting is a 554), `tcpwrappers (h.example.net, 192.0.2.9) rejection`
/// (conf.c: `Access denied` to every command).
pub(super) fn sent_away<'a>(id: Option<&'a [u8]>, text: &'a [u8]) -> Option<Event<'a>> {
    let (client, why) = if let Some(client) = text.strip_prefix(b"rejecting commands from ") {
        let (client, why) = client.split_at(bytes::find_words(client, b" due to pre-greeting traffic ")?);
        (peer(client), why.trim_ascii_start())
    } else {
        let client = text.strip_prefix(b"tcpwrappers (")?.strip_suffix(b") rejection")?;
        let (name, ip) = client.split_at(field_end(client));
        let ip = ip.strip_prefix(b", ")?;
        (Peer { name, ip: ip.strip_prefix(b"IPv6:").unwrap_or(ip), user: None }, text)
    };
    Some(Event::Refusal(from_client(refusal(id, Stage::Connect, why), client)))
}

/// `milter=NAME, quarantine=reason` at the message's end.  Its other verdicts are told by `Milter:` lines.
pub(super) fn filter_verdict(text: &[u8]) -> Option<Fact<'_>> {
    let verdict = text.strip_prefix(b"milter=")?;
    let verdict = verdict[field_end(verdict)..].strip_prefix(b", ")?;
    verdict.starts_with(b"quarantine=").then_some(Fact::Held)
}

/// How the server refuses without the help of rules: the text it told the client, without the code.
struct OwnText {
    begins: &'static [u8],
    stage: Stage,
    class: ReplyClass,
}

const fn own(begins: &'static [u8], stage: Stage, class: ReplyClass) -> OwnText {
    OwnText { begins, stage, class }
}

/// What usrerr (err.c) logs while MAIL and RCPT are answered, where no address stands before it (srvrsmtp.c,
/// parseaddr.c).
const WITHOUT_ADDRESS: [OwnText; 25] = [
    own(b"Too many recipients", Stage::Rcpt, ReplyClass::Transient),
    own(b"Insufficient disk space; try again later", Stage::Mail, ReplyClass::Transient),
    own(b"Message size exceeds ", Stage::Mail, ReplyClass::Permanent),
    // collect.c, of a message whose size no client announced: `message size (20000000) exceeds maximum (10000000)`.
    own(b"message size (", Stage::EndOfData, ReplyClass::Permanent),
    own(b"Need MAIL before RCPT", Stage::Rcpt, ReplyClass::Permanent),
    own(b"Missing recipient", Stage::Rcpt, ReplyClass::Permanent),
    own(b"Sender already specified", Stage::Mail, ReplyClass::Permanent),
    own(b"Syntax error in mailbox address ", Stage::Rcpt, ReplyClass::Permanent),
    own(b"Syntax error in parameters ", Stage::Other, ReplyClass::Permanent),
    own(b"8-bit character in mailbox address ", Stage::Rcpt, ReplyClass::Permanent),
    own(b"Address \"", Stage::Rcpt, ReplyClass::Permanent),
    own(b"Address too long", Stage::Rcpt, ReplyClass::Permanent),
    own(b"Unbalanced ", Stage::Rcpt, ReplyClass::Permanent),
    own(b"Illegal character ", Stage::Rcpt, ReplyClass::Permanent),
    own(b"prescan: ", Stage::Rcpt, ReplyClass::Permanent),
    own(b"User address required", Stage::Rcpt, ReplyClass::Permanent),
    own(b"Hostname required", Stage::Rcpt, ReplyClass::Permanent),
    own(b"Colon illegal in host name part", Stage::Rcpt, ReplyClass::Permanent),
    own(b"Invalid route address", Stage::Rcpt, ReplyClass::Permanent),
    own(b"Authentication required", Stage::Mail, ReplyClass::Permanent),
    own(b"Domain of sender address ", Stage::Mail, ReplyClass::Permanent),
    own(b"Domain name required for sender address ", Stage::Mail, ReplyClass::Permanent),
    own(b"Real domain name required for sender address", Stage::Mail, ReplyClass::Permanent),
    own(b"non-ASCII recipient address ", Stage::Rcpt, ReplyClass::Permanent),
    own(b"Access denied", Stage::Other, ReplyClass::Permanent),
];

/// What is said of a sender when an address stands before it; all else is said of a recipient.
const OF_SENDER: [&[u8]; 5] = [
    b"Domain of sender address ",
    b"Domain name required for sender address ",
    b"Real domain name required for sender address",
    b"Sender ",
    b"Domain must ",
];

/// Texts that go with 4xx codes.
const FOR_NOW: [&[u8]; 7] = [
    b"Transient ",
    b"Temporary ",
    b"Deferred",
    b"Name server timeout",
    b"Please try again later",
    b"Try again later",
    b"Relaying temporarily denied",
];

/// `<nobody@example.org>... User unknown`, `Too many recipients`.
pub(super) fn user_error<'a>(id: Option<&'a [u8]>, text: &'a [u8]) -> Option<Event<'a>> {
    if let Some(own) = WITHOUT_ADDRESS.iter().find(|own| text.starts_with(own.begins)) {
        return Some(Event::Refusal(Refusal { class: own.class, ..refusal(id, own.stage, text) }));
    }
    let end = match text.first()? {
        b'<' => after_angle(text, 1)?,
        // Without an id and brackets it is anybody's text.
        _ if id.is_none_or(<[u8]>::is_empty) => return None,
        _ => memchr::memchr(b' ', text)?.checked_sub(3)?,
    };
    let (address, said) = text.split_at_checked(end)?;
    let said = said.strip_prefix(b"... ").filter(|_| !address.is_empty())?;
    let class =
        if FOR_NOW.iter().any(|word| said.starts_with(word)) { ReplyClass::Transient } else { ReplyClass::Permanent };
    let mut refusal = refusal(id, Stage::Rcpt, said);
    // The text has no code; digits at its start are the administrator's words.
    (refusal.class, refusal.reply) = (class, Reply::own(said));
    if OF_SENDER.iter().any(|word| said.starts_with(word)) {
        (refusal.stage, refusal.sender) = (Some(Stage::Mail), Some(bare_address(address)));
    } else {
        refusal.recipient = Some(bare_address(address));
    }
    Some(Event::Refusal(refusal))
}
