//! The grammar of Sendmail's lines, 8.12 to 8.18 (queue ids of 8.9 to 8.11 are read as well).
//!
//! It knows one line: what several lines of one queue id mean together is [`crate::history`]'s matter.  A line
//! is `QUEUEID: text`, `NOQUEUE: text` or bare text; the text says by its first word what it is about:
//!
//! ```text
//! 4A39F2KY031337: to=<u@example.org>, delay=00:00:02, xdelay=00:00:01, mailer=esmtp, ..., stat=Sent (Ok)
//! ```
//!
//! Everything is read from left to right.  Where free text stands before a field that is needed (`reply=` before
//! `stat=`, `arg1=` before `relay=`), the module that reads it says why its cut is the right one.

mod arrival;
mod delivery;
mod quiet;
mod reject;
mod syntax;
#[cfg(test)]
mod tests;

use super::{Parser, Part};
use crate::bytes;
use crate::envelope::Line;
use crate::event::{Ending, Event, Fact, Mta, Notice};
use crate::ids;
use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::character::complete::{char, u32 as number};
use nom::combinator::{fail, opt, value};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser as _};

/// How Sendmail's lines are recognised and read.
pub const PARSER: Parser = Parser { mta: Mta::Sendmail, claims, parse, part, tags };

/// `4A39F2KY031337: to=<ann@host.example>, ...`
fn tags(message: &[u8]) -> &'static [&'static [u8]] {
    let id = message.split(|&b| b == b':').next().unwrap_or_default();
    if ids::sendmail(id).is_some() { &[b"sendmail"] } else { &[] }
}

/// The label of a line is free text (`sendmail -L LABEL`), so an unknown one is judged by its message; labels
/// with a slash are Postfix's, which has a `postfix/sendmail` of its own.
fn claims(label: &[u8], message: &[u8]) -> bool {
    if matches!(label, b"sendmail" | b"sm-mta") {
        return true;
    }
    if bytes::find(label, b'/').is_some() {
        return false;
    }
    if label.starts_with(b"sendmail") || label.starts_with(b"sm-") || label == b"newaliases" {
        return true;
    }
    let Ok((rest, id)) = queue_id(without_solaris_id(message)) else { return false };
    is_dated(id) && is_only_sendmails(rest)
}

/// What follows a queue id in lines of Sendmail and not in those of its filters, which log the same id:
/// `: to=`, `: from=`, `: ruleset=`, `: ANOTHERID: `, `[2]: `.
fn is_only_sendmails(rest: &[u8]) -> bool {
    let Some(text) = rest.strip_prefix(b": ") else { return rest.starts_with(b"[") && head(rest).is_ok() };
    let another = || queue_id(text).is_ok_and(|(rest, id)| is_dated(id) && rest.starts_with(b": "));
    text.starts_with(b"to=") || text.starts_with(b"from=") || text.starts_with(b"ruleset=") || another()
}

fn parse<'a>(line: &Line<'a>) -> Event<'a> {
    let message = without_solaris_id(line.message);
    match head(message) {
        Ok((_, Head { number: Some(_), .. })) => Event::Quiet("piece of a long line"),
        Ok((text, Head { id, .. })) => read(id, text),
        Err(_) => read(None, message),
    }
}

/// `4A39F2KY031337[1]: to=<a@example.org>,<b@example.org>, ...`
///
/// sm_syslog (conf.c) cuts after a comma or a blank, keeps it, and adds ` ...` to all pieces but the last: what
/// is left when that is taken off is the line without a byte lost, so nothing stands at the joint.  The whole
/// line is the key, `: `, and the texts.
fn part<'a>(line: &Line<'a>) -> Option<Part<'a>> {
    // Most ids are followed by a colon.
    if line.message.get(bytes::word_length(line.message)) == Some(&b':') {
        return None;
    }
    let (text, head) = head(without_solaris_id(line.message)).ok()?;
    let number = head.number?;
    let (text, last) = match text.strip_suffix(b" ...") {
        Some(text) => (text, false),
        None => (text, true),
    };
    Some(Part { key: head.key, number, last, joint: b"", text })
}

/// What a line says, told by its first word.
fn read<'a>(id: Option<&'a [u8]>, text: &'a [u8]) -> Event<'a> {
    // Envelopes without an id write it empty; they have no other lines to be joined with.
    let message = |fact| Event::Message { id: id.unwrap_or_default(), fact };
    match text.first() {
        Some(b't') if text.starts_with(b"to=") => delivery::delivery(text).map_or(Event::Unparsed, message),
        Some(b'f') if text.starts_with(b"from=") => message(Fact::Arrival(arrival::arrival(text))),
        Some(b'r') if text.starts_with(b"ruleset=") => reject::ruleset(id, text).unwrap_or(Event::Unparsed),
        Some(b'M') if text.starts_with(b"Milter: ") => reject::milter(id, text).unwrap_or(Event::Unparsed),
        _ => match id.and_then(|_| life(text)) {
            Some(fact) => message(fact),
            None => reject::sent_away(id, text)
                .or_else(|| no_event(text))
                .or_else(|| reject::user_error(id, text))
                .unwrap_or(Event::Unparsed),
        },
    }
}

fn no_event<'a>(text: &[u8]) -> Option<Event<'a>> {
    quiet::kind(text).map(Event::Quiet)
}

/// What else is said of a message that is in the queue.
fn life(text: &[u8]) -> Option<Fact<'_>> {
    match text.first()? {
        b'd' if text.starts_with(b"done; delay=") => Some(Fact::Ended(Ending::Done)),
        b'd' if text == b"discarded" => Some(Fact::Discarded),
        b'q' if text.starts_with(b"quarantine=") => Some(Fact::Held),
        b'u' if text.starts_with(b"unquarantine") => Some(Fact::Released),
        b'm' if text.starts_with(b"milter=") => reject::filter_verdict(text),
        // The id of a notice can begin with any letter.
        _ => alt((notice, split)).parse_complete(text).ok().map(|(_, fact)| fact),
    }
}

/// `clone 4A39F2KZ031337, owner=list-owner@example.org` (8.11 and older), `split: count=1, id=4A39F2KZ031337`,
/// `split: maxrcpts=2, rcpts=5, count=2, ids=4A39F2KZ031337; 4A39F2Ka031337`.
///
/// Of several ids the first is taken.
fn split(text: &[u8]) -> IResult<&[u8], Fact<'_>> {
    let count = |name: &'static str| (tag(name), number, tag(", "));
    let split = preceded(
        (tag("split: "), opt((count("maxrcpts="), count("rcpts="))), count("count="), alt((tag("ids="), tag("id=")))),
        queue_id,
    );
    alt((preceded(tag("clone "), queue_id), split)).map(Fact::ContinuesAs).parse_complete(text)
}

/// `4A39F2KZ031337: DSN: User unknown`: the line of the message that the notice is about; the notice's own id
/// comes first.  Also `4A39F2KZ031337: clone: owner=list-owner@example.org`.
fn notice(text: &[u8]) -> IResult<&[u8], Fact<'_>> {
    let (rest, child) = terminated(queue_id, tag(": ")).parse_complete(text)?;
    let (rest, kind) = alt((
        value(None, tag("clone: ")),
        value(Some(Notice::Bounce), tag("DSN: ")),
        value(Some(Notice::Bounce), tag("return to sender: ")),
        value(Some(Notice::Bounce), tag("sender notify: ")),
        value(Some(Notice::Postmaster), tag("postmaster notify: ")),
    ))
    .parse_complete(rest)?;
    let fact = match kind {
        None => Fact::ContinuesAs(child),
        // To whoever it is sent: the null sender's notice goes to the postmaster.
        Some(_) if rest.starts_with(b"Cannot send message for ") => Fact::GivenUp(Some(child)),
        Some(kind) => {
            let kind = match rest {
                _ if rest.starts_with(b"Warning: could not send message for past ") => Notice::Delay,
                b"Return receipt" => Notice::Success,
                _ => kind,
            };
            Fact::Notice { kind, child: Some(child) }
        }
    };
    Ok((b"", fact))
}

/// What stands before the text.
struct Head<'a> {
    /// None for `NOQUEUE`.
    id: Option<&'a [u8]>,
    /// The id as written.
    key: &'a [u8],
    /// The piece's number, where the line is a piece.
    number: Option<u32>,
}

/// `4A39F2KY031337: `, `4A39F2KY031337[2]: `, `NOQUEUE: `, and `: ` where Sendmail had no id yet.
fn head(message: &[u8]) -> IResult<&[u8], Head<'_>> {
    let id = alt((queue_id, tag("NOQUEUE"), tag(""))).parse_complete(message);
    let (rest, key) = id?;
    let id = (key != b"NOQUEUE").then_some(key);
    if let [b':', b' ', text @ ..] = rest {
        return Ok((text, Head { id, key, number: None }));
    }
    let (text, number) = terminated(delimited(char('['), number, char(']')), tag(": ")).parse_complete(rest)?;
    Ok((text, Head { id, key, number: Some(number) }))
}

/// `4A39F2KY031337`: eight letters or digits and a process id of five digits or more (8.10 and newer), or
/// `JAA12345` (8.9).
#[inline]
fn queue_id(text: &[u8]) -> IResult<&[u8], &[u8]> {
    let (id, rest) = text.split_at(bytes::word_length(text.get(..24).unwrap_or(text)));
    let pid_from = |n: usize| id.get(n..).is_some_and(|d| d.len() >= 5 && d.iter().all(u8::is_ascii_digit));
    let old = || id.len() == 8 && id.iter().take(3).all(u8::is_ascii_uppercase) && pid_from(3);
    if pid_from(8) || old() { Ok((rest, id)) } else { fail().parse_complete(text) }
}

/// Do the first six characters of the id tell a time, as 8.12 and newer write it: year modulo 60, month, day,
/// hour, minute, second, each one character of `0-9A-Za-x`; then two of a sequence, then six digits or more?
fn is_dated(id: &[u8]) -> bool {
    let place = |b: u8| match b {
        b'0'..=b'9' => b - b'0',
        b'A'..=b'Z' => b - b'A' + 10,
        b'a'..=b'x' => b - b'a' + 36,
        _ => u8::MAX,
    };
    let [year, month, day, hour, minute, second, a, b, pid @ ..] = id else { return false };
    let below = |b: &u8, end: u8| place(*b) < end;
    pid.len() >= 6
        && below(month, 12)
        && *day != b'0'
        && below(day, 32)
        && below(hour, 24)
        && [year, minute, second, a, b].into_iter().all(|b| below(b, 60))
}

/// `[ID 801593 mail.info] text`: Solaris' syslog tags each message.
fn without_solaris_id(message: &[u8]) -> &[u8] {
    let end = || {
        let tagged = message.strip_prefix(b"[ID ")?;
        let end = memchr::memchr(b']', tagged.get(..40).unwrap_or(tagged))?;
        tagged.get(end + 1..)?.strip_prefix(b" ")
    };
    end().unwrap_or(message)
}
