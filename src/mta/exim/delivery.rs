//! What was done with one recipient: `=>`, `->`, `>>`, `**`, `==`, and the lines about one host.

use memchr::{memchr, memrchr};

use super::address::{Who, who};
use super::reason::{Reason, is_expiry, is_skip, reason, reply};
use super::words::{Field, Host, Words, bracketed};
use crate::event::{Attempt, Disposition, Fact, Recipients, Relay};

/// The fields of a delivery line that anybody needs.
#[derive(Default)]
struct Fields<'a> {
    transport: Option<&'a [u8]>,
    host: Option<Host<'a>>,
    confirmation: Option<&'a [u8]>,
    queue_time: Option<&'a [u8]>,
}

impl<'a> Fields<'a> {
    /// Reads fields until something else comes.
    fn read(&mut self, words: &mut Words<'a>) {
        for field in words {
            match field {
                Field::Pair(b"T", value) => self.transport = Some(value),
                Field::Pair(b"C", value) => self.confirmation = Some(value),
                Field::Pair(b"QT", value) => self.queue_time = Some(value),
                Field::Host(host) => self.host = Some(host),
                Field::Pair(..) | Field::Flag => {}
            }
        }
    }

    /// The next hop; for a delivery on this host its transport.
    fn relay(&self, local: bool) -> Relay<'a> {
        match self.host {
            Some(host) if !local => Relay { host: host.name, ip: host.ip },
            _ if local => Relay { host: self.transport.unwrap_or_default(), ip: b"" },
            _ => Relay::default(),
        }
    }
}

/// `jan@softbounce.example R=dnslookup T=remote_smtp H=mx.softbounce.example [203.0.113.33] C="250 2.0.0 Ok: queued as 206C"`
#[inline]
pub(super) fn delivered(text: &[u8]) -> Fact<'_> {
    if is_automatic_reply(text) {
        return Fact::Quiet("automatic reply");
    }
    let (who, mut words) = who(text);
    let mut fields = Fields::default();
    fields.read(&mut words);
    // A shadow transport's complaint is the one text between fields: `ST=copy (mailbox not a regular file) C=`.
    while words.step_over() {
        fields.read(&mut words);
    }
    if who.original.is_none() && matches!(who.address, b"blackhole" | b"discarded") {
        return Fact::Discarded;
    }
    let sink = matches!(fields.transport, None | Some(b"**bypassed**"))
        || matches!(who.address, b":blackhole:" | b"/dev/null");
    // A local transport may have a host list, but never an address.
    let local = fields.host.is_none_or(|host| host.ip.is_empty());
    let (recipient, original) = who.recipient();
    let text = fields.confirmation.unwrap_or_default();
    let relay = fields.relay(local);
    Fact::Attempt(Attempt {
        recipients: Recipients::One(recipient),
        original,
        disposition: if sink { Disposition::Discarded } else { Disposition::Delivered },
        relay,
        local,
        delay_us: fields.queue_time.and_then(duration),
        reply: reply(text),
        dsn: None,
        stage: None,
        queued_as: if relay.is_this_machine() { queued_as(text) } else { None },
    })
}

/// The id that the next hop gave: `queued as 206C`, `OK id=1tSczm-...`, `4A39F2KY031337 Message accepted for delivery`.
fn queued_as(confirmation: &[u8]) -> Option<&[u8]> {
    let text = match confirmation.strip_suffix(b" Message accepted for delivery") {
        Some(before) => return last_word(before),
        None => confirmation.trim_ascii_end(),
    };
    let word = last_word(text)?;
    if let Some(id) = word.strip_prefix(b"id=") {
        return (!id.is_empty()).then_some(id);
    }
    text[..text.len() - word.len()].ends_with(b"queued as ").then_some(word.strip_suffix(b")").unwrap_or(word))
}

/// The last word of a text.
fn last_word(text: &[u8]) -> Option<&[u8]> {
    let word = &text[memrchr(b' ', text).map_or(0, |at| at + 1)..];
    (!word.is_empty()).then_some(word)
}

/// `>ann@host.example <jan@fernwood.example> R=vacation T=vacation_reply`: what was told to the sender of a message is no
/// delivery of it, nor a failure where it could not be told.
fn is_automatic_reply(text: &[u8]) -> bool {
    text.first() == Some(&b'>')
}

/// What becomes of the recipients of a message that an administrator gave up (`exim -Mg`), which a line before says.
const CANCELLED: &[u8] = b"delivery cancelled by administrator";

/// `novak@fernwood.example R=dnslookup T=remote_smtp H=mx.fernwood.example [203.0.113.3]: SMTP error ...: 550 5.1.1 ...`
#[inline]
pub(super) fn failed(text: &[u8]) -> Fact<'_> {
    if text.starts_with(b"mua_wrapper is set but ") {
        return Fact::Quiet("mua_wrapper failure");
    }
    if is_automatic_reply(text) {
        return Fact::Quiet("automatic reply failed");
    }
    let (who, mut words) = who(text);
    let mut fields = Fields::default();
    fields.read(&mut words);
    // `mua_wrapper forced failure ...` has no colon, and is a reason all the same.
    let text = without_delivery_time(words.rest());
    if text == CANCELLED {
        return Fact::Quiet("recipient of a message that was cancelled by hand");
    }
    let reason = reason(text);
    let disposition = if is_expiry(text, &reason) { Disposition::Expired } else { Disposition::Bounced };
    verdict(who, &fields, disposition, reason, None)
}

/// `li@softbounce.example R=dnslookup T=remote_smtp defer (-44) H=mx.softbounce.example [203.0.113.33]: SMTP error ...: 450 ...`
#[inline]
pub(super) fn deferred(text: &[u8]) -> Fact<'_> {
    let (who, mut words) = who(text);
    let mut fields = Fields::default();
    fields.read(&mut words);
    if words.rest().starts_with(b"routing ") {
        words.step_over();
    }
    let Some((errno, rest)) = errno(words.rest()) else {
        // Cut before its end: the flag has said enough.
        return verdict(who, &fields, Disposition::Deferred, reason(words.rest()), None);
    };
    // The system's word for the number stands before the host, Exim's text after it; either may lack.
    let (system, mut words) = match rest.strip_prefix(b": ") {
        Some(rest) if !errno.starts_with(b"-") && errno != b"0" => {
            let end = strerror_length(rest);
            (&rest[..end], Words::new(&rest[end..]))
        }
        _ => (&rest[..0], Words::new(rest)),
    };
    let colon = words.colon();
    fields.read(&mut words);
    let text = if words.colon() && !words.rest().is_empty() { words.rest() } else { system };
    // `Permission denied: creating lock file ...`: no host between the two, so both are one text.
    let text = match rest.strip_prefix(b": ") {
        Some(whole) if colon && !system.is_empty() && !is_dialogue(text) => whole,
        _ => text,
    };
    let disposition = if is_skip(text) { Disposition::Skipped } else { Disposition::Deferred };
    verdict(who, &fields, disposition, reason(text), Some(errno))
}

/// Is this text about the dialogue with a server?
fn is_dialogue(text: &[u8]) -> bool {
    reason(text).stage.is_some()
}

/// `defer (-44)`: the number, and what follows.
fn errno(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let body = text.strip_prefix(b"defer (")?;
    let end = memchr(b')', body)?;
    Some((&body[..end], &body[end + 1..]))
}

/// How long the system's text is: to the host, the delivery time, the colon or the end.
fn strerror_length(text: &[u8]) -> usize {
    let mut from = 0;
    while let Some(at) = memchr::memchr2(b' ', b':', &text[from..]) {
        let rest = &text[from + at..];
        if rest.starts_with(b" H=") || rest.starts_with(b" DT=") || rest.starts_with(b": ") || rest == b":" {
            return from + at;
        }
        from += at + 1;
    }
    text.len()
}

/// The attempt of a `**` or `==` line.
#[inline]
fn verdict<'a>(
    who: Who<'a>,
    fields: &Fields<'a>,
    disposition: Disposition,
    reason: Reason<'a>,
    errno: Option<&[u8]>,
) -> Fact<'a> {
    let (recipient, original) = who.recipient();
    let local = fields.host.is_none() && reason.host.is_none() && is_local(who, fields.transport, errno);
    let relay = match reason.host {
        Some(host) if fields.host.is_none() => Relay { host: host.name, ip: host.ip },
        _ => fields.relay(local),
    };
    Fact::Attempt(Attempt {
        recipients: Recipients::One(recipient),
        original,
        disposition,
        relay,
        local,
        delay_us: None,
        reply: reason.reply,
        dsn: None,
        stage: reason.stage,
        queued_as: None,
    })
}

/// Was it to go into a mailbox or a program of this host?  A failure without `H=` does not say so, but
/// the kind of address, the number or the usual names of transports do.
fn is_local(who: Who<'_>, transport: Option<&[u8]>, errno: Option<&[u8]>) -> bool {
    let Some(transport) = transport else { return false };
    // Mailbox, lock, file, pipe and quota errors: macros.h, ERRNO_*.
    const LOCAL: [&[u8]; 16] = [
        b"-4", b"-5", b"-6", b"-7", b"-8", b"-9", b"-11", b"-12", b"-13", b"-14", b"-15", b"-16", b"-22", b"-31",
        b"-33", b"-40",
    ];
    const NAMES: [&[u8]; 8] =
        [b"local", b"address_", b"maildir", b"mail_spool", b"dovecot", b"procmail", b"lmtp", b"virtual_"];
    who.is_local()
        || errno.is_some_and(|errno| LOCAL.contains(&errno))
        || NAMES.iter().any(|name| transport.starts_with(name))
}

/// Without the ` DT=2s` that +deliver_time puts after the text of a failure.
fn without_delivery_time(text: &[u8]) -> &[u8] {
    if !matches!(text.last(), Some(b's' | b'm' | b'h' | b'd' | b'w')) {
        return text;
    }
    match memrchr(b' ', text) {
        Some(at) if text[at + 1..].strip_prefix(b"DT=").is_some_and(|time| duration(time).is_some()) => &text[..at],
        _ => text,
    }
}

/// `3m45s`, `1w2d3h4m5s`, `0.304s`, in microseconds.
pub(super) fn duration(text: &[u8]) -> Option<u64> {
    let (mut total, mut value, mut fraction, mut digits) = (0_u64, 0_u64, None, 0);
    for &b in text {
        let unit = match b {
            b'0'..=b'9' => {
                digits += 1;
                match &mut fraction {
                    None => value = value.checked_mul(10)?.checked_add(u64::from(b - b'0'))?,
                    Some((micros, place)) => {
                        *micros += u64::from(b - b'0') * *place;
                        *place /= 10;
                    }
                }
                continue;
            }
            b'.' if fraction.is_none() && digits > 0 => {
                fraction = Some((0, 100_000));
                continue;
            }
            b's' => 1,
            b'm' => 60,
            b'h' => 3600,
            b'd' => 86_400,
            b'w' => 604_800,
            _ => return None,
        };
        if digits == 0 {
            return None;
        }
        let micros = fraction.take().map_or(0, |(micros, _)| micros);
        total = total.checked_add(value.checked_mul(unit * 1_000_000)?.checked_add(micros)?)?;
        (value, digits) = (0, 0);
    }
    (digits == 0 && !text.is_empty()).then_some(total)
}

/// A try at one host that was not the last word, without `H=`: up to 4.84.
///
/// `SMTP error from remote mail server after RCPT TO:<a@x>: host mx.x [203.0.113.3]: 451 ...`,
/// `mx.x [203.0.113.3] Connection refused`; and of every version `login authenticator failed H=mx.x
/// [203.0.113.3] 535 ...`, where this host is the client.
pub(super) fn host_trouble(text: &[u8]) -> Option<Fact<'_>> {
    if reason(text).stage.is_some() {
        return Some(Fact::HostTrouble);
    }
    let end = memchr(b' ', text)?;
    if text[end..].starts_with(b" authenticator failed H=")
        || text[end..].starts_with(b" authenticator cancelled authentication H=")
    {
        return Some(Fact::HostTrouble);
    }
    let name = &text[..end];
    if name.is_empty() || !name.iter().all(|b| b.is_ascii_alphanumeric() || b".-_:".contains(b)) {
        return None;
    }
    let (_, rest) = bracketed(&text[end + 1..])?;
    matches!(rest, [b' ' | b':', _, ..]).then_some(Fact::HostTrouble)
}
