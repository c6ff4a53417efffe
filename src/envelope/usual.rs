//! The short way for lines like the one before.
//!
//! Nearly every line has the shape, minute and host of its predecessor.  Here is what the general reader
//! found for that one; a line that agrees with it is told by comparing a few bytes.  It must not decide
//! anything: whatever differs goes the general way, which also fills this memory.
//!
//! `Nov  3 09:15:02 mx1 postfix/smtp[2113]: text` after `Nov  3 09:15:01 mx1 postfix/qmgr[99]: text`.

use super::timestamp::{MICROS, Stamp, is_blank};

/// Longest host that is remembered.
const HOST_MAX: usize = 63;

/// What the last lines were like.
#[derive(Debug, Clone)]
pub(super) struct Usual {
    /// `Nov  3 09:15` of the last line without a year.
    minute: [u8; 12],
    /// When that minute began.
    minute_time: i64,
    /// `2024-11-03T09:15` of the last ISO stamp.
    iso_minute: [u8; 16],
    /// When that minute began on its wall clock, in seconds.
    iso_secs: i64,
    /// `+01:00` as it followed that stamp.
    zone: [u8; 6],
    offset: i32,
    /// `2024-11-03 09:15` of Exim's last stamp without zone.
    exim_minute: [u8; 16],
    exim_time: i64,
    /// The last host, with a blank behind it.
    host: [u8; HOST_MAX + 1],
    /// Its length without the blank; 0 for none.
    host_length: usize,
}

/// What follows a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told<'a> {
    pub host: &'a [u8],
    pub tag: &'a [u8],
    pub pid: &'a [u8],
    pub message: &'a [u8],
}

impl Default for Usual {
    fn default() -> Usual {
        Usual {
            minute: [0; 12],
            minute_time: 0,
            iso_minute: [0; 16],
            iso_secs: 0,
            zone: [0; 6],
            offset: 0,
            exim_minute: [0; 16],
            exim_time: 0,
            host: [0; HOST_MAX + 1],
            host_length: 0,
        }
    }
}

/// `:02` → 2; a leap second goes the general way.
#[inline(always)]
fn second(text: &[u8; 3]) -> Option<i64> {
    let &[b':', tens @ b'0'..=b'5', ones @ b'0'..=b'9'] = text else { return None };
    Some(i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

/// `.123456`, by the digits in parallel.
#[inline(always)]
fn six_digits(text: &[u8; 7]) -> Option<i64> {
    let &[b'.', a, b, c, d, e, f] = text else { return None };
    let mut micros = 0;
    for digit in [a, b, c, d, e, f] {
        let value = digit.wrapping_sub(b'0');
        if value > 9 {
            return None;
        }
        micros = micros * 10 + i64::from(value);
    }
    Some(micros)
}

impl Usual {
    /// The time of a line in the minute of the last one without a year, and the length of its stamp.
    #[inline(always)]
    pub(super) fn yearless(&self, line: &[u8]) -> Option<(i64, usize)> {
        let stamp = line.first_chunk::<16>()?;
        let (minute, rest) = stamp.split_first_chunk::<12>()?;
        let (second_text, rest) = rest.split_first_chunk::<3>()?;
        if *minute != self.minute || !is_blank(*rest.first()?) {
            return None;
        }
        Some((self.minute_time + second(second_text)? * MICROS, 15))
    }

    /// The time of a line in the minute and zone of the last ISO stamp, and the length of its stamp.
    #[inline(always)]
    pub(super) fn iso(&self, line: &[u8]) -> Option<(i64, usize)> {
        let (minute, rest) = line.split_first_chunk::<16>()?;
        if *minute != self.iso_minute {
            return None;
        }
        let (second_text, rest) = rest.split_first_chunk::<3>()?;
        let second = second(second_text)?;
        let (micros, rest, length) = match rest.split_first_chunk::<7>() {
            Some((fraction, after)) if fraction.first() == Some(&b'.') => (six_digits(fraction)?, after, 26),
            _ => (0, rest, 19),
        };
        let (zone, rest) = rest.split_first_chunk::<6>()?;
        if *zone != self.zone || !is_blank(*rest.first()?) {
            return None;
        }
        Some(((self.iso_secs + second - i64::from(self.offset)) * MICROS + micros, length + 6))
    }

    /// The time of a line in the minute of Exim's last stamp, and what follows, if that begins with a message
    /// id as most lines do.
    #[inline(always)]
    pub(super) fn exim<'a>(&self, line: &'a [u8]) -> Option<(i64, &'a [u8])> {
        let (minute, rest) = line.split_first_chunk::<16>()?;
        if *minute != self.exim_minute {
            return None;
        }
        let (second_text, rest) = rest.split_first_chunk::<3>()?;
        let [b' ', text @ ..] = rest else { return None };
        let id = text.get(6) == Some(&b'-') && (text.get(16) == Some(&b' ') || text.get(23) == Some(&b' '));
        let no_blank = text.get(..6)?.iter().all(u8::is_ascii_alphanumeric);
        if !id || !no_blank {
            return None;
        }
        Some((self.exim_time + second(second_text)? * MICROS, text))
    }

    /// Host, tag, pid and message, where the host is the last one and there is nothing to say about the
    /// rest: ` mx1 postfix/smtp[2113]: text`.
    #[inline(always)]
    pub(super) fn told<'a>(&self, rest: &'a [u8]) -> Option<Told<'a>> {
        let text = rest.get(1..)?;
        let known = self.host.get(..=self.host_length)?;
        if self.host_length == 0 || !text.starts_with(known) {
            return None;
        }
        let (host, body) = text.split_at_checked(self.host_length)?;
        let body = body.get(1..)?;
        let end = tag_end(body)?;
        let (tag, after) = body.split_at_checked(end)?;
        let (pid, message) = match after {
            [b':', b' ', message @ ..] => (&b""[..], message),
            [b'[', inside @ ..] => {
                let close = pid_end(inside)?;
                let (pid, after) = inside.split_at_checked(close)?;
                let [b']', b':', b' ', message @ ..] = after else { return None };
                (pid, message)
            }
            _ => return None,
        };
        let plain = match (tag, message.first()) {
            ([], _) => false,
            ([b'e', b'x', b'i', b'm', ..], first) => {
                first != Some(&b'[') && !message.get(10).is_some_and(|&b| is_blank(b))
            }
            ([.., b'e'], _) if tag.ends_with(b".service") => false,
            _ => true,
        };
        let ordinary = match message.first() {
            Some(b'[' | b'-') => false,
            Some(b'm') => !message.starts_with(b"message r"),
            Some(b'l') => !message.starts_with(b"last me"),
            Some(b'L') => !message.starts_with(b"Last me"),
            _ => true,
        };
        (plain && ordinary).then_some(Told { host, tag, pid, message })
    }

    /// Learns from a line without a year that came at `time`, in an hour of one offset.
    pub(super) fn learn_yearless(&mut self, line: &[u8], stamp: Stamp, time: i64, steady: bool) {
        let (Stamp::Yearless { secs, micros, .. }, Some(minute)) = (stamp, line.first_chunk::<12>()) else { return };
        self.minute = if steady && line.get(12) == Some(&b':') { *minute } else { [0; 12] };
        self.minute_time = time - i64::from(micros) - i64::from(secs % 60) * MICROS;
    }

    /// Learns from an ISO stamp of this length.
    pub(super) fn learn_iso(&mut self, line: &[u8], stamp: Stamp, length: usize) {
        let (Stamp::Moment { micros, offset }, Some(minute)) = (stamp, line.first_chunk::<16>()) else { return };
        let Some(zone) = line.get(..length).and_then(|stamp| stamp.last_chunk::<6>()) else { return };
        if length < 25 || !matches!(zone, [b'+' | b'-', _, _, b':', _, _]) {
            return;
        }
        let wall = micros.div_euclid(MICROS) + i64::from(offset);
        (self.iso_minute, self.zone, self.offset) = (*minute, *zone, offset);
        self.iso_secs = wall - wall.rem_euclid(60);
    }

    /// Learns from Exim's stamp without a zone that came at `time`, in an hour of one offset.
    pub(super) fn learn_exim(&mut self, line: &[u8], stamp: Stamp, time: i64, steady: bool) {
        let (Stamp::Local { secs, micros }, Some(minute)) = (stamp, line.first_chunk::<16>()) else { return };
        self.exim_minute = if steady { *minute } else { [0; 16] };
        self.exim_time = time - i64::from(micros) - secs.rem_euclid(60) * MICROS;
    }

    /// Learns the host that stands behind a stamp.
    pub(super) fn learn_host(&mut self, rest: &[u8], host: &[u8]) {
        let known = rest.get(1..).and_then(|text| text.get(..=host.len()));
        match (known, self.host.get_mut(..=host.len())) {
            (Some(known), Some(place)) if known.starts_with(host) && known.ends_with(b" ") => {
                place.copy_from_slice(known);
                self.host_length = host.len();
            }
            _ => self.host_length = 0,
        }
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// A high bit in each byte of `word` that is `byte`; exact up to the first.
#[inline(always)]
fn matches_of(word: u64, byte: u8) -> u64 {
    let difference = word ^ (ONES * u64::from(byte));
    difference.wrapping_sub(ONES) & !difference & HIGHS
}

/// Where a tag ends, if within 40 bytes.
#[inline(always)]
fn tag_end(text: &[u8]) -> Option<usize> {
    for at in [0, 8, 16, 24, 32] {
        let word = u64::from_le_bytes(*text.get(at..)?.first_chunk::<8>()?);
        let found = matches_of(word, b'[') | matches_of(word, b':') | matches_of(word, b' ') | matches_of(word, b'\t');
        if found != 0 {
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
    }
    None
}

/// Where a pid of up to seven characters ends.
#[inline(always)]
fn pid_end(text: &[u8]) -> Option<usize> {
    let word = u64::from_le_bytes(*text.first_chunk::<8>()?);
    let blank = matches_of(word, b' ') | matches_of(word, b'\t');
    let found = matches_of(word, b']') | blank;
    (found != 0).then_some((found.trailing_zeros() / 8) as usize)
}
