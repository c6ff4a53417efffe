//! The short way for lines like the one before.
//!
//! Nearly every line has the shape, minute and host of its predecessor.  Here is what the general reader
//! found for that one; a line that agrees with it is told by comparing a few bytes.  It must not decide
//! anything: whatever differs goes the general way, which also fills this memory.
//!
//! `Nov  3 09:15:02 mx1 postfix/smtp[2113]: text` after `Nov  3 09:15:01 mx1 postfix/qmgr[99]: text`.

use super::timestamp::{MICROS, Stamp, is_blank};
use crate::bytes;

/// A one in each byte.
const ONES: u64 = 0x0101_0101_0101_0101;

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
    /// The first sixteen bytes of host and blank, and which of them count.
    host_head: u128,
    host_mask: u128,
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
            host_head: 0,
            host_mask: 0,
        }
    }
}

/// `:02` → 2; a leap second goes the general way.
#[inline(always)]
fn second(text: &[u8; 3]) -> Option<i64> {
    let &[b':', tens @ b'0'..=b'5', ones @ b'0'..=b'9'] = text else { return None };
    Some(i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

/// `.123456`, all digits at once.
#[inline(always)]
fn six_digits(text: &[u8; 7]) -> Option<i64> {
    let &[b'.', a, b, c, d, e, f] = text else { return None };
    let digits = u64::from_le_bytes([b'0', b'0', a, b, c, d, e, f]);
    // Each byte is 0x30 to 0x39: neither it nor it plus six leaves the thirties.
    const THREES: u64 = ONES * 0x30;
    const HIGH_HALVES: u64 = ONES * 0xf0;
    if digits & HIGH_HALVES != THREES || digits.wrapping_add(ONES * 6) & HIGH_HALVES != THREES {
        return None;
    }
    // Neighbours are put together: to two, four, and eight digits.
    let pairs = (digits - THREES).wrapping_mul(1 + (10 << 8)) >> 8 & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(1 + (100 << 16)) >> 16 & 0x0000_ffff_0000_ffff;
    let all = fours.wrapping_mul(1 + (10_000 << 32)) >> 32;
    i64::try_from(all).ok()
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
    /// id or a client, as most lines do.
    #[inline(always)]
    pub(super) fn exim<'a>(&self, line: &'a [u8]) -> Option<(i64, &'a [u8])> {
        let (minute, rest) = line.split_first_chunk::<16>()?;
        if *minute != self.exim_minute {
            return None;
        }
        let (second_text, rest) = rest.split_first_chunk::<3>()?;
        let (micros, text) = match rest {
            [b' ', text @ ..] => (0, text),
            &[b'.', a, b, c, b' ', ref text @ ..] => (six_digits(&[b'.', a, b, c, b'0', b'0', b'0'])?, text),
            _ => return None,
        };
        let known = match text {
            [b'H', b'=', ..] => true,
            [a, b, c, d, e, f, b'-', ..] => {
                (text.get(16) == Some(&b' ') || text.get(23) == Some(&b' '))
                    && [a, b, c, d, e, f].into_iter().all(u8::is_ascii_alphanumeric)
            }
            _ => false,
        };
        known.then_some((self.exim_time + second(second_text)? * MICROS + micros, text))
    }

    /// Host, tag, pid and message, where the host is the last one and there is nothing to say about the
    /// rest: ` mx1 postfix/smtp[2113]: text`.
    #[inline(always)]
    pub(super) fn told<'a>(&self, rest: &'a [u8]) -> Option<Told<'a>> {
        let text = rest.get(1..)?;
        let head = u128::from_le_bytes(*text.first_chunk()?);
        if (head ^ self.host_head) & self.host_mask != 0 || self.host_length == 0 {
            return None;
        }
        if self.host_length >= 16 && !text.starts_with(self.host.get(..=self.host_length)?) {
            return None;
        }
        let (host, body) = text.split_at_checked(self.host_length)?;
        let body = body.get(1..)?;
        let (end, next, close) = bytes::tag_ends(body, *b"[: \t", b']')?;
        let (tag, after) = body.split_at_checked(end)?;
        let (pid, message) = match after {
            [b':', b' ', message @ ..] => (&b""[..], message),
            [b'[', ..] if next == close + 1 => {
                let [b']', b':', b' ', message @ ..] = body.get(close..)? else { return None };
                (body.get(end + 1..close)?, message)
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
                self.host_mask = u128::MAX >> (8 * 16_usize.saturating_sub(host.len() + 1));
                self.host_head = self.host.first_chunk().map_or(0, |head| u128::from_le_bytes(*head));
            }
            _ => self.host_length = 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_read_at_once() {
        assert_eq!(six_digits(b".000000"), Some(0));
        assert_eq!(six_digits(b".123456"), Some(123_456));
        assert_eq!(six_digits(b".999999"), Some(999_999));
        assert_eq!(six_digits(b".000001"), Some(1));
        for (place, byte) in (0..7).flat_map(|place| (0..=u8::MAX).map(move |byte| (place, byte))) {
            let mut text = *b".111111";
            text[place] = byte;
            let by_library = std::str::from_utf8(&text[1..]).ok().and_then(|digits| digits.parse().ok());
            let by_library = by_library.filter(|_| text[0] == b'.' && text[1].is_ascii_digit());
            assert_eq!(six_digits(&text), by_library, "{text:?}");
        }
    }
}
