//! The grammar of Exim's lines, 4.50 to 4.99.
//!
//! A line is `[pid] ID text`, with or without the pid and the message id.  With an id, the first word
//! of the text says what happened (`<=`, `=>`, `**`, `==`, `Completed`); without one it is about a
//! connection or about Exim itself.  This room knows no other line and no clock.
//!
//! `1tSczm-00000000023-3hcW => jan@softbounce.example R=dnslookup T=remote_smtp H=mx.softbounce.example [203.0.113.33]`

mod address;
mod arrival;
mod configuration;
mod delivery;
mod quiet;
mod reason;
mod reject;
#[cfg(test)]
mod tests;
mod words;

use nom::bytes::complete::tag;
use nom::character::complete::{one_of, u32 as number};
use nom::combinator::verify;
use nom::sequence::delimited;
use nom::{IResult, Parser as _};

use super::{Parser, Part};
use crate::bytes;
use crate::envelope::Line;
use crate::event::{Ending, Event, Fact, Mta};
use crate::ids;

/// How Exim's lines are recognised and read.
pub const PARSER: Parser = Parser { mta: Mta::Exim, claims, parse, part, tags };

/// `1t7WhK-0000000089R-0W7E == ann@host.example ...`
fn tags(message: &[u8]) -> &'static [&'static [u8]] {
    let id = message.split(|&b| b == b' ').next().unwrap_or_default();
    if ids::exim(id).is_some() { &[b"exim"] } else { &[] }
}

/// What a grammar function makes of the start of a text.
type Parsed<'a, T> = IResult<&'a [u8], T, ()>;

/// Syslog tags begin with the program's name: `exim`, `exim4`, `exim-out`; Exim's own files have the tag `exim`.
fn claims(tag: &[u8], _message: &[u8]) -> bool {
    tag.starts_with(b"exim")
}

/// `[1/2] 1u7632-... ** lucia@verbose.example ...`: a line of more than 870 bytes, or of several lines,
/// in pieces for syslog (`log.c`, `write_syslog`).  The sign tells how the piece ends.
fn part<'a>(line: &Line<'a>) -> Option<Part<'a>> {
    if line.message.first() != Some(&b'[') {
        return None;
    }
    let (text, (number, sign, count)) = piece(line.message).ok()?;
    Some(Part { key: b"", number, last: number == count, joint: if sign == '\\' { "\n" } else { "" }.as_bytes(), text })
}

/// `[2/3] `
fn piece(input: &[u8]) -> Parsed<'_, (u32, char, u32)> {
    let numbers = verify((number, one_of("/\\"), number), |&(n, _, of)| n >= 1 && n <= of && of >= 2);
    delimited(tag("["), numbers, tag("] ")).parse(input)
}

/// Reads one line.
fn parse<'a>(line: &Line<'a>) -> Event<'a> {
    let text = without_prefixes(line.message);
    match message_id(text) {
        Some((id, text)) => about_message(id, text),
        None => about_host(text),
    }
}

/// A line with a message id.
fn about_message<'a>(id: &'a [u8], text: &'a [u8]) -> Event<'a> {
    // Each arm makes the whole event: a fact is large, and moving it costs more than reading it.
    match text {
        [b'<' | b'(', b'=', b' ', rest @ ..] => Event::Message { id, fact: arrival::arrival(rest) },
        [b'=' | b'-' | b'>', b'>', b' ', rest @ ..] => Event::Message { id, fact: delivery::delivered(rest) },
        [b'*', b'*', b' ', rest @ ..] => Event::Message { id, fact: delivery::failed(rest) },
        [b'=', b'=', b' ', rest @ ..] => Event::Message { id, fact: delivery::deferred(rest) },
        [b'*', b'>', b' ', ..] => Event::Message { id, fact: Fact::Quiet("delivery suppressed by -N") },
        // `Completed QT=3m45s` with +queue_time_overall.
        [b'C', b'o', ..] if is_word(text, b"Completed") => Event::Message { id, fact: Fact::Ended(Ending::Done) },
        _ => reject::refusal(Some(id), text)
            .or_else(|| Some(Event::Message { id, fact: quiet::of_message(text)? }))
            .or_else(|| Some(Event::Message { id, fact: delivery::host_trouble(text)? }))
            .or_else(|| Some(Event::Message { id, fact: Fact::Quiet(configuration::kind(true, text)?) }))
            .unwrap_or(Event::Unparsed),
    }
}

/// A line without a message id.
fn about_host(text: &[u8]) -> Event<'_> {
    reject::refusal(None, text)
        .or_else(|| quiet::of_host(text).or_else(|| configuration::kind(false, text)).map(Event::Quiet))
        .unwrap_or(Event::Unparsed)
}

/// Is `word` the first word of `text`?
fn is_word(text: &[u8], word: &[u8]) -> bool {
    text.strip_prefix(word).is_some_and(|rest| matches!(rest.first(), None | Some(b' ')))
}

/// A message id at the start of `text`, and what follows it.
///
/// `1Ov4tU-0000Nz-Rm` up to 4.96, `1t7WhK-0000000089R-0W7E` from 4.97; both in one file after an upgrade.
fn message_id(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if text.get(6) != Some(&b'-') {
        return None;
    }
    let (id, rest) = match text.get(18) {
        Some(b'-') => dashed(text, 23, 18).or_else(|| dashed(text, 16, 13)),
        _ => dashed(text, 16, 13),
    }?;
    match rest {
        [] => Some((id, rest)),
        [b' ', rest @ ..] => Some((id, rest)),
        _ => None,
    }
}

/// Cuts off an id of this length: letters and digits but for a dash behind the sixth and one at `dash`.
#[inline(always)]
fn dashed(text: &[u8], length: usize, dash: usize) -> Option<(&[u8], &[u8])> {
    let (id, rest) = text.split_at_checked(length)?;
    // The first sixteen and the last sixteen: this runs on every line.
    let dashes = 1_u32 << 6 | 1 << dash;
    let (first, last) = (bytes::alphanumerics(id.first_chunk()?), bytes::alphanumerics(id.last_chunk()?));
    let fits = first == 0xffff & !dashes && last == 0xffff & !(dashes >> (length - 16)) && id.get(dash) == Some(&b'-');
    fits.then_some((id, rest))
}

/// Without `[pid] ` (log selector +pid), and without Exim's own stamp where that still stands: in the
/// first piece of a split line the number came before it.
fn without_prefixes(mut text: &[u8]) -> &[u8] {
    if text.get(4) == Some(&b'-') {
        text = quirk_stamp_inside(text).unwrap_or(text);
    }
    if let [b'[', rest @ ..] = text {
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits > 0
            && let Some([b']', b' ', rest @ ..]) = rest.get(digits..)
        {
            return rest;
        }
    }
    text
}

/// `2024-12-31 14:03:35[.678][ +0100] `: Exim through syslog with `syslog_timestamp`, split line.
fn quirk_stamp_inside(text: &[u8]) -> Option<&[u8]> {
    const SHAPE: &[u8; 19] = b"0000-00-00 00:00:00";
    let (stamp, mut rest) = text.split_at_checked(SHAPE.len())?;
    let fits = |(s, t): (&u8, &u8)| if *s == b'0' { t.is_ascii_digit() } else { s == t };
    if !SHAPE.iter().zip(stamp).all(fits) {
        return None;
    }
    if let [b'.', a, b, c, after @ ..] = rest
        && [a, b, c].iter().all(|d| d.is_ascii_digit())
    {
        rest = after;
    }
    if let [b' ', b'+' | b'-', zone @ ..] = rest
        && let Some((hhmm, after)) = zone.split_at_checked(4)
        && hhmm.iter().all(u8::is_ascii_digit)
    {
        rest = after;
    }
    rest.strip_prefix(b" ")
}
