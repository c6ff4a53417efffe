//! The small words of Postfix's lines: queue ids, `<address>`, `name[address]:port`, seconds.
//!
//! Sample: in `4Xh87p0sf8z1RRBh: client=app.example.net[192.0.2.10]:4711` the id and the peer are read here.
//! Knows no line as a whole.

use crate::bytes;
use nom::IResult;
use nom::Parser as _;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::char;
use nom::sequence::delimited;

/// What a grammar function returns: the rest of the line and what it read.  Why it failed is never told: a
/// line that does not fit is counted, not explained.
pub(super) type Parsed<'a, T> = IResult<&'a [u8], T, ()>;

/// Whom a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner<'a> {
    /// The message with this queue id.
    Message(&'a [u8]),
    /// `NOQUEUE`: a client without a message.
    NoQueue,
}

/// What a byte may be part of, as bits: looked up once a byte, since every line begins with this question.
static CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        let vowel = matches!(b.to_ascii_uppercase(), b'A' | b'E' | b'I' | b'O' | b'U');
        class[byte] = if b.is_ascii_alphanumeric() { WORD } else { 0 }
            | if b.is_ascii_digit() { DIGIT } else { 0 }
            | if b.is_ascii_digit() || matches!(b, b'A'..=b'F') { HEX } else { 0 }
            | if b.is_ascii_digit() || b.is_ascii_uppercase() { CAPITAL } else { 0 }
            | if b.is_ascii_alphanumeric() && !vowel { BASE52 } else { 0 };
        byte += 1;
    }
    class
};
const WORD: u8 = 1;
const DIGIT: u8 = 2;
const HEX: u8 = 4;
/// Upper case and digits.
const CAPITAL: u8 = 8;
/// Digits and consonants: the alphabet of long ids.
const BASE52: u8 = 16;

/// `4Xh87p0sf8z1RRBh: `, `2B95BA201D6: `, `NOQUEUE: `, and the text behind it.
#[inline]
pub(super) fn owner(message: &[u8]) -> Option<(Owner<'_>, &[u8])> {
    // Short ids, and the many words that are none.
    if let Some(length @ 6..) = bytes::hex_length(message)
        && let Some((id, rest)) = message.split_at_checked(length)
        && let Some(text) = rest.strip_prefix(b": ")
    {
        return Some((Owner::Message(id), text.trim_ascii_start()));
    }
    let length = bytes::word_length(message);
    let text = message.get(length..)?.strip_prefix(b": ")?;
    let (word, every, some) = word(message);
    let owner = if is_id(word, every, some) {
        Owner::Message(word)
    } else if word == b"NOQUEUE" {
        Owner::NoQueue
    } else {
        return None;
    };
    Some((owner, text.trim_ascii_start()))
}

/// The letters and digits at the start; what every one of them is, and what one of them is.
fn word(text: &[u8]) -> (&[u8], u8, u8) {
    let (mut every, mut some) = (u8::MAX, 0);
    let mut length = 0;
    for &byte in text {
        let class = CLASS[usize::from(byte)];
        if class == 0 {
            break;
        }
        every &= class;
        some |= class;
        length += 1;
    }
    (text.get(..length).unwrap_or_default(), every, some)
}

/// Is the word a queue id, short (`5HEX 1*HEX`) or long (2.9: `6*B52 4B52 "z" *B51`)?
///
/// No other word that Postfix writes before a colon has a digit in it.
fn is_id(word: &[u8], every: u8, some: u8) -> bool {
    if word.len() < 6 || word.len() > 64 {
        return false;
    }
    every & HEX != 0
        || some & DIGIT != 0
            && (quirk_made_up_id(every)
                || every & BASE52 != 0 && memchr::memrchr(b'z', word).is_some_and(|at| at >= 10))
}

/// Logs that were made anonymous carry ids such as `KLMNO11111`: upper case and digits, but not hex.
fn quirk_made_up_id(every: u8) -> bool {
    every & CAPITAL != 0
}

/// The letters and digits that an id is made of, at the start of `text`.
#[inline]
pub(super) fn id_word(text: &[u8]) -> Option<&[u8]> {
    text.get(..bytes::word_length(text)).filter(|word| !word.is_empty())
}

/// The other side of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Peer<'a> {
    /// Host name; empty where Postfix writes none (postscreen).
    pub name: &'a [u8],
    /// Address, or the path of a UNIX socket.
    pub address: &'a [u8],
}

impl<'a> Peer<'a> {
    /// The name, where there is one; `unknown` is one.
    pub fn client_name(&self) -> Option<&'a [u8]> {
        (!self.name.is_empty()).then_some(self.name)
    }

    /// The address, where there is one: a client that is gone is `unknown[unknown]`.
    pub fn client_ip(&self) -> Option<&'a [u8]> {
        (!self.address.is_empty() && self.address != b"unknown").then_some(self.address)
    }
}

/// What does not fit.
pub(super) const NO: nom::Err<()> = nom::Err::Error(());

/// `mx.example.org[198.51.100.7]:25`, `[192.0.2.9]:4711`, `store.example[private/dovecot-lmtp]`.
#[inline]
pub(super) fn peer(input: &[u8]) -> Parsed<'_, Peer<'_>> {
    let open = bytes::find3(input, b'[', b' ', b',').ok_or(NO)?;
    let (name, rest) = input.split_at(open);
    let (rest, _) = char('[').parse(rest)?;
    let (rest, address) = bracketed(rest)?;
    let rest = match rest {
        [b':', digits @ ..] => after_digits(digits).unwrap_or(rest),
        _ => rest,
    };
    Ok((rest, Peer { name: name.strip_suffix(b".").unwrap_or(name), address }))
}

/// `198.51.100.7]`
#[inline]
fn bracketed(input: &[u8]) -> Parsed<'_, &[u8]> {
    let close = bytes::find(input, b']').filter(|&close| close > 0).ok_or(NO)?;
    let (address, rest) = input.split_at(close);
    let (rest, _) = char(']').parse(rest)?;
    Ok((rest, address))
}

/// What follows one or more digits.
#[inline]
fn after_digits(text: &[u8]) -> Option<&[u8]> {
    let digits = text.iter().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    text.get(digits..).filter(|_| digits > 0)
}

/// `<address>`, up to the first `>` that is followed by what `fits` or by the end of the line.
///
/// An address may hold anything: `<"x> "@y>`, `<"a>, relay=none, status=sent (250"@y>`.  A quoted local part
/// (as all of them are since 3.5) is stepped over as a whole.
#[inline]
pub(super) fn angle<'a>(input: &'a [u8], fits: impl Fn(&[u8]) -> bool) -> Parsed<'a, &'a [u8]> {
    let (inner, _) = char('<').parse(input)?;
    let mut from = match inner {
        [b'"', ..] => quoted_local_part(inner).ok_or(NO)?,
        _ => 0,
    };
    while let Some(at) = bytes::find(inner.get(from..).unwrap_or_default(), b'>') {
        let (address, rest) = inner.split_at(from + at);
        let rest = rest.get(1..).unwrap_or_default();
        if rest.is_empty() || fits(rest) {
            return Ok((rest, address));
        }
        from += at + 1;
    }
    Err(NO)
}

/// How long the quoted local part at the start of an address is: 0 where there is none, None where the line
/// was cut in it (what looks like its end may then be a stranger's).
fn quoted_local_part(address: &[u8]) -> Option<usize> {
    let Some(b'"') = address.first() else { return Some(0) };
    let mut escaped = false;
    for (at, &byte) in address.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return address.get(at + 1).map(|next| if matches!(next, b'@' | b'>') { at + 1 } else { 0 }),
            _ => {}
        }
    }
    None
}

/// `, key=`: the next field of a delivery line.
pub(super) fn key(input: &[u8]) -> Parsed<'_, &[u8]> {
    let name = take_while1(|b: u8| b.is_ascii_lowercase() || b == b'_');
    delimited(tag(&b", "[..]), name, char('=')).parse(input)
}

/// The value of a field other than the addresses, which alone may hold a comma.
#[inline]
pub(super) fn value(input: &[u8]) -> (&[u8], &[u8]) {
    input.split_at(bytes::find(input, b',').unwrap_or(input.len()))
}

/// Seconds with a fraction, in microseconds, up to a comma or the end: `0.04`, `1.2`, `86400`.
///
/// None for what is no such number; the rest of the line is then behind it all the same.
#[inline]
pub(super) fn micros(input: &[u8]) -> (Option<u64>, &[u8]) {
    let (mut seconds, mut micros, mut unit, mut length) = (0_u64, 0, None, 0);
    // Twenty digits do not fit, and are no time.
    for &byte in input.iter().take(19) {
        match (byte, &mut unit) {
            (b'0'..=b'9', None) => seconds = seconds * 10 + u64::from(byte - b'0'),
            (b'0'..=b'9', Some(unit)) => {
                micros += u64::from(byte - b'0') * *unit;
                *unit /= 10;
            }
            (b'.', None) if length > 0 => unit = Some(100_000),
            _ => break,
        }
        length += 1;
    }
    match input.get(length..) {
        Some(rest @ ([] | [b',', ..])) if length > 0 => {
            (seconds.checked_mul(1_000_000).and_then(|whole| whole.checked_add(micros)), rest)
        }
        _ => (None, value(input).1),
    }
}

/// A number of one or more digits, and what follows.
#[inline]
pub(super) fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let (mut value, mut length) = (0_u64, 0);
    while let Some(digit @ b'0'..=b'9') = text.get(length) {
        // Twenty digits do not fit.
        if length == 19 {
            return None;
        }
        value = value * 10 + u64::from(digit - b'0');
        length += 1;
    }
    text.get(length..).filter(|_| length > 0).map(|rest| (value, rest))
}
