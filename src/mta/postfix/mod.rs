//! The grammar of Postfix's lines, 2.0 to 3.11.
//!
//! ```text
//! 4Xh87p0sf8z1RRBh: to=<u@example.org>, relay=mx.example.org[198.51.100.7]:25, delay=1.2, ... status=sent (250 2.0.0 Ok)
//! NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 450 4.2.0 <u@example.org>: Recipient address rejected: ...
//! disconnect from unknown[192.0.2.9] ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4
//! ```
//!
//! The tag names the program; a line either begins with a queue id (or `NOQUEUE`) and a colon, or with words
//! of its own.  Every kind of line has a rule; what no rule knows is [`Event::Unparsed`].  This room knows one
//! line at a time: no other line, no file, no clock.

mod arrival;
mod delivery;
mod lexis;
mod queue;
mod quiet;
mod reason;
mod reject;
#[cfg(test)]
mod tests;

use super::Parser;
use crate::bytes;
use crate::envelope::Line;
use crate::event::{Ending, Event, Fact, Mta};
use lexis::Owner;

/// How Postfix's lines are recognised and read.
pub const PARSER: Parser = Parser { mta: Mta::Postfix, claims, parse, part: |_| None, tags };

/// `2B95BA201D6: to=<ann@host.example>, ...`, `NOQUEUE: reject: ...`
fn tags(message: &[u8]) -> &'static [&'static [u8]] {
    if lexis::owner(message).is_some() {
        &[b"postfix/smtp", b"postfix/smtpd", b"postfix/cleanup", b"postfix/qmgr"]
    } else {
        &[]
    }
}

/// The program that wrote a line, as far as the grammar differs between programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Program {
    /// `cleanup`.
    Cleanup,
    /// `lmtp`: the same binary as `smtp`, but its next hop is a mailbox store.
    Lmtp,
    /// `postsuper`: the administrator's hand.
    Postsuper,
    /// `qmgr`, `oqmgr`, and `nqmgr` as it was called in 2.0 and 2.1.
    Qmgr,
    /// `qmqpd`.
    Qmqpd,
    /// `smtp`.
    Smtp,
    /// Any other program of Postfix.
    Other,
}

impl Program {
    /// The program of `postfix/submission/smtpd`: the last part of the tag.  What stands before it is the
    /// instance, and may be any word: `postfix-out`, `postfix-239.58.50.50`.
    #[inline]
    fn of_tag(tag: &[u8]) -> Option<Self> {
        // Nearly every line is of one of these, whatever the instance.
        match tag {
            [_, .., b'/', b's', b'm', b't', b'p', b'd'] => Some(Self::Other),
            [_, .., b'/', b's', b'm', b't', b'p'] => Some(Self::Smtp),
            [_, .., b'/', b'q', b'm', b'g', b'r'] => Some(Self::Qmgr),
            [_, .., b'/', b'c', b'l', b'e', b'a', b'n', b'u', b'p'] => Some(Self::Cleanup),
            _ => Self::of_name(tag),
        }
    }

    #[inline(never)]
    fn of_name(tag: &[u8]) -> Option<Self> {
        let slash = bytes::rfind(tag, b'/').filter(|&at| at > 0)?;
        Some(match tag.get(slash + 1..)? {
            b"cleanup" => Self::Cleanup,
            b"lmtp" => Self::Lmtp,
            b"postsuper" => Self::Postsuper,
            b"qmgr" | b"oqmgr" | b"nqmgr" => Self::Qmgr,
            b"qmqpd" => Self::Qmqpd,
            b"smtp" => Self::Smtp,
            b"anvil"
            | b"bounce"
            | b"defer"
            | b"discard"
            | b"dnsblog"
            | b"error"
            | b"flush"
            | b"local"
            | b"master"
            | b"nbdb_reindexd"
            | b"pickup"
            | b"pipe"
            | b"post-install"
            | b"postalias"
            | b"postcat"
            | b"postconf"
            | b"postdrop"
            | b"postfix"
            | b"postfix-script"
            | b"postfix-tls-script"
            | b"postfix-wrapper"
            | b"postkick"
            | b"postlock"
            | b"postlog"
            | b"postlogd"
            | b"postmap"
            | b"postmulti"
            | b"postmulti-script"
            | b"postqueue"
            | b"postscreen"
            | b"posttls-finger"
            | b"proxymap"
            | b"proxywrite"
            | b"retry"
            | b"scache"
            | b"sendmail"
            | b"showq"
            | b"smtpd"
            | b"spawn"
            | b"tlsmgr"
            | b"tlsproxy"
            | b"trace"
            | b"trivial-rewrite"
            | b"verify"
            | b"virtual" => Self::Other,
            _ => return None,
        })
    }
}

fn claims(tag: &[u8], _message: &[u8]) -> bool {
    Program::of_tag(tag).is_some()
}

fn parse<'a>(line: &Line<'a>) -> Event<'a> {
    let message = line.message.trim_ascii();
    // `--mta postfix` may hand us any line: without a program there are still forms that only Postfix writes.
    let program = Program::of_tag(line.tag).unwrap_or(Program::Other);
    match lexis::owner(message) {
        Some((Owner::Message(id), text)) => of_message(program, id, text),
        Some((Owner::NoQueue, text)) => without_message(text).unwrap_or(Event::Unparsed),
        None => without_id(message).unwrap_or(Event::Unparsed),
    }
}

/// `4Xh87p0sf8z1RRBh: TEXT`, in the order of how often each form is seen.
///
/// Each arm makes the whole event: an event is large, and moving it costs as much as reading it.
fn of_message<'a>(program: Program, id: &'a [u8], text: &'a [u8]) -> Event<'a> {
    match text {
        [b't', b'o', b'=', ..] => delivery::event(program, id, text),
        b"removed" if program == Program::Qmgr => Event::Message { id, fact: Fact::Ended(Ending::Done) },
        [b'f', b'r', b'o', b'm', b'=', b'<', ..] => fact(id, queue::manager(text)),
        [b'c', b'l', b'i', b'e', b'n', b't', b'=', ..] => fact(id, arrival::client(text).map(Fact::Arrival)),
        [b'm', ..] if text.starts_with(b"message-id=") => fact(id, arrival::message_id(text).map(Fact::Arrival)),
        [b'u', b'i', b'd', b'=', ..] => fact(id, arrival::pickup(text).map(Fact::Arrival)),
        [] => Event::Unparsed,
        _ => match queue::fact(program, text) {
            Some(fact) => Event::Message { id, fact },
            None => reject::by_action(Some(id), text).unwrap_or(Event::Unparsed),
        },
    }
}

fn fact<'a>(id: &'a [u8], fact: Option<Fact<'a>>) -> Event<'a> {
    match fact {
        Some(fact) => Event::Message { id, fact },
        None => Event::Unparsed,
    }
}

/// `NOQUEUE: TEXT`: no recipient was accepted yet, or there is no queue to name (a filter before the queue).
fn without_message(text: &[u8]) -> Option<Event<'_>> {
    if text.starts_with(b"client=") {
        return Some(Event::Quiet("client of a filter before the queue"));
    }
    reject::by_action(None, text).or_else(|| quiet::session(text).map(Event::Quiet))
}

/// A line that begins with words of its own.
fn without_id(message: &[u8]) -> Option<Event<'_>> {
    if let Some(refusal) = message.strip_prefix(b"warning: ").and_then(reject::by_warning) {
        return Some(Event::Refusal(refusal));
    }
    quiet::kind(message).map(Event::Quiet).or_else(|| reject::by_action(None, message))
}
