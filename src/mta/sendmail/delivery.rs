//! `to=`: what became of a recipient, or of several that shared one try.
//!
//! ```text
//! to=<u@example.org>, delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=64312, relay=mx.example.org. [198.51.100.7],
//!   dsn=4.2.0, reply=450 4.2.0 <u@example.org>: Greylisted, stat=Deferred: 450 4.2.0 <u@example.org>: Greylisted
//! ```
//!
//! Sources of the facts below are logdelivery and giveresponse (deliver.c), queueup (queue.c) and logundelrcpts
//! (srvrsmtp.c), Sendmail 8.17 and 8.18.

use super::queue_id;
use super::syntax::{addresses_end, field_end, interval_us, peer};
use crate::bytes;
use crate::event::{Attempt, Disposition, Fact, Recipients, Relay};
use crate::smtp::reply::{Reply, Stage};
use crate::smtp::{EnhancedCode, ReplyClass, ReplyCode};

/// The whole text, from `to=` on.  None where it does not tell what became of the recipients.
pub(super) fn delivery(text: &[u8]) -> Option<Fact<'_>> {
    let (list, rest) = recipients(text.strip_prefix(b"to=")?);
    let fields = fields(rest);
    let disposition = match verdict(list, &fields)? {
        Verdict::Attempt(disposition) => disposition,
        Verdict::Held => return Some(Fact::Held),
        Verdict::Refused(kind) => return Some(Fact::Quiet(kind)),
    };
    let local = is_local(&fields);
    let stat = fields.stat?;
    let relay = if local { Relay::default() } else { fields.relay.map(relay).unwrap_or_default() };
    let named = disposition == Disposition::Delivered && relay.is_this_machine();
    Some(Fact::Attempt(Attempt {
        recipients: alone(list).map_or(Recipients::List(list), Recipients::One),
        original: None,
        disposition,
        relay,
        local,
        delay_us: fields.delay.and_then(interval_us),
        reply: answer(&fields, stat, disposition, local),
        dsn: fields.dsn,
        stage: fields.stage.and_then(stage),
        queued_as: if named { queued_as(thanks(stat)) } else { None },
    }))
}

/// The fields of one line.
#[derive(Default)]
struct Fields<'a> {
    delay: Option<&'a [u8]>,
    xdelay: Option<&'a [u8]>,
    mailer: Option<&'a [u8]>,
    relay: Option<&'a [u8]>,
    dsn: Option<EnhancedCode>,
    stage: Option<&'a [u8]>,
    reply: Option<&'a [u8]>,
    stat: Option<&'a [u8]>,
}

/// `<a@example.org>,<b@example.org>, delay=...`: the list, and the fields behind it.
///
/// The list has no blank after its commas, so it ends at the first `, ` outside brackets and quotes.
fn recipients(text: &[u8]) -> (&[u8], &[u8]) {
    let field = |n: usize| text.get(n + 2..).is_some_and(|f| AFTER_LIST.iter().any(|name| f.starts_with(name)));
    let end = addresses_end(text).filter(|&n| field(n) || text.get(n + 2).is_some_and(u8::is_ascii_digit));
    // A bracket or quote that is never closed, or is closed only in a stranger's text behind it.
    let end = end.or_else(|| memchr::memchr_iter(b',', text).find(|&n| field(n))).unwrap_or(text.len());
    let (list, rest) = text.split_at(end);
    let list = if list == b"NO-TO-LIST" { b"" } else { list };
    (list.strip_suffix(b" [more]").unwrap_or(list), rest)
}

/// `<a@example.org>`: nearly always there is one recipient, and nothing in it that has to be looked at twice.
#[inline]
fn alone(list: &[u8]) -> Option<&[u8]> {
    let [b'<', address @ .., b'>'] = list else { return None };
    (!address.is_empty() && !bytes::holds_one_of(address, *b",<\"\\")).then_some(address)
}

/// What can stand behind the list of recipients.
const AFTER_LIST: [&[u8]; 9] =
    [b"delay=", b"ctladdr=", b"[more]", b"xdelay=", b"mailer=", b"pri=", b"relay=", b"dsn=", b"stat="];

/// `, delay=00:00:02, xdelay=00:00:01, ..., stat=Sent (Ok)`.
///
/// `reply=` and `quarantine=` hold free text; before them stand only words of Sendmail and of the resolver.
/// `stat=` is the last field and goes to the end of the line, whatever it holds.
fn fields(mut rest: &[u8]) -> Fields<'_> {
    let mut fields = Fields::default();
    while let Some(field) = rest.strip_prefix(b", ") {
        let (name, value) = named(field);
        match name {
            Name::Stat => {
                fields.stat = Some(value);
                break;
            }
            Name::Reply => {
                (fields.reply, fields.stat) = reply_and_stat(value);
                break;
            }
            Name::Quarantine => {
                fields.stat = bytes::rfind_words(value, STAT).map(|n| &value[n + STAT.len()..]);
                break;
            }
            _ => {}
        }
        let end = if name == Name::Ctladdr { addresses_end(value) } else { None };
        let (value, more) = value.split_at(end.unwrap_or_else(|| field_end(value)));
        rest = more;
        match name {
            Name::Delay => fields.delay = Some(value),
            Name::Xdelay => fields.xdelay = Some(value),
            Name::Mailer => fields.mailer = Some(value),
            Name::Relay => quirk_lost_comma(value, &mut fields),
            Name::Dsn => fields.dsn = EnhancedCode::parse(value),
            Name::Stage => fields.stage = Some(value),
            Name::None => quirk_lost_name(value, &mut fields),
            Name::Stat | Name::Reply | Name::Quarantine | Name::Ctladdr | Name::Other => {}
        }
    }
    fields
}

/// The name of a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    Ctladdr,
    Delay,
    Dsn,
    Mailer,
    Quarantine,
    Relay,
    Reply,
    Stage,
    Stat,
    Xdelay,
    /// One that tells nothing here: `pri`.
    Other,
    /// Something else comes before a `=`.
    None,
}

/// `delay=00:00:02, ...`: the name of the field and what follows.
#[inline]
fn named(field: &[u8]) -> (Name, &[u8]) {
    match field {
        [b'd', b'e', b'l', b'a', b'y', b'=', value @ ..] => (Name::Delay, value),
        [b'x', b'd', b'e', b'l', b'a', b'y', b'=', value @ ..] => (Name::Xdelay, value),
        [b'm', b'a', b'i', b'l', b'e', b'r', b'=', value @ ..] => (Name::Mailer, value),
        [b'r', b'e', b'l', b'a', b'y', b'=', value @ ..] => (Name::Relay, value),
        [b'd', b's', b'n', b'=', value @ ..] => (Name::Dsn, value),
        [b's', b't', b'a', b't', b'=', value @ ..] => (Name::Stat, value),
        [b'r', b'e', b'p', b'l', b'y', b'=', value @ ..] => (Name::Reply, value),
        _ => rarely_named(field),
    }
}

fn rarely_named(field: &[u8]) -> (Name, &[u8]) {
    let end = bytes::find3(field, b'=', b',', b' ').filter(|&end| field.get(end) == Some(&b'='));
    let Some((name, value)) = end.map(|end| (&field[..end], &field[end + 1..])) else { return (Name::None, field) };
    let name = match name {
        b"" => Name::None,
        b"ctladdr" => Name::Ctladdr,
        b"quarantine" => Name::Quarantine,
        b"stage" => Name::Stage,
        _ => Name::Other,
    };
    (name, value)
}

/// `to=<a@example.org>, 00:00:00, xdelay=00:00:00`: seen in public logs, `delay=` without its name.
fn quirk_lost_name<'a>(field: &'a [u8], fields: &mut Fields<'a>) {
    if fields.delay.is_none() && interval_us(field).is_some() {
        fields.delay = Some(field);
    }
}

/// `relay=relay_id dsn=4.0.0`: seen in public logs, no comma behind the host.
fn quirk_lost_comma<'a>(value: &'a [u8], fields: &mut Fields<'a>) {
    match bytes::find_words(value, b" dsn=") {
        Some(n) => {
            fields.relay = Some(&value[..n]);
            fields.dsn = EnhancedCode::parse(&value[n + b" dsn=".len()..]);
        }
        None => fields.relay = Some(value),
    }
}

const STAT: &[u8] = b", stat=";
const QUOTING: &[u8] = b", stat=Deferred: ";

/// `450 4.2.0 Greylisted, stat=Deferred: 450 4.2.0 Greylisted`: the far side's reply, and Sendmail's verdict.
///
/// The reply is a stranger's text and may hold `, stat=` itself.  For a deferral Sendmail writes the reply twice:
/// then the cut is in the middle, or, where a long reply was shortened differently in the two places, where the
/// text begins again.  The verdicts that do not quote the reply are words of Sendmail, and the last `, stat=`
/// is before them.
fn reply_and_stat(text: &[u8]) -> (Option<&[u8]>, Option<&[u8]>) {
    let cut = |n: usize| {
        let reply = &text[..n];
        (Some(reply.strip_suffix(b", STS=OK").unwrap_or(reply)), Some(&text[n + STAT.len()..]))
    };
    let middle = text.len().saturating_sub(QUOTING.len()) / 2;
    if text[middle..].starts_with(QUOTING) && text.get(middle + QUOTING.len()..) == Some(&text[..middle]) {
        return cut(middle);
    }
    let again = |n: usize| {
        let (reply, quoted) = (&text[..n.min(12)], &text[n + QUOTING.len()..]);
        !reply.is_empty() && quoted.starts_with(reply)
    };
    let begins_again = memchr::memchr_iter(b',', text).filter(|&n| text[n..].starts_with(QUOTING)).find(|&n| again(n));
    match begins_again.or_else(|| bytes::rfind_words(text, STAT)) {
        Some(n) => cut(n),
        None => (Some(text), None),
    }
}

/// What the line as a whole is.
enum Verdict {
    Attempt(Disposition),
    Held,
    /// The recipients of a message that came in by SMTP and was not accepted.
    Refused(&'static str),
}

/// Words of `stat=` that Sendmail writes for sysexits.h codes after which the recipient stays in the queue.
const QUEUED_UP: [&[u8]; 2] = [b"Operating system error", b"I/O error"];

/// Words of `stat=` for the codes after which it does not (sm_sysexmsg, libsm/strexit.c).
const GIVEN_BACK: [&[u8]; 15] = [
    b"User unknown",
    b"Service unavailable",
    b"Host unknown",
    b"Data format error",
    b"Remote protocol error",
    b"Insufficient permission",
    b"Can't create output",
    b"Local configuration error",
    b"Internal error",
    b"unknown mailer error",
    b"System file missing",
    b"Cannot open input",
    b"Command line usage error",
    b"Unknown exit status",
    b"Too many hops",
];

/// Sendmail's word decides, then its `dsn=`, then the far side's reply.
///
/// A recipient's fate hangs on the exit code that these words are written for (markfailure, deliver.c): after
/// `Deferred` it is tried again though `dsn=` and `reply=` of the same line say 5xx.
fn verdict(list: &[u8], fields: &Fields<'_>) -> Option<Verdict> {
    use Disposition::{Bounced, Deferred, Delivered, Discarded, Skipped};
    let stat = fields.stat?;
    let says =
        |word: &[u8]| stat.strip_prefix(word).is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_alphanumeric));
    if stat == b"queued" {
        return Some(Verdict::Attempt(Skipped));
    }
    if stat == b"quarantined" {
        return Some(Verdict::Held);
    }
    let tried = fields.xdelay.is_some() || fields.relay.is_some();
    if !tried && fields.mailer.is_none() && !(says(b"Deferred") && fields.dsn.is_some()) {
        // logundelrcpts: no mailer was chosen, because the message was refused (`stat=` is the answer the client
        // got, which a line of its own told already), thrown away, or taken back.
        return Some(match stat {
            b"discarded" => Verdict::Attempt(Discarded),
            b"aborted by sender" => Verdict::Refused("taken back by the client"),
            _ => Verdict::Refused("refused with its message"),
        });
    }
    // `reply=` is only written for failures, so `Sent` behind it is a stranger's word.
    if says(b"Sent") && fields.reply.is_none() {
        let thrown_away = matches!(list, b"/dev/null" | b"\"/dev/null\"");
        return Some(Verdict::Attempt(if thrown_away { Discarded } else { Delivered }));
    }
    let disposition = if says(b"Deferred") {
        // Neither time nor host: the host was known to be down, or another recipient had just failed there.
        if tried { Deferred } else { Skipped }
    } else if QUEUED_UP.iter().any(|word| says(word)) {
        Deferred
    } else if GIVEN_BACK.iter().any(|word| says(word)) {
        Bounced
    } else {
        let reply = || fields.reply.and_then(ReplyCode::parse).map(ReplyCode::class);
        match fields.dsn.map(EnhancedCode::reply_class).filter(|c| *c != ReplyClass::Positive).or_else(reply)? {
            ReplyClass::Positive => return None,
            ReplyClass::Transient => Deferred,
            ReplyClass::Permanent => Bounced,
        }
    };
    Some(Verdict::Attempt(disposition))
}

/// Into a mailbox, a file or a program of this host?  `mailer=local, relay=local` too (FreeBSD's mail.local).
fn is_local(fields: &Fields<'_>) -> bool {
    match fields.mailer {
        Some(b"local" | b"*file*" | b"prog" | b"*include*" | b"procmail" | b"maildrop") => true,
        Some(name) if name.starts_with(b"cyrus") || name.starts_with(b"dovecot") => true,
        Some(b"esmtp" | b"smtp" | b"smtp8" | b"dsmtp" | b"relay" | b"smtps") | None => false,
        Some(_) => fields.relay.is_none() && fields.xdelay.is_some(),
    }
}

/// `mx.example.org. [198.51.100.7]`, `[127.0.0.1] [127.0.0.1]`, `mx.example.org.`.
fn relay(text: &[u8]) -> Relay<'_> {
    let peer = peer(text);
    let host = peer.name.strip_suffix(b".").unwrap_or(peer.name);
    // An address for a host: also where none was connected, it is the address that was tried.
    if host.is_empty() { Relay { host: peer.ip, ip: peer.ip } } else { Relay { host, ip: peer.ip } }
}

/// `stage=EOM`: only where Sendmail was built to log it (_FFR_LOG_STAGE, 8.17.2).
fn stage(name: &[u8]) -> Option<Stage> {
    Some(match name {
        b"GREET" => Stage::Connect,
        b"EHLO" => Stage::Hello,
        b"STARTTLS" => Stage::StartTls,
        b"AUTH" => Stage::Auth,
        b"MAIL" => Stage::Mail,
        b"RCPT" => Stage::Rcpt,
        b"DATA" => Stage::Data,
        b"EOM" | b"DATA2" => Stage::EndOfData,
        b"QUIT" => Stage::Other,
        _ => return None,
    })
}

/// What the far side said.  `reply=` is it since 8.16.1; before, only deferrals quote it, in `stat=`.
fn answer<'a>(fields: &Fields<'a>, stat: &'a [u8], disposition: Disposition, local: bool) -> Reply<'a> {
    if matches!(disposition, Disposition::Delivered | Disposition::Discarded) {
        return Reply::own(thanks(stat));
    }
    let why = stat.strip_prefix(b"Deferred: ").unwrap_or(stat);
    match fields.reply {
        Some(reply) if !quirk_reply_of_the_data(reply, why, disposition) => said(reply, local),
        _ => said(why, local),
    }
}

/// 8.17 and 8.18: a recipient refused with 452 at RCPT inherits the 550 that the others got after the data:
/// `reply=550-5.7.26 Unauthenticated ..., stat=Deferred: 452-4.2.2 out of storage`.  What deferred it is behind
/// `Deferred:`.
fn quirk_reply_of_the_data(reply: &[u8], why: &[u8], disposition: Disposition) -> bool {
    let is = |text, class| ReplyCode::parse(text).is_some_and(|code| code.class() == class);
    disposition == Disposition::Deferred && is(reply, ReplyClass::Permanent) && is(why, ReplyClass::Transient)
}

/// A reply, if the text is one and a server said it; otherwise Sendmail's own reason.
fn said(text: &[u8], local: bool) -> Reply<'_> {
    match text.get(3) {
        // `mx.example.org.: Network is unreachable`: host names may begin with digits.
        Some(b'.' | b'_') => Reply::own(text),
        Some(b) if b.is_ascii_alphanumeric() => Reply::own(text),
        _ => quirk_made_up_reply(text, local).map_or_else(|| Reply::parse(text), Reply::own),
    }
}

/// Texts that Sendmail writes behind a code when no server said anything, or no server was asked (usersmtp.c,
/// deliver.c, collect.c, recipient.c).
const OWN_REASONS: [&[u8]; 13] = [
    b"Connection reset by ",
    b"reply: read error from ",
    b"collect: ",
    b"Host does not accept mail: MX 0 .",
    b"system config error",
    b"Unsafe for mailing to ",
    b"occ_exceeded",
    b"TLS session initiation failed",
    b"SMTPUTF8 required but not ",
    b"Cannot send 8-bit data to 7-bit destination",
    b"Server does not support Deliver By",
    b"Message can't be delivered in time; ",
    b"Message is too large; ",
];

/// `421 4.4.1 Connection reset by mx.example.org.`, `403 4.7.0 TLS handshake failed.`: the reason without the
/// code that Sendmail put before it.
fn quirk_made_up_reply(text: &[u8], local: bool) -> Option<&[u8]> {
    let code = ReplyCode::parse(text)?;
    let reason = without_enhanced(text.get(4..).unwrap_or_default());
    // A local program's exit status stands where a reply would (`reply=255`), and its user is not in the password
    // file by Sendmail's own knowledge.
    let of_this_host = local && (reason.is_empty() || reason == b"User unknown");
    // 403 is a code of Sendmail's tls_server rules alone.
    let own = code.get() == 403
        || of_this_host
        || matches!(reason, b"Too many hops" | b"Host unknown")
        || OWN_REASONS.iter().any(|own| reason.starts_with(own));
    own.then_some(reason)
}

/// `4.4.1 text`: the text.
fn without_enhanced(text: &[u8]) -> &[u8] {
    let end = text.iter().take(12).position(|&b| b == b' ');
    end.filter(|_| EnhancedCode::parse(text).is_some()).map_or(text, |n| &text[n + 1..])
}

/// `Sent (Ok: queued as 7C1D2203F)`: what is in the brackets.
fn thanks(stat: &[u8]) -> &[u8] {
    let text = stat.strip_prefix(b"Sent").unwrap_or(stat).trim_ascii_start();
    text.strip_prefix(b"(").map_or(text, |text| text.strip_suffix(b")").unwrap_or(text))
}

/// The queue id in the next hop's thanks: `4A39F2Kx031338 Message accepted for delivery`,
/// `2.0.0 Ok: queued as 7C1D2203F`, `OK id=1tq00168-000456-Bx`, and amavis'
/// `2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 7C1D2203F`.
fn queued_as(text: &[u8]) -> Option<&[u8]> {
    let mut text = without_enhanced(text);
    if text.starts_with(b"from MTA(") {
        let inner = &text[bytes::find_words(text, b"): ")? + 3..];
        text = without_enhanced(inner.strip_prefix(b"250 ").unwrap_or(inner));
    }
    if let Ok((rest, id)) = queue_id(text)
        && rest.starts_with(b" Message accepted")
    {
        return Some(id);
    }
    let (ok, text) = text.split_at_checked(2)?;
    if !ok.eq_ignore_ascii_case(b"ok") {
        return None;
    }
    let text = text.strip_prefix(b":").unwrap_or(text).strip_prefix(b" ")?;
    let id = text.strip_prefix(b"queued as ").or_else(|| text.strip_prefix(b"id="))?;
    let end = id.iter().position(|b| !b.is_ascii_alphanumeric() && *b != b'-').unwrap_or(id.len());
    (end > 0).then(|| &id[..end])
}
